"""Distances, bearings and cells: by hand, against each other, and against looking at every pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tracks.geodesy import (
    EARTH_KM,
    Grid,
    bearing_deg,
    destination,
    distance_km,
    distance_nm,
    wrapped,
)

LATS = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, -89.99, 0.0, 60.0, 89.999, 90.0]))
LONS = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, -179.999, 0.0, 179.999, 180.0]))


def one(*values: float) -> list[np.ndarray]:
    return [np.array([value]) for value in values]


@pytest.mark.parametrize(
    ("points", "km"),
    [
        ((0, 0, 0, 1), 111.19508),
        ((0, 179.5, 0, -179.5), 111.19508),
        ((90, 0, 90, 123), 0),
        ((89, 0, 89, 180), 222.39016),
        ((0, 0, 0, 180), np.pi * EARTH_KM),
        ((45.41, 141.69, 43.4167, 141.6833), 221.64),  # how far off the port index has Wakkanai
    ],
)
def test_distances_by_hand(points: tuple[float, ...], km: float) -> None:
    assert distance_km(*one(*points))[0] == pytest.approx(km, abs=0.01)
    assert distance_nm(*one(*points))[0] == pytest.approx(km / 1.852, abs=0.01)


@pytest.mark.parametrize(
    ("points", "degrees"), [((0, 0, 1, 0), 0), ((0, 0, 0, 1), 90), ((0, 179, 0, -179), 90), ((1, 5, 0, 5), 180)]
)
def test_bearings_by_hand(points: tuple[float, ...], degrees: float) -> None:
    assert bearing_deg(*one(*points))[0] == pytest.approx(degrees)


@given(st.floats(-89, 89), LONS, st.floats(0, 359), st.floats(0.01, 5000))
@settings(max_examples=300, deadline=None)
def test_a_destination_lies_as_far_away_and_in_that_bearing(lat: float, lon: float, to: float, km: float) -> None:
    there = destination(*one(lat, lon, to, km))
    assert -180 <= there[1][0] < 180
    assert distance_km(*one(lat, lon), *there)[0] == pytest.approx(km, rel=1e-6)
    turned = abs(bearing_deg(*one(lat, lon), *there)[0] - to)
    assert min(turned, 360 - turned) < 0.01


def test_meridians_are_wrapped() -> None:
    assert wrapped(np.array([180.0, -180.0, 181.0, 540.0, -1e-300, 12.5])).tolist() == [-180, -180, -179, -180, 0, 12.5]


@given(st.lists(st.tuples(LATS, LONS), min_size=1, max_size=30), st.sampled_from([0.5, 4.0, 300.0]), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_whatever_is_in_reach_is_in_a_touched_cell(
    points: list[tuple[float, float]], radius: float, times: int
) -> None:
    lat, lon = np.array(points).T
    near = destination(lat, lon, np.linspace(0, 350, lat.size), np.full(lat.size, radius * 0.999))
    lat, lon = np.concatenate([lat, near[0]]), np.concatenate([lon, near[1]])
    grid = Grid(radius * times)
    cell = grid.cell(lat, lon)
    point, touched = grid.touched(lat, lon, radius)
    pairs = set(zip(point.tolist(), touched.tolist(), strict=True))
    assert len(pairs) == point.size
    left, right = np.meshgrid(np.arange(lat.size), np.arange(lat.size))
    left, right = left.ravel(), right.ravel()
    within = distance_km(lat[left], lon[left], lat[right], lon[right]) <= radius
    assert all(pair in pairs for pair in zip(left[within].tolist(), cell[right[within]].tolist(), strict=True))


def test_a_circle_touches_few_cells() -> None:
    lat, lon = np.random.default_rng(1).uniform([-89, -180], [89, 180], (10_000, 2)).T
    point, _ = Grid(8).touched(lat, lon, 4)
    assert point.size < 4.2 * lat.size
    assert np.bincount(point).max() <= 9


def test_numbers_do_not_depend_on_what_stands_beside_them() -> None:
    lat, lon, other_lat, other_lon = np.random.default_rng(2).uniform(-90, 90, (4, 999))
    alone = [distance_km(*one(*four))[0] for four in zip(lat, lon, other_lat, other_lon, strict=True)]
    assert distance_km(lat, lon, other_lat, other_lon).tolist() == alone


def test_sides_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match=r"needed cells of 0.1 to 2000 km, found 0 km; choose a side"):
        Grid(0)
