"""Numbers in order, against a plain sorted list; median and deviation against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.ordered import Ordered, median, median_deviation

QUARTERS = st.integers(-30, 30).map(lambda number: number / 4)


@given(st.lists(QUARTERS, min_size=1, max_size=60))
@settings(max_examples=300, deadline=None)
def test_median_and_deviation_equal_those_of_numpy(numbers: list[float]) -> None:
    ordered = sorted(numbers)
    middle = median(ordered)
    assert middle == np.median(ordered)
    assert median_deviation(ordered, middle) == np.median(np.abs(np.array(ordered) - middle))


@given(moves=st.lists(st.tuples(st.booleans(), QUARTERS), max_size=120), block=st.integers(1, 4))
@settings(max_examples=300, deadline=None)
def test_what_enters_and_leaves_equals_a_sorted_list(moves: list[tuple[bool, float]], block: int) -> None:
    ordered, plain = Ordered(), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("features.ordered.BLOCK", block)
        for enters, number in moves:
            if enters or number not in plain:
                ordered.add(number)
                plain = sorted([*plain, number])
            else:
                ordered.remove(number)
                plain.remove(number)
            view = ordered.view()
            assert [view[place] for place in range(len(view))] == plain
            assert len(ordered) == len(plain)
            if plain:
                assert median(view) == median(plain)
                assert median_deviation(view, median(view)) == median_deviation(plain, median(plain))


@given(copies=st.integers(1, 30), others=st.lists(QUARTERS, max_size=10))
@settings(max_examples=100, deadline=None)
def test_equal_numbers_over_several_blocks_all_leave(copies: int, others: list[float]) -> None:
    ordered = Ordered()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("features.ordered.BLOCK", 2)
        for number in [*others, *[1.5] * copies]:
            ordered.add(number)
        for _ in range(copies):
            ordered.remove(1.5)
    view = ordered.view()
    assert [view[place] for place in range(len(view))] == sorted(others)


@pytest.mark.parametrize("numbers", [[], [1.0], [1.0, 3.0]])
def test_a_number_that_never_entered_cannot_leave(numbers: list[float]) -> None:
    ordered = Ordered()
    for number in numbers:
        ordered.add(number)
    with pytest.raises(ValueError, match=rf"needed 2\.0 among the {len(numbers)} numbers, found none equal"):
        ordered.remove(2.0)
