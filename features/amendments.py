"""Amendments: how often a declaration was changed by the cut-off, and how far its amounts moved by that."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from features.asked import Asked, whole_sum
from features.asof import visible_rows, visible_version

# Versions that only report where the goods are do not amend what was declared.
NOT_DECLARED = {"arrived_at", "released_at", "known_at", "withdrawn", "use", "source"}
_MOVING = ("value_usd", "net_kg")


def amendments(asked: Asked) -> pl.DataFrame:
    """How often the declaration was amended by the cut-off, and how far value and net mass moved from the first."""
    consignment = visible_version(
        _with_amendment_count(asked, "consignment", ["consignment_id"]),
        ["consignment_id"],
        asked.questions,
        columns=["amendments"],
    )
    items = visible_rows(
        _with_amendment_count(asked, "goods_item", ["consignment_id", "item_no"]),
        ["consignment_id", "item_no"],
        asked.questions,
        on=["consignment_id"],
    )
    per_question = (
        items.sort("question", "item_no")
        .group_by("question", maintain_order=True)
        .agg(
            pl.col("amendments").sum().alias("item_amendments"),
            *[whole_sum(pl.col(name)) for name in (*_MOVING, "first_value_usd", "first_net_kg")],
        )
    )
    joined = (
        asked.questions.with_row_index("question")
        .with_columns(consignment["amendments"])
        .join(per_question, on="question", how="left", maintain_order="left")
    )
    return joined.select(
        amendment_count=pl.col("amendments").cast(pl.Float64) + pl.col("item_amendments").fill_null(0),
        value_change_log=_log_change("value_usd", "first_value_usd"),
        net_kg_change_log=_log_change("net_kg", "first_net_kg"),
        first_value_usd="first_value_usd",
        first_net_kg="first_net_kg",
    )


def is_amendment(rows: pl.DataFrame, key: Sequence[str]) -> pl.Expr:
    """Whether a version differs from the one before it of the same row in what is declared.

    For versions in order of key and `known_at`; the first version of a row amends nothing.
    """
    declared = [name for name in rows.columns if name not in NOT_DECLARED and name not in key]
    content = [
        pl.col(name).list.join("|") if isinstance(rows.schema[name], pl.List) else pl.col(name) for name in declared
    ]
    same_row = pl.all_horizontal([pl.col(name).eq_missing(pl.col(name).shift()) for name in key])
    return same_row & pl.any_horizontal([value.ne_missing(value.shift()) for value in content])


def _with_amendment_count(asked: Asked, table: str, key: list[str]) -> pl.DataFrame:
    """The versions of what was asked about, with `amendments`: how many up to each one changed what was declared.

    Also `first_<column>` of the columns that move, as the first version had them.
    """
    rows = (
        asked.tables[table]
        .join(asked.questions.select("consignment_id").unique(), on="consignment_id", how="semi")
        .sort([*key, "known_at"])
    )
    begins = pl.any_horizontal([pl.col(name).ne_missing(pl.col(name).shift()) for name in key])
    moving = [name for name in _MOVING if name in rows.columns]
    # Running counts over all rows, less what had been counted when the row's own versions began.
    return (
        rows.with_columns(begins=begins)
        .with_columns(amendments=is_amendment(rows, key).cast(pl.Int64).cum_sum())
        .with_columns(
            amendments=pl.col("amendments") - pl.when("begins").then("amendments").forward_fill(),
            group=pl.col("begins").cast(pl.UInt32).cum_sum(),
        )
        .with_columns(
            pl.col(name).gather(pl.arg_where(pl.col("begins"))).gather(pl.col("group") - 1).alias(f"first_{name}")
            for name in moving
        )
        if rows.height
        else rows.with_columns(
            amendments=pl.lit(None, dtype=pl.Int64), **{f"first_{name}": pl.col(name) for name in moving}
        )
    )


def _log_change(now: str, first: str) -> pl.Expr:
    return pl.when((pl.col(now) > 0) & (pl.col(first) > 0)).then((pl.col(now) / pl.col(first)).log())
