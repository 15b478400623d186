"""Small frames of the world's shape, and the shipped numbers, for the tests of what others tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from pipeline.world.calendar import DAY, SECOND, world_span
from pipeline.world.scenario.signals import Signals

SPAN = world_span(12)
LANES = ("marine_smuggling", "brand_diversion", "strategic_goods", "ordinary_to_japan")


def shipped_text() -> dict[str, Any]:
    [path] = (Path(__file__).resolve().parents[2] / "configs" / "world").glob("**/signals.yaml")
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["signals"]
    return content


def shipped() -> Signals:
    return Signals.model_validate(shipped_text())


def picked(generator: np.random.Generator, choices: list[Any], count: int) -> pl.Series:
    return pl.Series([choices[place] for place in generator.integers(0, len(choices), count)])


def one_case(**values: Any) -> pl.DataFrame:
    """A consignment of frozen crab from Russia into Japan, with what is told otherwise."""
    usual = {
        "row": 0,
        "number": 0,
        "consignment_id": "C0",
        "lane": "marine_smuggling",
        "regime": "import",
        "office": "JPWKJ",
        "mode": "sea",
        "importer": 0,
        "exporter": 1,
        "hull": 0,
        "origin_country": "RU",
        "true_origin_country": "RU",
        "dispatch_country": "RU",
        "destination_country": "JP",
        "declared": SPAN.start + 45 * DAY,
        "arrived": SPAN.start + 46 * DAY,
        "released": SPAN.start + 48 * DAY,
        "mechanism": None,
    }
    return pl.DataFrame(usual | values, schema_overrides={"mechanism": pl.String, "hull": pl.Int64})


def one_line(**values: Any) -> pl.DataFrame:
    usual = {"row": 0, "item_no": 1, "hs6": "030614", "net_kg": 900.0, "value_usd": 9000.0}
    usual |= {"true_kg": 1000.0, "true_usd": 10600.0}
    return pl.DataFrame(usual | values)


def many_cases(seed: int, count: int, first: int = 0, cases: float = 0.1) -> pl.DataFrame:
    """Random consignments, numbered from `first`; a share `cases` has a mechanism."""
    generator = np.random.default_rng([seed, first])
    declared = np.sort(generator.integers(SPAN.start // SECOND, SPAN.end // SECOND, count)) * SECOND
    mechanism = picked(generator, ["M1", "M3", "M7", "B1", "R1", "T2"], count)
    offends = pl.Series(generator.random(count) < cases)
    arrived = declared + generator.integers(-DAY // SECOND, 2 * DAY // SECOND, count) * SECOND
    lane = picked(generator, list(LANES), count)
    return pl.DataFrame(
        {
            "row": np.arange(count),
            "number": np.arange(first, first + count),
            "lane": lane,
            "regime": picked(generator, ["import"] * 8 + ["export", "transit"], count),
            "office": picked(generator, ["RUVVO", "JPWKJ", "JPOTR"], count),
            "mode": picked(generator, ["sea", "sea", "air"], count),
            "importer": generator.integers(0, 200, count),
            "exporter": generator.integers(0, 200, count),
            "hull": picked(generator, [*range(40), None], count),
            "origin_country": picked(generator, ["RU", "RU", "KR", "CN"], count),
            "true_origin_country": picked(generator, ["RU", "CN"], count),
            "dispatch_country": picked(generator, ["RU", "RU", "KR", "HK"], count),
            "destination_country": picked(generator, ["JP", "RU"], count),
            "declared": declared,
            "arrived": arrived,
            "released": arrived + generator.integers(DAY // SECOND, 4 * DAY // SECOND, count) * SECOND,
        }
    ).with_columns(
        consignment_id=pl.format("C{}", "number"),
        mechanism=pl.when(offends).then(mechanism),
    )


def many_lines(seed: int, cases: pl.DataFrame) -> pl.DataFrame:
    """One to three lines for each consignment."""
    generator = np.random.default_rng([seed, cases["number"][0]])
    row = np.repeat(cases["row"].to_numpy(), generator.integers(1, 4, cases.height))
    count = len(row)
    kg = np.round(generator.lognormal(7, 1, count), 1)
    return pl.DataFrame(
        {
            "row": row,
            "hs6": picked(generator, ["030614", "160510", "440321", "440711", "690721", "720449", "854231"], count),
            "net_kg": np.round(kg * generator.uniform(0.7, 1.0, count), 1),
            "true_kg": kg,
            "value_usd": np.round(kg * 5, 2),
            "true_usd": np.round(kg * 6, 2),
        }
    ).with_columns(item_no=pl.int_range(pl.len()).over("row") + 1)


def many_firms(seed: int, count: int = 200, lane: str | None = None) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "party": np.arange(count),
            "party_id": [f"P{place * 7919 % 100_003:06d}" for place in range(count)],
            "lane": picked(generator, list(LANES), count) if lane is None else [lane] * count,
            "role": picked(generator, ["importer", "exporter", "carrier"], count),
            "rogue": generator.random(count) < 0.2,
            "shell": generator.random(count) < 0.05,
            "active_from": SPAN.start + generator.integers(-900, 200, count) * DAY,
        }
    )


def many_hulls(seed: int, count: int = 40) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    launders = pl.Series(generator.random(count) < 0.25)
    return pl.DataFrame(
        {
            "hull": np.arange(count),
            "vessel_id": [f"V{place * 31 % 10_007:05d}" for place in range(count)],
            "leaning": generator.normal(0, 1, count),
            "launders": launders,
            "launders_from": SPAN.start + generator.integers(20, 300, count) * DAY,
        }
    ).with_columns(launders_from=pl.when("launders").then("launders_from"))


def many_voyages(seed: int, hulls: int = 40, count: int = 400) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "voyage": np.arange(count),
            "hull": generator.integers(0, hulls, count),
            "arrived": generator.integers(SPAN.start // DAY, SPAN.end // DAY, count) * DAY,
            "mechanism": picked(generator, [None] * 12 + ["M8", "M4", "M3"], count),
        }
    )
