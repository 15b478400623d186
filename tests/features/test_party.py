"""Family party: what the table of parties says, against plain filtering; its sentences and its evidence."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import Row, visible

from features import party
from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables

OPTIONS = Options(schemes={})
OF_PARTIES = (
    "importer_is_trusted",
    "declarant_is_trusted",
    "importer_is_forwarder",
    "importer_age_days",
    "importers_at_address",
    "importer_address_is_unlikely",
)


def build(tables: Tables, questions: pl.DataFrame) -> pl.DataFrame:
    return Catalogue([party.FAMILY], OPTIONS).build(tables, questions)


def may_import(row: Row) -> bool:
    return not row["roles"] or "importer" in row["roles"]


def plainly(parties: list[Row], consignment: Row, question: Row) -> dict[str, Any]:
    """The indicators of one question from the visible rows of the parties."""
    by_name = {row["party_id"]: row for row in visible(parties, ["party_id"], question["cutoff"])}
    importer = by_name.get(consignment["importer_id"])
    declarant = by_name.get(consignment["declarant_id"])
    answers: dict[str, Any] = dict.fromkeys(OF_PARTIES)
    answers["declarant_is_trusted"] = declarant and declarant["trusted"]
    if importer is None:
        return answers
    answers["importer_is_trusted"] = importer["trusted"]
    if importer["roles"]:
        answers["importer_is_forwarder"] = "forwarder" in importer["roles"] and "importer" not in importer["roles"]
    if importer["incorporated_on"] is not None:
        answers["importer_age_days"] = (question["cutoff"].date() - importer["incorporated_on"]).days
    if importer["address_kind"] is not None:
        answers["importer_address_is_unlikely"] = importer["address_kind"] in ("residential", "po_box")
    if importer["address"] is not None:
        answers["importers_at_address"] = 1 + sum(
            may_import(row) and row["address"] == importer["address"] and row is not importer
            for row in by_name.values()
        )
    return answers


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_equals_plain_filtering(seed: int) -> None:
    rows = random_rows(seed)
    questions = random_questions(seed, Tables(rows))
    found = build(Tables(rows), questions)
    parties, consignments = rows["party"].to_dicts(), rows["consignment"].to_dicts()
    nothing = {"importer_id": None, "declarant_id": None}
    first = rows["party"]["known_at"].min()
    for question, answer in zip(questions.to_dicts(), found.to_dicts(), strict=True):
        held = {row["consignment_id"]: row for row in visible(consignments, ["consignment_id"], question["cutoff"])}
        expected = plainly(parties, held.get(question["consignment_id"], nothing), question)
        if first is None or question["cutoff"] < first:
            expected = dict.fromkeys(OF_PARTIES)
        assert {name: answer[name] for name in OF_PARTIES} == expected


def known_party(name: str, known_day: int = 0, /, **columns: object) -> dict[str, object]:
    return {"party_id": name, "known_at": START + DAY * known_day, **columns}


def one_consignment(*parties: dict[str, object]) -> Tables:
    row = {"consignment_id": "A", "importer_id": "P1", "declarant_id": "D1", "known_at": START, "use": "open"}
    return Tables({"consignment": table("consignment", [row]), "party": table("party", list(parties))})


def asked_on(day: int) -> pl.DataFrame:
    return pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY * day]})


def answer(name: str, day: int, *parties: dict[str, object]) -> Any:
    return build(one_consignment(*parties), asked_on(day))[name].item()


def test_an_address_fills_and_empties_as_it_becomes_known() -> None:
    parties = (
        known_party("P1", address="1 quay", roles=["exporter"]),
        known_party("P2", address="1 quay"),
        known_party("P3", 2, address="1 quay", roles=["importer", "owner"]),
        known_party("P3", 4, address="2 quay", roles=["importer", "owner"]),
        known_party("P4", address="1 quay", roles=["carrier"]),
        known_party("P2", 6, address="1 quay", withdrawn=True),
    )
    counts = [answer("importers_at_address", day, *parties) for day in (1, 3, 5, 7)]
    # The importer itself counts whatever its roles say; a carrier does not.
    assert counts == [2, 3, 2, 1]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (None, None),
        ([], None),
        (["importer"], False),
        (["forwarder"], True),
        (["forwarder", "importer"], False),
        (["exporter"], False),
    ],
)
def test_a_forwarder_is_one_who_does_not_import(roles: list[str] | None, expected: bool | None) -> None:
    assert answer("importer_is_forwarder", 1, known_party("P1", roles=roles)) is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("office", False), ("warehouse", False), ("other", False), ("residential", True), ("po_box", True), (None, None)],
)
def test_unlikely_addresses(kind: str | None, expected: bool | None) -> None:
    assert answer("importer_address_is_unlikely", 1, known_party("P1", address_kind=kind)) is expected


@pytest.mark.parametrize(
    ("incorporated_on", "expected"),
    [(date(2023, 1, 1), 366), (date(2024, 1, 2), 0), (date(2024, 1, 5), -3), (None, None)],
)
def test_age_is_told_even_where_it_is_negative(incorporated_on: date | None, expected: int | None) -> None:
    assert answer("importer_age_days", 1, known_party("P1", incorporated_on=incorporated_on)) == expected


def test_parties_that_are_not_delivered_or_not_known_leave_null() -> None:
    stranger = known_party("P9", address="1 quay", trusted=True)
    for tables in (one_consignment(), one_consignment(stranger)):
        found = build(tables, asked_on(1))
        assert found.select(OF_PARTIES).row(0) == (None,) * len(OF_PARTIES)


def test_sentences_tell_what_was_compared() -> None:
    importer = known_party(
        "P1",
        trusted=False,
        address="1 quay",
        address_kind="po_box",
        roles=["owner", "forwarder"],
        incorporated_on=date(2023, 12, 1),
    )
    row = build(one_consignment(importer, known_party("D1", trusted=True)), asked_on(1)).row(0, named=True)
    told = {
        indicator.name: indicator.officer.format(value=row[indicator.name], **row)
        for indicator in party.declare(OPTIONS)
        if indicator.name in OF_PARTIES
    }
    assert told == {
        "importer_is_trusted": "The importer is not authorised as an economic operator.",
        "declarant_is_trusted": "The declarant is authorised as an economic operator.",
        "importer_is_forwarder": "The consignee's registered roles: forwarder, owner.",
        "importer_age_days": "The importer was incorporated on 2023-12-01, 32 days before this list.",
        "importers_at_address": "1 importers, this one included, at 1 quay.",
        "importer_address_is_unlikely": "The importer's address is of the kind po_box: 1 quay.",
    }


def evidence_of(name: str, tables: Tables, questions: pl.DataFrame) -> list[tuple[str, str | None]]:
    fetch = next(indicator.evidence for indicator in party.declare(OPTIONS) if indicator.name == name)
    rows: list[tuple[str, str | None]] = fetch(Asked(tables, questions), OPTIONS).select("evidence", "use").rows()
    return rows


def test_evidence_names_the_row_of_the_party_and_the_others_at_its_address() -> None:
    neighbours = [known_party(f"P{n}", address="1 quay", use="secret") for n in range(2, 9)]
    carrier = known_party("C1", address="1 quay", roles=["carrier"])
    tables = one_consignment(known_party("P1", address="1 quay"), carrier, *neighbours)
    own = [("consignment:A", "open"), ("party:P1", None)]
    assert evidence_of("importer_is_trusted", tables, asked_on(1)) == own
    assert evidence_of("importers_at_address", tables, asked_on(1)) == [
        *own,
        *[(f"party:P{n}", "secret") for n in range(2, 7)],
    ]
    assert evidence_of("declarant_is_trusted", tables, asked_on(1)) == [("consignment:A", "open")]


def test_every_indicator_brings_evidence_from_what_it_reads() -> None:
    tables = random_tables(3, consignments=40)
    asked = Asked(tables, random_questions(3, tables, count=5))
    for indicator in party.declare(OPTIONS):
        rows = indicator.evidence(asked, OPTIONS)
        assert rows.columns == ["question", "evidence", "use"]
        assert set(range(5)) >= set(rows["question"])
        assert {key.split(":")[0] for key in rows["evidence"]} <= {*indicator.reads, "goods_item"}


def test_no_question_gives_no_row() -> None:
    none = pl.DataFrame(schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")})
    assert build(random_tables(1), none).height == 0
