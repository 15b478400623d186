"""Rights to fish, carry and tranship, and the transhipments that are declared under them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, Span, in_seconds
from pipeline.world.papers.symptoms import paper_symptoms
from pipeline.world.randomness import Booleans, between, stream
from pipeline.world.scenario.papers import PapersScenario, Rights

SUBJECT = "right"
COLUMNS = (
    *("right_id", "authority", "kind", "vessel_id", "holder_id", "species", "areas", "gears", "live_kg"),
    *("valid_from", "valid_to", "known_at"),
)
CARRIERS = ("fish_carrier", "reefer")
TRANSFER = "transfer"
TRANSFER_COLUMNS = (
    *(
        "transhipment_id",
        "donor_id",
        "receiver_id",
        "at",
        "lat",
        "lon",
        "species",
        "product_form",
        "net_kg",
        "observed",
    ),
    "known_at",
)
# A meeting that is not lawful shows as its voyage does; where that is no offence of transfer, as M4 does.
UNLAWFUL = "M4"


def fishing_rights(
    seed: int,
    scenario: PapersScenario,
    voyages: pl.DataFrame,
    hulls: pl.DataFrame,
    firm_rows: pl.DataFrame,
    span: Span,
) -> pl.DataFrame:
    """The table fishing_right: a right per vessel, species and calendar year, in two parts where it lapsed between.

    The quota (live_kg) stands above what the vessel lands of the species in that year, or below where it overshoots.
    A voyage that is not covered falls between the end of one right and the beginning of the next.
    """
    generator = stream(seed, SUBJECT)
    rules = scenario.rights
    caught = _caught(seed, rules, voyages)
    rights = pl.concat(
        [
            _to_fish(generator, rules, scenario, caught),
            _further(generator, rules, caught, hulls),
            _to_carry(generator, rules, hulls, span),
            _to_tranship(generator, rules, voyages),
        ]
    )
    rights = rights.with_columns(known_at=_known(generator, rules, rights)).filter(pl.col("known_at") < span.end)
    firms = firm_rows.sort("party")["party_id"]
    holders = hulls.select("hull", "vessel_id", "flag", holder_id=firms.gather(hulls["operator"].cast(pl.Int64)))
    other = rules.authority["other"]
    return (
        rights.join(holders, on="hull", how="left", maintain_order="left")
        .with_columns(
            authority=pl.col("flag").replace_strict(rules.authority, default=other, return_dtype=pl.String),
            right_id=pl.format("R{}", pl.Series(_shuffled(generator, rights.height)).cast(pl.String).str.zfill(7)),
        )
        .sort("right_id")
        .select(COLUMNS)
    )


def _shuffled(generator: np.random.Generator, count: int) -> list[int]:
    """Numbers in no order, so that a right's number does not tell of what kind or how old it is."""
    return [int(number) for number in generator.permutation(count)]


def _caught(seed: int, rules: Rights, voyages: pl.DataFrame) -> pl.DataFrame:
    """What each vessel took itself: hull, species, year, area, gear, live_kg, the lapse, and whether it overshoots."""
    trips = voyages.filter("catch").sort("voyage")
    shows = paper_symptoms(seed, SUBJECT, 0, rules.symptoms, trips["mechanism"])
    taken_over = pl.col("taken_over_kg").fill_null(0.0)
    trips = trips.with_columns(
        pl.Series("uncovered", shows["uncovered"]), pl.Series("overshot", shows["quota_overshot"])
    )
    own = trips.with_columns(live_kg=(pl.col("live_kg") - taken_over).clip(0))
    others = trips.filter(pl.col("donor").is_not_null()).with_columns(hull="donor", live_kg=taken_over)
    both = pl.concat([own, others]).with_columns(year=_year(pl.col("fishing_from")))
    return (
        both.sort("hull", "fishing_from", "voyage")
        .group_by("hull", "species", "year", maintain_order=True)
        .agg(
            pl.col("catch_area", "gear").first(),
            pl.col("live_kg").round().sum(),
            pl.col("overshot").any(),
            lapse=pl.col("fishing_from").filter("uncovered").first(),
            renewal=pl.col("fishing_to").filter("uncovered").first(),
        )
    )


def _year(instant: pl.Expr) -> pl.Expr:
    return pl.from_epoch(instant, time_unit="us").dt.year()


def _begins(year: pl.Expr) -> pl.Expr:
    return pl.datetime(year, 1, 1).dt.epoch("us")


def _to_fish(
    generator: np.random.Generator, rules: Rights, scenario: PapersScenario, caught: pl.DataFrame
) -> pl.DataFrame:
    count = caught.height
    quota = np.where(
        caught["overshot"].to_numpy(),
        between(generator, rules.overshoot, count),
        between(generator, rules.headroom, count),
    )
    gap = [pl.Series(in_seconds(between(generator, rules.lapse_days, count), DAY)) // DAY * DAY for _ in range(2)]
    whole = caught.with_columns(
        kind=pl.lit("fish"),
        live_kg=(pl.col("live_kg") * pl.Series(quota)).round(),
        areas=_areas(generator, rules, scenario, caught["catch_area"]),
        gears=_gears(generator, rules, caught["gear"]),
        valid_from=_begins(pl.col("year")),
        valid_to=_begins(pl.col("year") + 1),
        ended=pl.col("lapse") // DAY * DAY - gap[0],
        resumed=pl.col("renewal") // DAY * DAY + gap[1],
    )
    lapsed = pl.col("lapse").is_not_null()
    # Of a right in two parts each names the quota of the year: parts are not added up.
    before = whole.filter(lapsed & (pl.col("ended") > pl.col("valid_from"))).with_columns(valid_to="ended")
    after = whole.filter(lapsed & (pl.col("resumed") < pl.col("valid_to"))).with_columns(valid_from="resumed")
    return pl.concat([whole.filter(~lapsed), before, after]).select(_PARTS)


_PARTS = ("hull", "kind", "species", "areas", "gears", "live_kg", "valid_from", "valid_to")


def _areas(generator: np.random.Generator, rules: Rights, scenario: PapersScenario, areas: pl.Series) -> pl.Expr:
    """The area of the catch, at times with a second one."""
    second = areas.replace_strict({area: others[0] for area, others in scenario.other_areas.items()}, default=None)
    further = pl.Series(generator.random(len(areas)) < rules.further_areas) & second.is_not_null()
    return pl.when(further).then(pl.concat_list(areas, second)).otherwise(pl.concat_list(areas))


def _gears(generator: np.random.Generator, rules: Rights, gears: pl.Series) -> pl.Expr:
    stated = pl.Series(generator.random(len(gears)) >= rules.any_gear) & gears.is_not_null()
    return pl.when(stated).then(pl.concat_list(gears))


def _further(generator: np.random.Generator, rules: Rights, caught: pl.DataFrame, hulls: pl.DataFrame) -> pl.DataFrame:
    """Small rights to other species of the fleet, besides what a vessel lands."""
    of_hull = caught.group_by("hull", "year", maintain_order=True).agg(
        pl.col("catch_area", "gear").first(), pl.col("live_kg").sum()
    )
    fleets = hulls.select("hull", "fleet")
    of_hull = of_hull.join(fleets, on="hull", how="left", maintain_order="left")
    of_fleet = caught.join(fleets, on="hull").select("fleet", "species").unique().sort("fleet", "species")
    other = of_hull.join(of_fleet, on="fleet", how="inner", maintain_order="left_right").join(
        caught.select("hull", "species", "year"), on=["hull", "species", "year"], how="anti", maintain_order="left"
    )
    other = other.filter(pl.Series(generator.random(other.height) < rules.other_species))
    share = pl.Series(between(generator, rules.other_quota, other.height))
    return other.with_columns(
        kind=pl.lit("fish"),
        areas=pl.concat_list("catch_area"),
        gears=_gears(generator, rules, other["gear"]),
        live_kg=(pl.col("live_kg") * share).round(),
        valid_from=_begins(pl.col("year")),
        valid_to=_begins(pl.col("year") + 1),
    ).select(_PARTS)


def _to_carry(generator: np.random.Generator, rules: Rights, hulls: pl.DataFrame, span: Span) -> pl.DataFrame:
    """A right to carry catch for most carriers, for the years of the span."""
    carriers = hulls.sort("hull").filter(pl.col("kind").is_in(CARRIERS))
    held: Booleans = generator.random(carriers.height) < rules.carry
    years = pl.DataFrame({"year": range(_year_of(span.start), _year_of(span.end - 1) + 1)}, schema={"year": pl.Int32})
    return _unlimited(carriers.filter(pl.Series(held)).select("hull").join(years, how="cross"), "carry")


def _to_tranship(generator: np.random.Generator, rules: Rights, voyages: pl.DataFrame) -> pl.DataFrame:
    """A right to tranship for most vessels that hand over or take over catch lawfully, for that year."""
    lawful = voyages.filter(pl.col("donor").is_not_null() & (pl.col("mechanism").is_null()))
    lawful = lawful.with_columns(year=_year(pl.col("fishing_to")))
    sides = pl.concat([lawful.select("year", hull=side) for side in ("donor", "hull")]).unique().sort("hull", "year")
    held: Booleans = generator.random(sides.height) < rules.tranship
    return _unlimited(sides.filter(pl.Series(held)).select("hull", "year"), "tranship")


def _unlimited(years: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Rights of a kind for whole years, without species, area, gear or quota."""
    return years.with_columns(
        kind=pl.lit(kind),
        species=pl.lit(None, pl.String),
        areas=pl.lit(None, pl.List(pl.String)),
        gears=pl.lit(None, pl.List(pl.String)),
        live_kg=pl.lit(None, pl.Float64),
        valid_from=_begins(pl.col("year")),
        valid_to=_begins(pl.col("year") + 1),
    ).select(_PARTS)


def _year_of(instant: int) -> int:
    return datetime.fromtimestamp(instant / 1_000_000, UTC).year


def _known(generator: np.random.Generator, rules: Rights, rights: pl.DataFrame) -> pl.Expr:
    """Mostly before a right begins, some late."""
    count = rights.height
    late = generator.random(count) < rules.late_share
    days = np.where(late, between(generator, rules.late_days, count), -between(generator, rules.known_days, count))
    return pl.col("valid_from") + pl.Series(in_seconds(days, DAY))


def transhipments(
    seed: int,
    scenario: PapersScenario,
    meetings: pl.DataFrame,
    voyages: pl.DataFrame,
    hulls: pl.DataFrame,
    span: Span,
) -> pl.DataFrame:
    """The table transhipment: declared transfers, as far as they become known before the span ends."""
    rules = scenario.rights
    of_voyage = voyages.select("voyage", "mechanism")
    rows = meetings.sort("meeting").join(of_voyage, on="voyage", how="left", maintain_order="left")
    rows = rows.with_columns(mechanism=pl.when("lawful").then("mechanism").otherwise(pl.lit(UNLAWFUL)))
    shows = paper_symptoms(seed, TRANSFER, 0, rules.symptoms, rows["mechanism"])
    generator, count = stream(seed, TRANSFER), rows.height
    noise = np.exp(generator.normal(0, rules.transfer_spread, count))
    told = np.where(shows["transfer_short"], between(generator, rules.transfer_short, count), noise)
    shift = pl.Series(in_seconds(between(generator, rules.declared_hours, count), HOUR))
    lag = pl.Series(in_seconds(between(generator, rules.declared_known_days, count), DAY))
    place = [pl.Series(generator.normal(0, rules.place_error_deg, count)) for _ in range(2)]
    ids = hulls.sort("hull")["vessel_id"]
    at = pl.col("begins") + shift
    whole = rows.with_columns(
        transhipment_id=pl.format("TS{}", pl.Series(generator.permutation(count)).cast(pl.String).str.zfill(7)),
        donor_id=ids.gather(rows["donor"].cast(pl.Int64)),
        receiver_id=ids.gather(rows["receiver"].cast(pl.Int64)),
        at=at,
        lat=(pl.col("lat") + place[0]).round(3),
        lon=((pl.col("lon") + place[1] + 180) % 360 - 180).round(3),
        product_form=pl.lit(None, pl.String),
        net_kg=(pl.col("live_kg") * scenario.notices.product_per_live * pl.Series(told)).round(),
        observed=pl.Series(generator.random(count) < rules.observed),
        known_at=pl.max_horizontal(at, "ends") + lag,
    )
    declared = whole.filter(~pl.Series(shows["undeclared"]))
    return declared.filter(pl.col("known_at") < span.end).sort("transhipment_id").select(TRANSFER_COLUMNS)
