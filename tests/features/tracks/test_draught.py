"""Changes of draught: against a plain walk, and by hand."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from position_reports import START, random_reports, reports

from features.contract import INSTANT
from features.tracks.draught import DRAUGHT_CHANGE, DraughtOptions, draught_changes

HOUR = timedelta(hours=1)
DRAUGHTS = [None, 0.0, 7.0, 7.0, 7.2, 9.5, 9.5, 12.0, 25.6]


def drawn(seed: int) -> pl.DataFrame:
    positions = random_reports(seed)
    draw = np.random.default_rng(seed)
    places = np.repeat(draw.integers(0, len(DRAUGHTS), positions.height), draw.integers(1, 5, positions.height))
    values = [DRAUGHTS[place] for place in places[: positions.height]]
    return positions.sort("mmsi", "at").with_columns(draught_m=pl.Series(values, dtype=pl.Float64))


def plain(positions: pl.DataFrame, visits: pl.DataFrame) -> list[dict[str, Any]]:
    found = []
    for mmsi in sorted(set(positions["mmsi"])):
        every = positions.filter(mmsi=mmsi).sort("at").to_dicts()
        said = [row for row in every if row["draught_m"] and row["draught_m"] <= 25.5]
        stretches = [list(group) for _, group in groupby(said, lambda row: row["draught_m"])]
        stretches = [stretch for stretch in stretches if len(stretch) >= 2]
        held = [list(group) for _, group in groupby(stretches, lambda stretch: stretch[0]["draught_m"])]
        for before, after in pairwise(held):
            change = after[0][0]["draught_m"] - before[0][0]["draught_m"]
            if abs(change) < 0.499:
                continue
            begin, end = before[-1][-1], after[0][0]
            between = [row["at"] for row in every if begin["at"] <= row["at"] <= end["at"]]
            calls = [call for call in visits.filter(track=mmsi).to_dicts() if call["start"] <= end["at"]]
            since = [call for call in calls if call["end"] is None or call["end"] >= before[0][0]["at"]]
            rest = [*before[-1][-2:], *after[0][:2], *since]
            found.append(
                {
                    "track": mmsi,
                    "start": begin["at"],
                    "end": end["at"],
                    "change_m": pytest.approx(change),
                    "longest_silence_hours": max((b - a) / HOUR for a, b in pairwise(between)),
                    "visits_between": sum(call["end"] is None or call["end"] >= begin["at"] for call in since),
                    "visits_since_set": len(since),
                    "known_at": max(row["known_at"] for row in rest),
                }
            )
    return found


def drawn_visits(seed: int) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    rows = []
    for vessel in range(4):
        for _ in range(int(draw.integers(0, 4))):
            start = START + int(draw.integers(0, 100)) * HOUR
            end = None if draw.random() < 0.2 else start + int(draw.integers(0, 30)) * HOUR
            rows.append((f"{vessel:09d}", start, end, start + int(draw.integers(0, 90)) * HOUR))
    schema = {"track": pl.String, "start": INSTANT, "end": INSTANT, "known_at": INSTANT}
    return pl.DataFrame(rows, schema=schema, orient="row")


@given(st.integers(0, 10_000))
@settings(max_examples=80, deadline=None)
def test_changes_equal_a_plain_walk(seed: int) -> None:
    positions, visits = drawn(seed), drawn_visits(seed)
    found = draught_changes(positions, visits=visits).to_dicts()
    expected = plain(positions, visits)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert {name: one[name] for name in other} == other


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_chunks_and_the_order_of_rows_change_nothing(seed: int) -> None:
    positions, visits = drawn(seed), drawn_visits(seed)
    whole = draught_changes(positions, visits=visits)
    assert whole.schema == pl.Schema(DRAUGHT_CHANGE)
    pieces = [draught_changes(part, visits=visits) for part in positions.partition_by("mmsi")]
    assert_frame_equal(whole, pl.concat(pieces).sort("track", "start"), check_exact=True)
    shuffled = positions.sample(fraction=1, shuffle=True, seed=1)
    turned = draught_changes(shuffled, visits=visits.sample(fraction=1, shuffle=True, seed=1))
    assert_frame_equal(whole, turned, check_exact=True)


def loaded(*draughts: float | None) -> pl.DataFrame:
    rows = [{"at": START + n * HOUR, "draught_m": draught} for n, draught in enumerate(draughts)]
    return reports(rows).with_columns(pl.col("draught_m").cast(pl.Float64))


def test_a_vessel_that_comes_out_of_a_silence_deeper() -> None:
    positions = pl.concat([loaded(6.0, 6.0, 6.0), loaded(9.3, 9.3).with_columns(at=pl.col("at") + 2 * 24 * HOUR)])
    row = draught_changes(positions).row(0, named=True)
    assert (row["draught_before_m"], row["draught_after_m"], row["change_m"]) == (6.0, 9.3, 3.3)
    assert (row["hours"], row["longest_silence_hours"]) == (46.0, 46.0)
    assert row["visits_between"] is None


@pytest.mark.parametrize(
    "draughts",
    [
        (6.0, 6.0, 9.0, 6.0, 6.0),  # one report that is wrong
        (6.0, 6.0, 0.0, 0.0, None, 6.0, 6.0),  # nobody entered one
        (6.0, 6.0, 6.4, 6.4),
        (6.0, 6.0, 9.0),  # not settled yet
        (None, None, 9.0, 9.0),
        (),
    ],
)
def test_what_is_no_change(draughts: tuple[float | None, ...]) -> None:
    positions = loaded(*draughts) if draughts else loaded(6.0).clear()
    assert draught_changes(positions).height == 0


def test_a_visit_before_the_crew_entered_the_new_draught_is_counted_apart() -> None:
    visits = pl.DataFrame({"track": ["A"], "start": [START + HOUR], "end": [START + 2 * HOUR], "known_at": [START]})
    visits = visits.with_columns(pl.col("start", "end", "known_at").dt.cast_time_unit("us"))
    row = draught_changes(loaded(6.0, 6.0, 6.0, 6.0, 9.0, 9.0), visits=visits).row(0, named=True)
    assert (row["visits_between"], row["visits_since_set"]) == (0, 1)


def test_one_report_may_be_enough() -> None:
    assert draught_changes(loaded(6.0, 9.0), DraughtOptions(min_reports=1)).height == 1


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match=r"min_reports of at least 1, found 0\.5 and 0"):
        DraughtOptions(min_reports=0)


def test_reports_without_draught_are_refused() -> None:
    with pytest.raises(ValueError, match="add draught_m"):
        draught_changes(loaded(6.0).drop("draught_m"))
