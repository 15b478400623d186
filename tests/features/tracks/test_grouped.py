"""Medians, means and sums by group."""

from __future__ import annotations

from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tracks.grouped import group_edges, latest, mean_degrees, medians, sums

GROUPS = st.lists(st.lists(st.integers(-1000, 1000), min_size=1, max_size=6), max_size=6)


@given(GROUPS)
def test_each_group_has_its_own(groups: list[list[int]]) -> None:
    number = np.repeat(np.arange(len(groups)), [len(group) for group in groups]).astype(np.int64)
    values = np.array([value for group in groups for value in group], dtype=np.int64)
    assert sums(number, values).tolist() == [sum(group) for group in groups]
    assert latest(number, values).tolist() == [max(group) for group in groups]
    assert medians(number, values.astype(float)).tolist() == [median(group) for group in groups]
    first, last = group_edges(number)
    assert values[first].tolist() == [group[0] for group in groups]
    assert values[last].tolist() == [group[-1] for group in groups]


def test_a_mean_place_does_not_hang_on_the_order_and_crosses_the_180th_meridian() -> None:
    lat, lon = np.array([0.1, 0.2, 0.6, 5.0]), np.array([179.9, -179.9, -179.7, 7.0])
    group = np.array([0, 0, 0, 1])
    means = mean_degrees(group, lat, lon)
    assert means[0].tolist() == [pytest.approx(0.3), 5.0]
    assert means[1].tolist() == [pytest.approx(-179.9), 7.0]
    turned = mean_degrees(group, lat[[2, 1, 0, 3]], lon[[2, 1, 0, 3]])
    assert turned[0].tolist() == means[0].tolist()
    assert turned[1] == pytest.approx(means[1], abs=1e-12)
