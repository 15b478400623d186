"""Family calls: against plain filtering, and cases, sentences and evidence by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_calls import plainly
from plain_vessels import as_dicts

from features import calls
from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables as Delivered

OPTIONS = Options(schemes={})
BY_NAME = {indicator.name: indicator for indicator in calls.declare(OPTIONS)}
HOUR = timedelta(hours=1)


def build(rows: dict[str, pl.DataFrame], questions: pl.DataFrame) -> pl.DataFrame:
    return Catalogue([calls.FAMILY], OPTIONS).build(Delivered(rows), questions)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_indicators_equal_plain_filtering(seed: int) -> None:
    rows = random_rows(seed)
    questions = random_questions(seed, Delivered(rows))
    told, tables = build(rows, questions), as_dicts(rows)
    for row, question in zip(told.iter_rows(named=True), questions.iter_rows(named=True), strict=True):
        for name, expected in plainly(tables, question).items():
            if any(all(each["known_at"] > question["cutoff"] for each in tables[read]) for read in BY_NAME[name].reads):
                expected = None
            assert row[name] == (pytest.approx(expected) if isinstance(expected, float) else expected), (name, question)


def call(number: int, at: datetime, by: str = "vessel", **changes: Any) -> dict[str, Any]:
    """A call of V1 at Wakkanai, known two days before, or a day after where others tell of it."""
    known = at - 2 * DAY if by == "vessel" else at + DAY
    row = {"call_id": f"P{number}", "vessel_id": "V1", "port": "JPWKJ", "reported_by": by, "arrived_at": at}
    return {**row, "known_at": known, **changes}


LANDING = START + 30 * DAY
EARLIER = call(0, START - 20 * DAY, vessel_id="V9")  # so that notices are told of


def one_landing(*told: dict[str, Any], kind: str = "fishing") -> dict[str, pl.DataFrame]:
    own = {"consignment_id": "C1", "vessel_id": "V1", "known_at": START + 28 * DAY, "arrived_at": LANDING}
    held = {
        "vessel_id": "V1",
        "valid_from": START - 900 * DAY,
        "known_at": START - 900 * DAY,
        "kind": kind,
        "flag": "RU",
    }
    return {
        "consignment": table("consignment", [{**own, "discharge_port": "JPOTR"}]),
        "vessel": table("vessel", [held]),
        "port_call": table("port_call", [EARLIER, *told]),
    }


def questions_at(cutoff: datetime) -> pl.DataFrame:
    return pl.DataFrame(
        {"consignment_id": ["C1"], "cutoff": [cutoff]}, schema_overrides={"cutoff": pl.Datetime("us", "UTC")}
    )


def ask(rows: dict[str, pl.DataFrame], cutoff: datetime = LANDING + 5 * DAY) -> dict[str, Any]:
    return build(rows, questions_at(cutoff)).row(0, named=True)


@pytest.mark.parametrize(("hours", "expected"), [(48, 0.0), (24, 0.0), (18, 0.25), (6, 0.75), (0, 1.0), (-3, 1.0)])
def test_hours_of_notice_that_are_missing(hours: int, expected: float) -> None:
    row = ask(one_landing(call(1, LANDING + 2 * HOUR, known_at=LANDING - hours * HOUR)))
    assert row["arrival_notice_shortfall"] == expected


def test_a_later_version_of_a_notice_does_not_make_it_late() -> None:
    first = call(1, LANDING - 40 * HOUR, known_at=LANDING - 80 * HOUR)
    assert (
        ask(one_landing(first, {**first, "arrived_at": LANDING, "known_at": LANDING - HOUR}))[
            "arrival_notice_shortfall"
        ]
        == 0
    )


@pytest.mark.parametrize(("hours_before", "expected"), [(30, None), (24, 0.0), (12, 0.5), (-48, 1.0)])
def test_without_a_notice_the_least_that_is_certain_by_then(hours_before: int, expected: float | None) -> None:
    row = ask(one_landing(), LANDING - hours_before * HOUR)
    assert row["arrival_notice_shortfall"] == expected


def test_a_container_ship_owes_no_notice_unless_it_is_laden_with_catch() -> None:
    late = call(1, LANDING, known_at=LANDING - 12 * HOUR)
    assert ask(one_landing(late, kind="container"))["arrival_notice_shortfall"] is None
    assert ask(one_landing({**late, "laden": True}, kind="container"))["arrival_notice_shortfall"] == 0.5


def test_no_notice_says_nothing_where_none_was_ever_told_of() -> None:
    rows = one_landing()
    rows["port_call"] = table("port_call", [{**EARLIER, "port": "KRPUS"}])
    assert ask(rows)["arrival_notice_shortfall"] is None


def test_what_stays_on_board_and_is_not_declared_next_is_left_over() -> None:
    here = call(1, LANDING, onboard_kg=1000.0, offload_kg=600.0)
    row = ask(one_landing(here))
    assert row["onboard_residue_share"] == pytest.approx(0.4)
    told = BY_NAME["onboard_residue_share"].officer.format(value=0.4, **row)
    assert told == "1,000 kg on board, 600 kg to unload, 0 kg declared at the next call: 40% is left over."
    following = call(2, LANDING + 3 * DAY, port="JPWKJ", onboard_kg=300.0)
    assert ask(one_landing(here, following))["onboard_residue_share"] == pytest.approx(0.1)
    assert ask(one_landing(here, {**following, "onboard_kg": None}))["onboard_residue_share"] is None
    month_later = call(2, LANDING + 8 * DAY, onboard_kg=300.0)
    assert ask(one_landing(here, month_later), LANDING + 9 * DAY)["onboard_residue_share"] == pytest.approx(0.4)


def test_calls_that_others_tell_of_are_held_against_the_vessels_notices() -> None:
    seen = [call(number, START + number * DAY, by) for number, by in ((1, "ais"), (3, "port"), (5, "partner_customs"))]
    twice = call(9, START + DAY + HOUR, "port")
    row = ask(one_landing(*seen, twice, call(4, START + 3 * DAY - 24 * HOUR)))
    assert (row["calls_without_notice"], row["calls_observed"]) == (1, 3)
    row = ask(one_landing(*seen, twice))
    assert (row["calls_without_notice"], row["calls_observed"]) == (3, 3)
    told = BY_NAME["calls_without_notice"].officer.format(value=3, **row)
    assert told == "Vessel V1 came without notice on 3 of 3 days with observed calls in a year."


def test_a_notice_that_is_withdrawn_leaves_the_call_without_one() -> None:
    told = call(1, START + DAY)
    seen = call(2, START + DAY, "ais")
    rows = one_landing(told, {**told, "known_at": START + 10 * DAY, "withdrawn": True}, seen)
    rows["consignment"] = rows["consignment"].with_columns(known_at=pl.lit(START, dtype=pl.Datetime("us", "UTC")))
    assert ask(rows, START + 9 * DAY)["calls_without_notice"] == 0
    assert ask(rows, START + 10 * DAY)["calls_without_notice"] == 1


@pytest.mark.parametrize(
    ("at", "by", "expected"),
    [
        (20, "ais", False),
        (20, "vessel", True),  # an announcement is not a call
        (9, "ais", True),  # before the last catch
        (31, "ais", True),  # after the landing
    ],
)
def test_goods_owe_a_call_at_their_origin_between_catch_and_landing(at: int, by: str, expected: bool) -> None:
    known = {"known_at": START + 28 * DAY}
    elsewhere = call(7, START + 2 * DAY, "ais", port="JPWKJ")
    others = call(8, START + DAY, "port", vessel_id="V9", port="RUNEV")
    origin = call(1, START + at * DAY, by, port="RUKOR")
    rows = one_landing(elsewhere, others, origin)
    rows["goods_item"] = table("goods_item", [{"consignment_id": "C1", "item_no": 1, "origin_country": "RU", **known}])
    rows["document"] = table("document", [{"document_id": "D1", "consignment_id": "C1", "vessel_id": "V1", **known}])
    line = {"document_id": "D1", "line_no": 1, "catch_from": START + 5 * DAY, "catch_to": START + 10 * DAY, **known}
    rows["document_line"] = table("document_line", [line])
    assert ask(rows, LANDING + 6 * DAY)["origin_port_skipped"] is (None if expected else False)
    row = ask(rows, LANDING + 7 * DAY)
    assert row["origin_port_skipped"] is expected
    seen = "RU" if not expected else "none"
    told = BY_NAME["origin_port_skipped"].officer.format(value=expected, **row)
    assert told == f"Last catch 2024-01-11, landed 2024-01-31; between, a call was owed in RU, observed in {seen}."


def test_the_last_inspection_of_the_vessel_is_that_of_another_consignment() -> None:
    rows = one_landing()
    other = rows["consignment"].with_columns(consignment_id=pl.lit("C0"))
    rows["consignment"] = pl.concat([rows["consignment"], other])
    inspection = {"scheme": "marine_smuggling", "result": "unfounded"}
    rows["inspection"] = table(
        "inspection",
        [
            {
                **inspection,
                "inspection_id": "I0",
                "consignment_id": "C0",
                "inspected_at": START,
                "known_at": START + DAY,
            },
            {**inspection, "inspection_id": "I1", "consignment_id": "C1", "inspected_at": LANDING, "known_at": LANDING},
        ],
    )
    row = ask(rows, START + 35 * DAY)
    assert (row["days_since_vessel_inspection"], row["vessel_inspected_on"]) == (35, "2024-01-01")
    asked = Asked(Delivered(rows), questions_at(START + 35 * DAY))
    found = BY_NAME["days_since_vessel_inspection"].evidence(asked, OPTIONS)["evidence"].to_list()
    assert found == ["consignment:C1", "inspection:I0/marine_smuggling"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("arrival_notice_shortfall", ["port_call:P1"]),
        ("onboard_residue_share", ["port_call:P1", "port_call:P2"]),
        ("calls_without_notice", ["port_call:P3"]),
        ("origin_port_skipped", []),
    ],
)
def test_evidence_names_the_calls_and_their_use(name: str, expected: list[str]) -> None:
    told = [call(1, LANDING), call(2, LANDING + 3 * DAY), call(3, START, "ais", use="restricted")]
    asked = Asked(Delivered(one_landing(*told)), questions_at(LANDING + 5 * DAY))
    found = BY_NAME[name].evidence(asked, OPTIONS)
    assert found["evidence"].to_list() == ["consignment:C1", *expected]
    if "port_call:P3" in expected:
        assert found["use"].to_list() == [None, "restricted"]
