"""Family identity: against plain filtering, and cases, sentences and evidence by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_vessels import WATCHLIST, Tables, as_dicts, identities, vessels, worst
from reference import Row, visible
from stdnum import imo

from features import identity
from features.asked import Asked
from features.catalogue import Catalogue
from features.identity_changes import WEIGHTS
from features.options import Options
from features.tables import Tables as Delivered
from features.vessel_options import MID

DIGITS = pl.DataFrame([("273", "RU"), ("431", "JP"), ("514", "KH")], schema=MID, orient="row")
OPTIONS = Options(schemes={}, mid=DIGITS)
BY_NAME = {indicator.name: indicator for indicator in identity.declare(OPTIONS)}
TWO_YEARS = timedelta(days=730)
FAR = datetime(2024, 6, 1, 20, tzinfo=START.tzinfo)


def build(rows: dict[str, pl.DataFrame], questions: pl.DataFrame) -> pl.DataFrame:
    return Catalogue([identity.FAMILY], OPTIONS).build(Delivered(rows), questions)


def changed_parts(held: list[Row]) -> list[tuple[Row, str, Any]]:
    """Every change: the row that brought it, the part, and what it was before."""
    found = []
    for part in WEIGHTS:
        before = None
        for row in held:
            value = row[part]
            if value is None:
                continue
            if before is not None and before.strip().upper() != value.strip().upper():
                found.append((row, part, before))
            before = value
    return found


def churn(held: list[Row], cutoff: datetime) -> float | None:
    if not held:
        return None
    return sum(WEIGHTS[part] for row, part, _ in changed_parts(held) if row["valid_from"] > cutoff - TWO_YEARS)


def faults(held: list[Row]) -> float | None:
    if not held:
        return None
    now = held[-1]
    number, mmsi, flag, tons = now["imo"], now["mmsi"], now["flag"], now["gross_tonnage"]
    answers: list[bool | None] = [None if number is None else not imo.is_valid(number)]
    answers.append(None if mmsi is None else len(mmsi) != 9)
    digits = None if mmsi is None or len(mmsi) != 9 or flag is None else (mmsi[:3], flag) not in DIGITS.rows()
    missing = False if number is not None else None if tons is None else tons >= 100
    known = [answer for answer in [*answers, digits, missing] if answer is not None]
    return float(sum(known)) if known else None


def entries(tables: Tables, subjects: set[tuple[str, str]], cutoff: datetime) -> list[Row]:
    rows = visible(tables["watchlist"], WATCHLIST, cutoff)
    return [row for row in rows if row["listed_at"] <= cutoff and (row["subject_kind"], row["subject"]) in subjects]


def hit(row: Row, cutoff: datetime) -> float:
    ended = row["delisted_at"]
    return 1.0 if ended is None or ended > cutoff else 0.5 ** ((cutoff - ended) / TWO_YEARS)


def is_told(tables: Tables, cutoff: datetime, lists: set[str]) -> bool:
    return any(row["known_at"] <= cutoff and row["list"] in lists for row in tables["watchlist"])


def plainly(tables: Tables, question: Row) -> dict[str, Any]:
    cutoff = question["cutoff"]
    named = vessels(tables, question)
    held = {vessel: identities(tables, vessel, cutoff) for vessel in named}
    answers: dict[str, Any] = {
        "identity_churn": worst([churn(rows, cutoff) for rows in held.values()]),
        "identifier_faults": worst([faults(rows) for rows in held.values()]),
        "vessel_identity_share": sum(bool(rows) for rows in held.values()) / len(named) if named else None,
    }
    subjects = {("vessel", vessel) for vessel in named}
    firms = {row[-1][part] for row in held.values() if row for part in ("owner_id", "operator_id")}
    subjects |= {("party", firm) for firm in firms}
    for name, lists in (("iuu_list_hit", {"iuu"}), ("other_list_hit", {"detentions", "sanctions"})):
        hits = [hit(row, cutoff) for row in entries(tables, subjects, cutoff) if row["list"] in lists]
        answers[name] = max(hits, default=0.0) if named and is_told(tables, cutoff, lists) else None
    answers["flag_hop_after_listing"] = None
    if any(held.values()) and is_told(tables, cutoff, {"iuu", "detentions"}):
        answers["flag_hop_after_listing"] = any(
            part == "flag" and timedelta(0) <= row["valid_from"] - entry["listed_at"] <= timedelta(days=90)
            for vessel in named
            for row, part, _ in changed_parts(held[vessel])
            for entry in entries(tables, {("vessel", vessel)}, cutoff)
            if entry["list"] in ("iuu", "detentions")
        )
    return answers


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_indicators_equal_plain_filtering(seed: int) -> None:
    rows = random_rows(seed)
    questions = random_questions(seed, Delivered(rows))
    told, tables = build(rows, questions), as_dicts(rows)
    delivered = {name: min(row["known_at"] for row in tables[name]) for name in ("vessel", "watchlist") if tables[name]}
    for row, question in zip(told.iter_rows(named=True), questions.iter_rows(named=True), strict=True):
        for name, expected in plainly(tables, question).items():
            reads = [table for table in BY_NAME[name].reads if table != "consignment"]
            if any(table not in delivered or delivered[table] > question["cutoff"] for table in reads):
                expected = None
            assert row[name] == (pytest.approx(expected) if isinstance(expected, float) else expected), (name, question)


def one_vessel(*identities: dict[str, Any], **others: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """A consignment carried by V1, whose identities began so many days before START."""
    own = {"consignment_id": "C1", "vessel_id": "V1", "known_at": START, "arrived_at": START + DAY}
    held = [
        {
            "vessel_id": "V1",
            "kind": "fishing",
            "known_at": START - 900 * DAY,
            **{name: value for name, value in row.items() if name != "days"},
            "valid_from": START - row["days"] * DAY,
        }
        for row in identities
    ]
    rows = {"consignment": table("consignment", [own]), "vessel": table("vessel", held)}
    return {**rows, **{name: table(name, content) for name, content in others.items()}}


def ask(rows: dict[str, pl.DataFrame], cutoff: datetime = START + DAY) -> dict[str, Any]:
    questions = pl.DataFrame(
        {"consignment_id": ["C1"], "cutoff": [cutoff]}, schema_overrides={"cutoff": pl.Datetime("us", "UTC")}
    )
    return build(rows, questions).row(0, named=True)


def listing(days: int, **changes: Any) -> dict[str, Any]:
    at = START - days * DAY
    row = {"list": "iuu", "subject_kind": "vessel", "subject": "V1", "listed_at": at, "known_at": at}
    return {**row, **changes}


def test_a_new_flag_with_its_numbers_counts_twice_and_an_old_one_not_at_all() -> None:
    row = ask(
        one_vessel(
            {"days": 800, "flag": "JP", "name": "Hoshi"},
            {"days": 760, "flag": "RU", "mmsi": "273000001", "call_sign": "UAAA", "name": "hoshi "},
            {"days": 30, "flag": "KH", "mmsi": "514000001", "call_sign": "XUAA"},
        )
    )
    assert row["identity_churn"] == 2
    assert row["identity_changes"] == "flag 1, MMSI 1, call sign 1"
    told = BY_NAME["identity_churn"].officer.format(value=2.0, **row)
    assert told == "Vessel V1 changed in two years: flag 1, MMSI 1, call sign 1 (weighted 2)."


def test_what_an_identity_does_not_state_is_no_change() -> None:
    row = ask(one_vessel({"days": 90, "flag": "RU"}, {"days": 60}, {"days": 30, "flag": "RU"}))
    assert (row["identity_churn"], row["identity_changes"]) == (0, "nothing")


@pytest.mark.parametrize(("listed", "expected"), [(120, True), (121, False), (30, True), (29, False)])
def test_a_new_flag_within_ninety_days_after_a_listing_is_a_hop(listed: int, expected: bool) -> None:
    rows = one_vessel({"days": 200, "flag": "RU"}, {"days": 30, "flag": "KH"}, watchlist=[listing(listed)])
    assert ask(rows)["flag_hop_after_listing"] is expected


def test_a_hop_needs_lists_that_name_vessels_for_such_reasons() -> None:
    rows = one_vessel({"days": 30, "flag": "KH"}, watchlist=[listing(60, list="lost_sources", subject="S1")])
    assert ask(rows)["flag_hop_after_listing"] is None


def test_all_faults_of_a_vessel_are_counted_and_named() -> None:
    row = ask(one_vessel({"days": 30, "imo": "8814274", "mmsi": "273000001", "flag": "KH"}))
    assert row["identifier_faults"] == 2
    assert row["identifier_faults_told"] == "IMO number fails its check digit, digits of the MMSI are not the flag's"


def test_a_listing_fades_by_half_in_two_years_after_its_end() -> None:
    ended = listing(1000, delisted_at=START + DAY - TWO_YEARS)
    row = ask(one_vessel({"days": 30}, watchlist=[ended]))
    assert row["iuu_list_hit"] == pytest.approx(0.5)
    assert row["other_list_hit"] is None
    told = BY_NAME["iuu_list_hit"].officer.format(value=0.5, **row)
    assert told == "The list iuu names its vessel V1 since 2021-04-06, taken off on 2022-01-02 (weight 0.50)."


def test_owner_and_operator_are_looked_up_too_and_the_strongest_entry_speaks() -> None:
    listed = [
        listing(900, delisted_at=START - 800 * DAY),
        listing(10, subject_kind="party", subject="P9"),
    ]
    row = ask(one_vessel({"days": 30, "operator_id": "P9"}, watchlist=listed))
    assert row["iuu_list_hit"] == 1
    assert "names its operator P9" in row["iuu_list_hit_entry"]


def test_a_listing_that_was_withdrawn_or_is_not_yet_known_says_nothing() -> None:
    unknown = [listing(10, known_at=START + 9 * DAY), listing(40, list="detentions")]
    taken_back = [listing(10), listing(10, known_at=START, withdrawn=True)]
    assert ask(one_vessel({"days": 30}, watchlist=unknown))["iuu_list_hit"] is None
    assert ask(one_vessel({"days": 30}, watchlist=taken_back))["iuu_list_hit"] == 0


def test_without_a_vessel_nothing_can_be_assessed() -> None:
    rows = one_vessel({"days": 30}, watchlist=[listing(10)])
    rows["consignment"] = rows["consignment"].with_columns(vessel_id=pl.lit(None, dtype=pl.String))
    row = ask(rows)
    assert [row[name] for name in BY_NAME] == [None] * len(BY_NAME)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("identity_churn", {"vessel:V1/2023-12-02 00:00:00.000000+00:00"}),
        (
            "flag_hop_after_listing",
            {
                "vessel:V1/2023-12-02 00:00:00.000000+00:00",
                "watchlist:iuu/vessel/V1/2023-11-22 00:00:00.000000+00:00",
            },
        ),
        ("identifier_faults", {"vessel:V1/2023-12-02 00:00:00.000000+00:00"}),
        ("iuu_list_hit", {"watchlist:iuu/vessel/V1/2023-11-22 00:00:00.000000+00:00"}),
        ("other_list_hit", set()),
    ],
)
def test_evidence_names_the_rows_and_their_use(name: str, expected: set[str]) -> None:
    held = ({"days": 200, "flag": "RU"}, {"days": 30, "flag": "KH", "use": "restricted"})
    rows = one_vessel(*held, watchlist=[listing(40, use="restricted")])
    questions = pl.DataFrame(
        {"consignment_id": ["C1"], "cutoff": [FAR]}, schema_overrides={"cutoff": pl.Datetime("us", "UTC")}
    )
    found = BY_NAME[name].evidence(Asked(Delivered(rows), questions), OPTIONS)
    assert found.columns == ["question", "evidence", "use"]
    assert set(found["evidence"]) == {"consignment:C1"} | expected
    assert set(found.filter(pl.col("evidence") != "consignment:C1")["use"]) <= {"restricted"}
