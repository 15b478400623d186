"""Priority: against the formula in words, and the order of small numbers."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.priority import combine, place_abstained

PROBABILITY = st.one_of(st.none(), st.floats(0, 1))
SCHEMES = ["a", "b", "c"]


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(PROBABILITY, PROBABILITY, PROBABILITY), min_size=1, max_size=10))
def test_combine_is_one_minus_the_product_of_the_complements(rows: list[tuple[float | None, ...]]) -> None:
    result = combine(np.array(rows, dtype=float), SCHEMES, {})
    for row, priority, scheme in zip(rows, result.priority, result.scheme, strict=True):
        present = [p for p in row if p is not None]
        assert math.isclose(priority, 1 - math.prod(1 - p for p in present), abs_tol=1e-12)
        assert 0 <= priority <= 1
        assert scheme == (row.index(max(present)) if present else -1)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(PROBABILITY, PROBABILITY, PROBABILITY), min_size=1, max_size=10),
    harm=st.tuples(*[st.floats(0, 1e6)] * 3),
)
def test_combine_with_harm_is_the_expected_harm(rows: list[tuple[float | None, ...]], harm: tuple[float, ...]) -> None:
    result = combine(np.array(rows, dtype=float), SCHEMES, dict(zip(SCHEMES, harm, strict=True)))
    for row, priority, scheme in zip(rows, result.priority, result.scheme, strict=True):
        worth = [None if p is None else p * h for p, h in zip(row, harm, strict=True)]
        present = [w for w in worth if w is not None]
        assert math.isclose(priority, sum(present), rel_tol=1e-12, abs_tol=1e-12)
        assert scheme == (worth.index(max(present)) if present else -1)


def test_combine_keeps_a_single_probability_as_it_is_and_tiny_ones_apart() -> None:
    single = combine(np.array([[0.3], [1e-18], [2e-18], [np.nan]]), ["a"], {})
    assert single.priority.tolist() == [0.3, 1e-18, 2e-18, 0.0]
    assert single.scheme.tolist() == [0, 0, 0, -1]


def test_combine_without_schemes_is_zero() -> None:
    result = combine(np.zeros((2, 0)), [], {})
    assert result.priority.tolist() == [0.0, 0.0]
    assert result.scheme.tolist() == [-1, -1]


def test_combine_prefers_the_first_scheme_where_two_add_the_same() -> None:
    assert combine(np.array([[0.2, 0.2]]), ["a", "b"], {}).scheme.tolist() == [0]


def test_place_abstained_scales_the_rules_to_the_lowest_scored_row() -> None:
    priority = np.array([0.4, 0.2, 0.0, 0.0])
    placed = place_abstained(
        priority,
        scored=np.array([True, True, False, False]),
        abstained=np.array([False, False, True, False]),
        rule_share=np.array([1.0, 1.0, 0.5, 1.0]),
    )
    assert placed.tolist() == [0.4, 0.2, 0.1, 0.0]


def test_place_abstained_goes_by_rules_alone_where_nothing_was_scored() -> None:
    placed = place_abstained(np.zeros(2), np.zeros(2, dtype=bool), np.ones(2, dtype=bool), np.array([0.25, 1.0]))
    assert placed.tolist() == [0.25, 1.0]
