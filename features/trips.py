"""Mass balance of a vessel's trip (MR-18): live weight landed of a species against what was certified for it.

Of a trip are the consignments whose arrival with the same vessel is declared within AROUND days of the own one, as the
newest visible versions say: the arrivals of one call are seldom declared to the same hour.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from features.asked import Asked
from features.asof import join_history
from features.catalogue import Indicator
from features.catch_evidence import certificate_rows
from features.certificates import landed_species, presented
from features.day_sums import day_sums
from features.division import divided
from features.live_weight import GRAMS, arrivals, told_factors
from features.options import Options
from features.species_mix import regulated_species
from features.states import holding, states_of
from features.tables import Tables

TRIP = ("vessel_id", "species")
AROUND = 2  # days by which arrivals of one trip are declared apart
_PAPER = (*TRIP, "issuer_country", "number")


def voyages(tables: Tables) -> pl.DataFrame:
    """The history of which vessel's trip a consignment is of; only while vessel and arrival are stated."""
    return arrivals(tables).drop("landed_on").drop_nulls(["vessel_id", "arrived_on"])


def landed_by_vessel(tables: Tables, options: Options) -> pl.DataFrame:
    """The history of what vessels landed of a species, by consignment: `on` (day of arrival), `landed_g`, `unknown`."""

    def make() -> pl.DataFrame:
        goods = join_history(landed_species(tables, options), voyages(tables))
        return goods.rename({"arrived_on": "on", "live_g": "landed_g"}).with_columns(consignments=pl.lit(1))

    return tables.derived(("landed by vessels", told_factors(options)), make)


def certified_by_vessel(tables: Tables) -> pl.DataFrame:
    """The history of what was certified for vessels' landings of a species, by consignment: `on`, `certified_g`.

    A certificate counts once for a vessel, with the mean of what its papers say: each consignment that presents it
    brings an equal part.
    """

    def make() -> pl.DataFrame:
        papers = join_history(presented(tables).drop("vessel_id"), voyages(tables)).drop_nulls("certified_g")
        said = {"said_g": pl.col("certified_g"), "saying": pl.lit(1)}
        whole = states_of(papers, _PAPER, said).with_columns(unit=pl.lit(None, pl.String))
        parts = join_history(papers, whole, on=_PAPER).filter(~pl.col("withdrawn"))
        part = (pl.col("said_g") / pl.col("saying") / pl.col("saying")).round().cast(pl.Int64)
        return parts.rename({"arrived_on": "on"}).with_columns(certified_g=part)

    return tables.derived("certified for vessels", make)


def trips(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question the greatest gap of a species of its goods between what its trip landed and what was certified.

    Null where the vessel or the arrival is not stated, the own weight is not known, or nothing of the species is
    certified for the trip; also where rules ask for certificates, but for none of this species.
    """
    landed = landed_by_vessel(asked.tables, options)
    own = holding(asked.questions.with_row_index("question"), landed, {"consignment_id": "unit"})
    # Goods that need no certificate mostly land without one: their gap says nothing.
    needs_one = pl.col("species").is_in(regulated) if (regulated := regulated_species(options)) else pl.lit(True)
    rows = own.filter(pl.col("unknown") == 0, needs_one).select(
        *("question", "cutoff", *TRIP, "on"),
        begins=pl.col("on") - timedelta(days=AROUND),
        ends=pl.col("on") + timedelta(days=AROUND + 1),
    )
    of_goods = day_sums(landed, rows, TRIP, ["landed_g", "consignments"])
    found = rows.hstack(of_goods).hstack(day_sums(certified_by_vessel(asked.tables), rows, TRIP, ["certified_g"]))
    certified = pl.when(pl.col("certified_g") > 0).then("certified_g")
    speaking = (
        found.with_columns(gap=(pl.col("landed_g") - pl.col("certified_g")) / certified)
        .drop_nulls("gap")
        .sort("question", "gap", *TRIP, descending=[False, True, False, False])
        .unique("question", keep="first", maintain_order=True)
        .select(
            "question",
            trip_weight_gap_share="gap",
            trip_landed_kg=divided(pl.col("landed_g"), GRAMS),
            trip_certified_kg=divided(pl.col("certified_g"), GRAMS),
            trip_consignments="consignments",
            trip_of=pl.format("{} on {}", "vessel_id", pl.col("on").cast(pl.String)),
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
            meaning="Live weight that the vessel landed of a species within two days of the arrival, over that of the "
            "certificates presented for it, each counted once for the vessel, less 1; the species with the greatest "
            "gap, null where nothing of it is certified or no rule asks for a certificate of it.",
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
