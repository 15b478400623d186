"""What the goods lines of a consignment said together, as histories: its value, and the headings that it holds.

Lines change one by one; what they say together changes with each of them, as features/states.py works it out.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from features.asked import with_headings
from features.asof import history
from features.states import ROWS, states_of
from features.tables import Tables

MICRO = 1_000_000  # values are summed in millionths of a dollar, as integers
LARGEST_LINE_USD = 1_000_000  # a line counts for no more, so that no sum can pass the integers


def micro_usd(value: pl.Expr) -> pl.Expr:
    """A line's value in millionths of a dollar, at most LARGEST_LINE_USD; exact sums need no more than that."""
    return (value.clip(upper_bound=LARGEST_LINE_USD) * MICRO).round().cast(pl.Int64)


def value_history(tables: Tables) -> pl.DataFrame:
    """The history of what each consignment is worth by its lines: `value_micro`, null where a line states no value.

    Lines of more than LARGEST_LINE_USD count for that: it is made for small values. Withdrawn while there is no line.
    """

    def make() -> pl.DataFrame:
        items = _items(tables, ["value_usd"]).with_columns(micro=micro_usd(pl.col("value_usd")))
        said = {"value_micro": pl.col("micro").fill_null(0), "unstated": pl.col("micro").is_null()}
        worth = states_of(items, ["unit"], said)
        return worth.with_columns(pl.when(pl.col("unstated") == 0).then("value_micro")).drop("unstated", ROWS)

    return tables.derived("value of the lines", make)


def heading_history(tables: Tables) -> pl.DataFrame:
    """The history of every heading `hs4` of a consignment, however many lines it has; withdrawn while it has none."""
    return tables.derived(
        "headings of the lines",
        lambda: states_of(with_headings(_items(tables, ["hs6"])), ["unit", "hs4"], {}).drop(ROWS),
    )


def _items(tables: Tables, columns: Sequence[str]) -> pl.DataFrame:
    return history(tables["goods_item"], ["consignment_id", "item_no"], "consignment_id", columns)
