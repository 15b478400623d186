"""Evidence of the family documents: which rows an indicator rests on, and under which use they stand."""

from __future__ import annotations

from histories import START, random_questions, random_tables
from paper_cases import OPTIONS, small

from features import documents
from features.asked import Asked


def test_every_indicator_brings_evidence_from_what_it_reads() -> None:
    tables = random_tables(3, consignments=30)
    asked = Asked(tables, random_questions(3, tables, count=8))
    size = asked.questions.height
    told: set[str] = set()
    for indicator in documents.declare(OPTIONS):
        rows = indicator.evidence(asked, OPTIONS)
        assert rows.columns == ["question", "evidence", "use"]
        assert set(range(size)) >= set(rows["question"])
        kinds = {key.split(":")[0] for key in rows["evidence"]}
        assert kinds <= {*indicator.reads, "goods_item", "document_line"}
        told |= kinds
    assert told == {"consignment", "goods_item", "document", "document_line", "partner_export"}


def test_evidence_names_the_record_and_the_paper_in_other_hands() -> None:
    made = {"kind": "export_entry", "form": "copy", "issuer_country": "RU"}
    papers = [
        {**made, "document_id": "D1", "number": "EX-1", "holder_id": "E1", "use": "secret"},
        {**made, "document_id": "D2", "number": "ex1", "holder_id": "E2", "consignment_id": "B"},
    ]
    record = {"issuer_country": "RU", "number": "EX1", "line_no": 1, "cleared_at": START, "hs6": "030614"}
    case = small(5, document=papers, partner_export=[record])
    fetch = {indicator.name: indicator.evidence for indicator in documents.declare(OPTIONS)}
    of_record = fetch["species_mismatch_to_issuer"](case.asked, OPTIONS).select("evidence", "use").rows()
    assert ("document:D1", "secret") in of_record
    assert ("partner_export:RU/EX1/1", None) in of_record
    hands = fetch["same_number_other_holders"](case.asked, OPTIONS)["evidence"].to_list()
    assert hands == ["consignment:A", "document:D1", "document:D2"]


def test_evidence_names_the_paper_that_says_the_same() -> None:
    made = {"kind": "catch_certificate", "form": "copy", "issuer_country": "RU"}
    papers = [
        {**made, "document_id": "D1", "number": "N1"},
        {**made, "document_id": "D2", "number": "N2", "consignment_id": "B"},
    ]
    lines = [{"document_id": name, "line_no": 1, "net_kg": 8.0} for name in ("D1", "D2")]
    case = small(5, document=papers, document_line=lines)
    fetch = {indicator.name: indicator.evidence for indicator in documents.declare(OPTIONS)}
    told = fetch["nearest_document_similarity"](case.asked, OPTIONS)["evidence"].to_list()
    assert told == ["consignment:A", "document:D1", "document:D2"]
