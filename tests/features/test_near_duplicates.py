"""Papers that say the same as others: all pairs compared plainly, and cases worked by hand."""

from __future__ import annotations

from typing import Any

import pytest
from histories import DAY, START
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_cases import Case, plain, small
from reference import Row

from features import near_duplicates
from features.near_duplicates import duplicate_answers
from features.paper_clues import KINDS

VALUE = "nearest_document_similarity"


def statements(lines: list[Row]) -> tuple[set[Any], set[Any]]:
    """All statements of a paper's lines, and the clues."""
    found, clues = set(), set()
    for line in lines:
        goods = (line["hs6"], line["species"], line["product_form"])
        if any(goods):
            found.add(("goods", *goods))
        if line["catch_area"] or line["gear"]:
            found.add(("catch", line["species"], line["catch_area"], line["gear"]))
        if line["catch_from"] and line["catch_to"]:
            found.add(("dates", line["species"], line["catch_from"], line["catch_to"]))
        kilograms = [line["live_kg"] or 0, line["net_kg"] or 0]
        if max(kilograms) >= 1:
            found.add(("weight", line["species"], *map(round, kilograms)))
            clues.add((*goods, *map(round, kilograms)))
    return found, clues


def answer(question: Row, state: dict[str, list[Row]]) -> float | None:
    papers = [row for row in state["document"] if row["kind"] in KINDS]
    said = {
        row["document_id"]: statements(
            [line for line in state["document_line"] if line["document_id"] == row["document_id"]]
        )
        for row in papers
    }
    own = [row for row in papers if row["consignment_id"] == question["consignment_id"]]
    if not any(said[row["document_id"]][1] for row in own):
        return None
    best = 0.0
    for one in own:
        for other in papers:
            number = [(row["issuer_country"], plain(row["number"])) for row in (one, other)]
            if (
                other["consignment_id"] == one["consignment_id"]
                or one["kind"] != other["kind"]
                or number[0] == number[1]
            ):
                continue
            (all_one, clues), (all_other, other_clues) = said[one["document_id"]], said[other["document_id"]]
            if clues & other_clues:
                best = max(best, len(all_one & all_other) / len(all_one | all_other))
    return pytest.approx(best, abs=1e-6)


@given(seed=st.integers(0, 100_000))
@settings(max_examples=30, deadline=None)
def test_equals_comparing_all_pairs(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "NEAREST", 10_000)
        case = Case(seed)
        found = duplicate_answers(case.papers)[VALUE].to_list()
        assert found == [answer(question, state) for question, state in case.states()]


def paper(consignment: str, number: str, /, **columns: Any) -> dict[str, Any]:
    made = {"kind": "catch_certificate", "form": "original", "issuer_country": "RU", "number": number}
    return {**made, "document_id": f"D{consignment}", "consignment_id": consignment, **columns}


def line(consignment: str, number: int = 1, /, **columns: Any) -> dict[str, Any]:
    stated = {"species": "KCD", "gear": "FPO", "catch_from": START, "catch_to": START + DAY, "net_kg": 1234.4}
    return {"document_id": f"D{consignment}", "line_no": number, **stated, **columns}


def nearest(day: float, documents: list[dict[str, Any]], lines: list[dict[str, Any]]) -> tuple[Any, ...]:
    return duplicate_answers(small(day, document=documents, document_line=lines)).row(0)


def test_equal_papers_of_other_numbers() -> None:
    papers = [paper("A", "N1"), paper("B", "N2")]
    assert nearest(3, papers, [line("A"), line("B", net_kg=1234.0)]) == (1.0, "N1", "N2", "B")
    assert nearest(3, papers, [line("A"), line("B", gear="OTB")]) == (0.6, "N1", "N2", "B")
    assert nearest(3, papers, [line("A"), line("B", net_kg=9.0)]) == (0.0, None, None, None)
    two = [line("A"), line("A", 2, species="CRQ"), line("B")]
    assert nearest(3, papers, two)[0] == 0.5


@pytest.mark.parametrize(
    "columns",
    [
        {"number": "n-1"},
        {"kind": "origin_certificate"},
        {"consignment_id": "A"},
        {"known_at": START + DAY * 4},
        {"withdrawn": True},
    ],
)
def test_what_is_no_other_paper_of_its_kind(columns: dict[str, Any]) -> None:
    papers = [paper("A", "N1"), paper("B", "N2", **columns)]
    assert nearest(3, papers, [line("A"), line("B")])[0] == 0.0


def test_a_year_is_the_window() -> None:
    papers = [paper("A", "N1"), paper("B", "N2")]
    lines = [line("A"), line("B")]
    assert nearest(364.9, papers, lines)[0] == 1.0
    assert nearest(365, papers, lines)[0] == 0.0


def test_papers_that_state_no_weight_cannot_be_assessed() -> None:
    empty = {"net_kg": 0.4}
    assert nearest(3, [paper("A", "N1"), paper("B", "N2")], [line("A", **empty), line("B", **empty)])[0] is None
    assert nearest(3, [paper("A", "N1")], [])[0] is None


def test_of_a_common_clue_the_latest_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "NEAREST", 1)
    papers = [paper("A", "N1", known_at=START + DAY * 2), paper("B", "N2"), paper("C", "N3", known_at=START + DAY)]
    lines = [line("A", known_at=START + DAY * 2), line("B"), line("C", known_at=START + DAY)]
    # The own paper is the latest itself, and fills the one place.
    assert nearest(3, papers, lines)[0] == 0.0
    monkeypatch.setattr(near_duplicates, "NEAREST", 3)
    assert nearest(3, papers, lines) == (1.0, "N1", "N2", "B")
