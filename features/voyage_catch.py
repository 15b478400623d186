"""Whether what a vessel landed fits what it did: its hold, its hours of fishing, where it fished and how long ago.

These are of the vessel that carries the consignment. What it landed is what is known of the goods of all consignments
that it brought on the same day.
"""

from __future__ import annotations

import polars as pl

from features.asked import Asked
from features.division import divided
from features.fao_areas import fao_area
from features.live_weight import GRAMS, landed_goods, told_factors
from features.options import Options
from features.papers import Papers
from features.states import at_cutoff, states_of
from features.tables import Tables
from features.tracks.fishing import GEAR_RULES
from features.voyage_history import Voyages
from features.voyage_measures import FISHERS
from features.voyage_spans import begun_in

OBSERVED_ENOUGH = 0.7
PERISHABLE = ("live", "fresh")
_LANDING = ("vessel_id", "landed_on")


def landings(tables: Tables, options: Options) -> pl.DataFrame:
    """The history of what each vessel landed on a day: `live_g`, `litres`, and how many lines of goods tell neither."""

    def make() -> pl.DataFrame:
        goods = landed_goods(tables, options).drop_nulls(_LANDING)
        goods = goods.join(options.stowage, on="product_form", how="left", maintain_order="left")
        litres = pl.col("net_g") / pl.col("kg_per_m3")
        values = {
            "live_g": pl.col("live_g").fill_null(0),
            "live_unknown": pl.col("live_g").is_null(),
            "litres": litres.round().fill_null(0),
            "litres_unknown": litres.is_null(),
        }
        return states_of(goods, _LANDING, values)

    stowage = tuple(options.stowage.rows())
    return tables.derived(("landings of vessels", told_factors(options), stowage), make)


def carriers(asked: Asked, options: Options, named: pl.DataFrame, known: Voyages) -> pl.DataFrame:
    """Per question its carrying vessel: `question`, `pair`, the columns of `named`, kind, gear, hold_m3, and what it
    landed on the day, by what was known: `landed_kg` (live weight), `landed_m3`, null where a part of it is not known.

    A row per question that has one, in order.
    """
    consignment = asked.questions.with_row_index("question").with_columns(
        asked.consignment["vessel_id"],
        landed_on=asked.consignment["arrived_at"].fill_null(asked.consignment["declared_at"]).dt.date(),
    )
    rows = consignment.drop("consignment_id").join(named.drop("cutoff"), on=["question", "vessel_id"])
    rows = rows.sort("question")
    rows = rows.hstack(known.identities.select("kind", "gear", "hold_m3")[rows["pair"]])
    columns = ["live_g", "live_unknown", "litres", "litres_unknown"]
    rows = rows.hstack(at_cutoff(rows, landings(asked.tables, options), _LANDING, columns))
    return rows.with_columns(
        landed_kg=pl.when(pl.col("live_unknown") == 0).then(divided(pl.col("live_g"), GRAMS)),
        landed_m3=pl.when(pl.col("litres_unknown") == 0).then(divided(pl.col("litres"), 1000)),
    ).drop(columns)


def catch_measures(asked: Asked, options: Options, rows: pl.DataFrame, known: Voyages) -> pl.DataFrame:
    """Per question, null where not assessable: `hold_fill_share`, `catch_kg_per_fishing_hour`, `catch_without_fishing`,
    `days_from_fishing_to_landing`, `fishing_outside_declared_areas_share`, and what their sentences compare.

    `rows` are those of `carriers`, with the measures of the trip (features.voyage_measures).
    """
    told = pl.col("kind").is_in(FISHERS) & pl.col("gear").is_in(list(GEAR_RULES))
    seen = pl.col("observed_share") >= OBSERVED_ENOUGH
    fished = pl.when(told).then("fishing_hours")
    caught = pl.when(pl.col("landed_kg") > 0).then("landed_kg")
    days = divided((pl.col("to") - pl.col("fished_until")).dt.total_microseconds(), 86_400_000_000)
    measured = rows.join(_perishable(asked), on="question", how="left").join(
        _outside(asked, options, rows, known), on="question", how="left", maintain_order="left"
    )
    measured = measured.sort("question").select(
        "question",
        hold_fill_share=pl.when(pl.col("hold_m3") > 0).then(pl.col("landed_m3") / pl.col("hold_m3")),
        catch_kg_per_fishing_hour=pl.when(fished > 0).then(caught / fished),
        catch_without_fishing=pl.when(seen & caught.is_not_null()).then(fished == 0),
        days_from_fishing_to_landing=pl.when(told & pl.col("perishable")).then(days),
        fishing_outside_declared_areas_share=pl.when(told & seen).then("outside"),
        voyage_vessel="vessel_id",
        voyage_landed_kg="landed_kg",
        voyage_landed_m3="landed_m3",
        voyage_hold_m3="hold_m3",
        voyage_fishing_hours=fished,
        voyage_observed_share="observed_share",
        voyage_perishable="forms",
        voyage_areas="declared",
    )
    everyone = asked.questions.with_row_index("question").select("question")
    return everyone.join(measured, on="question", how="left", maintain_order="left").drop("question")


def _perishable(asked: Asked) -> pl.DataFrame:
    """The questions with live or fresh goods: `question`, `perishable`, and these `forms`."""
    goods = asked.items.filter(pl.col("product_form").is_in(PERISHABLE))
    forms = goods.group_by("question").agg(forms=pl.col("product_form").unique().sort().str.join(" and "))
    return forms.with_columns(perishable=pl.lit(True))


def _outside(asked: Asked, options: Options, rows: pl.DataFrame, known: Voyages) -> pl.DataFrame:
    """Per question the share of the hours of fishing on the trip outside the areas that its goods or papers name:
    `question`, `outside`, `declared`. Only fishing of which the area can be told counts."""
    named = [frame.select("question", "catch_area") for frame in (asked.items, Papers(asked, options).lines)]
    areas = pl.concat(named).drop_nulls().with_columns(pl.col("catch_area").str.split(".").list.first()).unique()
    spans = rows.select("pair", "from", "to", span="question").drop_nulls()
    minutes = (pl.col("hours") * 60).round().cast(pl.Int64)
    fished = begun_in(spans, known.events["fishing"]).select(
        "span", minutes=minutes, catch_area=fao_area(pl.col("lat"), pl.col("lon"))
    )
    by_area = fished.drop_nulls("catch_area").group_by("span", "catch_area").agg(pl.col("minutes").sum())
    by_area = by_area.rename({"span": "question"}).join(
        areas.with_columns(inside=True), on=["question", "catch_area"], how="left"
    )
    declared = areas.group_by("question").agg(declared=pl.col("catch_area").sort().str.join(", "))
    within = pl.col("minutes").filter(pl.col("inside").fill_null(False)).sum()
    shares = by_area.group_by("question").agg(outside=1 - within / pl.col("minutes").sum())
    return shares.join(declared, on="question")
