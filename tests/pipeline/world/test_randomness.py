"""Draws: proportions, independence of the streams, chances with a wanted mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.world.randomness import SUBJECTS, between, chances, pick, streams


def test_streams_are_equal_for_equal_seeds_and_differ_by_subject() -> None:
    one, again, other = streams(7), streams(7), streams(8)
    drawn = {name: one[name].random(4).tolist() for name in SUBJECTS}
    assert drawn == {name: again[name].random(4).tolist() for name in SUBJECTS}
    assert len({tuple(values) for values in drawn.values()}) == len(SUBJECTS)
    assert drawn["party"] != other["party"].random(4).tolist()


def test_pick_follows_the_weights() -> None:
    drawn = pick(np.random.default_rng(1), [3.0, 1.0, 0.0], 20_000)
    assert np.bincount(drawn, minlength=3) / 20_000 == pytest.approx([0.75, 0.25, 0.0], abs=0.02)


def test_between_stays_within_the_span() -> None:
    drawn = between(np.random.default_rng(1), (-1.0, 2.0), 1000)
    assert -1.0 <= drawn.min() < drawn.max() <= 2.0


@settings(deadline=None, max_examples=60)
@given(
    log_odds=st.lists(st.floats(-50, 50), min_size=1, max_size=30),
    mean=st.floats(0.01, 0.99),
)
def test_chances_have_the_wanted_mean_and_keep_the_order(log_odds: list[float], mean: float) -> None:
    values = np.array(log_odds)
    found = chances(values, mean)
    assert found.mean() == pytest.approx(mean, abs=1e-6)
    assert (np.diff(found[np.argsort(values)]) >= 0).all()


def test_chances_of_nobody_are_none() -> None:
    assert chances(np.zeros(0), 0.5).size == 0
