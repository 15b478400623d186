"""A walk that tells many reports at once, against one that takes them step by step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tracks.segments import SegmentOptions
from features.tracks.walk import HOUR, Track, step, walk


def step_by_step(at: np.ndarray, lat: np.ndarray, lon: np.ndarray, options: SegmentOptions) -> list[int]:
    tracks: list[Track] = []
    numbers, made = [], 0
    for report in zip(at.tolist(), lat.tolist(), lon.tolist(), strict=True):
        tracks, made = step(tracks, made, report, 25.0, options)
        numbers.append(tracks[-1].number)
    return numbers


@given(
    seed=st.integers(0, 10_000),
    # Alone; with a stray report now and then; two ships for a while each; two ships in turn.
    others=st.sampled_from([0.0, 0.01, 0.1, 0.5]),
    stays=st.integers(1, 100),
    options=st.sampled_from(
        [SegmentOptions(), SegmentOptions.compatible(), SegmentOptions(established=3, most_open=3)]
    ),
)
@settings(max_examples=60, deadline=None)
def test_as_step_by_step(seed: int, others: float, stays: int, options: SegmentOptions) -> None:
    draw = np.random.default_rng(seed)
    size = int(draw.integers(1, 600))
    hours = draw.choice([0.0, 0.004, 0.1, 0.7, 3.0, 50.0], size, p=[0.01, 0.04, 0.5, 0.3, 0.13, 0.02])
    at = np.cumsum(np.round(hours * HOUR).astype(np.int64))
    ship = np.repeat(draw.random(size) < others, stays)[:size]
    away = np.where(ship, draw.choice([0.2, 3.0]), 0.0)
    lat = 50 + away + np.cumsum(draw.normal(size=size) * draw.choice([0.0, 0.02]))
    lon = (179.9 + np.cumsum(draw.normal(size=size)) * 0.05 + 180) % 360 - 180
    assert walk(at, lat, lon, 25.0, options).tolist() == step_by_step(at, lat, lon, options)


@pytest.mark.parametrize("speed_kn", [24.999999, 25.0, 25.000001])
def test_what_is_only_just_reached_is_told_as_step_by_step(speed_kn: float) -> None:
    at = np.arange(300, dtype=np.int64) * 4 * HOUR
    miles = speed_kn * np.hypot(4, SegmentOptions().margin_hours)
    lat = np.where(np.arange(300) % 2, miles / 60.04, 0.0)
    lon = np.zeros(300)
    assert walk(at, lat, lon, 25.0, SegmentOptions()).tolist() == step_by_step(at, lat, lon, SegmentOptions())
