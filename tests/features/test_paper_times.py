"""Orders in time, broken and kept."""

from __future__ import annotations

from typing import Any

import pytest
from histories import DAY, START
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_cases import Case, of_consignment, small

from features.paper_times import BEFORE_LANDING, time_answers


def answer(case: Case, question: dict[str, Any], state: dict[str, list[dict[str, Any]]]) -> int | None:
    held = of_consignment(state, "consignment", question)
    landed = held[0]["arrived_at"] if held else None
    orders: dict[str, list[bool]] = {"issue": [], "landing": [], "catch": [], "validity": []}

    def weigh(order: str, earlier: Any, later: Any) -> None:
        if earlier is not None and later is not None:
            orders[order].append(later < earlier)

    for document in of_consignment(state, "document", question):
        if document["kind"] in BEFORE_LANDING:
            weigh("landing", document["issued_at"], landed)
            weigh("validity", landed, document["valid_to"])
            weigh("validity", document["valid_from"], document["valid_to"])
        for line in state["document_line"]:
            if line["document_id"] == document["document_id"]:
                weigh("issue", line["catch_to"], document["issued_at"])
                weigh("catch", line["catch_from"], line["catch_to"])
    return sum(any(broken) for broken in orders.values()) if any(orders.values()) else None


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_equals_plain_loops(seed: int) -> None:
    case = Case(seed)
    found = time_answers(case.papers)["time_order_violation_count"].to_list()
    assert found == [answer(case, question, state) for question, state in case.states()]


def told(kind: str = "catch_certificate", line: tuple[float, float] = (-9, -5), **days: float) -> tuple[Any, ...]:
    """The answer for a consignment that lands on day 5."""
    dates = {name: START + DAY * day for name, day in days.items()}
    document = {"document_id": "D", "kind": kind, "form": "original", "number": "N", "issuer_country": "RU", **dates}
    begins, ends = (START + DAY * day for day in line)
    lines = [{"document_id": "D", "line_no": 1, "catch_from": begins, "catch_to": ends}]
    papers = small(10, consignment=[{"arrived_at": START + DAY * 5}], document=[document], document_line=lines)
    return time_answers(papers).row(0)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ({"issued_at": 1}, (0, "")),
        ({"issued_at": -6}, (1, "issued before the catch ended")),
        ({"issued_at": 6}, (1, "landed before it was issued")),
        ({"issued_at": 6, "kind": "landing_declaration"}, (0, "")),
        ({"issued_at": 1, "line": (-5, -6)}, (1, "catch ended before it began")),
        ({"issued_at": 1, "valid_to": 4}, (1, "landed after its validity, or valid to before from")),
        ({"issued_at": 1, "valid_from": 9, "valid_to": 8}, (1, "landed after its validity, or valid to before from")),
        (
            {"issued_at": 6, "line": (9, 7), "valid_to": 2},
            (
                4,
                "issued before the catch ended; landed before it was issued; catch ended before it began; "
                "landed after its validity, or valid to before from",
            ),
        ),
    ],
)
def test_each_order(answered: dict[str, Any], expected: tuple[int, str]) -> None:
    assert told(**answered) == expected


def test_without_dates_nothing_can_be_weighed() -> None:
    document = {"document_id": "D", "kind": "export_entry", "form": "copy", "number": "N", "issuer_country": "RU"}
    assert time_answers(small(5, document=[document]))["time_order_violation_count"].item() is None
    assert time_answers(small(5))["time_order_violation_count"].item() is None
