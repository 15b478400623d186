"""Landings that came by a third country: an entry was cleared for the port from which they were shipped here.

The exporting state's entry for a third country is not presented here, and the landing shows that country's papers: so
neither side has a fault of its own, and only the pair tells. It is a pair where the entry was cleared for the port of
loading, a species is on both sides, the weights are within 5 % and the goods landed here within the days asked for. Two
names that are both stated and unlike each other (the consignee there, the exporter here) are not a pair.
"""

from __future__ import annotations

import polars as pl

from features.live_weight import GRAMS
from features.names import similarity
from features.reconciled_facts import Facts, joined_uses
from features.reconciled_pairs import weighs_the_same, within_time
from features.reconciled_states import OPEN_RELAY, RELAY
from features.reconciled_tables import as_table

ALIKE = 0.6  # of two names: MR-06 calls a consignee another one above a difference of 0.4


def reconciled_relays(facts: Facts, free: pl.DataFrame, sure: pl.DataFrame) -> pl.DataFrame:
    """A row per landing of the span, by vessel or not, that pairs with a free entry not in `sure`: see `as_table`.

    With vessel_id, landed_at, `loaded_at` (the port of loading), `declared_origin`, `entry_numbers`, `consignee` (as
    the entries name it) and `cleared_at` (of the first of them).
    """
    landings = facts.arrivals.filter("landed", facts.within("landed_at")).select(
        *("consignment_id", "landed_at", "net_g"),
        species="species",
        exporter="exporter",
        place=facts.place("loaded_at"),
    )
    days = pl.duration(days=facts.asked.relay_days)
    entries = free.join(sure, on="entry", how="anti").select(
        *("entry", "issuer_country", "cleared_at", "net_g", "species", "consignee", "use"),
        place=facts.place("port"),
        latest=pl.col("cleared_at") + days,
    )
    entries = entries.join(landings, on="place", how="semi")
    # Pairs are sought among those of about the same weight: of one port and species there are too many.
    landings, entries = (
        frame.drop_nulls(["place", "net_g"]).explode("species", empty_as_null=False).with_columns(weight=_weight())
        for frame in (landings, entries)
    )
    landings = pl.concat([landings.with_columns(pl.col("weight") + step) for step in (-1, 0, 1)])
    met = within_time(landings, entries, ["place", "species", "weight"])
    met = met.filter(weighs_the_same("net_g", "net_g_entered"))
    pairs = met.unique(["consignment_id", "entry"]).sort("consignment_id", "cleared_at", "entry")
    alike = similarity(pairs["consignee"], pairs["exporter"])
    pairs = pairs.filter((alike >= ALIKE) | alike.is_null())
    return _told(facts, pairs)


def _weight() -> pl.Expr:
    """A number of the mass, one more with each 6 %: masses within 5 % of each other have the same or neighbouring ones.

    Below a kilogram there is one number, as there the limit of 5 % is taken of a kilogram.
    """
    return pl.max_horizontal("net_g", pl.lit(GRAMS)).log(1.06).floor().cast(pl.Int32)


def _told(facts: Facts, pairs: pl.DataFrame) -> pl.DataFrame:
    per_landing = pairs.group_by("consignment_id", maintain_order=True).agg(
        pl.col("cleared_at", "issuer_country").first(),
        entry_numbers=pl.col("entry").str.join(", "),
        consignee=pl.col("consignee").drop_nulls().first(),
        uses_told=pl.col("use").drop_nulls(),
    )
    origin = pl.col("issuer_country_right")
    rows = per_landing.join(facts.arrivals, on="consignment_id", suffix="_right").with_columns(
        state=pl.when(origin == pl.col("issuer_country")).then(pl.lit(OPEN_RELAY)).otherwise(pl.lit(RELAY)),
        why=pl.format(
            "{} was cleared for {} with the same species and weight; declared here as of {}",
            "entry_numbers",
            "loaded_at",
            origin.fill_null("no origin"),
        ),
        declared_origin=origin,
        use=joined_uses(pl.concat_list("use", "uses_told")),
        row="consignment_id",
    )
    extra = ["vessel_id", "landed_at", "loaded_at", "declared_origin", "entry_numbers", "consignee", "cleared_at"]
    return as_table(rows, "landed_at", extra)
