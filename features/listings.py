"""Entries of watch lists that name a vessel, its owner or its operator, and what is left of one after its end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import polars as pl

from features.asof import visible_rows
from features.division import divided
from features.tables import Tables

WATCHLIST_KEY = ("list", "subject_kind", "subject", "listed_at")
HALF_LIFE = timedelta(days=730)  # 24 months
_ROLES = {"vessel": "vessel_id", "owner": "owner_id", "operator": "operator_id"}


def listings(tables: Tables, pairs: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    """The visible entries that had begun by the cut-off, a row per pair (vessel_id, cutoff), role and entry.

    Columns: `pair` (row number), `role` (vessel, owner, operator), the key of watchlist, `delisted_at`, `use` and
    `hit`: 1 while the entry holds, and half as much every 24 months after its end. `identities` are those of the pairs.
    """
    parts = pairs.with_columns(identities.select("owner_id", "operator_id")).with_row_index("pair")
    subjects = pl.concat(
        parts.select(
            "pair",
            "cutoff",
            role=pl.lit(role),
            subject_kind=pl.lit("vessel" if role == "vessel" else "party"),
            subject=column,
        )
        for role, column in _ROLES.items()
    ).drop_nulls("subject")
    rows = visible_rows(
        tables["watchlist"], WATCHLIST_KEY, subjects, ["subject_kind", "subject"], ["delisted_at", "use"]
    )
    found = subjects.select("pair", "cutoff", "role")[rows["question"]].hstack(rows.drop("question"))
    since = divided((pl.col("cutoff") - pl.col("delisted_at")).dt.total_microseconds(), HALF_LIFE.total_seconds() * 1e6)
    holds = pl.col("delisted_at").is_null() | (pl.col("delisted_at") > pl.col("cutoff"))
    return (
        found.filter(pl.col("listed_at") <= pl.col("cutoff"))
        .with_columns(hit=pl.when(holds).then(1.0).otherwise(pl.lit(0.5).pow(since)))
        .sort("pair", "hit", "role", *WATCHLIST_KEY, descending=[False, True, *[False] * 5])
    )


def strongest(found: pl.DataFrame, pairs: pl.DataFrame, lists_known: pl.Series, name: str) -> pl.DataFrame:
    """Per pair `<name>`, the highest hit among `found` (as of `listings`), and `<name>_entry`, the entry in words.

    0 where no entry is known; null where `lists_known` (a boolean per pair) says that none could be.
    """
    day = "%Y-%m-%d"
    end = pl.when(pl.col("delisted_at") <= pl.col("cutoff")).then(
        pl.format(", taken off on {}", pl.col("delisted_at").dt.to_string(day))
    )
    words = pl.format(
        "The list {} names its {} {} since {}{}",
        "list",
        "role",
        "subject",
        pl.col("listed_at").dt.to_string(day),
        end.fill_null(""),
    )
    first = found.unique("pair", keep="first", maintain_order=True).select("pair", "hit", words=words)
    numbered = pairs.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("pair")).with_columns(known=lists_known)
    none = "No list that is known names the vessel, its owner or its operator"
    return numbered.join(first, on="pair", how="left", maintain_order="left").select(
        pl.when("known").then(pl.col("hit").fill_null(0.0)).alias(name),
        pl.when("known").then(pl.col("words").fill_null(none)).alias(f"{name}_entry"),
    )


def lists_known(tables: Tables, cutoff: pl.Series, lists: Collection[str], others: bool = False) -> pl.Series:
    """Per cut-off whether any entry of the lists (or, with `others`, of any other list) had become known by then."""
    is_one = pl.col("list").is_in(list(lists))
    first = tables["watchlist"].filter(~is_one if others else is_one)["known_at"].min()
    return (cutoff >= first).alias("known") if first is not None else (cutoff.is_null()).alias("known")
