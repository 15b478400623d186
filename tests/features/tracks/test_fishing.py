"""Fishing: against a plain walk, and by hand."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from position_reports import START, real, real_reports, reports

from features.tracks.fishing import FISHING, GEAR_RULES, FishingOptions, GearRule, fishing
from features.tracks.geodesy import distance_km
from features.tracks.resample import resample

MINUTE, STEP = timedelta(minutes=1), timedelta(minutes=10)
GEARS = pl.DataFrame({"mmsi": ["0", "1", "2"], "gear": ["OTB", "PS", "LLD"]})
SHORT = FishingOptions(min_hours=0.5, max_pause_minutes=90)


def km(one: dict[str, Any], other: dict[str, Any]) -> float:
    return float(distance_km(*(np.array([row[name]]) for row in (one, other) for name in ("lat", "lon")))[0])


def at_work(seed: int) -> pl.DataFrame:
    """Vessels that steam, tow, turn about and lie still by turns, some silences between, across the 180th meridian."""
    draw = np.random.default_rng(seed)
    frames = []
    for vessel in range(4):
        size = int(draw.integers(1, 150))
        minutes = np.cumsum(draw.choice([5, 10, 12, 59, 80], size, p=[0.4, 0.3, 0.27, 0.02, 0.01]))
        knots = np.repeat(draw.choice([0.0, 1.0, 3.0, 5.0, 10.0], size), 12)[:size]
        course = np.cumsum(draw.choice([0.0, 0.1, 1.5], size) * draw.normal(size=size))
        nm = knots * np.diff(minutes, prepend=minutes[0]) / 60
        lon = 179.9 + np.cumsum(nm * np.sin(course)) / 60
        frames.append(
            pl.DataFrame(
                {
                    "mmsi": [str(vessel)] * size,
                    "at": [START + int(one) * MINUTE for one in minutes],
                    "lat": np.cumsum(nm * np.cos(course)) / 60,
                    "lon": (lon + 180) % 360 - 180,
                    "known_at": [START + int(one + draw.choice([0, 900])) * MINUTE for one in minutes],
                }
            )
        )
    return pl.concat(frames).with_columns(pl.col("at", "known_at").dt.cast_time_unit("us"))


def plain(positions: pl.DataFrame, options: FishingOptions) -> list[dict[str, Any]]:
    found = []
    for mmsi, gear in GEARS.rows():
        grid = resample(positions.filter(mmsi=mmsi)).to_dicts() if mmsi in set(positions["mmsi"]) else []
        pieces: list[list[dict[str, Any]]] = []
        for row in grid:
            if not pieces or row["at"] - pieces[-1][-1]["at"] != STEP:
                pieces.append([])
            pieces[-1].append(row)
        stretches = [stretch for piece in pieces for stretch in stretches_of(piece, GEAR_RULES[gear])]
        events: list[list[list[dict[str, Any]]]] = []
        for stretch in stretches:
            if events and (stretch[0]["at"] - events[-1][-1][-1]["at"]) / MINUTE < options.max_pause_minutes:
                events[-1].append(stretch)
            else:
                events.append([stretch])
        for event in events:
            start, end = event[0][0]["at"], event[-1][-1]["at"]
            inside = [row for row in grid if start <= row["at"] <= end]
            hours = sum(len(stretch) - 1 for stretch in event) / 6
            share = len(inside) / ((end - start) / STEP + 1)
            if hours >= options.min_hours and share >= options.min_observed:
                path = sum(km(a, b) for stretch in event for a, b in pairwise(stretch))
                found.append(
                    {
                        "track": mmsi,
                        "gear": gear,
                        "start": start,
                        "end": end,
                        "hours": pytest.approx(hours),
                        "observed_share": pytest.approx(share),
                        "lat": pytest.approx(sum(row["lat"] for row in inside) / len(inside), abs=1e-6),
                        "south": min(row["lat"] for row in inside),
                        "north": max(row["lat"] for row in inside),
                        "path_km": pytest.approx(path, abs=0.05),
                    }
                )
    return found


def stretches_of(piece: list[dict[str, Any]], rule: GearRule) -> list[list[dict[str, Any]]]:
    """Stretches of fishing steps of a piece of track without a hole; way in whole metres, as it is summed."""
    metres = [round(km(a, b) * 1000) for a, b in pairwise(piece)]
    found: list[list[dict[str, Any]]] = []
    before = False
    for n in range(len(metres)):
        near = metres[max(n - 3, 0) : n + 4]
        speed = sum(near) / 1852 / (len(near) / 6)
        low, high = max(n - 9, 0), min(n + 9, len(metres) - 1)
        good, way = km(piece[low], piece[high + 1]), sum(metres[low : high + 1]) / 1000
        fishes = rule.low_kn <= speed <= rule.high_kn and (rule.straightness == 1 or good <= rule.straightness * way)
        if fishes and not before:
            found.append([piece[n]])
        if fishes:
            found[-1].append(piece[n + 1])
        before = fishes
    return found


@given(st.integers(0, 100_000))
@settings(max_examples=80, deadline=None)
def test_events_equal_a_plain_walk(seed: int) -> None:
    positions = at_work(seed)
    found = fishing(positions, GEARS, SHORT).to_dicts()
    expected = plain(positions, SHORT)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert {name: one[name] for name in other} == other


def test_the_random_vessels_do_fish() -> None:
    found = pl.concat([fishing(at_work(seed), GEARS, SHORT) for seed in range(30)])
    assert set(found["gear"]) == {"OTB", "PS", "LLD"}
    assert (found["observed_share"] < 1).any()
    assert (found["west"] > found["east"]).any()  # across the 180th meridian


@given(st.integers(0, 100_000))
@settings(max_examples=20, deadline=None)
def test_chunks_and_the_order_of_rows_change_nothing(seed: int) -> None:
    positions = at_work(seed)
    whole = fishing(positions, GEARS, SHORT)
    assert whole.schema == pl.Schema(FISHING)
    pieces = [fishing(part, GEARS, SHORT) for part in positions.partition_by("mmsi")]
    assert_frame_equal(whole, pl.concat(pieces).sort("track", "start"), check_exact=True)
    turned = fishing(positions.sample(fraction=1, shuffle=True, seed=1), GEARS.reverse(), SHORT)
    assert_frame_equal(whole, turned, check_exact=True)


def sailing(knots: float, hours: float = 6, gear: str = "OTB") -> pl.DataFrame:
    rows = [{"at": START + n * STEP, "lat": 40 + n * knots / 360, "lon": -179.95} for n in range(int(hours * 6) + 1)]
    return fishing(reports(rows), pl.DataFrame({"mmsi": ["A"], "gear": [gear]}))


@pytest.mark.parametrize(("knots", "hours"), [(0.0, []), (1.0, []), (3.0, [6.0]), (5.0, [6.0]), (7.0, [])])
def test_a_trawler_fishes_at_the_speed_of_a_trawl(knots: float, hours: list[float]) -> None:
    found = sailing(knots)
    assert found["hours"].to_list() == hours
    assert found["mean_speed_kn"].to_list() == [pytest.approx(knots, abs=0.02)] * len(hours)


def test_a_purse_seiner_that_goes_straight_does_not_fish() -> None:
    assert sailing(2.0, gear="PS").height == 0


@pytest.mark.parametrize("gear", ["XYZ", None])
def test_a_gear_without_a_rule_has_no_events(gear: str | None) -> None:
    rows = reports([{"at": START + n * STEP, "lat": 40 + n / 120} for n in range(37)])
    gears = pl.DataFrame({"mmsi": ["A"], "gear": [gear]}, schema={"mmsi": pl.String, "gear": pl.String})
    assert fishing(rows, gears).height == 0


def test_known_at_is_that_of_the_reports_that_settle_where_it_ends_too() -> None:
    rows = [{"at": START + n * STEP, "lat": 40 + min(n, 18) / 120 + max(n - 18, 0) / 30} for n in range(60)]
    positions = reports(rows)
    event = fishing(positions, pl.DataFrame({"mmsi": ["A"], "gear": ["OTB"]})).row(0, named=True)
    assert event["end"] < START + 20 * STEP < event["known_at"]


def test_two_gears_of_a_vessel_are_refused() -> None:
    with pytest.raises(ValueError, match="found 2 rows of 1 vessels with more, the first of 0"):
        fishing(at_work(1), pl.DataFrame({"mmsi": ["0", "0"], "gear": ["OTB", "PS"]}))


def test_rules_that_nothing_can_meet_are_refused() -> None:
    with pytest.raises(ValueError, match="0 <= low_kn < high_kn"):
        FishingOptions(rules={"OTB": GearRule(5.0, 2.0)})


def test_no_reports_have_no_events() -> None:
    assert fishing(at_work(1).clear(), GEARS).height == 0


def test_fishing_vessels_of_the_kattegat_tow_and_ships_do_not() -> None:
    """No labels of fishing are at hand. Towing shows in the speeds of the fishing vessels there, as a peak of its own;
    merchant ships, taken for trawlers, are the counter-example."""
    positions = real_reports("dma_kattegat_20251101_1min")
    kinds = (
        pl.read_parquet(real("ais/dma_kattegat_20251101_1min.parquet"))
        .select(pl.col("mmsi").cast(pl.String), "ship_type")
        .unique("mmsi")
    )
    found = fishing(positions, kinds.select("mmsi", gear=pl.lit("OTB")))
    observed = resample(positions).join(kinds, on="mmsi").group_by("ship_type").agg(hours=pl.len() / 6)
    hours = found.join(kinds, on="mmsi").group_by("ship_type").agg(fished=pl.col("hours").sum())
    share = {
        kind: fished / whole
        for kind, fished, whole in hours.join(observed, on="ship_type").select("ship_type", "fished", "hours").rows()
    }
    assert share["Fishing"] > 0.5
    assert share.get("Commercial", 0) < 0.02
