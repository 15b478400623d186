"""Sums over ranges against going through each range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.range_sums import range_sums


@given(seed=st.integers(0, 100_000), places=st.integers(0, 40), ranks=st.integers(1, 40))
@settings(max_examples=200, deadline=None)
def test_equals_going_through_each_range(seed: int, places: int, ranks: int) -> None:
    draw = np.random.default_rng(seed)
    rank = draw.integers(0, ranks, places)
    weights = {"count": draw.integers(-1, 2, places), "value": draw.integers(-(10**15), 10**15, places)}
    begin = draw.integers(0, places + 1, 30)
    end = np.maximum(begin, draw.integers(0, places + 1, 30))
    below = draw.integers(-1, ranks + 3, 30)
    found = range_sums(rank, weights, begin, end, below)
    for name, values in weights.items():
        expected = [
            sum(int(values[place]) for place in range(first, last) if rank[place] < bound)
            for first, last, bound in zip(begin, end, below, strict=True)
        ]
        assert found[name].tolist() == expected


def test_by_hand() -> None:
    rank = np.array([2, 0, 1, 2])
    found = range_sums(
        rank, {"w": np.array([10, 20, 40, 80])}, np.array([0, 1, 0]), np.array([4, 3, 2]), np.array([2, 3, 1])
    )
    assert found["w"].tolist() == [60, 60, 20]


def test_what_cannot_be_summed_is_told() -> None:
    one, none = np.array([0]), np.array([], dtype=np.int64)
    with pytest.raises(ValueError, match=r"needed a weight for each of 1 places, found \{'w': 0\}"):
        range_sums(one, {"w": none}, one, one, one)
    with pytest.raises(ValueError, match="needed ranks from 0 on, found -1"):
        range_sums(np.array([-1]), {"w": one}, one, one, one)
