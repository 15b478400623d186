"""Mass balances of trips against filtering and adding, and by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import polars as pl
from catch_reference import Rows, arrivals_at, goods_at, papers_at, plain
from catch_rows import FACTORS
from histories import DAY, START, random_questions, random_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ledger import certificate, landing, tables_of

from features.asked import Asked
from features.document_reference import DOCUMENT_RULES
from features.options import Options
from features.tables import Tables
from features.trips import AROUND, trips

OPTIONS = Options(schemes={}, conversion_factors=FACTORS)
COLUMNS = ("trip_weight_gap_share", "trip_landed_kg", "trip_certified_kg", "trip_consignments", "trip_species")


def expected(rows: Rows, name: str, cutoff: datetime) -> tuple[Any, ...]:
    arrived, goods = arrivals_at(rows, cutoff), goods_at(rows, FACTORS, cutoff)
    own = arrived.get(name)
    if own is None or own["vessel_id"] is None or own["arrived_at"] is None:
        return (None,) * len(COLUMNS)
    crew = {
        unit
        for unit, row in arrived.items()
        if row["vessel_id"] == own["vessel_id"]
        and row["arrived_at"]
        and abs((row["arrived_at"].date() - own["arrived_at"].date()).days) <= AROUND
    }
    best = []
    for (unit, species), lines in goods.items():
        if unit != name or None in lines:
            continue
        landed = {one: values for (one, of), values in goods.items() if of == species and one in crew}
        total = sum(grams or 0 for values in landed.values() for grams in values)
        said: dict[tuple[Any, ...], list[tuple[str, int]]] = defaultdict(list)
        for key, grams in papers_at(rows, cutoff).items():
            of_vessel = key[0] in arrived and arrived[key[0]]["vessel_id"] == own["vessel_id"]
            if of_vessel and arrived[key[0]]["arrived_at"] and key[3] == species and grams is not None:
                said[key[1:3]].append((key[0], grams))
        certified = 0
        for stated in said.values():
            count = len(stated)
            part = round(sum(grams for _, grams in stated) / count / count)
            certified += part * sum(one in crew for one, _ in stated)
        if certified:
            gap = (total - certified) / certified
            best.append((-gap, species, (gap, total / 1000, certified / 1000, len(landed), species)))
    return min(best)[2] if best else (None,) * len(COLUMNS)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_equals_the_plain_reference(seed: int) -> None:
    tables = random_tables(seed, 20)
    questions = random_questions(seed, tables)
    rows = plain(tables)
    found = trips(Asked(tables, questions), OPTIONS).select(COLUMNS).rows()
    assert found == [expected(rows, name, cutoff) for name, cutoff in questions.rows()]


def gap(tables: Tables, name: str, day: float = 30, options: Options = OPTIONS) -> float | None:
    question = pl.DataFrame({"consignment_id": [name], "cutoff": [START + day * DAY]})
    found: float | None = trips(Asked(tables, question), options)["trip_weight_gap_share"][0]
    return found


def arriving(name: str, kilograms: float, day: float = 5, vessel: str | None = "V1") -> dict[str, Any]:
    parts = landing(name, 0, kilograms)
    parts["consignment"] |= {"vessel_id": vessel, "arrived_at": START + day * DAY}
    return parts


def test_a_certificate_counts_once_for_all_that_a_trip_lands() -> None:
    tables = tables_of(
        *(arriving("A", 60.0), certificate("A", 0)),
        *(arriving("B", 60.0, 7.9), certificate("B", 0)),
        *(arriving("C", 500.0, 10.0), arriving("D", 500.0, vessel="V2"), arriving("E", 500.0, vessel=None)),
    )
    assert gap(tables, "A") == gap(tables, "B") == 0.2
    assert gap(tables, "C") is gap(tables, "D") is gap(tables, "E") is None


def test_goods_without_papers_on_the_same_trip_make_the_gap() -> None:
    tables = tables_of(arriving("A", 60.0), certificate("A", 0), arriving("B", 90.0))
    assert gap(tables, "A") == gap(tables, "B") == 0.5


def test_a_later_arrival_moves_the_consignment_to_another_trip() -> None:
    later = {"consignment": {**arriving("B", 90.0, 9)["consignment"], "known_at": START + 3 * DAY}}
    tables = tables_of(arriving("A", 60.0), certificate("A", 0), arriving("B", 90.0), later)
    assert (gap(tables, "A", 2), gap(tables, "A", 4)) == (0.5, -0.4)


def test_a_certificate_that_lands_again_later_is_not_certified_twice() -> None:
    tables = tables_of(arriving("A", 60.0), certificate("A", 0), arriving("B", 90.0, 20), certificate("B", 0))
    assert (gap(tables, "A"), gap(tables, "B")) == (0.2, 0.8)


def test_species_that_need_no_certificate_have_no_gap() -> None:
    rule = {**dict.fromkeys(DOCUMENT_RULES), "kind": "catch_certificate"}
    tables = tables_of(arriving("A", 60.0), certificate("A", 0), arriving("B", 90.0))
    for species, expected_gap in (("KCD", 0.5), ("SAP", None)):
        rules = pl.DataFrame([{**rule, "species": [species]}], schema=DOCUMENT_RULES)
        options = Options(schemes={}, conversion_factors=FACTORS, document_rules=rules)
        assert gap(tables, "A", options=options) == expected_gap
