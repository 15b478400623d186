"""Container numbers, held against an independent implementation of ISO 6346."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iso6346

from pipeline.world.containers import check_digits, container_numbers


def test_check_digit_of_the_published_example() -> None:
    assert check_digits(["CSQU"], np.array([305438])).tolist() == [3]


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 10_000), counts=st.lists(st.integers(0, 4), max_size=12), data=st.data())
def test_numbers_are_valid_except_the_first_of_a_bad_consignment(
    seed: int, counts: list[int], data: st.DataObject
) -> None:
    bad = data.draw(st.lists(st.booleans(), min_size=len(counts), max_size=len(counts)))
    numbers = container_numbers(
        np.random.default_rng(seed), np.array(counts, dtype=np.int64), np.array(bad, dtype=bool)
    )
    assert [len(own or []) for own in numbers] == counts
    for own, is_bad in zip(numbers, bad, strict=True):
        valid = [iso6346.is_valid(number) for number in own or []]
        assert valid == [not (is_bad and place == 0) for place in range(len(valid))]
