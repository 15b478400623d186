"""The certificate ledger against filtering and adding, and by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from catch_reference import draws_at, goods_at, papers_at, plain
from catch_rows import FACTORS
from histories import DAY, START, random_questions, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st

from features.ledger import balances
from features.options import Options
from features.tables import Tables

OPTIONS = Options(schemes={}, conversion_factors=FACTORS)
Answers = dict[tuple[Any, ...], tuple[Any, ...]]


def expected(tables: Tables, questions: pl.DataFrame) -> Answers:
    """Per question and ledger: own, unknown, drawn, in turn, citing, most and least certified."""
    rows = plain(tables)
    instants = sorted({row["known_at"] for versions in rows.values() for row in versions})
    by_instant = {instant: _entries(rows, instant) for instant in instants}
    turns: dict[tuple[Any, ...], datetime] = {}
    for instant in instants:
        for entry in by_instant[instant]:
            turns.setdefault(entry, instant)
    answers: Answers = {}
    for question, (name, cutoff) in enumerate(questions.rows()):
        ledger = by_instant[max(instant for instant in instants if instant <= cutoff)]
        goods, papers = goods_at(rows, FACTORS, cutoff), papers_at(rows, cutoff)
        for entry, own in ledger.items():
            if entry[0] != name:
                continue
            same = {other: grams for other, grams in ledger.items() if other[1:] == entry[1:]}
            said = [grams for key, grams in papers.items() if key[1:4] == entry[1:] and grams is not None]
            answers[question, *entry[1:]] = (
                own,
                # A catch that papers tell of in parts stands in as many parts.
                sum(grams is None for grams in goods[name, entry[3]]) > 0,
                sum(same.values()),
                sum(grams for other, grams in same.items() if turns[other] <= turns[entry]),
                len(same),
                max(said, default=None),
                min(said, default=None),
            )
    return answers


def _entries(rows: dict[str, list[dict[str, Any]]], cutoff: datetime) -> dict[tuple[Any, ...], int]:
    found: dict[tuple[Any, ...], int] = defaultdict(int)
    for key, grams in draws_at(rows, FACTORS, cutoff).items():
        found[key[:4]] += grams
    return found


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_equals_the_plain_reference(seed: int) -> None:
    tables = random_tables(seed)
    questions = random_questions(seed, tables)
    found = {
        (row["question"], row["issuer_country"], row["number"], row["species"]): (
            row["own_g"],
            row["unknown"] > 0,
            *(row[name] for name in ("drawn_g", "in_turn_g", "citing", "certified_g", "least_certified_g")),
        )
        for row in balances(tables, OPTIONS, questions).to_dicts()
    }
    assert found == expected(tables, questions)


def landing(name: str, day: float, kilograms: float | None, form: str = "live") -> dict[str, dict[str, object]]:
    known = {"consignment_id": name, "known_at": START + day * DAY}
    goods = {"item_no": 1, "hs6": "030614", "species": "KCD", "product_form": form, "net_kg": kilograms}
    return {"consignment": {**known, "declared_at": START}, "goods_item": {**known, **goods}}


def certificate(name: str, day: float, number: str = "A-1", issuer: str = "RU", **line: Any) -> dict[str, Any]:
    document = {"document_id": f"D{name}{number}{issuer}", "known_at": START + day * DAY}
    head = {"kind": "catch_certificate", "form": "copy", "number": number, "issuer_country": issuer}
    what = {"line_no": 1, "species": "KCD", "live_kg": 100.0}
    return {"document": {**document, "consignment_id": name, **head}, "document_line": {**document, **what, **line}}


def tables_of(*parts: dict[str, Any]) -> Tables:
    rows: dict[str, list[dict[str, object]]] = defaultdict(list)
    for part in parts:
        for name, row in part.items():
            rows[name].append(row)
    return Tables({name: table(name, content) for name, content in rows.items()})


def shares(tables: Tables, name: str, day: float) -> list[tuple[Any, ...]]:
    """Kilograms drawn, in turn and certified, per ledger."""
    question = pl.DataFrame({"consignment_id": [name], "cutoff": [START + day * DAY]})
    columns = ("drawn_g", "in_turn_g", "certified_g")
    return [tuple(row[c] / 1000 for c in columns) for row in balances(tables, OPTIONS, question).to_dicts()]


def test_overdraw_is_seen_from_the_first_consignment_that_makes_it() -> None:
    tables = tables_of(
        *(landing("A", 0, 60.0), certificate("A", 0)),
        *(landing("B", 2, 50.0), certificate("B", 2, "a 1")),
        *(landing("C", 4, 10.0), certificate("C", 4, "A–1")),
    )
    assert shares(tables, "A", 1) == [(60, 60, 100)]
    assert shares(tables, "A", 3) == [(110, 60, 100)]
    assert shares(tables, "B", 3) == [(110, 110, 100)]
    assert shares(tables, "B", 5) == [(120, 110, 100)]
    assert shares(tables, "C", 5) == [(120, 120, 100)]


def test_what_was_amended_or_withdrawn_counts_as_of_each_cutoff() -> None:
    tables = tables_of(
        *(landing("A", 0, 60.0), certificate("A", 0)),
        *(landing("B", 2, 50.0), certificate("B", 2)),
        {"goods_item": {**landing("A", 4, 20.0)["goods_item"]}},
        {"document": {**certificate("A", 6)["document"], "withdrawn": True}},
        {"document_line": {**certificate("B", 8, live_kg=40.0)["document_line"]}},
    )
    assert [shares(tables, "B", day)[0] for day in (3, 5, 7, 9)] == [
        (110, 110, 100),
        (70, 70, 100),
        (50, 50, 100),
        (50, 50, 40),
    ]
    assert shares(tables, "A", 7) == []


def test_one_number_of_two_issuers_is_two_certificates() -> None:
    tables = tables_of(
        *(landing("A", 0, 60.0), certificate("A", 0)),
        *(landing("B", 0, 50.0), certificate("B", 0, issuer="KR")),
    )
    assert shares(tables, "A", 1) == [(60, 60, 100)]
    assert shares(tables, "B", 1) == [(50, 50, 100)]


def test_known_at_once_means_that_none_came_before_the_other() -> None:
    tables = tables_of(*(landing("A", 0, 60.0), certificate("A", 0)), *(landing("B", 0, 50.0), certificate("B", 0)))
    assert shares(tables, "A", 1) == shares(tables, "B", 1) == [(110, 110, 100)]


def test_two_certificates_of_a_species_share_what_is_drawn_and_a_copy_draws_once() -> None:
    copy = certificate("A", 0, live_kg=100.0)
    copy = {"document": {**copy["document"], "document_id": "D2"}, "document_line": {**copy["document_line"]}}
    copy["document_line"]["document_id"] = "D2"
    tables = tables_of(landing("A", 0, 60.0), certificate("A", 0), copy, certificate("A", 0, "B", live_kg=20.0))
    assert shares(tables, "A", 1) == [(50, 50, 100), (10, 10, 20)]


@pytest.mark.parametrize(("kilograms", "expected"), [(0.0, [(60, 60, 0)]), (None, [(60, 60, None)])])
def test_a_certificate_without_kilograms_is_drawn_on_all_the_same(kilograms: float | None, expected: Any) -> None:
    tables = tables_of(landing("A", 0, 60.0), certificate("A", 0, live_kg=kilograms))
    question = pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY]})
    row = balances(tables, OPTIONS, question).row(0, named=True)
    certified = row["certified_g"]
    assert [(row["drawn_g"] / 1000, row["in_turn_g"] / 1000, certified)] == expected


def test_one_number_on_very_many_consignments_costs_no_more_than_many_numbers() -> None:
    many = [f"C{number}" for number in range(3000)]
    tables = tables_of(*[part for name in many for part in (landing(name, 0, 1.0), certificate(name, 0))])
    questions = pl.DataFrame({"consignment_id": many, "cutoff": [START + DAY] * len(many)})
    found = balances(tables, OPTIONS, questions)
    assert found["drawn_g"].unique().to_list() == [3_000_000]


def test_the_form_and_the_day_of_landing_decide_the_live_weight() -> None:
    tables = tables_of(landing("A", 0, 60.0, "frozen"), certificate("A", 0))
    assert shares(tables, "A", 1) == [(90, 90, 100)]
    later = {"consignment": {**landing("A", 2, 60.0)["consignment"], "arrived_at": START + 20 * DAY}}
    assert shares(tables_of(landing("A", 0, 60.0, "frozen"), certificate("A", 0), later), "A", 3) == [(120, 120, 100)]
