"""Tracks of one MMSI: by hand, against a walk through every vessel, and against those that others made."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from position_reports import real

from features.tracks.segments import SegmentOptions, segments
from features.tracks.walk import HOUR

OPTIONS = SegmentOptions()


def tracks(
    hours: list[float], lat: list[float], lon: list[float], options: SegmentOptions = OPTIONS, fastest: float = 25.0
) -> list[int]:
    """Tracks of the reports of one vessel."""
    at = np.round(np.array(hours) * HOUR).astype(np.int64)
    one = np.zeros(at.size, dtype=np.int64)
    return segments(one, at, np.array(lat), np.array(lon), np.full(at.size, fastest), options).tolist()


def test_a_report_that_no_ship_could_reach_begins_another_track() -> None:
    assert tracks([0, 1, 2, 3], [0, 0.4, 0.8, 1.2], [0] * 4) == [1, 1, 1, 1]  # 24 kn
    assert tracks([0, 1, 2, 3], [0, 0.5, 1.0, 1.5], [0] * 4) == [1, 2, 3, 4]  # 30 kn
    assert tracks([0, 1, 2, 3], [0, 0.5, 1.0, 1.5], [0] * 4, fastest=40.0) == [1, 1, 1, 1]
    assert tracks([0, 0.01, 0.02], [0, 0.1, 0.0], [0] * 3) == [1, 1, 1]  # the margin: 6.25 nm
    assert tracks([0, 0.01, 0.02], [0, 0.11, 0.0], [0] * 3) == [1, 2, 1]


def test_two_ships_on_one_mmsi_are_two_tracks() -> None:
    hours = [n / 2 for n in range(40)]
    lat = [43 + n * 0.05 if n % 2 else 10 - n * 0.05 for n in range(40)]
    assert tracks(hours, lat, [131.0] * 40) == [1, 2] * 20


def test_a_silence_does_not_end_a_track_unless_told() -> None:
    assert tracks([0, 100], [0, 1], [0, 0]) == [1, 1]
    assert tracks([0, 100], [0, 1], [0, 0], SegmentOptions.compatible()) == [1, 2]


def test_the_180th_meridian_is_no_jump() -> None:
    assert tracks([0, 1], [0, 0], [179.9, -179.9]) == [1, 1]


def test_a_track_takes_one_report_an_instant() -> None:
    assert tracks([0, 0, 1, 1], [0, 0.05, 0, 0.05], [0] * 4) == [1, 2, 1, 2]


def test_a_report_with_a_wrong_clock_does_not_take_a_track_over() -> None:
    """A ship sails north at 12 kn; one report is an hour early, so that the ship comes by there later."""
    hours = [n / 10 for n in range(40)]
    lat = [hour * 0.2 for hour in hours]
    lat[10] += 0.2
    assert tracks(hours, lat, [0.0] * 40) == [1] * 10 + [2] + [1] * 29


def test_where_two_ships_cannot_be_told_apart_both_tracks_end() -> None:
    """Two ships are heard in turn, 2 degrees apart, then there is silence, and a report halfway between."""
    hours = [n / 10 for n in range(60)]
    lat = [0.0 if n % 2 else 2.0 for n in range(60)]
    options = {"hours": [*hours, 20.0, 20.1], "lat": [*lat, 1.0, 1.0], "lon": [0.0] * 62}
    assert tracks(**options)[-2:] == [3, 3]
    assert tracks(**options, options=SegmentOptions(ambiguity=1.0))[-2:] in ([1, 1], [2, 2])


def random_ships(seed: int) -> tuple[np.ndarray, ...]:
    """Some vessels, each of one to three ships that are heard in turn, some of them at the same instant."""
    draw = np.random.default_rng(seed)
    size = int(draw.integers(1, 60))
    vessel = np.sort(draw.integers(0, 4, size))
    at = np.cumsum(draw.choice([0.0, 0.05, 0.5, 3.0, 40.0], size, p=[0.05, 0.4, 0.3, 0.2, 0.05]))
    ship = draw.integers(0, 1 + vessel)
    lat = 10.0 * ship * draw.choice([0.05, 1.0]) + np.cumsum(draw.normal(size=size)) * 0.05
    lon = (179.9 + np.cumsum(draw.normal(size=size)) * 0.05 + 180) % 360 - 180
    return vessel, np.round(at * HOUR).astype(np.int64), lat, lon, np.full(size, 25.0)


@given(st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_tracks_depend_on_earlier_reports_of_the_vessel_alone(seed: int) -> None:
    ships = random_ships(seed)
    options = SegmentOptions(established=3, most_open=4)
    whole = segments(*ships, options)
    for vessel in set(ships[0].tolist()):
        rows = np.flatnonzero(ships[0] == vessel)
        for end in range(1, rows.size + 1):
            alone = segments(*(column[rows[:end]] for column in ships), options)
            assert alone.tolist() == whole[rows[:end]].tolist()


@given(st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_what_is_told_at_once_equals_a_walk(seed: int) -> None:
    vessel, at, lat, lon, fastest = random_ships(seed)
    # A first report that is out of reach sends every vessel on the walk, as track 1; it is too old to take part.
    first = np.unique(vessel)
    vessels, long_ago = np.concatenate([vessel, first]), np.full(first.size, -(10**15))
    rows = np.lexsort((np.concatenate([at, long_ago]), vessels))
    more = (
        (at, long_ago),
        (lat, np.full(first.size, 80.0)),
        (lon, np.zeros(first.size)),
        (fastest, fastest[first * 0]),
    )
    ahead = [vessels[rows], *(np.concatenate(column)[rows] for column in more)]
    options = SegmentOptions(max_hours=10_000.0)
    walked = segments(*ahead, options)
    kept = ahead[1] > -(10**15)
    assert (walked[kept] - 1).tolist() == segments(vessel, at, lat, lon, fastest, options).tolist()


@pytest.mark.parametrize(
    ("file", "options", "pairs", "pure"),
    [
        ("338013000.json", OPTIONS, 0.31, 0.97),
        ("segmented-416000000.json", OPTIONS, 0.65, 0.78),
        ("segmented-416000000.json", SegmentOptions.compatible(), 0.69, 0.82),
    ],
)
def test_tracks_of_real_shared_mmsis_are_near_those_that_others_made(
    file: str, options: SegmentOptions, pairs: float, pure: float
) -> None:
    """Agreement of pairs (adjusted Rand index), and the share of reports that lie in the track of most of their
    segment. Of 338013000, a single ship with wrong clocks, 990 of 997 reports of the largest segment are one track."""
    frame = pl.read_parquet(real("reference_cases/segments_gpsdio_real_tracks.parquet")).filter(file=file)
    frame = frame.drop_nulls(["lat", "lon"]).sort("ts").unique("ts", keep="first", maintain_order=True)
    hours = (frame["ts"].cast(pl.Datetime("us")).to_physical() / HOUR).to_list()
    found = tracks(hours, frame["lat"].to_list(), frame["lon"].to_list(), options)
    expected = frame["expected_segment"].to_list()
    assert agreement(found, expected) > pairs
    both, ours = Counter(zip(found, expected, strict=True)), set(found)
    assert sum(max(n for (one, _), n in both.items() if one == track) for track in ours) / frame.height > pure
    if options is OPTIONS and file == "338013000.json":
        assert max(both.values()) == 990


def agreement(one: list[int], other: list[str]) -> float:
    """The adjusted Rand index (Hubert and Arabie, Journal of Classification 2, 1985)."""
    both, ours, theirs, all_pairs = (
        sum(n * (n - 1) / 2 for n in Counter(values).values())
        for values in (zip(one, other, strict=True), one, other, [0] * len(one))
    )
    chance = ours * theirs / all_pairs
    return (both - chance) / ((ours + theirs) / 2 - chance)
