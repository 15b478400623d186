"""Weights against the issuer's record against filtering and adding, and by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pytest
from catch_reference import Rows, lines_at, plain, same_number
from catch_rows import FACTORS
from histories import DAY, START, random_questions, random_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible
from test_ledger import certificate, landing, tables_of

from features.asked import Asked
from features.catch_evidence import PROVING
from features.issuer_weights import issuer_weight_indicators, issuer_weights
from features.options import Options

OPTIONS = Options(schemes={}, conversion_factors=FACTORS)
COLUMNS = ("issuer_weight_gap_share", "issuer_recorded_kg", "goods_declared_kg", "kilograms_look_like_tonnes")


def grams(kilograms: float | None) -> int | None:
    return None if kilograms is None else round(kilograms * 1000)


def total(values: list[int | None]) -> int | None:
    return None if not values or None in values else sum(value for value in values if value is not None)


def expected(rows: Rows, name: str, cutoff: datetime) -> tuple[Any, ...]:
    items = visible(rows["goods_item"], ["consignment_id", "item_no"], cutoff)
    items = [row for row in items if row["consignment_id"] == name]
    declared = total([grams(row["net_kg"]) for row in items])
    cleared = visible(rows["partner_export"], ["issuer_country", "number", "line_no"], cutoff)
    numbers: dict[str, set[tuple[str, str]]] = {}
    for row in visible(rows["document"], ["document_id"], cutoff):
        if row["consignment_id"] == name and row["kind"] in PROVING:
            numbers.setdefault(row["kind"], set()).add((row["issuer_country"], same_number(row["number"])))
    gaps = []
    for kind, of_kind in numbers.items():
        lines: dict[tuple[str, str], list[int | None]] = {one: [] for one in of_kind}
        for row in cleared:
            lines.get((row["issuer_country"], same_number(row["number"])), []).append(grams(row["net_kg"]))
        whole = total([total(stated) for stated in lines.values()])
        if whole is not None:
            gap = None if declared is None else (declared - whole) / max(whole, 1000)
            gaps.append((0 if gap is None else -gap, kind, gap, whole / 1000))
    best = min(gaps)[2:] if gaps and items else (None, None)
    return *best, None if declared is None else declared / 1000, tonnes(rows, items, name, cutoff)


def tonnes(rows: Rows, items: list[dict[str, Any]], name: str, cutoff: datetime) -> bool | None:
    papers: dict[tuple[str, str], list[int]] = {}
    for line in lines_at(rows, cutoff):
        goods = line["species"] or line["hs6"]
        if line["document_consignment_id"] == name and goods and line["net_kg"] is not None:
            papers.setdefault((line["document_id"], goods), []).append(round(line["net_kg"] * 1000))
    slips = []
    for (_, goods), stated in papers.items():
        own = total([grams(row["net_kg"]) for row in items if goods in (row["species"], row["hs6"])])
        if own and sum(stated):
            slips.append(any(850 <= ratio <= 1150 for ratio in (own / sum(stated), sum(stated) / own)))
    return any(slips) if slips else None


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_equals_the_plain_reference(seed: int) -> None:
    tables = random_tables(seed)
    questions = random_questions(seed, tables)
    rows = plain(tables)
    found = issuer_weights(Asked(tables, questions), OPTIONS).select(COLUMNS).rows()
    assert found == [expected(rows, name, cutoff) for name, cutoff in questions.rows()]


def entry(number: str = "10/1-2") -> dict[str, Any]:
    paper = certificate("A", 0, number)
    paper["document"]["kind"] = "export_entry"
    return paper


def cleared(kilograms: float | None, day: float = 0, **columns: object) -> dict[str, Any]:
    row = {"issuer_country": "RU", "number": "10/12", "line_no": 1, "cleared_at": START, "hs6": "030614"}
    return {"partner_export": {**row, "net_kg": kilograms, "known_at": START + day * DAY, **columns}}


def gap(*parts: dict[str, Any], kilograms: float = 110.0) -> float | None:
    tables = tables_of(landing("A", 0, kilograms), *parts)
    question = pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY]})
    found: float | None = issuer_weights(Asked(tables, question), OPTIONS)["issuer_weight_gap_share"][0]
    return found


def test_the_gap_to_the_record() -> None:
    assert gap(entry(), cleared(100.0)) == 0.1
    assert gap(entry(), cleared(60.0), cleared(50.0, line_no=2)) == 0.0
    assert gap(entry(), cleared(0.0), kilograms=3.0) == 3.0


def test_a_record_that_is_not_whole_says_nothing() -> None:
    assert gap(entry(), cleared(100.0, 2)) is None
    assert gap(entry(), cleared(None)) is None
    assert gap(entry(), entry("11"), cleared(100.0)) is None
    assert gap(entry(), cleared(100.0, issuer_country="KR")) is None


@pytest.mark.parametrize(
    ("stated", "slip"), [(0.11, True), (110_000.0, True), (110.0, False), (11.0, False), (0.0, None)]
)
def test_kilograms_typed_as_tonnes_are_told_and_not_repaired(stated: float, slip: bool | None) -> None:
    tables = tables_of(landing("A", 0, 110.0), certificate("A", 0, net_kg=stated))
    question = pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY]})
    row = issuer_weights(Asked(tables, question), OPTIONS).row(0, named=True)
    assert row["kilograms_look_like_tonnes"] is slip
    assert row["goods_declared_kg"] == 110


def test_evidence_names_the_issuers_rows() -> None:
    tables = tables_of(landing("A", 0, 110.0), entry(), cleared(100.0))
    question = pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY]})
    evidence = issuer_weight_indicators()[0].evidence(Asked(tables, question), OPTIONS)["evidence"].to_list()
    assert evidence == ["consignment:A", "goods_item:A/1", "document:DA10/1-2RU", "partner_export:RU/10/12/1"]
