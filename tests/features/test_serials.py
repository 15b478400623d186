"""Numbers against the issuer's others: plain loops on random tables, and cases worked by hand."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from histories import DAY, START
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_cases import Case, of_consignment, plain, small
from reference import Row

from features import serials
from features.numbered import PROVING
from features.serials import serial_answers

FEW = 8
VALUES = ("serial_outside_issuer_range", "same_number_other_holders")


def parts(kind: str, issuer: str, number: str, issued: datetime | None) -> tuple[Any, Any, int | None]:
    """Issue and shape of a number, and its serial."""
    if issued is None:
        return None, None, None
    digits = re.findall("[0-9]+", number)
    issue = (kind, issuer, issued.year)
    shape = (*issue, re.sub("[0-9]+", "9", plain(number)), len(plain(number)))
    return issue, shape, int(digits[-1]) if digits else None


def known_numbers(exports: list[Row], state: dict[str, list[Row]], cutoff: datetime) -> list[Row]:
    """What is known of numbers: papers that are visible, and what an issuer ever told, once."""
    found = [
        {**row, "unit": row["consignment_id"], "at": row["issued_at"]}
        for row in state["document"]
        if row["kind"] in PROVING
    ]
    told: dict[tuple[str, str], Row] = {}
    for row in sorted(exports, key=lambda row: (row["known_at"], row["cleared_at"])):
        if row["known_at"] <= cutoff and not row["withdrawn"]:
            told.setdefault((row["issuer_country"], row["number"]), row)
    made = {"kind": "export_entry", "unit": None, "holder_id": None}
    return found + [{**row, **made, "at": row["cleared_at"]} for row in told.values()]


def is_outside(document: Row, others: list[Row]) -> bool | None:
    issue, shape, serial = parts(
        document["kind"], document["issuer_country"], document["number"], document["issued_at"]
    )
    if issue is None:
        return None
    told = [parts(row["kind"], row["issuer_country"], row["number"], row["at"]) for row in others]
    of_issue, of_shape = (sum(row[place] == wanted for row in told) for place, wanted in ((0, issue), (1, shape)))
    if of_issue < FEW:
        return None
    if of_shape < of_issue * 0.02:
        return True
    values = sorted(row[2] for row in told if row[0] == issue and row[2] is not None)
    if len(values) < FEW or serial is None:
        return None
    low, high = (next(v for p, v in enumerate(values, 1) if p * 100 >= q * len(values)) for q in (5, 95))
    spread = max(high - low, 1)
    return not low - spread <= serial <= high + spread


def answer(question: Row, state: dict[str, list[Row]], known: list[Row]) -> Row:
    others = [row for row in known if row["unit"] != question["consignment_id"]]
    outcomes, holders = [], []
    for document in of_consignment(state, "document", question):
        if document["kind"] not in PROVING:
            continue
        outcomes.append(is_outside(document, others))
        if document["holder_id"] is not None:
            key = ("kind", "issuer_country")
            holders.append(
                {
                    row["holder_id"]
                    for row in others
                    if plain(row["number"]) == plain(document["number"])
                    and all(row[name] == document[name] for name in key)
                }
                - {None, document["holder_id"]}
            )
    weighed = [outcome for outcome in outcomes if outcome is not None]
    return {
        VALUES[0]: any(weighed) if weighed else None,
        VALUES[1]: max(len(names) for names in holders) if holders else None,
    }


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_equals_plain_loops(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serials, "ENOUGH", FEW)
        case = Case(seed)
        exports = case.tables["partner_export"].to_dicts()
        found = serial_answers(case.papers).select(VALUES).to_dicts()
        for (question, state), row in zip(case.states(), found, strict=True):
            assert row == answer(question, state, known_numbers(exports, state, question["cutoff"]))


def paper(number: str, consignment: str = "A", /, **columns: Any) -> dict[str, Any]:
    made = {"kind": "catch_certificate", "form": "original", "issuer_country": "RU", "issued_at": START}
    return {**made, "document_id": f"{consignment}{number}", "consignment_id": consignment, "number": number, **columns}


RUN = [paper(f"VB-{serial:07d}", f"B{serial}") for serial in range(100, 300, 10)]  # the middle is 100 to 280


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("VB-0000150", False),
        ("vb 0000460", False),
        ("VB-0000461", True),
        ("VB-0000000", False),
        ("VB-9000000", True),
        ("VC-0000150", True),
        ("VB-150", True),
        ("VB0000150", False),
    ],
)
def test_a_number_far_from_the_others_or_written_otherwise(number: str, expected: bool) -> None:
    row = serial_answers(small(5, document=[*RUN, paper(number)])).row(0, named=True)
    assert row["serial_outside_issuer_range"] is expected
    assert row["serials_outside"] == (number if expected else None)


def test_too_few_known_another_year_and_no_date_say_nothing() -> None:
    one = "VB-9000000"
    name = "serial_outside_issuer_range"
    assert serial_answers(small(5, document=[*RUN[1:], paper(one)]))[name].item() is None
    assert serial_answers(small(5, document=[*RUN, paper(one, issued_at=START - DAY)]))[name].item() is None
    assert serial_answers(small(5, document=[*RUN, paper(one, issued_at=None)]))[name].item() is None
    late = [{**row, "known_at": START + DAY * 6} for row in RUN]
    assert serial_answers(small(5, document=[*late, paper(one)]))[name].item() is None


def test_the_own_papers_teach_nothing() -> None:
    own = [paper(f"VB-{serial}") for serial in range(9_000_000, 9_000_020)]
    assert serial_answers(small(5, document=own))["serial_outside_issuer_range"].item() is None


def test_the_bounds_are_told() -> None:
    row = serial_answers(small(5, document=[*RUN, paper("VB-9000000")])).row(0, named=True)
    assert row["usual_serials"] == "0 to 460"


def test_the_same_number_in_other_hands() -> None:
    papers = [
        paper("VB-1", holder_id="E1"),
        paper("vb1", "B", holder_id="E2"),
        paper("VB 1", "C", holder_id="E1"),
        paper("VB-1", "D", holder_id="E3", issuer_country="KR"),
        paper("VB-1", "E", holder_id=None),
    ]
    row = serial_answers(small(5, document=papers)).row(0, named=True)
    assert (row["same_number_other_holders"], row["numbers_in_other_hands"]) == (1, "VB-1")
    assert serial_answers(small(5, document=papers[:1])).row(0, named=True)["same_number_other_holders"] == 0
