"""Mass balance of a vessel's trip (MR-18): live weight landed of a species against what was certified for it.

A trip is a vessel and the day on which it arrived, as the newest visible versions say: all consignments that it landed
on that day are of it.
"""

from __future__ import annotations

import polars as pl

from features.asked import Asked
from features.asof import join_history
from features.catalogue import Indicator
from features.catch_evidence import certificate_rows
from features.certificates import landed_species, presented
from features.division import divided
from features.live_weight import GRAMS, arrivals, told_factors
from features.options import Options
from features.states import ROWS, at_cutoff, changes, holding, states, states_of
from features.tables import Tables

TRIP = ("vessel_id", "arrived_on", "species")
_PAPER = (*TRIP, "issuer_country", "number")


def voyages(tables: Tables) -> pl.DataFrame:
    """The history of which vessel's trip a consignment is of; only while vessel and arrival are stated."""
    return arrivals(tables).drop("landed_on").drop_nulls(["vessel_id", "arrived_on"])


def trip_balance(tables: Tables, options: Options) -> pl.DataFrame:
    """The history of every trip and species: `landed_g`, `certified_g`, and how many `consignments` landed it.

    A certificate counts once for a trip, however many consignments present it, with the mean of what they say.
    """

    def make() -> pl.DataFrame:
        goods = join_history(landed_species(tables, options), voyages(tables))
        papers = join_history(presented(tables).drop("vessel_id"), voyages(tables))
        said = {"said_g": pl.col("certified_g"), "saying": pl.lit(1)}
        stated = papers.drop_nulls("certified_g")
        per_paper = states_of(stated, _PAPER, said).filter(~pl.col("withdrawn"))
        mean = (pl.col("said_g") / pl.col("saying")).round()
        landed = changes(goods, TRIP, {"landed_g": pl.col("live_g"), "consignments": pl.lit(1)})
        certified = changes(per_paper, TRIP, {"certified_g": mean, "certificates": pl.lit(1)})
        both = pl.concat([landed, certified], how="diagonal").fill_null(0)
        return states(both, TRIP).drop(ROWS)

    return tables.derived(("balances of trips", told_factors(options)), make)


def trips(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question the greatest gap of a species of its goods between what its trip landed and what was certified.

    Null where the vessel or the arrival is not stated, the own weight is not known, or nothing of the species is
    certified for the trip.
    """
    own = join_history(landed_species(asked.tables, options), voyages(asked.tables))
    rows = holding(asked.questions.with_row_index("question"), own, {"consignment_id": "unit"})
    rows = rows.filter(pl.col("unknown") == 0).select("question", "cutoff", *TRIP)
    balance = trip_balance(asked.tables, options)
    found = rows.hstack(at_cutoff(rows, balance, TRIP, ["landed_g", "certified_g", "consignments"]))
    certified = pl.when(pl.col("certified_g") > 0).then("certified_g")
    speaking = (
        found.with_columns(gap=(pl.col("landed_g") - pl.col("certified_g")) / certified)
        .drop_nulls("gap")
        .sort("question", "gap", *TRIP, descending=[False, True, False, False, False])
        .unique("question", keep="first", maintain_order=True)
        .select(
            "question",
            trip_weight_gap_share="gap",
            trip_landed_kg=divided(pl.col("landed_g"), GRAMS),
            trip_certified_kg=divided(pl.col("certified_g"), GRAMS),
            trip_consignments="consignments",
            trip_of=pl.format("{} on {}", "vessel_id", pl.col("arrived_on").cast(pl.String)),
            trip_species="species",
        )
    )
    everyone = asked.questions.with_row_index("question").select("question")
    return everyone.join(speaking, on="question", how="left", maintain_order="left").drop("question")


def trip_indicators() -> list[Indicator]:
    """MR-18."""
    return [
        Indicator(
            name="trip_weight_gap_share",
            meaning="Live weight that the vessel landed of a species on the day of its arrival, over that of the "
            "certificates presented for it, each counted once, less 1; the species with the greatest gap, null where "
            "nothing of it is certified.",
            unit="share",
            officer="{trip_consignments:,.0f} consignments of the vessel {trip_of} land {trip_landed_kg:,.0f} kg live "
            "weight of {trip_species}; {trip_certified_kg:,.0f} kg are certified: {value:+.1%}.",
            check="Add up the landing by species with the vessel's logbook; look for goods without a certificate.",
            reads=("consignment", "goods_item", "document", "document_line"),
            evidence=certificate_rows,
            direction=1,
            compared=("trip_consignments", "trip_landed_kg", "trip_certified_kg", "trip_of", "trip_species"),
            code="MR-18",
        )
    ]
