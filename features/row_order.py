"""Rows in order of some columns, and where a new group begins among them: what visibility and histories rest on."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def in_order(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The rows by the columns `by`, empty values first; rows equal in these stay in no stated order.

    Tables mostly lie by key and known_at already: to see that costs a small part of what sorting does.
    """
    return rows if _is_in_order(rows, by) else rows.sort(by)


def begins_group(by: Sequence[str]) -> pl.Expr:
    """True on each row that differs in any of the columns from the row before it, and on the first."""
    differs = pl.any_horizontal([pl.col(name).ne_missing(pl.col(name).shift()) for name in by])
    return differs | (pl.int_range(pl.len()) == 0)


def _is_in_order(rows: pl.DataFrame, by: Sequence[str]) -> bool:
    # Empty values and lists (the route of a channel) can be sorted, but not compared.
    if any(rows[name].null_count() or rows.schema[name].is_nested() for name in by):
        return False
    *others, last = by
    ordered = pl.col(last) >= pl.col(last).shift()
    for name in reversed(others):
        value, before = pl.col(name), pl.col(name).shift()
        ordered = (value > before) | ((value == before) & ordered)
    return bool(rows.select(ordered.all()).item())
