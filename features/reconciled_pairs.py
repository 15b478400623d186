"""Landings and entries that nothing ties together on paper, but that may belong together by vessel, port and time."""

from __future__ import annotations

import polars as pl

from features.arrival_notices import NEAR
from features.reconciled_facts import ENTRY, Facts
from features.reconciled_states import NO_ENTRY


def possible_matches(facts: Facts, landings: pl.DataFrame) -> pl.DataFrame:
    """Pairs `row` (of the landings) and `entry`: landed without entry, and an entry that nobody presented.

    The entry was cleared for the same vessel and port before the landing, by no more than the usual voyage and 3 days;
    without a usual voyage, by 3 days.
    """
    lone = landings.filter(pl.col("state") == NO_ENTRY).select(
        "row", "vessel_id", "landed_at", place=facts.place("port")
    )
    free = facts.entries.join(facts.claims, on=ENTRY, how="anti").join(facts.waits, on="issuer_country")
    voyage = pl.duration(hours=pl.col("voyage_hours").fill_null(0)) + pl.lit(NEAR)
    free = free.select(
        "vessel_id",
        "cleared_at",
        place=facts.place("port"),
        latest=pl.col("cleared_at") + voyage,
        entry=pl.format("{} {}", "issuer_country", "number"),
    )
    return (
        lone.join(free, on=["vessel_id", "place"])
        .filter(pl.col("cleared_at") <= pl.col("landed_at"), pl.col("landed_at") <= pl.col("latest"))
        .select("row", "entry")
        .unique()
    )


def with_matches(table: pl.DataFrame, pairs: pl.DataFrame, own: str, other: str, name: str) -> pl.DataFrame:
    """A table (by `row`) with the column `name`: what its rows may belong to, the ids joined by commas."""
    told = pairs.sort(own, other).group_by(own, maintain_order=True).agg(pl.col(other).str.join(", ").alias(name))
    return table.join(told.rename({own: "row"}), on="row", how="left", maintain_order="left")
