"""Positions on the grid: against a plain walk, by hand, and against what others expect."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from position_reports import START, random_reports, real, reports
from published_reports import published

from features.tracks import resample as module
from features.tracks.resample import RESAMPLED, ResampleOptions, resample

STEP = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


def plain(positions: pl.DataFrame) -> list[dict[str, Any]]:
    found = []
    for mmsi in sorted(set(positions["mmsi"])):
        track = positions.filter(mmsi=mmsi).sort("at").to_dicts()
        begin = datetime.fromtimestamp(track[0]["at"].timestamp() // 600 * 600, track[0]["at"].tzinfo)
        for at in (begin + n * STEP for n in range(int((track[-1]["at"] - begin) / STEP) + 1)):
            exact = [row for row in track if row["at"] == at]
            before = [row for row in track if row["at"] < at][-1:]
            after = [row for row in track if row["at"] > at][:1]
            if exact:
                found.append({"mmsi": mmsi, "at": at, "lat": exact[0]["lat"], "known_at": exact[0]["known_at"]})
            elif before and after and after[0]["at"] - before[0]["at"] < timedelta(hours=1):
                share = (at - before[0]["at"]) / (after[0]["at"] - before[0]["at"])
                lat = before[0]["lat"] + share * (after[0]["lat"] - before[0]["lat"])
                known = max(before[0]["known_at"], after[0]["known_at"])
                found.append({"mmsi": mmsi, "at": at, "lat": pytest.approx(lat, abs=1e-9), "known_at": known})
    return found


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_positions_equal_a_plain_walk(seed: int) -> None:
    positions = random_reports(seed)
    found = resample(positions).select("mmsi", "at", "lat", "known_at").to_dicts()
    assert found == plain(positions)


@given(st.integers(0, 10_000), st.sampled_from([ResampleOptions(), ResampleOptions.compatible()]))
@settings(max_examples=40, deadline=None)
def test_chunks_and_the_order_of_rows_change_nothing(seed: int, options: ResampleOptions) -> None:
    positions = random_reports(seed)
    whole = resample(positions, options)
    assert whole.schema == pl.Schema(RESAMPLED)
    pieces = [resample(part, options) for part in positions.partition_by("mmsi")]
    assert_frame_equal(whole, pl.concat(pieces).sort("track", "at"), check_exact=True)
    assert_frame_equal(whole, resample(positions.sample(fraction=1, shuffle=True, seed=2), options), check_exact=True)
    block, module.BLOCK = module.BLOCK, 7
    try:
        assert_frame_equal(whole, resample(positions, options), check_exact=True)
    finally:
        module.BLOCK = block


def test_nothing_is_laid_across_an_hour_or_before_or_after_what_was_heard() -> None:
    at = [START + minutes * MINUTE for minutes in (1, 19, 79, 138)]
    found = resample(reports([{"at": one} for one in at]))
    assert [(one - START) / MINUTE for one in found["at"]] == [10, 80, 90, 100, 110, 120, 130]


def test_a_report_on_the_grid_stands_for_itself_after_a_silence() -> None:
    rows = [{"at": START, "known_at": START + 5 * MINUTE}, {"at": START + timedelta(hours=3), "lat": 44.0}]
    found = resample(reports(rows))
    assert found.select("at", "lat", "density", "known_at").rows() == [
        (START, 43.0, 1.0, START + 5 * MINUTE),
        (START + timedelta(hours=3), 44.0, 1.0, START + timedelta(hours=3)),
    ]
    assert resample(reports(rows), ResampleOptions(lone_reports=False)).height == 0


def test_the_way_across_the_180th_meridian_is_the_short_one() -> None:
    rows = [{"at": START + MINUTE, "lon": 179.99}, {"at": START + 19 * MINUTE, "lon": -179.99}]
    assert resample(reports(rows))["lon"].to_list() == [pytest.approx(-180.0)]


def test_a_speed_is_empty_where_one_of_its_reports_has_none() -> None:
    speeds = [1.0, 3.0, None, 5.0]
    at = [START + minutes * MINUTE for minutes in (5, 15, 20, 35)]
    found = resample(reports([{"at": one, "speed_kn": speed} for one, speed in zip(at, speeds, strict=True)]))
    assert found["speed_kn"].to_list() == [2.0, None, None]


@pytest.mark.parametrize("step", [0, 7, 1441])
def test_a_step_that_does_not_divide_a_day_is_refused(step: int) -> None:
    with pytest.raises(ValueError, match=f"divides a day, found step_minutes={step}"):
        ResampleOptions(step_minutes=step)


def test_a_gap_must_have_a_length() -> None:
    with pytest.raises(ValueError, match=r"max_gap_minutes above 0, found 0"):
        ResampleOptions(max_gap_minutes=0)


def test_no_reports_have_no_positions() -> None:
    empty = random_reports(1).clear()
    assert resample(empty).height == resample(empty, ResampleOptions.compatible()).height == 0


def test_the_published_case() -> None:
    case = json.loads(real("reference_cases/resample_gfw_tests.json").read_text())
    found = resample(published(case["input"]), ResampleOptions.compatible(case["params"]["max_gap_s"] / 60))
    assert len(case["expected"]) == found.height == 14
    for one, expected in zip(found.to_dicts(), case["expected"], strict=True):
        assert f"{one['at']:%Y-%m-%dT%H:%M:%SZ}" == expected["timestamp"]
        assert one["lat"] == pytest.approx(expected["lat"])
        assert one["lon"] == pytest.approx(expected["lon"])
        assert one["speed_kn"] == pytest.approx(expected["speed"])
        assert one["density"] == expected["point_density"]
