"""Export entries that issuers told of, each held against the landing that presented it and the call of its vessel."""

from __future__ import annotations

import polars as pl

from features.reconciled_facts import ENTRY, Facts
from features.reconciled_states import AHEAD, ELSEWHERE, LANDED, NEVER_LANDED, TOO_EARLY, UNKNOWN
from features.reconciled_tables import as_table


def reconciled_entries(facts: Facts, calls: pl.DataFrame) -> pl.DataFrame:
    """A row per entry cleared in the span for a country at which sea products are landed, or presented: see `as_table`.

    With issuer_country, number, cleared_at, consignee, vessel_id, `landings` (the consignments that presented it),
    `landed_port`, and `call_seen`: the first arrival of its vessel at its port after it was cleared.
    """
    destined = pl.col("port").str.head(2).is_in(facts.home) & (pl.col("port").str.head(2) != pl.col("issuer_country"))
    entries = facts.entries.filter(facts.within("cleared_at"))
    # One for another country, or that states no port, counts only where it was presented: it may have gone anywhere.
    held = (
        entries.join(_presented(facts), on=ENTRY, how="left", maintain_order="left")
        .filter(destined.fill_null(False) | pl.col("landings").is_not_null())
        .join(facts.waits, on="issuer_country", how="left", maintain_order="left")
        .with_columns(waited=facts.hours_since("cleared_at"), wait=pl.col("lag_hours") + pl.col("voyage_hours"))
        .with_columns(row=pl.format("{} {}", "issuer_country", "number"))
    )
    judged = held.with_columns(_state(facts)).with_columns(_why())
    extra = ["issuer_country", "number", "cleared_at", "consignee", "vessel_id", "landings", "landed_port", "call_seen"]
    return as_table(_with_calls(facts, judged, calls), "cleared_at", extra)


def _presented(facts: Facts) -> pl.DataFrame:
    """Per entry that any import of sea products presented: who did, whether any has landed, where."""
    return (
        facts.claims.join(facts.arrivals.select("consignment_id", "landed", "port"), on="consignment_id")
        .sort(*ENTRY, "consignment_id")
        .group_by(ENTRY, maintain_order=True)
        .agg(
            landings=pl.col("consignment_id").str.join(", "),
            any_landed=pl.col("landed").any(),
            landed_ports=pl.col("port").filter("landed").drop_nulls().unique().sort(),
            landed_places=facts.place("port").filter(pl.col("landed")).drop_nulls().unique(),
        )
        .with_columns(landed_port=pl.col("landed_ports").list.join(", "))
        .drop("landed_ports")
    )


def _state(facts: Facts) -> pl.Expr:
    if not facts.tables.is_delivered("document", facts.as_of):
        return pl.lit(UNKNOWN).alias("state")
    # Whether two codes name one port is not known without groups.
    can_tell = pl.lit(facts.options.port_groups.height > 0) & pl.col("port").is_not_null()
    has_places = pl.col("landed_places").list.len() > 0
    elsewhere = can_tell & has_places & ~pl.col("landed_places").list.contains(facts.place("port"))
    return (
        pl.when(pl.col("any_landed") & elsewhere)
        .then(pl.lit(ELSEWHERE))
        .when("any_landed")
        .then(pl.lit(LANDED))
        .when(pl.col("landings").is_not_null())
        .then(pl.lit(AHEAD))
        .when(pl.col("wait").is_null())
        .then(pl.lit(UNKNOWN))
        .when(pl.col("waited") <= pl.col("wait"))
        .then(pl.lit(TOO_EARLY))
        .otherwise(pl.lit(NEVER_LANDED))
        .alias("state")
    )


def _why() -> pl.Expr:
    lag, voyage = ((pl.col(name) / 24).round(1) for name in ("lag_hours", "voyage_hours"))
    waits = pl.format("records of {} come within {} days, a voyage takes {}", "issuer_country", lag, voyage)
    return (
        pl.when(pl.col("state") == ELSEWHERE)
        .then(pl.format("cleared for {}, landed at {}", "port", "landed_port"))
        .when(pl.col("state") == NEVER_LANDED)
        .then(pl.format("no import presented it in {} days; {}", (pl.col("waited") / 24).round(1), waits))
        .when(pl.col("state") == TOO_EARLY)
        .then(waits)
        .when(pl.col("state") == UNKNOWN)
        .then(pl.lit("how long records, voyages or papers take is not known"))
        .alias("why")
    )


def _with_calls(facts: Facts, entries: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    stays = calls.select("vessel_id", "row", place=facts.place("port"), call_seen="arrived_at").drop_nulls()
    seen = (
        entries.select(*ENTRY, "vessel_id", "cleared_at", place=facts.place("port"))
        .drop_nulls()
        .sort("cleared_at", *ENTRY)
        .join_asof(
            stays.sort("call_seen", "row"),
            left_on="cleared_at",
            right_on="call_seen",
            by=["vessel_id", "place"],
            strategy="forward",
            check_sortedness=False,
            coalesce=False,
        )
        .select(*ENTRY, "call_seen")
    )
    return entries.join(seen, on=ENTRY, how="left", maintain_order="left")
