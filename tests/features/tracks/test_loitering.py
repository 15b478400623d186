"""Loitering: against a plain walk, and by hand."""

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
from position_reports import START, reports

from features.tracks.geodesy import distance_km
from features.tracks.loitering import LOITERING, LoiteringOptions, loitering
from features.tracks.resample import ResampleOptions, resample

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def from_a_wall(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """A straight coast along the meridian of Greenwich."""
    return distance_km(lat, lon, lat, np.zeros_like(lon))


def km(one: dict[str, Any], other: dict[str, Any]) -> float:
    return float(distance_km(*(np.array([row[name]]) for row in (one, other) for name in ("lat", "lon")))[0])


def drifting(seed: int) -> pl.DataFrame:
    """Vessels that drift, mostly slowly, about 20 nm from the wall; some reports are hours apart."""
    draw = np.random.default_rng(seed)
    frames = []
    for vessel in range(3):
        size = int(draw.integers(1, 80))
        minutes = np.cumsum(draw.choice([7, 31, 60, 119, 120, 300], size, p=[0.4, 0.3, 0.15, 0.1, 0.03, 0.02]))
        step = draw.choice([0.0, 0.004, 0.02, 0.2], size, p=[0.4, 0.3, 0.28, 0.02])
        frames.append(
            pl.DataFrame(
                {
                    "mmsi": [str(vessel)] * size,
                    "at": [START + int(one) * MINUTE for one in minutes],
                    "lat": np.cumsum(step * draw.normal(size=size)) / 3,
                    "lon": 0.3333 + np.cumsum(step * draw.normal(size=size)),
                    "known_at": [START + int(one + draw.choice([0, 500])) * MINUTE for one in minutes],
                }
            )
        )
    return pl.concat(frames).with_columns(pl.col("at", "known_at").dt.cast_time_unit("us"))


def plain(positions: pl.DataFrame) -> list[dict[str, Any]]:
    found = []
    grid = resample(positions, ResampleOptions(step_minutes=60, max_gap_minutes=120)).to_dicts()
    steps = [
        (one, other)
        for one, other in pairwise(grid)
        if one["mmsi"] == other["mmsi"] and other["at"] - one["at"] == HOUR
    ]
    far = {id(row): float(from_a_wall(np.array([row["lat"]]), np.array([row["lon"]]))[0]) for row in grid}
    slow = [
        (one, other)
        for one, other in steps
        if km(one, other) / 1.852 < 2 and min(far[id(one)], far[id(other)]) >= 20 * 1.852
    ]
    for _, group in groupby(enumerate(slow), lambda item: (item[1][0]["mmsi"], item[1][0]["at"] - item[0] * HOUR)):
        run = [pair for _, pair in group]
        if len(run) >= 4:
            rows = [run[0][0], *(other for _, other in run)]
            found.append(
                {
                    "track": rows[0]["mmsi"],
                    "start": rows[0]["at"],
                    "end": rows[-1]["at"],
                    "hours": float(len(run)),
                    "lat": pytest.approx(sum(row["lat"] for row in rows) / len(rows), abs=1e-6),
                    "mean_speed_kn": pytest.approx(sum(km(*pair) for pair in run) / 1.852 / len(run), abs=1e-3),
                    "known_at": max(row["known_at"] for row in rows),
                }
            )
    return found


@given(st.integers(0, 100_000))
@settings(max_examples=80, deadline=None)
def test_events_equal_a_plain_walk(seed: int) -> None:
    positions = drifting(seed)
    found = loitering(positions, from_shore=from_a_wall).to_dicts()
    expected = plain(positions)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert {name: one[name] for name in other} == other


def test_the_random_tracks_do_loiter_and_come_nearer_to_shore() -> None:
    found = pl.concat([loitering(drifting(seed), from_shore=from_a_wall) for seed in range(20)])
    nearer = LoiteringOptions(min_shore_nm=12)
    more = pl.concat([loitering(drifting(seed), nearer, from_shore=from_a_wall) for seed in range(20)])
    assert 5 < found.height < more.height or found["hours"].sum() < more["hours"].sum()


@given(st.integers(0, 100_000))
@settings(max_examples=20, deadline=None)
def test_chunks_and_the_order_of_rows_change_nothing(seed: int) -> None:
    positions = drifting(seed)
    whole = loitering(positions, from_shore=from_a_wall)
    assert whole.schema == pl.Schema(LOITERING)
    pieces = [loitering(part, from_shore=from_a_wall) for part in positions.partition_by("mmsi")]
    assert_frame_equal(whole, pl.concat(pieces).sort("track", "start"), check_exact=True)
    turned = loitering(positions.sample(fraction=1, shuffle=True, seed=1), from_shore=from_a_wall)
    assert_frame_equal(whole, turned, check_exact=True)


def at_rest(hours: int, lat: float = 40.0, lon: float = 180.0, minutes: int = 30) -> pl.DataFrame:
    return reports(
        [{"at": START + n * minutes * MINUTE, "lat": lat, "lon": lon} for n in range(hours * 60 // minutes + 1)]
    )


def test_a_vessel_at_rest_in_the_middle_of_the_ocean_loiters_from_four_hours_on() -> None:
    assert loitering(at_rest(3)).height == 0
    row = loitering(at_rest(4)).row(0, named=True)
    assert (row["start"], row["end"], row["hours"], row["mean_speed_kn"]) == (START, START + 4 * HOUR, 4.0, 0.0)
    assert row["shore_km"] > 1000


def test_one_off_the_coast_does_not_unless_it_is_asked_for() -> None:
    sixteen_nm_off = at_rest(5, lat=56.4, lon=7.65)
    assert loitering(sixteen_nm_off).height == 0
    assert loitering(sixteen_nm_off, LoiteringOptions(min_shore_nm=12)).height == 1
    assert loitering(at_rest(5, lat=56.0, lon=10.0), LoiteringOptions(min_shore_nm=0)).height == 1


def test_reports_two_hours_apart_say_nothing_of_the_time_between() -> None:
    assert loitering(at_rest(12, minutes=119)).height == 1
    assert loitering(at_rest(12, minutes=120)).height == 0


def test_a_vessel_at_three_knots_does_not_loiter() -> None:
    rows = [{"at": START + n * HOUR, "lat": 40 + n * 0.05, "lon": 180.0} for n in range(12)]
    assert loitering(reports(rows)).height == 0


def test_no_reports_have_no_events_and_options_out_of_range_are_refused() -> None:
    assert loitering(at_rest(4).clear()).height == 0
    with pytest.raises(ValueError, match="min_hours of at least 1"):
        LoiteringOptions(min_hours=0)
