"""Frames of reports: their types, their order, and what they must have."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from position_reports import START, random_reports, reports

from features.tracks.columns import POSITION, as_positions, by_vessel, in_order
from features.tracks.gaps import gaps


def test_what_is_absent_is_null_and_what_is_more_falls_away() -> None:
    given_columns = reports([{"at": START}]).select("mmsi", "at", "lat", "lon", "known_at", more=pl.lit(1))
    found = as_positions(given_columns)
    assert dict(found.schema) == POSITION
    assert found.select("speed_kn", "course_deg", "draught_m", "receiver", "source").row(0) == (None,) * 5


def test_other_types_of_the_same_mean_the_same() -> None:
    positions = random_reports(3)
    coarse = positions.with_columns(
        pl.col("at", "known_at").dt.cast_time_unit("ms"), pl.col("speed_kn").cast(pl.Float32)
    )
    assert dict(in_order(coarse).schema) == {"track": pl.String(), **POSITION}
    assert_frame_equal(gaps(coarse), gaps(positions))


@given(st.integers(0, 10_000), st.sampled_from(["000000001", "A", "12345678"]), st.sampled_from([0, 1, 999_999]))
@settings(max_examples=60, deadline=None)
def test_the_order_is_that_of_texts_and_instants(seed: int, other: str, microseconds: int) -> None:
    positions = random_reports(seed).with_columns(
        mmsi=pl.col("mmsi").replace("000000001", other), at=pl.col("at") + timedelta(microseconds=microseconds)
    )
    assert_frame_equal(by_vessel(positions, "mmsi"), positions.sort("mmsi", "at"))


def test_a_frame_in_order_stays_as_it_is() -> None:
    positions = in_order(random_reports(4))
    assert_frame_equal(in_order(positions), positions)
    assert positions["track"].to_list() == positions["mmsi"].to_list()


@pytest.mark.parametrize("hole", [{"lat": None}, {"lon": float("nan")}, {"lat": float("inf")}, {"mmsi": None}])
def test_reports_that_say_nothing_are_for_clean(hole: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"needed an MMSI, an instant and a position .*; give .*clean first"):
        in_order(reports([{"at": START, **hole}, {"at": START}]))
