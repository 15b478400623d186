"""What the page of the demonstration world claims, and that its measures measure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.world.columns import separations
from benchmarks.world.page import page
from features.contract import load_contract

README = Path(__file__).resolve().parents[1] / "benchmarks" / "world" / "README.md"
SEPARATES_ALONE = 0.8


def told() -> str:
    return README.read_text(encoding="utf-8")


def test_no_column_separates_a_scheme_alone() -> None:
    areas = [float(area) for area in re.findall(r"^\| [^|]+ \| [^|]+ \| (0\.\d{3}) \|$", told(), re.MULTILINE)]
    assert len(areas) == 24
    assert max(areas) <= SEPARATES_ALONE


def test_the_full_model_is_far_better_than_hand_rules_and_these_better_than_chance() -> None:
    for scheme in ("marine_smuggling", "brand_diversion"):
        part = told().split(f"### {scheme}")[1].split("###")[0]
        rows = {
            name: [float(cell) for cell in cells.split("|")]
            for name, cells in re.findall(r"^\| ([a-z][^|]+?) \| ((?:\d\.\d+ \| )*\d\.\d+) \|$", part, re.MULTILINE)
        }
        precision = {name: cells[::2] for name, cells in rows.items()}
        for seed in range(3):
            chance, rules = precision["random order"][seed], precision["hand rules"][seed]
            everything = precision["the product, with all truth before"][seed]
            assert rules > 0.9 * chance
            assert everything > 1.8 * rules
            assert everything < 0.9


def world(rows: int) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Tables in which one column tells all, and the others nothing."""
    contract = load_contract()
    draw = np.random.default_rng(1)
    case = draw.random(rows) < 0.3
    ids = [f"C{number:05d}" for number in range(rows)]
    tables = {name: contract[name].empty_frame() for name in contract.tables}
    given = pl.DataFrame(
        {
            "consignment_id": ids,
            "importer_id": [f"P{number}" for number in range(rows)],
            "office": np.where(case, "JPWKJ", "JPNEM"),
            "gross_kg": draw.random(rows),
            "known_at": [datetime(2024, 1, 1, tzinfo=UTC)] * rows,
        }
    )
    tables["consignment"] = given.select(
        (pl.col(name) if name in given.columns else pl.lit(None)).cast(column.dtype).alias(name)
        for name, column in contract["consignment"].columns.items()
    )
    return tables, pl.DataFrame({"consignment_id": ids, "case": case})


def test_a_column_that_tells_all_is_found_and_an_id_of_its_own_tells_nothing() -> None:
    tables, cases = world(2000)
    found = {(row["table"], row["column"]): row["auc"] for row in separations(tables, cases).reverse().to_dicts()}
    assert found["consignment", "office"] == pytest.approx(1.0)
    assert found["consignment", "gross_kg"] < 0.55
    assert found["consignment", "importer_id"] < 0.55


def test_the_page_needs_no_speeds() -> None:
    assert "How fast" not in page(100, {1: {}}, {1: {}}, {})
