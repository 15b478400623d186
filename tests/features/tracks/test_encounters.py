"""Encounters: against a plain search, by hand, and against those that others found in the same reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from position_reports import START, random_reports, real, real_reports, reports
from published_reports import published

from features.tracks.encounters import ENCOUNTER, EncounterOptions, encounters
from features.tracks.geodesy import distance_km
from features.tracks.resample import ResampleOptions, resample

MINUTE, HOUR, STEP = timedelta(minutes=1), timedelta(hours=1), timedelta(minutes=10)
SHORT = EncounterOptions(within_km=1.0, min_hours=0.4, max_speed_kn=3.0, merge_hours=5.0)


def km(one: dict[str, Any], other: dict[str, Any]) -> float:
    return float(distance_km(*(np.array([row[name]]) for row in (one, other) for name in ("lat", "lon")))[0])


def plain(positions: pl.DataFrame, options: EncounterOptions) -> list[dict[str, Any]]:
    """Instant by instant: both near, both apart, or not both observed."""
    grid = {(row["mmsi"], row["at"]): row for row in resample(positions).to_dicts()}
    heard = {mmsi: sorted(positions.filter(mmsi=mmsi)["at"]) for mmsi in set(positions["mmsi"])}
    instants = sorted({at for _, at in grid})
    found = []
    for one in sorted(heard):
        for other in sorted(heard):
            if one < other:
                found += pair_of(one, other, grid, heard, instants, options)
    return found


def pair_of(
    one: str, other: str, grid: dict[Any, Any], heard: dict[str, Any], instants: list[datetime], options: Any
) -> list[dict[str, Any]]:
    runs: list[list[datetime]] = []
    broken = True
    for at in instants:
        if (one, at) not in grid or (other, at) not in grid:
            continue
        if km(grid[one, at], grid[other, at]) > options.within_km:
            broken = True
            continue
        if broken or silent(heard[one], runs[-1][-1], at, options) or silent(heard[other], runs[-1][-1], at, options):
            runs.append([])
        runs[-1].append(at)
        broken = False
    runs = [run for run in runs if (run[-1] - run[0]) / HOUR > options.min_hours]
    runs = [run for run in runs if median(speeds(one, other, run, grid)) < options.max_speed_kn]
    events: list[list[list[datetime]]] = []
    for run in runs:
        if events and (run[0] - events[-1][-1][-1]) / HOUR < options.merge_hours:
            events[-1].append(run)
        else:
            events.append([run])
    return [described(one, other, event, grid) for event in events]


def silent(heard: list[datetime], begin: datetime, end: datetime, options: Any) -> bool:
    pairs = pairwise(heard)
    return any(b - a > options.max_silence_minutes * MINUTE and a < end and b > begin for a, b in pairs)


def speeds(one: str, other: str, run: list[datetime], grid: dict[Any, Any]) -> list[float]:
    steps = list(pairwise(run))
    return [km(grid[who, a], grid[who, b]) / 1.852 / ((b - a) / HOUR) for who in (one, other) for a, b in steps]


def described(one: str, other: str, event: list[list[datetime]], grid: dict[Any, Any]) -> dict[str, Any]:
    contacts = [at for run in event for at in run]
    start, end = contacts[0], contacts[-1]
    span = [start + n * STEP for n in range(int((end - start) / STEP) + 1)]
    both = [at for at in span if (one, at) in grid and (other, at) in grid]
    return {
        "track": one,
        "other_track": other,
        "start": start,
        "end": end,
        "hours": pytest.approx(sum((run[-1] - run[0]) / HOUR for run in event)),
        "runs": len(event),
        "median_distance_km": pytest.approx(median(km(grid[one, at], grid[other, at]) for at in contacts), abs=1e-6),
        "median_speed_kn": pytest.approx(
            median(speed for run in event for speed in speeds(one, other, run, grid)), abs=1e-6
        ),
        "observed_share": pytest.approx(len(both) / len(span)),
        "known_at": max(grid[who, at]["known_at"] for who in (one, other) for at in contacts),
    }


def neighbours(seed: int) -> pl.DataFrame:
    """Random tracks of which some vessels stay about each other; some silent for exactly an hour."""
    draw = np.random.default_rng(seed)
    frames = []
    for vessel in range(4):
        size = int(draw.integers(2, 60))
        minutes = np.cumsum(draw.choice([10, 13, 55, 60, 61, 130], size, p=[0.5, 0.26, 0.06, 0.06, 0.06, 0.06]))
        here = np.cumsum(draw.choice([0.0, 0.001, 0.008], size, p=[0.6, 0.3, 0.1]) * draw.normal(size=size))
        frames.append(
            pl.DataFrame(
                {
                    "mmsi": [str(vessel)] * size,
                    "at": [START + int(one) * MINUTE for one in minutes],
                    "lat": here,
                    "lon": (180 + here[::-1] + 180) % 360 - 180,
                    "known_at": [
                        START + int(one + late) * MINUTE for one, late in zip(minutes, here * 1e6, strict=True)
                    ],
                }
            )
        )
    return (
        pl.concat(frames)
        .sample(fraction=1, shuffle=True, seed=seed)
        .with_columns(pl.col("at", "known_at").dt.cast_time_unit("us"))
    )


@given(st.integers(0, 100_000))
@settings(max_examples=80, deadline=None)
def test_encounters_equal_a_plain_search(seed: int) -> None:
    positions = neighbours(seed)
    found = encounters(positions, SHORT).to_dicts()
    expected = plain(positions, SHORT)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert {name: one[name] for name in other} == other


def test_the_random_tracks_do_meet() -> None:
    found = pl.concat([encounters(neighbours(seed), SHORT) for seed in range(30)])
    assert found.height > 20
    assert (found["runs"] > 1).any()
    assert (found["observed_share"] < 1).any()


@given(st.integers(0, 100_000))
@settings(max_examples=30, deadline=None)
def test_a_pair_is_the_same_alone_and_in_any_order_of_rows(seed: int) -> None:
    positions = neighbours(seed)
    whole = encounters(positions, SHORT)
    assert whole.schema == pl.Schema(ENCOUNTER)
    assert_frame_equal(whole, encounters(positions.sample(fraction=1, shuffle=True, seed=1), SHORT), check_exact=True)
    for pair, rows in whole.partition_by("track", "other_track", as_dict=True).items():
        assert_frame_equal(rows, encounters(positions.filter(pl.col("mmsi").is_in(pair)), SHORT), check_exact=True)


DIGEST = """
import hashlib, sys
sys.path[:0] = {path!r}
from test_encounters import SHORT, encounters, neighbours, pl
found = pl.concat([encounters(neighbours(seed), SHORT) for seed in range(20)])
print(found.height, hashlib.sha256(found.write_csv().encode()).hexdigest())
"""


def test_the_number_of_threads_changes_nothing() -> None:
    code = DIGEST.format(path=[*sys.path, str(Path(__file__).parent)])
    digests = {
        subprocess.run(  # code of this file alone
            [sys.executable, "-c", code],
            env={**os.environ, "POLARS_MAX_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "4")
    }
    assert len(digests) == 1


def side_by_side(
    minutes: list[int], other_minutes: list[int] | None = None, lon: float = 5.0, start: datetime = START
) -> pl.DataFrame:
    """Two vessels 200 m apart, reporting at these minutes."""
    rows = [{"mmsi": "A", "at": start + n * MINUTE, "lat": 10.0, "lon": lon} for n in minutes]
    other = (lon + 0.0018 + 180) % 360 - 180
    rows += [{"mmsi": "B", "at": start + n * MINUTE, "lat": 10.0, "lon": other} for n in other_minutes or minutes]
    return reports(rows)


def test_two_vessels_side_by_side_for_more_than_two_hours_meet() -> None:
    row = encounters(side_by_side(list(range(0, 131, 5)))).row(0, named=True)
    assert (row["start"], row["end"], row["hours"], row["runs"]) == (START, START + 130 * MINUTE, 130 / 60, 1)
    assert row["median_distance_km"] == pytest.approx(0.197, abs=0.001)
    assert (row["lat"], row["lon"]) == (pytest.approx(10), pytest.approx(5.0009))
    assert (row["median_speed_kn"], row["observed_share"]) == (0, 1)
    assert row["known_at"] == START + 130 * MINUTE
    assert encounters(side_by_side(list(range(0, 121, 5)))).height == 0  # two hours are not longer than two hours


def test_midnight_is_an_instant_like_any_other() -> None:
    positions = side_by_side(list(range(0, 241, 10)), start=START + 22 * HOUR)
    found = encounters(positions)
    assert found.select("start", "end", "runs").rows() == [(START + 22 * HOUR, START + 26 * HOUR, 1)]
    cut = encounters(positions, EncounterOptions.compatible(min_hours=1))
    assert cut["hours"].to_list() == [pytest.approx(110 / 60), 2.0] * 2


@pytest.mark.parametrize("lon", [179.999, -179.9995, 180.0, -180.0])
def test_the_180th_meridian_is_a_place_like_any_other(lon: float) -> None:
    found = encounters(side_by_side(list(range(0, 241, 30)), lon=lon))
    assert found["hours"].to_list() == [4.0]
    assert abs(found["lon"][0]) == pytest.approx(180, abs=0.003)
    assert found["median_distance_km"][0] == pytest.approx(0.197, abs=0.001)


def test_a_vessel_that_moves_across_the_meridian_meets_there() -> None:
    rows = []
    for who, lat in (("A", 0.0), ("B", 0.002)):
        for n in range(25):
            lon = (179.95 + n * 0.004 + 180) % 360 - 180
            rows.append({"mmsi": who, "at": START + n * 10 * MINUTE + MINUTE, "lat": lat, "lon": lon})
    found = encounters(reports(rows))
    assert found["hours"].to_list() == [pytest.approx(230 / 60)]
    assert found["median_speed_kn"][0] == pytest.approx(0.004 * 60 * 6, rel=0.01)


@pytest.mark.parametrize("both", [True, False])
def test_a_silence_is_no_contact(both: bool) -> None:
    heard = [*range(0, 101, 10), *range(200, 301, 10)]
    positions = side_by_side(heard, heard if both else list(range(0, 301, 10)))
    assert encounters(positions).height == 0
    bridged = encounters(positions, EncounterOptions.compatible())
    assert bridged["hours"].max() == 5.0  # what counting silence as contact makes of it


def test_silences_of_an_hour_do_not_break_a_run_and_longer_ones_do() -> None:
    assert encounters(side_by_side([*range(0, 91, 10), *range(150, 241, 10)]))["hours"].to_list() == [4.0]
    late = [*range(1, 92, 10), *range(152, 243, 10)]
    assert encounters(side_by_side(late)).height == 0


def test_runs_less_than_four_hours_apart_are_one_encounter_with_the_time_in_contact() -> None:
    for apart, events in ((239, 1), (241, 2)):
        heard = [*range(0, 151, 10), *range(150 + apart // 10 * 10, 301 + apart // 10 * 10, 10)]
        found = encounters(side_by_side(heard))
        assert found.height == events
        assert found["hours"].sum() == pytest.approx(5.0)
    merged = encounters(side_by_side([*range(0, 151, 10), *range(300, 451, 10)])).row(0, named=True)
    assert merged["runs"] == 2
    assert merged["observed_share"] == pytest.approx(32 / 46)


def test_an_encounter_in_port_is_none() -> None:
    positions = side_by_side(list(range(0, 241, 10)))
    assert encounters(positions, from_port=lambda lat, lon: np.full(lat.size, 9.9)).height == 0
    assert encounters(positions, from_port=lambda lat, lon: np.full(lat.size, 10.0)).height == 1
    assert encounters(positions, from_port=lambda lat, lon: np.full(lat.size, np.inf)).height == 1


def test_ships_that_travel_together_do_not_meet() -> None:
    rows = [
        {"mmsi": who, "at": START + n * 10 * MINUTE, "lat": 10 + n * 0.006 + off, "lon": 5.0}
        for who, off in (("A", 0.0), ("B", 0.001))
        for n in range(25)
    ]
    assert encounters(reports(rows)).height == 0
    assert encounters(reports(rows), EncounterOptions(max_speed_kn=3.0)).height == 1


def test_known_at_is_that_of_the_latest_known_report_of_either_vessel() -> None:
    positions = side_by_side(list(range(0, 241, 10)))
    late = START + timedelta(days=9)
    positions = positions.with_columns(
        known_at=pl.when((pl.col("mmsi") == "B") & (pl.col("at") == START + HOUR)).then(late).otherwise("known_at")
    )
    assert encounters(positions)["known_at"].to_list() == [late]


def test_options_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match=r"what is interpolated is no silence, found 60.0 and 70"):
        EncounterOptions(resample=ResampleOptions(max_gap_minutes=70))
    with pytest.raises(ValueError, match="within_km above 0, found -1"):
        EncounterOptions(within_km=-1)


def test_nobody_meets_nobody() -> None:
    for options in (EncounterOptions(), EncounterOptions.compatible(), EncounterOptions.compatible(merge_hours=24)):
        assert encounters(random_reports(1).clear(), options).height == 0
        assert encounters(side_by_side([0]), options).height == 0


PUBLISHED = {
    "lat": "mean_latitude",
    "lon": "mean_longitude",
    "median_distance_km": "median_distance_km",
    "median_speed_kn": "median_speed_knots",
    "start_lat": "start_lat",
    "start_lon": "start_lon",
    "end_lat": "end_lat",
    "end_lon": "end_lon",
}


@pytest.mark.parametrize("name", ["simple", "dateline", "multi", "fastsep", "real"])
def test_the_published_series(name: str) -> None:
    cases = json.loads(real("reference_cases/encounters_gfw_tests.json").read_text())
    case = next(one for one in cases if one["name"] == name)
    expected = sorted(case["expected_raw"], key=lambda row: (row["vessel_1_seg_id"], row["vessel_2_seg_id"]))
    found = encounters(published(case["input"]), EncounterOptions.compatible(0.5, 0.5, max_gap_minutes=70)).to_dicts()
    assert len(found) == len(expected)
    for one, row in zip(found, expected, strict=True):
        assert (one["track"], one["other_track"]) == (row["vessel_1_seg_id"], row["vessel_2_seg_id"])
        assert f"{one['start']:%FT%TZ} {one['end']:%FT%TZ}" == f"{row['start_time']} {row['end_time']}"
        assert_published(one, row)
    for row in case.get("expected_merged_24h", []):
        options = EncounterOptions.compatible(0.5, 0.5, 24, max_gap_minutes=70)
        one = encounters(published(case["input"]), options).row(0, named=True)
        assert (one["start"].timestamp(), one["end"].timestamp()) == (row["start_time"], row["end_time"])
        assert_published(one, row)


def assert_published(one: dict[str, Any], row: dict[str, Any]) -> None:
    assert (one["reports"], one["other_reports"]) == (row["vessel_1_point_count"], row["vessel_2_point_count"])
    for ours, theirs in PUBLISHED.items():
        assert one[ours] == pytest.approx(row[theirs], abs=1e-5), ours


def test_the_encounters_that_others_found_in_the_kattegat() -> None:
    expected = pl.read_parquet(real("reference_cases/golden_encounters_raw_2km_30min.parquet"))
    reports_there = real_reports("dma_kattegat_20251101_1min")
    found = encounters(reports_there, EncounterOptions.compatible(2.0, 0.5))
    keys = {"track": "mmsi_1", "other_track": "mmsi_2", "start": "start_time", "end": "end_time"}
    expected = expected.with_columns(pl.col("mmsi_1", "mmsi_2").cast(pl.String)).sort(*keys.values())
    assert found.select(list(keys)).sort(*keys).rows() == expected.select(list(keys.values())).rows()
    for one, row in zip(found.sort(*keys).to_dicts(), expected.to_dicts(), strict=True):
        assert_published(one, row | {"median_speed_knots": pytest.approx(row["median_speed_knots"], abs=1e-4)})


def test_the_one_of_them_that_rests_on_silence_falls_apart() -> None:
    options = EncounterOptions(2.0, 0.5, max_speed_kn=99, merge_hours=None)
    found = encounters(real_reports("dma_kattegat_20251101_1min"), options)
    pair = found.filter(mmsi="219006113", other_mmsi="219010207").sort("start")
    afternoon = pair.filter(pl.col("start").dt.hour().is_between(11, 16))
    assert [round(hours * 60) for hours in afternoon["hours"]] == [40, 110]
