"""A small sea, its firms and consignments, in the form in which the parts of the world hand them on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from sections import section

from features.conform import cast
from features.contract import INSTANT, load_contract
from features.sift import sift
from pipeline.world.calendar import DAY, HOUR, SECOND, Span, world_span
from pipeline.world.papers.certificates import certificates
from pipeline.world.papers.documents import documents, with_entry_numbers
from pipeline.world.papers.facts import paper_facts
from pipeline.world.papers.papers import papers
from pipeline.world.scenario.papers import PapersScenario

MARINE = (None, "M1", "M2", "M6", "M7")
OF_VOYAGE = (None, None, None, None, "M3", "M4", "M5", "M8")
BRANDED = (None, "B1", "B2", "B3", "B4", "B5")
ORDINARY = (None, "T1", "T2", "T3", "T4", "T5")
STRATEGIC = (None, "R1", "R2", "R5")
SPECIES = {
    "KCD": ("030614", "frozen"),
    "CRQ": ("030633", "live"),
    "ALK": ("030367", "frozen"),
    "URC": ("030821", "live"),
}


@dataclass(frozen=True)
class Frames:
    span: Span
    cases: pl.DataFrame
    lines: pl.DataFrame
    voyages: pl.DataFrame
    hulls: pl.DataFrame
    firm_rows: pl.DataFrame
    meetings: pl.DataFrame


@cache
def scenario() -> PapersScenario:
    return PapersScenario.model_validate(section("papers"))


@cache
def frames(consignments: int = 4000, seed: int = 5) -> Frames:
    """Consignments with as many cases as honest ones, so that shares can be seen in few rows."""
    generator = np.random.default_rng(seed)
    span = world_span(12)
    hulls = _hulls(generator, max(24, consignments // 120))
    voyages = _voyages(generator, span, hulls, max(60, consignments // 8))
    firms = _firms(max(60, consignments // 10))
    cases = _cases(generator, span, voyages, firms.height, consignments)
    return Frames(span, cases, _lines(generator, cases, voyages), voyages, hulls, firms, _meetings(voyages))


def _firms(count: int) -> pl.DataFrame:
    stems, fields, forms = ("Kaito", "Primor", "Minato"), ("Suisan", "Torg", "Shoji"), ("KK", "OOO", "Ltd")
    return pl.DataFrame(
        {
            "party": range(count),
            "party_id": [f"P{number:05d}" for number in range(count)],
            "name": [f"{stems[n % 3]}{n // 9} {fields[n // 3 % 3]} {forms[n % 3]}" for n in range(count)],
            "country": ["RU", "JP", "KR"] * (count // 3) + ["RU"] * (count % 3),
        }
    )


def _hulls(generator: np.random.Generator, count: int) -> pl.DataFrame:
    carrier = np.arange(count) % 6 == 5
    return pl.DataFrame(
        {
            "hull": range(count),
            "vessel_id": [f"V{number:05d}" for number in range(count)],
            "fleet": np.where(np.arange(count) % 12 < 6, "crab", "trawl"),
            "kind": np.where(carrier, "fish_carrier", "fishing"),
            "gear": np.where(carrier, None, np.where(np.arange(count) % 12 < 6, "FPO", "OTM")),
            "flag": ["RU"] * count,
            "owner": generator.integers(0, 60, count),
            "operator": generator.integers(0, 60, count),
            "gross_tonnage": generator.uniform(150, 6000, count),
            "hold_m3": generator.uniform(100, 4000, count),
        }
    )


def _voyages(generator: np.random.Generator, span: Span, hulls: pl.DataFrame, count: int) -> pl.DataFrame:
    arrived = np.sort(generator.integers(span.start // DAY + 20, span.end // DAY - 6, count)) * DAY + 5 * HOUR
    fishing_to = arrived - generator.integers(2, 6, count) * DAY
    mechanism = np.array(OF_VOYAGE, dtype=object)[generator.integers(0, len(OF_VOYAGE), count)]
    catch = generator.random(count) < 0.85
    mechanism[~catch] = None
    hull = generator.integers(0, hulls.height, count)
    taken = (mechanism == "M4") | (generator.random(count) < 0.3)
    frame = pl.DataFrame(
        {
            "voyage": range(count),
            "hull": hull,
            "trip": np.arange(count),
            "catch": catch,
            "from_port": np.array(["RUNJK", "RUKOR", None], dtype=object)[generator.integers(0, 3, count)].tolist(),
            "to_port": np.array(["JPWKJ", "JPNEM", "JPOTR"])[generator.integers(0, 3, count)],
            "departed": arrived - 2 * DAY,
            "arrived": arrived,
            "leaves": arrived + 2 * DAY,
            "fishing_from": fishing_to - 9 * DAY,
            "fishing_to": fishing_to,
            "catch_area": ["61"] * count,
            "species": np.array(list(SPECIES))[generator.integers(0, len(SPECIES), count)],
            "gear": ["FPO"] * count,
            "live_kg": generator.uniform(20_000, 90_000, count).round(),
            "donor": np.where(taken, (hull + 1) % hulls.height, -1),
            "mechanism": mechanism.tolist(),
        }
    ).with_columns(donor=pl.when(pl.col("donor") >= 0).then("donor"))
    fished = ("fishing_from", "fishing_to", "catch_area", "species", "gear", "live_kg", "donor")
    return frame.with_columns(pl.when("catch").then(column).alias(column) for column in fished).with_columns(
        taken_over_kg=pl.when(pl.col("donor").is_not_null()).then(pl.col("live_kg") * 0.5)
    )


def _meetings(voyages: pl.DataFrame) -> pl.DataFrame:
    return voyages.filter(pl.col("donor").is_not_null()).select(
        meeting=pl.int_range(pl.len()),
        donor="donor",
        receiver="hull",
        begins=pl.col("fishing_to") - 4 * HOUR,
        ends="fishing_to",
        lat=pl.lit(47.0),
        lon=pl.lit(150.0),
        species="species",
        live_kg=pl.col("taken_over_kg"),
        lawful=pl.col("mechanism").is_null(),
        voyage="voyage",
    )


def _cases(generator: np.random.Generator, span: Span, voyages: pl.DataFrame, firms: int, count: int) -> pl.DataFrame:
    lanes = (
        "marine_smuggling",
        "marine_smuggling",
        "marine_smuggling",
        "brand_diversion",
        "ordinary_to_japan",
        "strategic_goods",
    )
    lane = np.array(lanes)[generator.integers(0, len(lanes), count)]
    catch = voyages.filter("catch")["voyage"].to_numpy()
    landed = (lane == "marine_smuggling") & (generator.random(count) < 0.75)
    voyage = np.where(landed, catch[generator.integers(0, len(catch), count)], -1)
    draws = {
        "marine_smuggling": MARINE,
        "brand_diversion": BRANDED,
        "ordinary_to_japan": ORDINARY,
        "strategic_goods": STRATEGIC,
    }
    of_lane = [
        draws[name][place % len(draws[name])]
        for name, place in zip(lane, generator.integers(0, 60, count), strict=True)
    ]
    of_voyage = voyages["mechanism"].to_list()
    mechanism = [of_voyage[v] or own if v >= 0 else own for v, own in zip(voyage, of_lane, strict=True)]
    arrivals = voyages["arrived"].to_numpy()
    free = generator.integers(span.start // DAY + 12, span.end // DAY - 4, count) * DAY + 9 * HOUR
    arrived = np.where(landed, arrivals[voyage], free)
    declared = arrived + generator.integers(-20, 20, count) * HOUR
    to_japan = np.isin(lane, ["marine_smuggling", "ordinary_to_japan"])
    origin = np.where(
        landed | (lane == "ordinary_to_japan"),
        "RU",
        np.where(to_japan, "KR", np.where(generator.random(count) < 0.6, "JP", "CN")),
    )
    relayed = np.array([name in ("M7", "B1", "B3", "T4") for name in mechanism])
    frame = pl.DataFrame(
        {
            "lane": lane,
            "regime": ["import"] * count,
            "office": np.where(to_japan, "JPWKJ", "RUVVO"),
            "mode": np.where(landed, "sea", "air"),
            "importer": generator.integers(0, firms, count),
            "exporter": generator.integers(0, firms, count),
            "voyage": voyage,
            "origin_country": origin,
            "dispatch_country": np.where(relayed, "KR", origin),
            "destination_country": np.where(to_japan, "JP", "RU"),
            "loading_port": np.where(relayed | (origin == "KR"), "KRPUS", np.where(origin == "RU", "RUVVO", "JPYOK")),
            "discharge_port": np.where(to_japan, "JPWKJ", "RUVVO"),
            "declared": declared,
            "first_known": declared + 2 * HOUR,
            "arrived": arrived,
            "released": np.maximum(arrived, declared) + generator.integers(20, 70, count) * HOUR,
            "mechanism": mechanism,
        }
    ).sort("declared")
    hulls = voyages.select("voyage", "hull")
    return (
        frame.with_columns(voyage=pl.when(pl.col("voyage") >= 0).then("voyage"))
        .join(hulls, on="voyage", how="left", maintain_order="left")
        .with_columns(row=pl.int_range(pl.len()), number=pl.int_range(pl.len()))
        .with_columns(consignment_id=pl.format("C{}", pl.col("number").cast(pl.String).str.zfill(8)))
    )


def _lines(generator: np.random.Generator, cases: pl.DataFrame, voyages: pl.DataFrame) -> pl.DataFrame:
    main = cases.join(voyages.select("voyage", "species"), on="voyage", how="left", maintain_order="left")
    rows = pl.concat([main, main.filter(pl.Series(generator.random(main.height) < 0.25))], how="vertical")
    rows = rows.with_columns(item_no=pl.int_range(1, pl.len() + 1).over("row")).sort("row", "item_no")
    count = rows.height
    sea = pl.col("lane") == "marine_smuggling"
    other = pl.Series(np.array(list(SPECIES))[generator.integers(0, len(SPECIES), count)])
    kilograms = pl.Series(generator.lognormal(8.5, 0.8, count).round(1))
    codes = {species: hs6 for species, (hs6, _) in SPECIES.items()}
    forms = {species: form for species, (_, form) in SPECIES.items()}
    swapped = pl.col("mechanism").eq_missing("M6") & sea
    return (
        rows.with_columns(species=pl.when(sea).then(pl.col("species").fill_null(other)))
        .with_columns(true_species="species")
        .with_columns(species=pl.when(swapped).then(pl.lit("ALK")).otherwise("species"))
        .select(
            "row",
            "item_no",
            hs6=pl.col("species").replace_strict(codes, default="440321", return_dtype=pl.String),
            species="species",
            product_form=pl.col("species").replace_strict(forms, default=None, return_dtype=pl.String),
            catch_area=pl.when(sea).then(pl.lit("61")),
            net_kg=kilograms,
            value_usd=kilograms * 12.5,
            true_kg=kilograms,
            true_usd=kilograms * pl.when(pl.col("mechanism").is_in(["T1", "B4"])).then(25.0).otherwise(12.5),
            true_species="true_species",
            true_form=pl.col("true_species").replace_strict(forms, default=None, return_dtype=pl.String),
        )
    )


def tidy(instant: pl.Series) -> bool:
    """Whether all instants are whole seconds."""
    return bool((instant.drop_nulls() % SECOND == 0).all())


@cache
def made(consignments: int = 4000, seed: int = 7) -> dict[str, pl.DataFrame]:
    """The tables of papers of the small world."""
    world = frames(consignments)
    return papers(
        seed, scenario(), 0, world.cases, world.lines, world.voyages, world.hulls, world.firm_rows, world.span
    )


def faults(name: str, rows: pl.DataFrame) -> list[object]:
    """What the contract finds wrong with a table whose instants are microseconds."""
    table = load_contract()[name]
    instants = [
        column.name for column in table.columns.values() if column.dtype == INSTANT and column.name in rows.columns
    ]
    cast_rows = cast(rows.with_columns(pl.col(instants).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")), table)
    sifted = sift(cast_rows.rows, table)
    wrong: list[object] = [violation for violation in cast_rows.violations if "missing" not in str(violation).lower()]
    wrong += list(sifted.violations)
    if sifted.rows.height != rows.height:
        wrong.append(f"{rows.height - sifted.rows.height} rows are twice or in quarantine")
    return wrong


def near(found: float, wanted: float, count: int) -> bool:
    """Whether a share is within four standard errors of what it should be."""
    return abs(found - wanted) <= 4 * np.sqrt(max(wanted * (1 - wanted), 0.25 / count) / count) + 1e-9


@cache
def facts_of(consignments: int = 4000, seed: int = 7) -> pl.DataFrame:
    """What the papers of the small world are about."""
    world = frames(consignments)
    of_voyages = certificates(seed, scenario(), world.voyages, world.hulls)
    facts = paper_facts(
        seed,
        scenario(),
        0,
        world.cases,
        world.lines,
        world.voyages,
        of_voyages,
        world.hulls,
        world.firm_rows,
    )
    return with_entry_numbers(seed, scenario(), 0, facts)


@cache
def documents_of(consignments: int = 4000, seed: int = 7) -> pl.DataFrame:
    """The documents of the small world with the facts that they were made from."""
    return documents(seed, scenario(), 0, facts_of(consignments, seed), frames(consignments).lines)


def of(rows: pl.DataFrame, mechanism: str | None) -> pl.DataFrame:
    """The rows of a mechanism, or of the honest."""
    return rows.filter(pl.col("mechanism").eq_missing(pl.lit(mechanism, pl.String)))
