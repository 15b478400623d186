"""Quotas (MR-16, MR-17): what was landed in a season under a right to fish, against its kilograms and its time.

A landing is what a consignment draws on a certificate, by the vessel, holder, area and first day of catch that the
paper names; where the paper does not say, and for goods without a certificate, by the carrying vessel and the day of
landing. Rights of one vessel (or holder, where a right names no vessel) and species that begin in one year are parts of
one quota: its season runs from their first day to their last, its kilograms are the greatest of theirs, not their sum.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from features.asked import Asked
from features.asof import history, join_history
from features.certificates import draws, landed_species
from features.day_sums import day_sums
from features.division import divided
from features.live_weight import GRAMS, arrivals, grams, told_factors
from features.options import Options
from features.states import holding
from features.tables import Tables

ANYWHERE = ""  # the zone of a right that names no area
YEAR = timedelta(days=365)  # the season of a right that does not say when it ends
_LANDING = ("unit", "first_known_at", "known_at", "until", "withdrawn", "species", "caught_by", "area", "on", "live_g")
_ZONE = ("caught_by", "species", "area")


def quota_rights(tables: Tables) -> pl.DataFrame:
    """The history of rights to fish that name a species and kilograms, with `caught_by`, areas, `quota_g`, dates."""

    def make() -> pl.DataFrame:
        columns = ["right_id", "kind", "vessel_id", "holder_id", "species", "areas", "live_kg", "valid_from"]
        rights = history(tables["fishing_right"], ["right_id"], "right_id", [*columns, "valid_to", "use"])
        named = rights.filter(pl.col("kind") == "fish").drop_nulls(["species", "live_kg"])
        return named.with_columns(
            caught_by=pl.coalesce("vessel:" + pl.col("vessel_id"), "holder:" + pl.col("holder_id")),
            quota_g=grams(pl.col("live_kg")),
            areas=pl.when(pl.col("areas").list.len() > 0).then("areas").otherwise(pl.concat_list(pl.lit(ANYWHERE))),
        ).drop_nulls("caught_by")

    return tables.derived("rights with a quota", make)


def landings(tables: Tables, options: Options) -> pl.DataFrame:
    """The history of landings of those who hold a quota: `caught_by`, species, area (may be empty), day `on`, live_g.

    A landing stands once for its vessel and once for its holder; a right names one of the two.
    """

    def make() -> pl.DataFrame:
        certified = draws(tables, options).rename({"draw_g": "live_g"}).drop("unknown", "certified_g")
        bare = landed_species(tables, options).filter(pl.col("certificates") == 0)
        nobody = [pl.lit(None, pl.String).alias(name) for name in ("vessel_id", "holder_id", "catch_area")]
        bare = bare.with_columns(*nobody, caught_on=pl.lit(None, pl.Date))
        shared = [name for name in bare.columns if name in certified.columns]
        carried = arrivals(tables).rename({"vessel_id": "carrier"})
        both = join_history(pl.concat([certified.select(shared), bare.select(shared)]), carried)
        caught = both.with_columns(
            vessel=pl.lit("vessel:") + pl.coalesce("vessel_id", "carrier"),
            holder=pl.lit("holder:") + pl.col("holder_id"),
            on=pl.coalesce("caught_on", "landed_on"),
            area="catch_area",
        )
        holders = quota_rights(tables).select("caught_by", "species").unique()
        sides = [caught.with_columns(caught_by=side) for side in ("vessel", "holder")]
        return pl.concat(sides).select(_LANDING).join(holders, on=["caught_by", "species"], how="semi")

    return tables.derived(("landings", told_factors(options)), make)


def quotas(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question, of the quotas that its goods count against, the one used up the most; null where there is none.

    Uptake counts the landings that were known at the cut-off, the own one too, of the quota's season and areas. Pace is
    uptake over the share of the season that had passed at the cut-off.
    """
    rows = _uptake(asked, options)
    share = pl.col("uptake_g") / pl.when(pl.col("quota_g") > 0).then("quota_g")
    passed = (pl.min_horizontal("cutoff", "ends") - pl.col("begins")).dt.total_microseconds()
    whole = (pl.col("ends") - pl.col("begins")).dt.total_microseconds()
    speaking = (
        rows.with_columns(share=share, season=pl.when(passed > 0).then(passed / whole))
        .drop_nulls("share")
        .sort("question", "share", "caught_by", "species", "begins", descending=[False, True, False, False, False])
        .unique("question", keep="first", maintain_order=True)
        .select(
            "question",
            quota_uptake_share="share",
            quota_pace=pl.col("share") / pl.col("season"),
            quota_season_share="season",
            quota_landed_kg=divided(pl.col("uptake_g"), GRAMS),
            quota_kg=divided(pl.col("quota_g"), GRAMS),
            quota_of=pl.format(
                "{} of {} from {}", "species", pl.col("caught_by").str.replace(":", " "), pl.col("begins").dt.date()
            ),
        )
    )
    everyone = asked.questions.with_row_index("question").select("question")
    return everyone.join(speaking, on="question", how="left", maintain_order="left").drop("question")


def own_quotas(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question and right that its own landings fall under: `question`, right_id, `use`, dates, `on`."""
    own = (
        holding(asked.questions.with_row_index("question"), landings(asked.tables, options), {"consignment_id": "unit"})
        .select("question", "cutoff", "caught_by", "species", "on")
        .unique()
    )
    rights = holding(own, quota_rights(asked.tables), ["caught_by", "species"])
    return rights.sort("question", "right_id", "on")


def _uptake(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question and quota: season (`begins`, `ends`), `quota_g`, `uptake_g`."""
    ends = pl.coalesce("valid_to", pl.col("valid_from") + YEAR)
    parts = own_quotas(asked, options).with_columns(ends=ends, year=pl.col("valid_from").dt.year())
    quota = ["question", "cutoff", "caught_by", "species", "year"]
    seasons = (
        parts.group_by(*quota, "on")
        .agg(
            begins=pl.col("valid_from").min(),
            ends=pl.col("ends").max(),
            quota_g=pl.col("quota_g").max(),
            areas=pl.col("areas").explode().unique().sort(),
        )
        .filter(pl.col("begins").dt.date() <= pl.col("on"), pl.col("on") < pl.col("ends").dt.date())
        .drop("on")
        .unique()
        .sort(quota)
    )
    # A right that names no area makes the quota one of all areas.
    anywhere = pl.col("areas").list.contains(ANYWHERE)
    zones = seasons.with_row_index("quota").with_columns(
        area=pl.when(anywhere).then(pl.concat_list(pl.lit(ANYWHERE))).otherwise("areas")
    )
    zones = zones.explode("area").with_columns(pl.col("begins", "ends").dt.date())
    whole = landings(asked.tables, options)
    spans = pl.concat([whole, whole.with_columns(area=pl.lit(ANYWHERE))])
    landed = day_sums(spans, zones, _ZONE, ["live_g"])["live_g"]
    sums = zones.select("quota", uptake_g=landed).group_by("quota").agg(pl.col("uptake_g").sum())
    return seasons.with_columns(sums.sort("quota")["uptake_g"])
