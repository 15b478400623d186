"""Numbers read once: what is the same gets the same code, also between a paper and the issuer's record."""

from __future__ import annotations

from typing import Any

from histories import DAY, START, table

from features.numbered import known_numbers, numbered_documents
from features.tables import Tables


def paper(name: str, number: str, **columns: Any) -> dict[str, Any]:
    made = {"document_id": name, "consignment_id": "A", "kind": "export_entry", "form": "copy", "known_at": START}
    return {**made, "issuer_country": "RU", "number": number, "issued_at": START, **columns}


def tables(*papers: dict[str, Any]) -> Tables:
    record = {"issuer_country": "RU", "number": "EX-17", "cleared_at": START, "hs6": "030614", "known_at": START + DAY}
    records = [{**record, "line_no": line} for line in (1, 2)]
    return Tables({"document": table("document", list(papers)), "partner_export": table("partner_export", records)})


def test_codes_are_the_same_where_things_are() -> None:
    made = tables(
        paper("D1", "EX-17"),
        paper("D2", "ex 23"),
        paper("D3", "EX-017"),
        paper("D4", "EX-17", kind="catch_certificate"),
        paper("D5", "EX-17", kind="invoice"),
        paper("D6", "EX-17", issued_at=None),
    )
    rows = {row["document_id"]: row for row in numbered_documents(made).to_dicts()}
    assert [rows[name]["code"] for name in rows] == ["EX17", "EX23", "EX017", "EX17", "EX17", "EX17"]
    assert [rows[name]["serial"] for name in rows] == [17, 23, 17, 17, None, 17]
    one = rows["D1"]
    assert (rows["D2"]["issue_no"], rows["D2"]["shape_no"]) == (one["issue_no"], one["shape_no"])
    assert rows["D3"]["issue_no"] == one["issue_no"]
    assert rows["D3"]["shape_no"] != one["shape_no"]
    assert rows["D4"]["issue_no"] != one["issue_no"]
    assert (rows["D5"]["issue_no"], rows["D5"]["number_no"]) == (None, None)
    assert (rows["D6"]["issue_no"], rows["D6"]["number_no"]) == (None, one["number_no"])


def test_an_issuers_number_is_known_once_and_in_nobodys_hands() -> None:
    made = tables(paper("D1", "EX-17"))
    known = known_numbers(made)
    own, told = known.filter(unit="A").row(0, named=True), known.filter(known["unit"].is_null()).row(0, named=True)
    assert known.height == 2
    assert (told["number_no"], told["issue_no"], told["known_at"]) == (None, own["issue_no"], START + DAY)
    assert told["shape_no"] == own["shape_no"]


def test_a_version_of_another_kind_ends_the_one_before_it() -> None:
    made = tables(paper("D1", "EX-17"), paper("D1", "EX-17", kind="invoice", known_at=START + DAY))
    own = known_numbers(made).filter(unit="A")
    assert own["until"].to_list() == [START + DAY]
