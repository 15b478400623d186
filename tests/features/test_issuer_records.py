"""Papers against the issuer's records: plain loops on random tables, and cases worked by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from histories import DAY, START
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_cases import Case, of_consignment, plain, small
from reference import Row

from features import transmission
from features.issuer_records import record_answers
from features.names import similarity
from features.papers import Papers

FEW = 3
VALUES = (
    "number_unknown_to_issuer",
    "species_mismatch_to_issuer",
    "consignee_mismatch_to_issuer",
    "destination_mismatch_to_issuer",
    "origin_certificate_has_forged_shape",
)
PORTS = {"RUFIP": "RUVVO", "JPXXX": "JPWKJ"}
ALONE = {"160510": "KCD", "030367": "ALK"}
HOUR = timedelta(hours=1)
Versions = dict[str, list[Row]]


def any_of(outcomes: list[bool | None]) -> bool | None:
    if not outcomes:
        return None
    return True if True in outcomes else None if None in outcomes else False


def lag(exports: list[Row], versions: Versions, issuer: str) -> int | None:
    """Hours within which 95 % of the visible rows came."""
    hours = sorted(
        max(0, -(-(row["first_known_at"] - row["cleared_at"]) // HOUR))
        for row in exports
        if row["issuer_country"] == issuer
    )
    if len(hours) < FEW:
        return None
    return next(hour for place, hour in enumerate(hours, 1) if place >= 0.95 * len(hours))


def tells_chapter(versions: Versions, issuer: str, chapter: str, cutoff: Any) -> bool:
    first: dict[tuple[Any, ...], Row] = {}
    for row in sorted(versions["partner_export"], key=lambda row: row["known_at"]):
        first.setdefault((row["issuer_country"], row["number"], row["line_no"]), row)
    known = [
        row
        for row in first.values()
        if row["issuer_country"] == issuer and row["hs6"][:2] == chapter and row["known_at"] <= cutoff
    ]
    return len(known) >= FEW


def registers(versions: Versions, issuer: str, cutoff: Any) -> bool:
    told, presented = (
        {
            plain(row["number"])
            for row in versions[name]
            if row["issuer_country"] == issuer and row["known_at"] <= cutoff and row.get("kind", kind) == kind
        }
        for name, kind in (("partner_export", "origin_certificate"), ("document", "origin_certificate"))
    )
    return len(told & presented) >= FEW


def same(left: str, right: str) -> bool:
    return PORTS.get(left, left) == PORTS.get(right, right)


def answer(question: Row, state: dict[str, list[Row]], versions: Versions, papers: Papers) -> Row:
    nothing: Row = dict.fromkeys(VALUES)
    held = of_consignment(state, "consignment", question)
    if not held or held[0]["regime"] != "import":
        return nothing
    consignment, cutoff = held[0], question["cutoff"]
    items = of_consignment(state, "goods_item", question)
    by_kind: dict[str, list[tuple[Row, list[Row]]]] = {"export_entry": [], "origin_certificate": []}
    for document in of_consignment(state, "document", question):
        key = (document["issuer_country"], plain(document["number"]))
        rows = [row for row in state["partner_export"] if (row["issuer_country"], plain(row["number"])) == key]
        if document["kind"] in by_kind:
            by_kind[document["kind"]].append((document, rows))
    answers = dict(nothing)

    def unknown(document: Row, told: bool) -> bool | None:
        usual = lag(state["partner_export"], versions, document["issuer_country"])
        late = usual is not None and consignment["arrived_at"] and cutoff - consignment["arrived_at"] > usual * HOUR
        return True if told and late else None

    entries = by_kind["export_entry"]
    main = min(
        items,
        key=lambda row: (
            row["value_usd"] is None,
            -(row["value_usd"] or 0),
            row["net_kg"] is None,
            -(row["net_kg"] or 0),
        ),
        default=None,
    )
    answers[VALUES[0]] = any_of(
        [
            False
            if rows
            else unknown(
                document,
                main is not None and tells_chapter(versions, document["issuer_country"], main["hs6"][:2], cutoff),
            )
            for document, rows in entries
        ]
    )
    recorded = [row for _, rows in entries for row in rows]
    ours, theirs = ({row["species"] or ALONE.get(row["hs6"]) for row in rows} - {None} for rows in (items, recorded))
    if ours and theirs:
        answers[VALUES[1]] = 1 - len(ours & theirs) / len(ours | theirs)
    names = [row["name"] for row in state["party"] if row["party_id"] == consignment["importer_id"]]
    gaps, mismatches = [], []
    for _, rows in entries:
        pairs = [(row["consignee"], names[0]) for row in rows if names and names[0] and row["consignee"]]
        likenesses = [value for value in likeness(pairs) if value is not None]
        gaps += [1 - max(likenesses)] if likenesses else []
        ports = [row["destination_port"] for row in rows if row["destination_port"]]
        if ports and consignment["discharge_port"]:
            mismatches.append(not any(same(port, consignment["discharge_port"]) for port in ports))
    answers[VALUES[2]] = pytest.approx(max(gaps), abs=1e-6) if gaps else None
    answers[VALUES[3]] = any_of(mismatches)
    answers[VALUES[4]] = any_of(
        [
            forged(document, rows, state)
            if rows
            else unknown(document, registers(versions, document["issuer_country"], cutoff))
            for document, rows in by_kind["origin_certificate"]
        ]
    )
    return answers


def likeness(pairs: list[tuple[str, str]]) -> list[float | None]:
    return similarity(
        pl.Series([one for one, _ in pairs], dtype=pl.String), pl.Series([other for _, other in pairs], dtype=pl.String)
    ).to_list()


def forged(document: Row, rows: list[Row], state: dict[str, list[Row]]) -> bool | None:
    lines = [row for row in state["document_line"] if row["document_id"] == document["document_id"]]
    stated, recorded = ([row["net_kg"] for row in some] for some in (lines, rows))
    if not stated or None in stated or None in recorded:
        return None
    return abs(sum(stated) - sum(recorded)) / max(sum(recorded), 1) > 0.05


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_equals_plain_loops(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transmission, "ENOUGH", FEW)
        case = Case(seed)
        versions = {name: case.tables[name].to_dicts() for name in ("partner_export", "document")}
        found = record_answers(case.papers).select(VALUES).to_dicts()
        for (question, state), row in zip(case.states(), found, strict=True):
            assert row == answer(question, state, versions, case.papers)


def record(number: str, cleared: float = 0, hours: float = 24, line: int = 1, **columns: Any) -> dict[str, Any]:
    at = START + DAY * cleared
    told = {"known_at": at + timedelta(hours=hours), "hs6": "030614", "issuer_country": "RU"}
    return {**told, "number": number, "line_no": line, "cleared_at": at, **columns}


LAGS = [record(f"L{number}", hours=number + 1) for number in range(20)]  # 95 % within 19 hours


def presented(number: str = "EX-1", kind: str = "export_entry", **columns: Any) -> dict[str, Any]:
    known = {"document_id": "D", "kind": kind, "form": "original", "issuer_country": "RU", "number": number}
    return {**known, "issued_at": START, **columns}


def answers(day: float, records: list[dict[str, Any]], *papers: dict[str, Any], **consignment: Any) -> dict[str, Any]:
    arrived = {"arrived_at": START + DAY * 2, "discharge_port": "JPWKJ", "importer_id": "P", **consignment}
    tables = {
        "consignment": [arrived],
        "goods_item": [{"item_no": 1, "hs6": "030614", "species": "KCD"}],
        "document": list(papers),
        "document_line": [{"document_id": "D", "line_no": 1, "net_kg": 100.0}],
        "partner_export": records,
        "party": [{"party_id": "P", "name": "Nemuro Suisan"}],
    }
    return record_answers(small(day, **tables)).row(0, named=True)


@pytest.mark.parametrize(("day", "expected"), [(1.0, None), (2 + 19 / 24, None), (2 + 19.01 / 24, True), (9.0, True)])
def test_an_unknown_number_counts_only_after_the_usual_lag(day: float, expected: bool | None) -> None:
    found = answers(day, LAGS, presented())
    assert found["number_unknown_to_issuer"] is expected
    if day > 1:
        assert found["issuer_lag_days"] == 19 / 24
        assert found["issuer_record_overdue_ratio"] == pytest.approx(day * 24 / 19)


def test_a_number_that_is_told_late_is_known_from_then_on() -> None:
    late = record("ex 1", hours=24 * 5)
    assert answers(4, [*LAGS, late], presented())["number_unknown_to_issuer"] is True
    later = answers(5, [*LAGS, late], presented())
    assert later["number_unknown_to_issuer"] is False
    assert later["issuer_record_overdue_ratio"] == 0.0


def test_silence_of_who_never_told_says_nothing() -> None:
    assert answers(9, LAGS[:19], presented())["number_unknown_to_issuer"] is None
    assert answers(9, LAGS, presented(issuer_country="KR"))["number_unknown_to_issuer"] is None
    timber = [record(f"L{number}", hs6="440321") for number in range(20)]
    assert answers(9, timber, presented())["number_unknown_to_issuer"] is None
    assert answers(9, LAGS, presented(), regime="export")["number_unknown_to_issuer"] is None
    assert answers(9, LAGS, presented(), arrived_at=None)["number_unknown_to_issuer"] is None


def test_what_the_record_says_is_compared() -> None:
    told = record("EX1", species="CRQ", consignee="Vostok Trade", destination_port="JPOTR")
    found = answers(9, [told, record("EX1", line=2, species="KCD", destination_port="JPOTR")], presented())
    assert found["species_mismatch_to_issuer"] == 0.5
    assert (found["species_declared"], found["species_at_issuer"]) == ("KCD", "CRQ, KCD")
    assert found["consignee_mismatch_to_issuer"] > 0.4
    assert found["destination_mismatch_to_issuer"] is True
    assert (found["port_of_discharge"], found["ports_at_issuer"]) == ("JPWKJ", "JPOTR")
    alias = answers(9, [record("EX1", consignee="ネムロスイサン", destination_port="JPXXX")], presented())
    assert alias["consignee_mismatch_to_issuer"] == 0.0
    assert alias["destination_mismatch_to_issuer"] is False


@pytest.mark.parametrize(
    ("recorded", "expected"), [(100.0, False), (95.3, False), (95.0, True), (1000.0, True), (None, None)]
)
def test_an_origin_certificate_of_another_mass(recorded: float | None, expected: bool | None) -> None:
    certificate = presented("CO-7", kind="origin_certificate")
    found = answers(9, [record("CO7", net_kg=recorded)], certificate)
    assert found["origin_certificate_has_forged_shape"] is expected


def test_an_origin_certificate_that_a_register_does_not_know() -> None:
    listed = [record(f"CO{number}") for number in range(20)]
    others = [
        presented(f"CO-{number}", kind="origin_certificate", document_id=f"O{number}", consignment_id=f"B{number}")
        for number in range(20)
    ]
    forged_one = presented("CO-99", kind="origin_certificate")
    assert answers(9, listed, forged_one, *others)["origin_certificate_has_forged_shape"] is True
    assert answers(9, listed, forged_one, *others[1:])["origin_certificate_has_forged_shape"] is None
    assert answers(9, listed, forged_one, *others)["origin_certificates_told"] == "CO-99: no record"
