"""The world's time."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from pipeline.world.calendar import DAY, HOUR, declared_instants, microseconds, next_decision, world_span
from pipeline.world.parameters import load_parameters


@pytest.mark.parametrize(
    ("months", "first"),
    [(1, datetime(2024, 12, 1)), (12, datetime(2024, 1, 1)), (13, datetime(2023, 12, 1)), (30, datetime(2022, 7, 1))],
)
def test_the_world_ends_with_2024(months: int, first: datetime) -> None:
    span = world_span(months)
    assert span.start == microseconds(first.replace(tzinfo=UTC))
    assert span.end == microseconds(datetime(2025, 1, 1, tzinfo=UTC))


def test_declarations_are_lodged_in_office_hours_and_rarely_on_weekends() -> None:
    times = load_parameters().times
    span = world_span(2)
    instants = declared_instants(np.random.default_rng(1), times, span, 6000)
    assert span.start <= instants[0]
    assert instants[-1] < span.end - DAY
    assert (np.diff(instants) >= 0).all()
    assert (instants % DAY <= times.office_hours[1] * HOUR).all()
    weekend = np.isin((instants // DAY + 3) % 7, (5, 6)).mean()
    assert 0.05 < weekend < 0.2


@pytest.mark.parametrize(("hour", "decided_in"), [(19, 1), (20, 0), (21, 23)])
def test_the_next_decision_is_at_or_after_the_instant(hour: int, decided_in: int) -> None:
    instant = np.array([5 * DAY + hour * HOUR])
    assert next_decision(instant, 20).tolist() == [5 * DAY + (hour + decided_in) * HOUR]
