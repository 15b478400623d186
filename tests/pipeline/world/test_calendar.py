"""The world's time."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from pipeline.world.calendar import DAY, HOUR, microseconds, next_decision, world_span


@pytest.mark.parametrize(
    ("months", "first"),
    [(1, datetime(2024, 12, 1)), (12, datetime(2024, 1, 1)), (13, datetime(2023, 12, 1)), (30, datetime(2022, 7, 1))],
)
def test_the_world_ends_with_2024(months: int, first: datetime) -> None:
    span = world_span(months)
    assert span.start == microseconds(first.replace(tzinfo=UTC))
    assert span.end == microseconds(datetime(2025, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("hour", "decided_in"), [(19, 1), (20, 0), (21, 23)])
def test_the_next_decision_is_at_or_after_the_instant(hour: int, decided_in: int) -> None:
    instant = np.array([5 * DAY + hour * HOUR])
    assert next_decision(instant, 20).tolist() == [5 * DAY + (hour + decided_in) * HOUR]
