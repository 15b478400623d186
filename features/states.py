"""Running states: what rows said together, as spans, made from the changes that each of their versions brought.

A version adds at its start what it takes away at its end. One sort by group and instant, and running totals in
integers, give the state after every change: O(n log n) for n versions, the same for any order of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from features.row_order import begins_group

ROWS = "rows"


def changes(spans: pl.DataFrame, by: Sequence[str], values: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """What live spans add when they begin and take away when they end: `by`, `at`, `rows` and the values as Int64."""
    live = spans.filter(~pl.col("withdrawn"))
    each = {name: value.cast(pl.Int64) for name, value in {**values, ROWS: pl.lit(1)}.items()}
    starts = live.select(*by, at="known_at", **each)
    ended = live.filter(pl.col("until").is_not_null())
    return pl.concat([starts, ended.select(*by, at="until", **{name: -value for name, value in each.items()})])


def states(changed: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """A span per state of each group: its running totals from `known_at` until `until`, null for the last one.

    Columns: `by`, `first_known_at` (of the group's first change), `known_at`, `until`, `withdrawn` (there is no row),
    and the totals, `rows` among them. An empty value in `by` equals another.
    """
    names = [name for name in changed.columns if name not in by and name != "at"]
    # What changes at one instant is one state: the totals after the last of its changes.
    is_last = begins_group([*by, "at"]).shift(-1, fill_value=True)
    totals = changed.sort(*by, "at").with_columns(pl.col(names).cum_sum()).filter(is_last)
    running = totals.with_columns(begins=begins_group(by))
    # Running totals over all groups, less what stood there before the group began.
    before = [pl.when("begins").then(pl.col(name).shift(fill_value=0)).forward_fill() for name in names]
    return running.select(
        *by,
        first_known_at=pl.when("begins").then("at").forward_fill(),
        known_at="at",
        until=pl.when(~pl.col("begins").shift(-1, fill_value=True)).then(pl.col("at").shift(-1)),
        **{name: pl.col(name) - earlier for name, earlier in zip(names, before, strict=True)},
    ).with_columns(withdrawn=pl.col(ROWS) == 0)


def states_of(spans: pl.DataFrame, by: Sequence[str], values: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """The states of groups of spans: `states` of their `changes`."""
    return states(changes(spans, by, values), by)


def holding(asked: pl.DataFrame, spans: pl.DataFrame, on: Mapping[str, str] | Sequence[str]) -> pl.DataFrame:
    """Rows of `asked` (with `cutoff`) beside every span of equal `on` that holds at the cut-off; a row for each pair.

    `on` names columns of both, or maps columns of `asked` to columns of the spans. Columns of the spans that `asked`
    has too are left out. For keys of few spans: the cost is that of all spans of the keys asked for.
    """
    pairs = dict(on) if isinstance(on, Mapping) else {name: name for name in on}
    left_out = [name for name in spans.columns if name in asked.columns and name not in pairs.values()]
    return (
        asked.join(
            spans.filter(~pl.col("withdrawn")).drop(left_out), left_on=list(pairs), right_on=list(pairs.values())
        )
        .filter(
            pl.col("known_at") <= pl.col("cutoff"), pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff"))
        )
        .drop("known_at", "until", "withdrawn")
    )


def at_cutoff(asked: pl.DataFrame, spans: pl.DataFrame, by: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    """Per row of `asked` (`by`, `cutoff`), in their order, the columns of its group's state; null where it has none.

    One search per row, however many states a group has.
    """
    answers = [pl.when(~pl.col("withdrawn")).then(pl.col(name)).alias(name) for name in columns]
    found = (
        asked.select(*by, "cutoff")
        .with_row_index("row")
        .sort("cutoff")
        .join_asof(
            spans.select(*by, "known_at", "withdrawn", *columns).sort("known_at"),
            left_on="cutoff",
            right_on="known_at",
            by=list(by),
            check_sortedness=False,
        )
        .sort("row")
    )
    return found.select(answers)
