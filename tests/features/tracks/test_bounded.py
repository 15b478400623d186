"""Distances that need not be measured."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tracks.bounded import at_least
from features.tracks.geodesy import FloatArray, distance_km


@given(st.integers(0, 10_000), st.sampled_from([0.0, 5.0, 10.0, 40.0]), st.sampled_from([0.1, 5.0, np.inf]))
@settings(max_examples=100, deadline=None)
def test_the_answer_is_that_of_measuring_each(seed: int, least_km: float, beyond: float) -> None:
    draw = np.random.default_rng(seed)
    size = int(draw.integers(0, 200))
    group = np.cumsum(draw.random(size) < 0.1) + 0
    group -= group[0] if size else 0
    lat = draw.uniform(-0.3, 0.3, 201)[group] + draw.normal(size=size) * 0.01
    lon = draw.uniform(179.8, 180.2, 201)[group] + draw.normal(size=size) * 0.01

    def measure(lat: FloatArray, lon: FloatArray) -> FloatArray:
        away = distance_km(lat, lon, np.zeros_like(lat), np.full_like(lon, -180.0))
        return np.where(away > least_km + beyond, np.inf, away)

    found = at_least(measure, least_km, lat, lon, group)
    assert found.tolist() == (measure(lat, lon) >= least_km).tolist()


def test_most_of_a_crowd_in_one_place_is_not_measured() -> None:
    asked = []

    def measure(lat: FloatArray, lon: FloatArray) -> FloatArray:
        asked.append(lat.size)
        return np.full(lat.size, 3.0)

    assert not at_least(measure, 10.0, np.zeros(1000), np.zeros(1000), np.zeros(1000, dtype=np.int64)).any()
    assert asked == [1, 0]
