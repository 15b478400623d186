"""Gaps: against a plain search, by hand, and against those that others found in the same reports."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from position_reports import START, random_reports, real, real_reports, reports

from features.tracks.columns import as_positions
from features.tracks.gaps import GAP, GapOptions, among_others, gaps, place_and_day
from features.tracks.geodesy import Grid, distance_km
from features.tracks.reception import CELL_KM, reception

UNTIL = START + timedelta(days=30)
HOUR = timedelta(hours=1)


def offshore(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    return np.abs(lon) * 2


def plain_gaps(positions: pl.DataFrame, until: datetime | None) -> list[dict[str, Any]]:
    found = []
    for mmsi in sorted(set(positions["mmsi"])):
        track = positions.filter(mmsi=mmsi).sort("at").to_dicts()
        following: list[Any] = [*track[1:], None]
        for begin, end in zip(track, following, strict=True):
            stop = end["at"] if end else until
            if stop is None or stop - begin["at"] <= 6 * HOUR:
                continue
            before = [row for row in track if begin["at"] - 12 * HOUR <= row["at"] <= begin["at"]]
            found.append(
                {
                    "track": mmsi,
                    "start": begin["at"],
                    "end": end and end["at"],
                    "hours": (stop - begin["at"]) / HOUR,
                    "before": len(before),
                    "before_satellite": sum(row["receiver"] == "satellite" for row in before),
                    "before_unknown": sum(row["receiver"] is None for row in before),
                    "distance_km": end and pytest.approx(plain_distance(begin, end)),
                    "known_at": max(row["known_at"] for row in [*before, end or begin]),
                }
            )
    return found


def plain_distance(one: dict[str, Any], other: dict[str, Any]) -> float:
    return float(distance_km(*(np.array([row[name]]) for row in (one, other) for name in ("lat", "lon")))[0])


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=60, deadline=None)
def test_gaps_equal_a_plain_search(seed: int, is_open: bool) -> None:
    positions = random_reports(seed)
    until = UNTIL + timedelta(days=30) if is_open else None
    found = gaps(positions, until=until).to_dicts()
    plain = plain_gaps(positions, until)
    assert len(found) == len(plain)
    for one, expected in zip(found, plain, strict=True):
        assert {name: one[name] for name in expected} == expected


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_others_that_were_heard_equal_a_plain_search(seed: int) -> None:
    positions = random_reports(seed, vessels=8)
    grid = Grid(CELL_KM)
    cells = positions.with_columns(cell=pl.Series(grid.cell(positions["lat"].to_numpy(), positions["lon"].to_numpy())))
    alone = gaps(positions)
    for one, expected in zip(gaps(positions, heard=reception(positions)).to_dicts(), alone.to_dicts(), strict=True):
        cell = int(grid.cell(np.array([one["start_lat"]]), np.array([one["start_lon"]]))[0])
        others = cells.filter(pl.col("mmsi") != one["mmsi"], pl.col("at").dt.date() == one["start"].date(), cell=cell)
        vessels = others["mmsi"].n_unique()
        assert one["others_heard"] == vessels
        assert one["others_reports_per_day"] == (others.height / vessels if vessels else None)
        assert one["known_at"] == max([expected["known_at"], *others["known_at"]])


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_chunks_of_vessels_and_the_order_of_rows_change_nothing(seed: int) -> None:
    positions = random_reports(seed)
    heard = reception(positions)
    options = {"until": UNTIL + timedelta(days=30), "from_shore": offshore, "heard": heard}
    whole = gaps(positions, **options)
    pieces = [gaps(part, **options) for part in positions.partition_by("mmsi")]
    assert_frame_equal(whole, pl.concat(pieces).sort("track", "start"), check_exact=True)
    first = pl.concat([gaps(part, **(options | {"heard": None})) for part in positions.partition_by("mmsi")])
    there = heard.join(place_and_day(first), on=["cell", "day"], how="semi")
    assert_frame_equal(whole, among_others(first.sort("track", "start"), there), check_exact=True)
    assert_frame_equal(whole, gaps(positions.sample(fraction=1, shuffle=True, seed=1), **options), check_exact=True)


def silence(satellite: int, unknown: int = 0, lon: float = 60.0, hours: float = 12.0) -> pl.DataFrame:
    """Vessel A is heard often, then not for some hours; vessel B is heard 11 times on that day, C once."""
    heard = ["satellite"] * satellite + [None] * unknown
    rows = [{"at": START + timedelta(minutes=10 * n), "receiver": who, "lon": lon} for n, who in enumerate(heard)]
    last = rows[-1]["at"]
    rows.append({"at": last + timedelta(hours=hours), "receiver": "satellite", "lon": lon})
    rows += [{"mmsi": "B", "at": START + n * HOUR, "receiver": "satellite", "lon": lon + 0.01} for n in range(23)]
    rows += [{"mmsi": "C", "at": START, "receiver": "satellite", "lon": lon}]
    return reports(rows)


@pytest.mark.parametrize(
    ("positions", "suspected"),
    [
        (silence(14), True),
        (silence(13), False),
        (silence(13, unknown=1), None),
        (silence(14, hours=11.9), False),
        (silence(14, lon=46.0), False),
    ],
)
def test_suspected_disabling_by_hand(positions: pl.DataFrame, suspected: bool | None) -> None:
    found = gaps(positions, from_shore=offshore, heard=reception(positions)).row(0, named=True)
    assert found["others_heard"] == 2
    assert found["others_reports_per_day"] == 12
    assert found["suspected"] is suspected


def test_what_is_not_told_is_not_known_unless_it_cannot_matter() -> None:
    assert gaps(silence(14), from_shore=offshore)["suspected"].to_list() == [None]
    assert gaps(silence(14), heard=reception(silence(14)))["suspected"].to_list() == [None]
    assert gaps(silence(13))["suspected"].to_list() == [False]


def test_a_gap_is_known_when_the_last_report_that_it_rests_on_is() -> None:
    late = datetime(2024, 2, 1, tzinfo=UTC)
    rows = [{"at": START}, {"at": START + HOUR, "known_at": late}, {"at": START + 2 * HOUR}, {"at": START + 9 * HOUR}]
    assert gaps(reports(rows))["known_at"].to_list() == [late]
    other = {"mmsi": "B", "at": START + 3 * HOUR, "known_at": late}
    positions = reports([{"at": START}, {"at": START + 9 * HOUR}, other])
    assert gaps(positions)["known_at"].to_list() == [START + 9 * HOUR]
    assert gaps(positions, heard=reception(positions))["known_at"].to_list() == [late]


def test_an_open_gap_has_the_length_known_at_the_cutoff() -> None:
    positions = reports([{"at": START, "speed_kn": 3.0}])
    assert gaps(positions).height == 0
    found = gaps(positions, until=START + timedelta(hours=7), from_shore=offshore).row(0, named=True)
    assert (found["hours"], found["end"], found["distance_km"], found["end_shore_km"]) == (7, None, None, None)
    assert gaps(positions, until=START + timedelta(hours=6)).height == 0


def test_a_gap_across_the_180th_meridian_is_short() -> None:
    rows = [{"at": START, "lat": 0.0, "lon": 179.5}, {"at": START + 10 * HOUR, "lat": 0.0, "lon": -179.5}]
    found = gaps(reports(rows)).row(0, named=True)
    assert found["distance_km"] == pytest.approx(111.195, abs=0.001)
    assert found["implied_speed_kn"] == pytest.approx(6.004, abs=0.001)


def test_no_reports_have_no_gaps() -> None:
    nothing = random_reports(1).clear()
    assert dict(gaps(nothing, until=START, from_shore=offshore, heard=reception(nothing)).schema) == GAP


def test_reception_by_hand() -> None:
    positions = silence(14)
    heard = reception(positions)
    assert heard.select("day", "mmsi", "reports").rows() == [
        (date(2024, 1, 1), "A", 15),
        (date(2024, 1, 1), "B", 23),
        (date(2024, 1, 1), "C", 1),
    ]


def test_messages() -> None:
    twice = reports([{"at": START}, {"at": START}])
    with pytest.raises(ValueError, match=r"needed one report of a track at an instant, found 1 more .* of A at 2024"):
        gaps(twice)
    with pytest.raises(ValueError, match=r"needed the columns .*; add lat, receiver"):
        gaps(twice.drop("lat", "receiver"))
    with pytest.raises(ValueError, match=r"needed reports until 2023-01-01 00:00:00 UTC, found one at 2024-01-01"):
        gaps(reports([{"at": START}]), until=datetime(2023, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match=r"needed instants with a zone in at .*replace_time_zone\('UTC'\)"):
        as_positions(twice.with_columns(pl.col("at").dt.replace_time_zone(None)))


def test_the_same_gaps_as_others_found_in_real_reports() -> None:
    golden = pl.read_parquet(real("reference_cases/golden_gaps_6h.parquet"))
    found = pl.concat(
        [
            gaps(real_reports(name), GapOptions.compatible(6)).with_columns(src=pl.lit(src))
            for name, src in (
                ("noaa_marinecadastre_20220103", "noaa_marinecadastre_20220103"),
                ("dma_kattegat_20251101_1min", "dma_kattegat_20251101"),
            )
        ]
    )
    golden = golden.with_columns(pl.col("mmsi").cast(pl.String), start=instant("start_timestamp"))
    both = found.join(golden, on=["src", "mmsi", "start"], suffix="_golden")
    assert found.height == golden.height == both.height == 368
    assert both["hours"].to_numpy() == pytest.approx(both["duration_h"].to_numpy(), abs=1e-9)
    assert both["before"].to_list() == both["positions_hours_before"].to_list()
    # Theirs is measured on the ellipsoid.
    assert both["distance_km"].to_numpy() == pytest.approx(both["distance_m"].to_numpy() / 1000, rel=0.006)


@pytest.mark.parametrize("hours", ["1.3333", "3", "6", "12"])
def test_the_same_gaps_as_others_found_in_their_sample(hours: str) -> None:
    sample = json.loads(real("reference_cases/gaps_gfw_sample.json").read_text())
    frame = pl.DataFrame(sample["messages"], infer_schema_length=None)
    at = instant("timestamp")
    # All of its messages are of one place; some do not say it, which theirs counts and ours never meets.
    lat, lon = pl.col("lat").fill_null(45.4), pl.col("lon").fill_null(80.6)
    frame = frame.select(mmsi="ssvid", at=at, lat=lat, lon=lon, receiver="receiver_type", known_at=at)
    found = gaps(as_positions(frame), GapOptions.compatible(float(hours)))
    names = ("before", "before_terrestrial", "before_satellite")
    theirs = ("positions_hours_before", "positions_hours_before_ter", "positions_hours_before_sat")
    expected = sample["expected_by_threshold_h"][hours]
    assert found.select("start", *names).rows() == [
        (datetime.fromtimestamp(gap["start_timestamp"], UTC), *(gap[name] for name in theirs))
        for gap in sorted(expected, key=lambda gap: gap["start_timestamp"])
    ]
    assert found["hours"].to_list() == [gap["duration_h"] for gap in expected]


def instant(column: str) -> pl.Expr:
    return pl.from_epoch((pl.col(column) * 1_000_000).round().cast(pl.Int64), "us").dt.replace_time_zone("UTC")
