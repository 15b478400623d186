"""Which schemes apply to a consignment at a cut-off: any visible goods item satisfies the scheme's scope."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

import polars as pl

from features import expressions
from features.asked import Asked
from features.asof import newest
from features.contract import Contract
from features.options import Options, SchemeOption
from features.tables import Tables

ADDED = {"hs2": pl.String(), "hs4": pl.String(), "heading_is_marked": pl.Boolean(), "high_priority_tier": pl.Int64()}


def mistakes_in(schemes: Mapping[str, SchemeOption], contract: Contract) -> list[str]:
    """What is wrong with the scopes, in words; empty where every one can be evaluated to yes or no."""
    schema = {**contract["consignment"].schema, **contract["goods_item"].schema, **ADDED}
    return expressions.mistakes_in({f"schemes.{name}.scope": scheme.scope for name, scheme in schemes.items()}, schema)


def applies(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question, a boolean column per scheme: whether it applies. A scope that is null for an item does not hold."""
    lines = _with_added(asked, options)
    per_line = lines.select(
        "question",
        *[pl.sql_expr(scheme.scope).fill_null(False).alias(name) for name, scheme in options.schemes.items()],
    )
    any_line = per_line.group_by("question").agg(pl.col(name).any() for name in options.schemes)
    return (
        asked.questions.with_row_index("question")
        .select("question")
        .join(any_line, on="question", how="left", maintain_order="left")
        .select(pl.col(name).fill_null(False) for name in options.schemes)
    )


def _with_added(asked: Asked, options: Options) -> pl.DataFrame:
    lines = asked.lines.filter(pl.col("item_no").is_not_null()).rename({"cutoff": "asked_at"})
    listed = options.high_priority.select(
        "hs6", pl.col("tier").alias("high_priority_tier"), listed_at=pl.col("list_date").cast(pl.Datetime("us", "UTC"))
    ).sort("listed_at")
    lines = lines.sort("asked_at").join_asof(
        listed, left_on="asked_at", right_on="listed_at", by="hs6", strategy="backward", check_sortedness=False
    )
    marked = _marked_headings(asked.tables, lines["asked_at"])
    return lines.join(marked, on=["asked_at", "hs4"], how="left").with_columns(
        pl.col("heading_is_marked").fill_null(False)
    )


def _marked_headings(tables: Tables, cutoffs: pl.Series) -> pl.DataFrame:
    """`asked_at`, `hs4`, `heading_is_marked` for every heading that a visible brand is recorded for at a cut-off.

    One look per change of the brand table, not per cut-off.
    """
    empty = pl.DataFrame(
        schema={"asked_at": pl.Datetime("us", "UTC"), "hs4": pl.String, "heading_is_marked": pl.Boolean}
    )
    brands = tables["brand"]
    if brands.is_empty():
        return empty
    changes = brands["known_at"].unique().sort()
    states = (
        pl.DataFrame({"asked_at": cutoffs.unique().sort()})
        .join_asof(pl.DataFrame({"state": changes}), left_on="asked_at", right_on="state", strategy="backward")
        .drop_nulls("state")
    )
    headings = [
        newest(brands, ["brand_id"], state.astimezone(UTC))
        .select(pl.col("hs4").explode())
        .unique()
        .with_columns(state=state)
        for state in states["state"].unique(maintain_order=True)
    ]
    if not headings:
        return empty
    marked = pl.concat(headings).with_columns(pl.col("state").cast(pl.Datetime("us", "UTC")))
    return states.join(marked, on="state").select("asked_at", "hs4", heading_is_marked=pl.lit(True)).drop_nulls()
