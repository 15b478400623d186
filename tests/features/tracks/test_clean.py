"""Cleaning: what is hostile is left out and counted; what stays does not depend on order, chunks or later knowledge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from position_reports import START, random_reports, real_reports, reports

from features.tracks.clean import clean
from features.tracks.columns import POSITION, in_order

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"lat": None}, "nothing_to_place"),
        ({"lon": float("nan")}, "nothing_to_place"),
        ({"lat": float("inf")}, "nothing_to_place"),
        ({"mmsi": None}, "nothing_to_place"),
        ({"lat": 91.0, "lon": 181.0}, "off_the_map"),
        ({"lat": 131.8, "lon": 43.0}, "off_the_map"),
        ({"lon": -180.1}, "off_the_map"),
        ({"at": START + timedelta(days=3000)}, "clock_ahead"),
        ({"at": START - timedelta(weeks=1024)}, "clock_behind"),
    ],
)
def test_what_says_nothing_is_left_out_and_counted(row: dict[str, object], reason: str) -> None:
    found = clean(reports([{"at": START, "known_at": START, **row}, {"at": START, "known_at": START}]))
    assert found.positions.height == 1
    assert {name: count for name, count in found.dropped.items() if count} == {reason: 1}


def test_what_stands_for_no_speed_and_no_course_becomes_null() -> None:
    speeds = [51.2, 63.0, 102.3, 102.30000305, -1.0, float("nan"), None, 0.0, 51.1, 102.2]
    courses = [360.0, 359.9, -0.1, 511.0, None, float("nan"), 0.0, 1.0, 2.0, 3.0]
    rows = [
        {"at": START + n * HOUR, "speed_kn": speed, "course_deg": course}
        for n, (speed, course) in enumerate(zip(speeds, courses, strict=True))
    ]
    found = clean(reports(rows))
    assert found.positions["speed_kn"].to_list() == [None] * 7 + [0.0, 51.1, 102.2]
    assert found.positions["course_deg"].to_list() == [None, 359.9, None, None, None, None, 0.0, 1.0, 2.0, 3.0]
    assert found.odd == {"no_speed": 7, "no_course": 5, "mmsi_not_9_digits": 10, "in_another_track": 0}


def test_equal_reports_are_one_known_when_the_first_was() -> None:
    late = [{"at": START, "known_at": START + n * HOUR} for n in range(10_000)]
    found = clean(reports(late[::-1]))
    assert found.positions["known_at"].to_list() == [START]
    assert found.dropped["repeated"] == 9_999


def test_reports_of_an_instant_are_one_ship_near_by_and_two_far_apart() -> None:
    near = {"at": START, "lat": 43.005, "known_at": START + HOUR}
    far = {"at": START, "lat": 10.0, "known_at": START + 2 * HOUR}
    found = clean(reports([{"at": START}, near, far, {**far, "lat": 10.001}]))
    assert found.positions.select("track", "lat").rows() == [("A/1", 43.0), ("A/2", 10.0)]
    assert found.dropped["same_instant"] == 2
    assert found.odd["in_another_track"] == 1


def test_eight_digits_are_kept_and_counted() -> None:
    found = clean(reports([{"at": START, "mmsi": "12345678"}, {"at": START, "mmsi": "123456789"}]))
    assert (found.positions.height, found.odd["mmsi_not_9_digits"]) == (2, 1)


def test_a_fast_vessel_stays_one_track_where_its_class_is_told() -> None:
    rows = [{"mmsi": name, "at": START + n * HOUR, "lat": n * 0.6} for n in range(3) for name in "AB"]
    fastest = pl.DataFrame({"mmsi": ["A", "C"], "max_speed_kn": [45, 10]})
    assert set(clean(reports(rows), fastest=fastest).positions["track"]) == {"A/1", "B/1", "B/2", "B/3"}


def test_more_than_nine_tracks_are_in_the_order_of_texts() -> None:
    rows = [{"at": START + n * HOUR, "lat": n * 5.0 - 60} for n in range(12)]
    rows += [{"at": START + (12 + n) * HOUR, "lat": n * 5.0 - 60} for n in range(12)]
    found = clean(reports(rows)).positions
    assert found["track"].n_unique() == 12
    assert_frame_equal(found, found.sort("track", "at"))


def test_no_reports_and_one() -> None:
    nothing = clean(random_reports(1).clear())
    assert dict(nothing.positions.schema) == {"track": pl.String, **POSITION}
    assert sum(nothing.dropped.values()) + sum(nothing.odd.values()) == 0
    assert clean(reports([{"at": START}])).positions["track"].to_list() == ["A/1"]


def hostile(seed: int) -> pl.DataFrame:
    """Random reports, of which some come again late, some at the same instant elsewhere, and some are off the map."""
    rows = random_reports(seed)
    again = rows.sample(fraction=0.3, seed=seed).with_columns(pl.col("known_at") + 5 * HOUR, source=pl.lit("other"))
    moved = rows.sample(fraction=0.3, seed=seed + 1).with_columns(lat=pl.col("lat") * 0.9, lon=pl.col("lon") * 0.999)
    off = rows.sample(fraction=0.1, seed=seed + 2).with_columns(lat=pl.lit(91.0))
    return pl.concat([rows, again, moved, off])


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_order_and_chunks_change_nothing_and_every_row_is_counted(seed: int) -> None:
    rows = hostile(seed)
    whole = clean(rows)
    shuffled = clean(rows.sample(fraction=1, shuffle=True, seed=seed))
    assert_frame_equal(whole.positions, shuffled.positions)
    assert (whole.dropped, whole.odd) == (shuffled.dropped, shuffled.odd)
    pieces = [clean(part) for part in rows.partition_by("mmsi")]
    assert_frame_equal(whole.positions, pl.concat([piece.positions for piece in pieces]).sort("track", "at"))
    assert whole.positions.height + sum(whole.dropped.values()) == rows.height
    assert_frame_equal(in_order(whole.positions), whole.positions)
    again = clean(whole.positions)
    assert_frame_equal(again.positions, whole.positions)


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_a_copy_that_is_known_later_changes_nothing(seed: int) -> None:
    rows = random_reports(seed)
    later = rows.with_columns(pl.col("known_at") + timedelta(days=900), source=pl.lit("a copy"))
    assert_frame_equal(clean(rows).positions, clean(pl.concat([later, rows])).positions)


def test_real_reports_keep_all_but_a_few() -> None:
    rows = real_reports("noaa_marinecadastre_20220103")
    found = clean(rows)
    assert found.positions.height == rows.height
    assert found.odd["in_another_track"] < 0.005 * rows.height
    assert found.positions["at"].min() >= datetime(2022, 1, 3, tzinfo=UTC)
