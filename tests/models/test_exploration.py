"""Exploration: counts, and propensities against the frequency of being taken."""

import math
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.draws import uniform
from models.exploration import draw

UNIT = st.floats(0, 1, exclude_max=True)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), candidates=st.integers(0, 40), capacity=st.integers(0, 50), share=st.floats(0, 1), rounding=UNIT)
def test_draw_takes_the_capacity_and_propensities_sum_to_it(
    data: st.DataObject, candidates: int, capacity: int, share: float, rounding: float
) -> None:
    order = np.array(data.draw(st.lists(UNIT, min_size=candidates, max_size=candidates)))
    drawn = draw(candidates, capacity, share, rounding, order)
    taken = min(capacity, candidates)
    assert not (drawn.top & drawn.random).any()
    assert (drawn.top | drawn.random).sum() == taken
    low = math.floor(Fraction(str(share)) * taken)
    assert drawn.random.sum() in {low, low + 1}
    assert math.isclose(drawn.propensity.sum(), taken, abs_tol=1e-9)
    assert ((drawn.propensity >= 0) & (drawn.propensity <= 1)).all()
    assert (drawn.propensity[drawn.top | drawn.random] > 0).all()
    assert (np.diff(drawn.propensity) <= 1e-15).all()


def test_draw_is_taken_as_often_as_its_propensity_says() -> None:
    repeats, candidates = 4000, 12
    taken = np.zeros(candidates)
    for seed in range(repeats):
        order = uniform(seed, "explore", range(candidates))
        drawn = draw(candidates, 5, 0.3, uniform(seed, "rounding", ["office"])[0], order)
        taken += drawn.top | drawn.random
    assert np.abs(taken / repeats - drawn.propensity).max() < 4 * 0.5 / math.sqrt(repeats)
    assert drawn.propensity[:3].tolist() == [1.0, 1.0, 1.0]


def test_draw_without_exploration_takes_the_top_for_certain() -> None:
    drawn = draw(4, 2, 0.0, 0.0, np.zeros(4))
    assert drawn.top.tolist() == [True, True, False, False]
    assert drawn.propensity.tolist() == [1.0, 1.0, 0.0, 0.0]


def test_draw_counts_a_share_as_it_is_written() -> None:
    # 0.1 * 30 is 3.0000000000000004 as floats where it is 3 in the configuration: no row too many, none by chance.
    drawn = draw(100, 30, 0.1, 0.0, np.zeros(100))
    assert drawn.random.sum() == 3
    assert drawn.propensity[26] == 1.0
