"""Landings and entries that no number ties together, but that vessel, goods and time do.

Two grades. A pair *belongs together* where the vessel and the country are the same, a species is on both sides, the
weights are within 5 % of each other, the time is that of a voyage, and neither side has another such partner: then the
entry is on record, and its paper is what is missing or mistyped. A pair *may* belong together by vessel, port and time
alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from features.arrival_notices import NEAR
from features.document_numbers import normalised
from features.live_weight import GRAMS
from features.reconciled_facts import ENTRY, Facts, at
from features.reconciled_states import (
    LANDED_UNPRESENTED,
    LIKE_NUMBER,
    NEVER_LANDED,
    NO_ENTRY,
    ON_RECORD,
    TOO_EARLY,
    UNKNOWN,
    WORTH_A_LOOK,
)

_HOUR = timedelta(hours=1)
_SLIPS = 1  # a digit wrong, lacking or too many, or two neighbours that changed places


def free_entries(facts: Facts) -> pl.DataFrame:
    """Entries that nobody presented: `entry` (its name), code, vessel_id, port, cleared_at, species, net_g, consignee,
    issuer_country and `latest`, by when it should have landed: after the usual voyage and 3 days; without a usual
    voyage, after 3 days. Only those that a landing of the span, relayed or not, could still belong to."""
    voyage = pl.duration(hours=pl.col("voyage_hours").fill_null(0)) + pl.lit(NEAR)
    begin = at(facts.as_of - timedelta(days=facts.asked.days))
    relayed_by = pl.col("cleared_at") + pl.duration(days=facts.asked.relay_days)
    wanted = (
        "issuer_country",
        "code",
        "number",
        "vessel_id",
        "port",
        "cleared_at",
        "species",
        "net_g",
        "consignee",
        "use",
    )
    return (
        facts.entries.select(wanted)
        .join(facts.claims, on=ENTRY, how="anti")
        .join(facts.waits.select("issuer_country", "voyage_hours"), on="issuer_country")
        .with_columns(latest=pl.col("cleared_at") + voyage)
        # What should have landed before the span began has no landing to belong to.
        .filter((pl.col("latest") > begin) | (relayed_by > begin))
        .with_columns(entry=pl.format("{} {}", "issuer_country", "number"))
        .drop("number", "voyage_hours")
    )


def within_time(landings: pl.DataFrame, entries: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Pairs that are equal in `by` with `cleared_at` <= `landed_at` <= `latest`. Columns of both, those of entries that
    landings have too with the suffix `_entered`.

    Time is cut into slots as long as the longest wait, so that each landing meets the entries of two slots alone.
    """
    longest = entries.select((pl.col("latest") - pl.col("cleared_at")).max()).item() or timedelta()
    slot = (longest + _HOUR) // timedelta(microseconds=1)
    met = landings.drop_nulls("landed_at").with_columns(slot=pl.col("landed_at").dt.timestamp("us") // slot)
    known = entries.with_columns(slot=pl.col("cleared_at").dt.timestamp("us") // slot)
    return (
        pl.concat([met, met.with_columns(pl.col("slot") - 1)])
        .join(known, on=[*by, "slot"], suffix="_entered")
        .filter(pl.col("cleared_at") <= pl.col("landed_at"), pl.col("landed_at") <= pl.col("latest"))
        .drop("slot")
    )


def weighs_the_same(landed: str, entered: str) -> pl.Expr:
    """Whether two masses in grams are within 5 % of the entered one (`WORTH_A_LOOK`); null where one is not stated."""
    return (pl.col(landed) - pl.col(entered)).abs() <= pl.max_horizontal(entered, pl.lit(GRAMS)) * WORTH_A_LOOK


def belonging(landings: pl.DataFrame, free: pl.DataFrame) -> pl.DataFrame:
    """Pairs `row` (of the landings), `entry`, `is_like` that belong together: see the module. `free`: `free_entries`.

    `is_like`: a number that the landing presented is one slip away from the entry's.
    """
    lone = landings.filter(pl.col("state").is_in([NO_ENTRY, TOO_EARLY])).select(
        *("row", "vessel_id", "landed_at", "port", "species", "entry_numbers"),
        net_g=(pl.col("kg") * GRAMS).round().cast(pl.Int64),
    )
    free = free.join(lone, on="vessel_id", how="semi").select(
        "vessel_id", "cleared_at", "latest", "entry", "code", "port", "species", "net_g"
    )
    same_country = pl.col("port").str.head(2) == pl.col("port_entered").str.head(2)
    found = within_time(lone, free, ["vessel_id"]).filter(
        same_country.fill_null(True),
        pl.col("species").list.set_intersection("species_entered").list.len() > 0,
        weighs_the_same("net_g", "net_g_entered"),
    )
    found = found.with_columns(is_like=_is_like(found))
    # A like number says more than that nothing else fits.
    liked = found.filter("is_like")
    rest = found.join(liked, on="row", how="anti").join(liked, on="entry", how="anti")
    return pl.concat([_alone(liked), _alone(rest)]).select("row", "entry", "is_like").sort("row")


def _alone(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.filter(pl.len().over("row") == 1, pl.len().over("entry") == 1)


def _is_like(pairs: pl.DataFrame) -> pl.Series:
    """Per pair whether any number presented, of that issuer, is one slip away from the number of the entry."""
    told = (
        pairs.select("entry_numbers", "code", issuer=pl.col("entry").str.head(3))
        .with_row_index("pair")
        .with_columns(pl.col("entry_numbers").str.split(", "))
        .explode("entry_numbers")
        .filter(pl.col("entry_numbers").str.head(3) == pl.col("issuer"))
        .with_columns(presented=normalised(pl.col("entry_numbers").str.slice(3)))
        .drop_nulls("presented")
    )
    slips = process.cpdist(told["presented"].to_list(), told["code"].to_list(), scorer=OSA.distance, workers=1)
    like = told.filter(pl.Series(slips <= _SLIPS, dtype=pl.Boolean))["pair"].unique()
    return pl.Series(range(pairs.height), dtype=pl.UInt32).is_in(like.to_list())


def possible_matches(facts: Facts, landings: pl.DataFrame, free: pl.DataFrame, sure: pl.DataFrame) -> pl.DataFrame:
    """Pairs `row` and `entry` that may belong together: landed without entry, and an entry that nobody presented,
    cleared for the same vessel and port; those of which a side belongs to another are left out."""
    lone = landings.filter(pl.col("state") == NO_ENTRY).join(sure, on="row", how="anti")
    free = free.join(lone, on="vessel_id", how="semi").join(sure, on="entry", how="anti")
    lone = lone.select("row", "vessel_id", "landed_at", place=facts.place("port"))
    free = free.select("vessel_id", "cleared_at", "latest", "entry", place=facts.place("port"))
    return within_time(lone, free, ["vessel_id", "place"]).select("row", "entry").unique()


def judged_again(
    landings: pl.DataFrame, entries: pl.DataFrame, sure: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Landings and entries with the states and reasons that follow from the pairs that belong together."""
    held = landings.join(sure, on="row", how="left", maintain_order="left")
    is_lone = (pl.col("state") == NO_ENTRY) & pl.col("entry").is_not_null()
    like = pl.format("{} was presented, {} is on record: same vessel, species and weight", "entry_numbers", "entry")
    lacks = pl.format("{} is on record for the same vessel, species and weight", "entry")
    landings = held.with_columns(
        state=pl.when(is_lone)
        .then(pl.when("is_like").then(pl.lit(LIKE_NUMBER)).otherwise(pl.lit(ON_RECORD)))
        .otherwise("state"),
        why=pl.when(is_lone).then(pl.when("is_like").then(like).otherwise(lacks)).otherwise("why"),
    ).drop("entry", "is_like")
    held = entries.join(sure.rename({"row": "landing", "entry": "row"}), on="row", how="left", maintain_order="left")
    is_lone = pl.col("state").is_in([NEVER_LANDED, TOO_EARLY, UNKNOWN]) & pl.col("landing").is_not_null()
    entries = held.with_columns(
        state=pl.when(is_lone).then(pl.lit(LANDED_UNPRESENTED)).otherwise("state"),
        why=pl.when(is_lone)
        .then(pl.format("{} landed the same species and weight from the same vessel", "landing"))
        .otherwise("why"),
    ).drop("landing", "is_like")
    return landings, entries


def with_matches(table: pl.DataFrame, pairs: pl.DataFrame, own: str, other: str, name: str) -> pl.DataFrame:
    """A table (by `row`) with the column `name`: what its rows may belong to, the ids joined by commas."""
    told = pairs.sort(own, other).group_by(own, maintain_order=True).agg(pl.col(other).str.join(", ").alias(name))
    return table.join(told.rename({own: "row"}), on="row", how="left", maintain_order="left")
