"""The nearest of arcs, beside points laid along each of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tracks.arcs import arcs, nearest, unit
from features.tracks.geodesy import EARTH_KM, destination

STEPS = np.linspace(0, 1, 1001)[:, None, None]


@given(st.integers(0, 10_000), st.sampled_from([1, 3, 64, 65, 300]), st.sampled_from([20.0, 2_000.0, 8_000.0]))
@settings(max_examples=15, deadline=None)
def test_the_nearest_is_that_of_points_along_every_arc(seed: int, count: int, longest_km: float) -> None:
    draw = np.random.default_rng(seed)
    lat, lon = np.degrees(np.arcsin(draw.uniform(-1, 1, count))), draw.uniform(-180, 180, count)
    to_lat, to_lon = destination(lat, lon, draw.uniform(0, 360, count), draw.uniform(1, longest_km, count))
    tree = arcs(lat, lon, to_lat, to_lon)
    points = unit(np.degrees(np.arcsin(draw.uniform(-1, 1, 6))), draw.uniform(-180, 180, 6))
    points = np.concatenate([points, unit(lat[:2], lon[:2])])  # two of them at the begin of an arc
    found = nearest(tree, points)
    for place, point in enumerate(points):
        along = tree.begin * (1 - STEPS) + tree.end * STEPS
        along /= np.linalg.norm(along, axis=2, keepdims=True)
        away = 2 * EARTH_KM * np.arcsin(np.minimum(np.linalg.norm(along - point, axis=2) / 2, 1))
        assert away.min() - 5 < found.km[place] < away.min() + 1e-6  # between two points laid along, at most 5 km off
        own = away[:, found.arc[place]]
        assert own.min() == pytest.approx(away.min(), abs=5)
        if found.part[place] > 0:
            assert own.argmin() == (0 if found.part[place] == 1 else len(STEPS) - 1)


def test_of_two_that_are_equally_near_it_is_always_the_same() -> None:
    ends = (np.array([0.0, 0.0]), np.array([10.0, -10.0]), np.array([5.0, 5.0]), np.array([10.0, -10.0]))
    points = unit(np.array([2.0]), np.array([0.0]))
    one, other = (nearest(arcs(*(values[order] for values in ends)), points) for order in ([0, 1], [1, 0]))
    assert one.km[0] == other.km[0]
    assert one.arc[0] == other.arc[0] == 0
