"""What a vessel changed about its identity: name, flag, numbers, owner; and a new flag soon after it was listed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import numpy as np
import polars as pl

# Assumed: a new flag brings new numbers with it, so the numbers weigh half.
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"name": 1.0, "flag": 1.0, "owner_id": 1.0, "mmsi": 0.5, "call_sign": 0.5}
)
WORDS = MappingProxyType(
    {"name": "name", "flag": "flag", "owner_id": "owner", "mmsi": "MMSI", "call_sign": "call sign"}
)
LOOK_BACK = timedelta(days=730)  # 24 months
HOP = timedelta(days=90)


def changes(pointers: pl.DataFrame, vessel: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Which of the identities (`pair`, `row` of the table `vessel`, oldest first in each pair) changed what.

    Columns: pair, row, `valid_from`, `cutoff`, per part of WEIGHTS `<part>_changed`, whether the identity states
    another value than the one before it that states any, and `flag_before`, what that was. Names and call signs are
    compared without regard to case and outer blanks.
    """
    number = np.arange(pointers.height)
    first = pointers["pair"].ne_missing(pointers["pair"].shift()).to_numpy()
    begin = np.maximum.accumulate(np.where(first, number, 0)) if number.size else number
    changed: dict[str, pl.Series] = {}
    for part in WEIGHTS:
        codes = _codes(vessel[part]).gather(pointers["row"]).fill_null(-1).to_numpy()
        latest = np.maximum.accumulate(np.where(codes >= 0, number, -1)) if number.size else number
        before = np.concatenate([[-1], latest[:-1]])[: number.size]
        known = (codes >= 0) & (before >= begin)
        differs = known & (codes != codes[np.where(known, before, 0)])
        changed[f"{part}_changed"] = pl.Series(differs, dtype=pl.Boolean)
        if part == "flag":
            before_rows = pointers["row"].gather(np.where(differs, before, 0))
            was = pl.select(pl.when(changed["flag_changed"]).then(vessel["flag"].gather(before_rows))).to_series()
            changed["flag_before"] = was
    return pointers.with_columns(
        vessel["valid_from"].gather(pointers["row"]), pairs["cutoff"].gather(pointers["pair"]), **changed
    )


def _codes(values: pl.Series) -> pl.Series:
    """A number per value of the table, the same for equal ones: compared once, not once per question."""
    return values.str.strip_chars().str.to_uppercase().rank("dense").cast(pl.Int64)


def in_look_back(changed: pl.DataFrame) -> pl.DataFrame:
    """The rows of `changes` that changed anything in the 24 months up to the cut-off."""
    return changed.filter(
        pl.col("valid_from") > pl.col("cutoff") - LOOK_BACK,
        pl.any_horizontal(f"{part}_changed" for part in WEIGHTS),
    )


def churn(changed: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Per pair `identity_churn`, the weighted number of changes in 24 months, and `identity_changes`, them in words.

    Null where no identity is known.
    """
    known = changed.select("pair").unique()
    counts = (
        in_look_back(changed).group_by("pair").agg(pl.col(f"{part}_changed").sum().cast(pl.Int64) for part in WEIGHTS)
    )
    counted = known.join(counts, on="pair", how="left").with_columns(pl.exclude("pair").fill_null(0))
    told = [
        pl.when(pl.col(f"{part}_changed") > 0).then(pl.format(f"{WORDS[part]} {{}}", pl.col(f"{part}_changed")))
        for part in WEIGHTS
    ]
    weighed = pl.sum_horizontal(weight * pl.col(f"{part}_changed") for part, weight in WEIGHTS.items())
    words = pl.concat_str(told, separator=", ", ignore_nulls=True)
    scored = counted.select(
        "pair",
        identity_churn=weighed,
        identity_changes=pl.when(words == "").then(pl.lit("nothing")).otherwise(words),
    )
    return _per_pair(scored, pairs)


def hops(changed: pl.DataFrame, vessel: pl.DataFrame, listings: pl.DataFrame) -> pl.DataFrame:
    """The changes of flag that a listing of the vessel preceded by at most 90 days; a row per change and listing.

    `listings` has `pair`, `list`, `listed_at`, `use`. Columns: pair, `valid_from`, `flag_before`, `flag` and `use` of
    the change, `list`, `listed_at`, `listing_use`, by pair, change and listing.
    """
    of_vessel = listings.select("pair", "list", "listed_at", listing_use="use")
    new = changed.filter("flag_changed").select("pair", "row", "valid_from", "flag_before")
    return (
        new.select(
            "pair", "valid_from", "flag_before", vessel["flag"].gather(new["row"]), vessel["use"].gather(new["row"])
        )
        .join(of_vessel, on="pair")
        .filter(
            pl.col("listed_at") <= pl.col("valid_from"),
            pl.col("listed_at") >= pl.col("valid_from") - HOP,
        )
        .sort("pair", "valid_from", "listed_at", "list")
    )


def hopped(hops: pl.DataFrame, changed: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Per pair `flag_hop_after_listing` and `flag_hop`, the newest such change in words; null without an identity."""
    day = "%Y-%m-%d"
    words = pl.format(
        "{} to {} on {}, after the list {} named it on {}",
        "flag_before",
        "flag",
        pl.col("valid_from").dt.to_string(day),
        "list",
        pl.col("listed_at").dt.to_string(day),
    )
    newest = hops.unique("pair", keep="last", maintain_order=True).select("pair", flag_hop=words)
    answered = changed.select("pair").unique().join(newest, on="pair", how="left")
    return _per_pair(
        answered.select(
            "pair",
            flag_hop_after_listing=pl.col("flag_hop").is_not_null(),
            flag_hop=pl.col("flag_hop").fill_null("none soon after a listing"),
        ),
        pairs,
    )


def _per_pair(frame: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    numbered = pairs.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("pair"))
    return numbered.join(frame, on="pair", how="left", maintain_order="left").drop("pair")
