"""Landings of sea products, each held against the export entry that it needs and the call of its vessel."""

from __future__ import annotations

import polars as pl

from features.arrival_notices import NEAR
from features.asked import Asked
from features.document_rules import rule_answers
from features.papers import Papers
from features.reconciled_facts import ENTRY, EXPORT_ENTRY, Facts, at
from features.reconciled_states import FOUND, NO_ENTRY, NOT_REQUIRED, TOO_EARLY, UNKNOWN
from features.reconciled_tables import as_table
from features.tables import Tables
from features.transmission import ENOUGH


def reconciled_landings(facts: Facts, calls: pl.DataFrame) -> pl.DataFrame:
    """A row per landing of the span, by id: see `as_table`; with vessel_id, landed_at, `entry_numbers` and `call_seen`
    (when the vessel was seen to arrive there within 3 days of the landing; null: nobody told of it).

    An import of sea products whose time of landing is not known has no row.
    """
    landings = facts.arrivals.filter("by_vessel", "landed", facts.within("landed_at"))
    told = _entries_of(facts, landings)
    held = (
        landings.join(told, on="consignment_id", how="left", maintain_order="left")
        .join(_ruled(facts, landings, told), on="consignment_id", how="left", maintain_order="left")
        .join(_chapter_told(facts, landings), on="consignment_id", how="left", maintain_order="left")
        # A number is of the state that issued it; without one the state of origin would have issued it.
        .with_columns(issuer_country=pl.coalesce("issued_by", "issuer_country"))
        .join(facts.waits.select("issuer_country", "lag_hours"), on="issuer_country", how="left", maintain_order="left")
        .with_columns(waited=facts.hours_since("landed_at"))
    )
    judged = held.with_columns(_state(facts)).with_columns(_why())
    seen = _calls_seen(facts, judged, calls)
    rows = judged.join(seen, on="consignment_id", how="left", maintain_order="left")
    extra = ["vessel_id", "landed_at", "entry_numbers", "call_seen"]
    return as_table(rows.rename({"consignment_id": "row"}), "landed_at", extra)


def _entries_of(facts: Facts, landings: pl.DataFrame) -> pl.DataFrame:
    """Per landing that presented any entry: its numbers, those that the issuer did not tell of, who issued them."""
    known = facts.entries.select(*ENTRY, is_found=pl.lit(True))
    return (
        facts.claims.filter(pl.col("kind") == EXPORT_ENTRY)
        .join(landings.select("consignment_id"), on="consignment_id", how="semi")
        .join(known, on=ENTRY, how="left", maintain_order="left")
        .with_columns(pl.col("is_found").fill_null(False))
        .sort("consignment_id", "is_found", *ENTRY)
        .group_by("consignment_id", maintain_order=True)
        .agg(
            issued_by=pl.col("issuer_country").first(),
            entry_numbers=pl.format("{} {}", "issuer_country", "number").str.join(", "),
            unknown_numbers=pl.format("{} {}", "issuer_country", "number").filter(~pl.col("is_found")).str.join(", "),
            all_found=pl.col("is_found").all(),
        )
    )


def _ruled(facts: Facts, landings: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Per landing without an entry whether the rules of its day ask for one (`required`; null: not known)."""
    without = landings.join(told, on="consignment_id", how="anti").select("consignment_id", cutoff=at(facts.as_of))
    # The rules look at these landings alone: their rows are taken out first, so that the tables are not walked again.
    theirs = {
        name: facts.tables[name].join(without, on="consignment_id", how="semi")
        for name in ("consignment", "goods_item", "document")
    }
    few = Tables({**theirs, "vessel": facts.tables["vessel"]}, facts.tables.contract)
    answers = rule_answers(Papers(Asked(few, without), facts.options))
    kinds = pl.col("required_kinds").str.split(", ").list.contains(EXPORT_ENTRY)
    missing = pl.col("missing_kinds").str.split(", ").list.contains(EXPORT_ENTRY).fill_null(False)
    return without.select("consignment_id").hstack(
        answers.select(
            required=pl.when(pl.col("required_document_count").is_not_null()).then(kinds.fill_null(False)),
            substituted=kinds.fill_null(False) & ~missing,
            basis="rules_applied",
        )
    )


def _chapter_told(facts: Facts, landings: pl.DataFrame) -> pl.DataFrame:
    """Per landing whether a state that issued its entries is known to tell of goods of such a chapter."""
    told = facts.entry_goods.group_by("issuer_country", "hs2").len().filter(pl.col("len") >= ENOUGH)
    return (
        facts.claims.join(landings.select("consignment_id"), on="consignment_id", how="semi")
        .join(facts.goods.select("consignment_id", "hs2"), on="consignment_id")
        .join(told, on=["issuer_country", "hs2"], how="semi")
        .select("consignment_id", is_told=pl.lit(True))
        .unique()
    )


def _state(facts: Facts) -> pl.Expr:
    delivered = facts.tables.is_delivered("document", facts.as_of)
    if not delivered:
        return pl.lit(UNKNOWN).alias("state")
    presented = pl.col("entry_numbers").is_not_null()
    must_wait = pl.col("waited") <= pl.col("lag_hours")
    return (
        pl.when(pl.col("all_found").fill_null(False))
        .then(pl.lit(FOUND))
        .when(~presented & ~pl.col("required").fill_null(True))
        .then(pl.lit(NOT_REQUIRED))
        .when(~presented & (pl.col("required").is_null() | pl.col("substituted")))
        .then(pl.lit(UNKNOWN))
        .when(presented & ~pl.col("is_told").fill_null(False))
        .then(pl.lit(UNKNOWN))
        .when(pl.col("lag_hours").is_null())
        .then(pl.lit(UNKNOWN))
        .when(must_wait)
        .then(pl.lit(TOO_EARLY))
        .otherwise(pl.lit(NO_ENTRY))
        .alias("state")
    )


def _why() -> pl.Expr:
    presented = pl.col("entry_numbers").is_not_null()
    days = (pl.col("lag_hours") / 24).round(1)
    by = pl.coalesce("issuer_country", pl.lit("the state of origin"))
    return (
        pl.when(pl.col("state") == FOUND)
        .then(None)
        .when((pl.col("state") == NO_ENTRY) & presented)
        .then(pl.format("the issuer did not tell of {}; its records come within {} days", "unknown_numbers", days))
        .when(pl.col("state") == NO_ENTRY)
        .then(pl.format("no export entry was presented; required by: {}", pl.col("basis").fill_null("")))
        .when(pl.col("state") == TOO_EARLY)
        .then(pl.format("records and papers of {} come within {} days of landing", by, days))
        .when(pl.col("state") == NOT_REQUIRED)
        .then(pl.lit("no rule of its day asks for one"))
        .when(pl.col("substituted").fill_null(False))
        .then(pl.lit("another paper lawfully stands for the entry"))
        .when(~presented & pl.col("required").is_null())
        .then(pl.lit("which papers it needs is not known: no paper, or no rule, can be read"))
        .when(presented & ~pl.col("is_told").fill_null(False))
        .then(pl.format("{} is not known to tell of such goods", by))
        .otherwise(pl.format("how long records of {} take is not known", by))
        .alias("why")
    )


def _calls_seen(facts: Facts, landings: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Per landing the arrival of its vessel at that port, as seen, that is nearest within 3 days."""
    stays = calls.select("vessel_id", "row", place=facts.place("port"), call_seen="arrived_at").drop_nulls()
    return (
        landings.select("consignment_id", "vessel_id", "landed_at", place=facts.place("port"))
        .drop_nulls()
        .sort("landed_at", "consignment_id")
        .join_asof(
            stays.sort("call_seen", "row"),
            left_on="landed_at",
            right_on="call_seen",
            by=["vessel_id", "place"],
            strategy="nearest",
            tolerance=NEAR,
            check_sortedness=False,
            coalesce=False,
        )
        .select("consignment_id", "call_seen")
    )
