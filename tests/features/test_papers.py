"""What was visible of papers: their lines, the day of their consignment, the flag of its vessel."""

from __future__ import annotations

from datetime import date

import polars as pl
from histories import DAY, START
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_cases import Case, of_consignment, small


@given(seed=st.integers(0, 100_000))
@settings(max_examples=20, deadline=None)
def test_papers_and_their_lines_are_those_that_are_visible(seed: int) -> None:
    case = Case(seed)
    documents, lines = [], []
    for place, (question, state) in enumerate(case.states()):
        own = {row["document_id"] for row in of_consignment(state, "document", question)}
        documents += [(place, name) for name in own]
        lines += [
            (place, row["document_id"], row["line_no"]) for row in state["document_line"] if row["document_id"] in own
        ]
    assert sorted(case.papers.documents.select("question", "document_id").rows()) == sorted(documents)
    assert sorted(case.papers.lines.select("question", "document_id", "line_no").rows()) == sorted(lines)


def test_the_flag_is_of_the_latest_identity_that_holds_and_is_known() -> None:
    identity = {"vessel_id": "V", "kind": "fishing"}
    vessels = [
        {**identity, "valid_from": START - DAY * 9, "flag": "RU"},
        {**identity, "valid_from": START + DAY * 3, "flag": "KH"},
        {**identity, "valid_from": START + DAY * 2, "flag": "SL", "known_at": START + DAY * 6},
        {**identity, "valid_from": START + DAY * 8, "flag": "JP"},
    ]
    flags = [small(day, consignment=[{"vessel_id": "V"}], vessel=vessels).flag.item() for day in (2, 4, 7, 9)]
    assert flags == ["RU", "KH", "KH", "JP"]
    assert small(2, consignment=[{"vessel_id": None}], vessel=vessels).flag.item() is None


def test_the_day_is_of_the_arrival_or_else_of_the_declaration() -> None:
    arrived = START + DAY * 20
    assert small(2, consignment=[{"arrived_at": arrived}]).consignment["day"].item() == date(2024, 1, 21)
    assert small(2).consignment["day"].item() == date(2024, 1, 1)


@given(seed=st.integers(0, 100_000))
@settings(max_examples=10, deadline=None)
def test_what_one_reader_needs_is_a_part_of_the_whole(seed: int) -> None:
    papers, kinds = Case(seed).papers, ("export_entry", "catch_certificate")
    is_one = pl.col("kind").is_in(kinds)
    documents = papers.documents.filter(is_one).select("question", "document_id", "code")
    lines = papers.lines.filter(is_one).select("question", "document_id", "line_no", "net_kg")
    assert papers.told("document_id", "code", kinds=kinds).equals(documents)
    assert papers.told_by_line("document_id", "line_no", "net_kg", kinds=kinds).equals(lines)
    assert papers.asked.of_lines("document_id").equals(papers.lines.select("question", "document_id"))
