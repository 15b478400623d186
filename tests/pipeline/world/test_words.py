"""Words drawn by the million."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.world.words import one_of, swapped, where, with_gaps, words


def test_words_come_in_their_shares() -> None:
    drawn = words(np.random.default_rng(1), {"a": 3.0, "b": 1.0}, 20_000)
    assert (drawn == "a").mean() == pytest.approx(0.75, abs=0.02)


def test_one_of_several_tables_by_row() -> None:
    which = np.array([0, 0, 1, 2, 2])
    drawn = one_of([{"a": 1.0, "b": 1.0}, {}, {"c": 1.0}], which, np.array([0.2, 0.9, 0.5, 0.0, 0.999]))
    assert drawn.to_list() == ["a", "b", None, "c", "c"]
    assert one_of([{}], np.zeros(2, dtype=np.int64), np.zeros(2)).to_list() == [None, None]


def test_a_table_keeps_its_shares() -> None:
    chance = np.random.default_rng(2).random(20_000)
    drawn = one_of([{"a": 0.2, "b": 0.5, "c": 0.3}, {"d": 1.0}], np.zeros(20_000, dtype=np.int64), chance)
    assert {word: round((drawn == word).mean(), 1) for word in "abcd"} == {"a": 0.2, "b": 0.5, "c": 0.3, "d": 0.0}


def test_a_swap_stands_in_only_where_it_holds_and_is_known() -> None:
    values = pl.Series("species", ["KCD", "ALK", None, "KCD"])
    holds = np.array([True, True, True, False])
    assert swapped(values, {"KCD": ["CRQ"]}, np.zeros(4), holds).to_list() == ["CRQ", "ALK", None, "KCD"]


def test_where_keeps_the_name() -> None:
    chosen = where(np.array([True, False]), pl.Series("x", [1, 2]), pl.Series("y", [3, 4]))
    assert (chosen.name, chosen.to_list()) == ("x", [1, 4])
    assert where(np.array([True, False]), pl.Series("x", [1, 2])).to_list() == [1, None]


def test_gaps_fall_in_the_share_stated() -> None:
    frame = with_gaps(np.random.default_rng(3), 0.1, pl.DataFrame({"a": range(20_000), "b": range(20_000)}), ("a",))
    assert frame["a"].null_count() / 20_000 == pytest.approx(0.1, abs=0.01)
    assert frame["b"].null_count() == 0
