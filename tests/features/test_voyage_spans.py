"""Which trip a landing ends, worked by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from histories import DAY, START

from features.voyage_spans import begun_in, spans_of, trips, within

INSTANT = pl.Datetime("us", "UTC")
STAYS = ((0, 2), (8, 8.5), (14, 14.25), (20, 20.5))  # days: a long stay, two short ones, the landing


def visits() -> pl.DataFrame:
    rows = [(0, START + DAY * begin, START + DAY * end) for begin, end in STAYS]
    return pl.DataFrame(rows, schema={"pair": pl.UInt32, "start": INSTANT, "end": INSTANT}, orient="row")


@pytest.mark.parametrize(
    ("arrived", "cutoff", "expected"),
    [
        (20.2, 20.9, (2, 20)),  # landed: from the last long stay to the landing; short calls end no trip
        (20.2, 30.0, (2, 20)),
        (25.0, 22.0, (2, 22)),  # under way to its landing: to the cut-off
        (16.0, 22.0, (2, 16)),  # nobody saw the landing: to the stated arrival
        (None, 20.9, (2, 20)),  # no arrival is stated: it is in port at the cut-off
        (1.0, 1.5, None),  # no stay before is known
    ],
)
def test_the_trip_before_a_landing(arrived: float | None, cutoff: float, expected: tuple[float, float] | None) -> None:
    named = pl.DataFrame(
        {
            "pair": pl.Series([0], dtype=pl.UInt32),
            "cutoff": pl.Series([START + DAY * cutoff], dtype=INSTANT),
            "arrived_at": pl.Series([None if arrived is None else START + DAY * arrived], dtype=INSTANT),
        }
    )
    found = trips(named, visits().filter(pl.col("start") <= START + DAY * cutoff)).row(0)
    assert found == ((None, None) if expected is None else tuple(START + DAY * day for day in expected))


def test_events_belong_to_the_spans_in_which_they_begin_and_lie_within_those_they_touch() -> None:
    cutoff = START + 100 * DAY
    pairs = pl.DataFrame({"cutoff": [cutoff]}, schema={"cutoff": INSTANT})
    spans = spans_of(pairs, pl.DataFrame(schema={"pair": pl.UInt32, "from": INSTANT, "to": INSTANT}))
    assert spans["window"].to_list() == ["30d", "365d", "90d"]

    def event(start: datetime, end: datetime) -> pl.DataFrame:
        schema = {"pair": pl.UInt32, "start": INSTANT, "end": INSTANT}
        return pl.DataFrame([(0, start, end)], schema=schema, orient="row")

    begins = cutoff - 30 * DAY
    events = event(begins - timedelta(hours=1), begins + timedelta(hours=2))
    assert begun_in(spans, events)["span"].to_list() == [1, 2]
    assert within(spans, events).sort("span")["inside_hours"].to_list() == [2.0, 3.0, 3.0]
    assert begun_in(spans, event(cutoff, cutoff)).height == 0
