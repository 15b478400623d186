"""The nearest port point: against looking at every one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tracks import near_ports
from features.tracks.geodesy import distance_km
from features.tracks.near_ports import NOWHERE, NearPorts

PLACES = [(43.0, 131.8), (0.0, 179.999), (89.995, 10.0), (-89.0, -180.0)]


@given(st.integers(0, 10_000), st.sampled_from(PLACES), st.sampled_from([1.0, 4.0]), st.sampled_from([0.3, 8.0]))
@settings(max_examples=200, deadline=None)
def test_nearest_equals_looking_at_every_point(
    seed: int, place: tuple[float, float], reach: float, wide: float
) -> None:
    draw = np.random.default_rng(seed)
    here, points = scattered(draw, place, 40, wide), scattered(draw, place, int(draw.integers(1, 30)), wide)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_ports, "BLOCK", int(draw.integers(1, 50)))
        nearest, distance = NearPorts(*points, reach).nearest(*here)
    for row in range(40):
        every = distance_km(np.full(points[0].size, here[0][row]), np.full(points[0].size, here[1][row]), *points)
        if abs(every.min() - reach) < 1e-6:
            continue
        if every.min() > reach:
            assert (nearest[row], distance[row]) == (NOWHERE, np.inf)
        else:
            assert distance[row] == pytest.approx(every.min(), abs=1e-6)
            assert every[nearest[row]] == pytest.approx(every.min(), abs=1e-6)


def scattered(
    draw: np.random.Generator, place: tuple[float, float], size: int, wide_km: float
) -> tuple[np.ndarray, np.ndarray]:
    lat = place[0] + draw.normal(size=size) * wide_km / 111
    lon = place[1] + draw.normal(size=size) * wide_km / 111 / np.cos(np.radians(place[0]))
    return np.clip(lat, -90, 90), (lon + 180) % 360 - 180


def test_the_first_of_equally_near_points_counts() -> None:
    near = NearPorts(np.array([1.0, 1.0, 1.0]), np.array([0.02, 0.0, 0.0]), 4)
    assert near.nearest(np.array([1.0]), np.array([0.001]))[0].tolist() == [1]


def test_no_positions() -> None:
    nearest, distance = NearPorts(np.zeros(1), np.zeros(1), 4).nearest(np.zeros(0), np.zeros(0))
    assert (nearest.size, distance.size) == (0, 0)
