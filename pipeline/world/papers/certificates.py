"""The catch certificates of voyages: one number for all that a voyage lands of a species, whoever receives it."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, in_seconds
from pipeline.world.papers.symptoms import paper_symptoms
from pipeline.world.randomness import Booleans, Floats, between, stream
from pipeline.world.scenario.papers import PapersScenario

SUBJECT = "certificate"
# Serials stand this far apart, so that those between are never used and the next one cannot be guessed.
SERIAL_STEP = 3


def certificates(seed: int, scenario: PapersScenario, voyages: pl.DataFrame, hulls: pl.DataFrame) -> pl.DataFrame:
    """A row per voyage that lands catch, in the order of voyages: what its certificate says.

    Columns: voyage, number_voyage (the voyage that gives it its number: itself, or the one before where both land on
    one certificate), number_day (when that number was given), serial, named_hull (the vessel that it says has
    fished), certificate_issued, certificate_from, certificate_to (validity),
    paper_catch_from, paper_catch_to, paper_area, paper_gear, species and certified_kg (live weight of this species;
    other species are certified by consignment), earlier_own and earlier_other (voyages that landed the same species
    before, of the same hull and of any hull; null where there is none).
    """
    rows = _with_earlier(voyages.filter("catch").sort("voyage"))
    shows = paper_symptoms(seed, SUBJECT, 0, scenario.voyage_symptoms, rows["mechanism"])
    generator = stream(seed, SUBJECT)
    rules, count = scenario.certificates, rows.height
    certified = between(generator, rules.certified, count)
    certified *= np.where(shows["understated"], between(generator, scenario.weights.short, count), 1.0)
    combined = pl.Series(generator.random(count) < rules.combined)
    serial = pl.Series(generator.integers(0, SERIAL_STEP, count))
    rows = rows.with_columns(
        number_voyage=pl.when(combined).then(pl.col("earlier_own")).otherwise(None).fill_null(pl.col("voyage")),
        certified_kg=pl.col("live_kg") * pl.Series(certified),
        serial=pl.col("voyage") * SERIAL_STEP + serial,
        named_hull=pl.when(pl.Series(shows["carrier_named"])).then(pl.col("hull")).otherwise(_catcher()),
        paper_area=other_areas(generator, scenario, rows["catch_area"], shows["other_area"]),
        paper_gear="gear",
        **_dates(generator, scenario, rows, shows["out_of_order"]),
    )
    rows = _numbered(rows).with_columns(named_hull=_or_sister(rows["hull"], hulls, shows["other_vessel"], "named_hull"))
    return rows.select(COLUMNS)


COLUMNS = (
    *(
        "voyage",
        "number_voyage",
        "number_day",
        "serial",
        "named_hull",
        "certificate_issued",
        "certificate_from",
        "certificate_to",
    ),
    *("paper_catch_from", "paper_catch_to", "paper_area", "paper_gear", "species", "certified_kg"),
    *("earlier_own", "earlier_other"),
)


def _catcher() -> pl.Expr:
    """The vessel that fished: the donor, where the catch was taken over at sea."""
    return pl.col("donor").fill_null(pl.col("hull"))


def _with_earlier(rows: pl.DataFrame) -> pl.DataFrame:
    """The voyages with the last ones before them that landed the same species, by the same hull and by any."""
    return rows.with_columns(
        earlier_own=pl.col("voyage").shift(1).over("hull", "species", order_by="voyage"),
        earlier_other=pl.col("voyage").shift(1).over("species", order_by="voyage"),
    )


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """One number, and one certified weight, for the voyages that land on one certificate."""
    numbers = rows.select(number_voyage="voyage", number_serial="serial", number_day="certificate_issued")
    return (
        rows.join(numbers, on="number_voyage", how="left", maintain_order="left")
        .with_columns(
            serial="number_serial", certified_kg=pl.col("certified_kg").round().sum().over("number_voyage", "species")
        )
        .drop("number_serial")
    )


def other_areas(
    generator: np.random.Generator, scenario: PapersScenario, areas: pl.Series, other: Booleans
) -> pl.Series:
    """The areas that papers state: where `other`, one that they mistake it for or hide it behind."""
    draws = generator.random(len(areas))
    frame = pl.DataFrame({"area": areas, "other": other, "draw": draws})
    told = pl.col("area")
    for area, others in scenario.other_areas.items():
        place = (pl.col("draw") * len(others)).cast(pl.Int64)
        instead = place.replace_strict(dict(enumerate(others)), default=None, return_dtype=pl.String)
        told = pl.when(pl.col("other") & (pl.col("area") == area)).then(instead).otherwise(told)
    return frame.select(told).to_series()


def _dates(
    generator: np.random.Generator, scenario: PapersScenario, rows: pl.DataFrame, disordered: Booleans
) -> dict[str, pl.Expr]:
    """When a certificate was issued and holds; out of order, it is issued too early or ends before the landing."""
    rules, count = scenario.certificates, rows.height
    part: Floats = between(generator, rules.issue, count)
    validity = pl.Series(in_seconds(np.round(between(generator, rules.validity_days, count)), DAY))
    slip = pl.Series(in_seconds(between(generator, scenario.times.out_of_order, count), DAY))
    which = pl.Series(generator.random(count))
    wrong = pl.Series(disordered)
    room = pl.max_horizontal(pl.col("arrived") - pl.col("fishing_to"), pl.lit(round(scenario.times.least_hours * HOUR)))
    lawful = pl.col("fishing_to") + whole_seconds(room * pl.Series(part))
    early = wrong & (which < 1 / 2)
    ended = wrong & (which >= 1 / 2)
    issued = pl.when(early).then(pl.col("fishing_to") - slip).otherwise(lawful)
    start = issued // DAY * DAY
    return {
        "certificate_issued": issued,
        "certificate_from": start,
        "certificate_to": pl.when(ended).then((pl.col("arrived") - slip) // DAY * DAY).otherwise(start + validity),
        "paper_catch_from": pl.col("fishing_from") // DAY * DAY,
        "paper_catch_to": pl.col("fishing_to") // DAY * DAY,
    }


def whole_seconds(instant: pl.Expr) -> pl.Expr:
    """Microseconds, cut to the second."""
    return instant.cast(pl.Int64) // 1_000_000 * 1_000_000


def sisters(hulls: pl.DataFrame) -> pl.DataFrame:
    """Another hull for each hull, of the same fleet: columns hull, sister (itself where the fleet has no other)."""
    return hulls.sort("hull").select(
        "hull", sister=pl.col("hull").shift(-1).over("fleet").fill_null(pl.col("hull").first().over("fleet"))
    )


def _or_sister(hull: pl.Series, hulls: pl.DataFrame, other: Booleans, column: str) -> pl.Expr:
    sister = hull.to_frame("hull").join(sisters(hulls), on="hull", how="left", maintain_order="left")["sister"]
    return pl.when(pl.Series(other)).then(sister).otherwise(pl.col(column))
