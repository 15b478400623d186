"""What the goods lines of a consignment said together, as histories: its value, and the headings that it holds.

Lines change one by one; what they say together changes with each of them. Every version of a line adds at its start
what it takes away at its end, so that running totals, in integers, give the state after each change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from features.asked import with_headings
from features.asof import history
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
        added = {"value_micro": pl.col("micro").fill_null(0), "unstated": pl.col("micro").is_null().cast(pl.Int64)}
        states = _states(items, ["unit"], added)
        return states.with_columns(pl.when(pl.col("unstated") == 0).then("value_micro")).drop("unstated")

    return tables.derived("value of the lines", make)


def heading_history(tables: Tables) -> pl.DataFrame:
    """The history of every heading `hs4` of a consignment, however many lines it has; withdrawn while it has none."""
    return tables.derived(
        "headings of the lines", lambda: _states(with_headings(_items(tables, ["hs6"])), ["unit", "hs4"], {})
    )


def _items(tables: Tables, columns: Sequence[str]) -> pl.DataFrame:
    spans = history(tables["goods_item"], ["consignment_id", "item_no"], "consignment_id", columns)
    return spans.filter(~pl.col("withdrawn"))


def _states(spans: pl.DataFrame, by: Sequence[str], added: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """A span per state of each group: the sums over its live spans, and withdrawn while there is none."""
    each = {**added, "lines": pl.lit(1, dtype=pl.Int64)}
    starts = spans.select(*by, at="known_at", **each)
    ends = spans.filter(pl.col("until").is_not_null()).select(*by, at="until", **{n: -e for n, e in each.items()})
    changes = pl.concat([starts, ends]).group_by(*by, "at").agg(pl.col(*each).sum()).sort(*by, "at")
    begins = pl.any_horizontal([pl.col(name).ne_missing(pl.col(name).shift()) for name in by])
    running = changes.with_columns(begins=begins).with_columns(pl.col(*each).cum_sum())
    # Running totals over all groups, less what stood there before the group began.
    before = [pl.when("begins").then(pl.col(name).shift(fill_value=0)).forward_fill() for name in each]
    states = running.with_columns(
        *[pl.col(name) - earlier for name, earlier in zip(each, before, strict=True)],
        first_known_at=pl.when("begins").then("at").forward_fill(),
        until=pl.when(~pl.col("begins").shift(-1, fill_value=True)).then(pl.col("at").shift(-1)),
    )
    rest = [name for name in by if name != "unit"]
    return states.select(
        "unit", "first_known_at", pl.col("at").alias("known_at"), "until", *rest, *added, withdrawn=pl.col("lines") == 0
    )
