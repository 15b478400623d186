"""Order that is seen instead of made, and where groups begin."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from features.row_order import begins_group, in_order

BY = ["name", "number"]
rows_strategy = st.lists(st.tuples(st.sampled_from(["a", "b", "é", None]), st.integers(0, 3) | st.none()), max_size=8)


def as_frame(rows: list[tuple[str | None, int | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"name": pl.String, "number": pl.Int64}, orient="row")


def begins(frame: pl.DataFrame, by: list[str]) -> list[bool]:
    return frame.select(begins_group(by)).to_series().to_list()


@given(rows=rows_strategy, is_sorted=st.booleans())
@settings(max_examples=200, deadline=None)
def test_rows_come_in_the_order_of_a_sort(rows: list[tuple[str | None, int | None]], is_sorted: bool) -> None:
    frame = as_frame(rows).sort(BY) if is_sorted else as_frame(rows)
    assert in_order(frame, BY).equals(frame.sort(BY))


def test_rows_that_lie_in_order_are_not_moved() -> None:
    frame = as_frame([("a", 1), ("a", 2), ("b", 1)]).with_columns(place=pl.Series([2, 1, 0]))
    assert in_order(frame, BY) is frame
    assert in_order(frame.reverse(), BY)["place"].to_list() == [2, 1, 0]


def test_lists_are_sorted_whether_they_lie_in_order_or_not() -> None:
    frame = pl.DataFrame({"route": [["b"], ["a", "c"], ["a"]]})
    assert in_order(frame, ["route"])["route"].to_list() == [["a"], ["a", "c"], ["b"]]
    assert begins(frame, ["route"]) == [True, True, True]


def test_a_group_begins_where_any_column_differs() -> None:
    frame = as_frame([(None, 1), (None, 1), ("a", 1), ("a", None), ("a", None)])
    assert begins(frame, BY) == [True, False, True, True, False]
    assert begins(frame.clear(), BY) == []
