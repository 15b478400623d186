"""Catches on papers and the rights that cover them: against plain filtering day by day, and cases by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_vessels import Tables, as_dicts, identities, lines
from reference import Row, visible

from features import identity
from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables as Delivered

OPTIONS = Options(schemes={})
NAME = "catch_without_right"
INDICATOR = {indicator.name: indicator for indicator in identity.declare(OPTIONS)}[NAME]


def build(rows: dict[str, pl.DataFrame], questions: pl.DataFrame) -> pl.DataFrame:
    return Catalogue([identity.FAMILY], OPTIONS).build(Delivered(rows), questions)


def belongs(right: Row, line: Row, firms: set[str]) -> bool:
    if right["vessel_id"] is not None and right["vessel_id"] == line["vessel_id"]:
        return True
    return right["holder_id"] in firms and (right["vessel_id"] is None or line["vessel_id"] is None)


def same_area(area: str, own: str) -> bool:
    return area == own or own.startswith(area + ".") or area.startswith(own + ".")


def fits(right: Row, line: Row) -> bool:
    species = None in (right["species"], line["species"]) or right["species"] == line["species"]
    gear = not right["gears"] or line["gear"] is None or line["gear"] in right["gears"]
    areas, own = right["areas"], line["catch_area"]
    return species and gear and (not areas or own is None or any(same_area(area, own) for area in areas))


def holds_throughout(rights: list[Row], begins: datetime, ends: datetime) -> bool:
    """Tried at both ends and at every instant at which a right ends: between these nothing changes."""
    instants = {begins, ends, *(row["valid_to"] for row in rights if row["valid_to"] is not None)}
    return all(
        any(row["valid_from"] <= at and (row["valid_to"] is None or row["valid_to"] > at) for row in rights)
        for at in instants
        if begins <= at <= ends
    )


def flags_told(tables: Tables, cutoff: datetime) -> set[str]:
    """Flags of vessels of which, at some time up to the cut-off, a right and the flag were known together."""
    instants = {row["known_at"] for name in ("vessel", "fishing_right") for row in tables[name]}
    told = set()
    for at in [instant for instant in instants if instant <= cutoff]:
        latest = {tuple(row[k] for k in ("vessel_id", "valid_from")): row for row in before(tables["vessel"], at)}
        rights = {row["right_id"]: row for row in before(tables["fishing_right"], at)}
        fishing = {row["vessel_id"] for row in rights.values() if row["kind"] == "fish" and not row["withdrawn"]}
        told |= {row["flag"] for row in latest.values() if row["vessel_id"] in fishing}
    return told - {None}


def before(rows: list[Row], at: datetime) -> list[Row]:
    return sorted((row for row in rows if row["known_at"] <= at), key=lambda row: row["known_at"])


def lacks(tables: Tables, line: Row, cutoff: datetime) -> bool | None:
    held = identities(tables, line["vessel_id"], cutoff) if line["vessel_id"] else []
    now = held[-1] if held else {"owner_id": None, "operator_id": None, "flag": None}
    firms = {line["holder_id"], now["owner_id"], now["operator_id"]} - {None}
    rights = [row for row in visible(tables["fishing_right"], ["right_id"], cutoff) if row["kind"] == "fish"]
    own = [right for right in rights if belongs(right, line, firms)]
    period = [at for at in (line["catch_from"], line["catch_to"]) if at is not None]
    if holds_throughout([right for right in own if fits(right, line)], min(period), max(period)):
        return False
    ever = before([row for row in tables["fishing_right"] if row["kind"] == "fish" and not row["withdrawn"]], cutoff)
    told = any(row["vessel_id"] in {line["vessel_id"]} - {None} or row["holder_id"] in firms for row in ever)
    return True if told or now["flag"] in flags_told(tables, cutoff) else None


def plainly(tables: Tables, question: Row) -> bool | None:
    cutoff = question["cutoff"]
    for name in INDICATOR.reads:
        if not any(row["known_at"] <= cutoff for row in tables[name]):
            return None
    dated = [line for line in lines(tables, question) if line["catch_from"] or line["catch_to"]]
    answers = [lacks(tables, line, cutoff) for line in dated]
    return True if True in answers else None if None in answers or not answers else False


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_catches_without_a_right_equal_plain_filtering(seed: int) -> None:
    rows = random_rows(seed)
    questions = random_questions(seed, Delivered(rows))
    found, tables = build(rows, questions)[NAME], as_dicts(rows)
    for value, question in zip(found, questions.iter_rows(named=True), strict=True):
        assert value is plainly(tables, question), question


def right(number: int, begins: int, ends: int | None, **changes: Any) -> dict[str, Any]:
    """A right of V1 to red king crab in area 61 between two days of January 2024."""
    row = {
        "right_id": f"R{number}",
        "authority": "A",
        "kind": "fish",
        "vessel_id": "V1",
        "species": "KCD",
        "areas": ["61"],
        "valid_from": START + begins * DAY,
        "valid_to": None if ends is None else START + ends * DAY,
        "known_at": START,
    }
    return {**row, **changes}


def one_catch(rights: list[dict[str, Any]], **changes: Any) -> dict[str, pl.DataFrame]:
    """A certificate of V1 for a catch from 5 to 15 January."""
    line = {"species": "KCD", "catch_area": "61.1", "gear": "FPO", **changes}
    period = {"catch_from": START + 4 * DAY, "catch_to": START + 14 * DAY}
    known = START + 20 * DAY
    document = {
        "document_id": "D1",
        "consignment_id": "C1",
        "kind": "catch_certificate",
        "vessel_id": "V1",
        "holder_id": "E1",
    }
    return {
        "consignment": table("consignment", [{"consignment_id": "C1", "known_at": known}]),
        "document": table("document", [{**document, "known_at": known}]),
        "document_line": table(
            "document_line", [{"document_id": "D1", "line_no": 1, "known_at": known, **period, **line}]
        ),
        "vessel": table("vessel", [{"vessel_id": "V1", "valid_from": START, "known_at": START, "flag": "RU"}]),
        "fishing_right": table("fishing_right", rights),
    }


def ask(rows: dict[str, pl.DataFrame]) -> dict[str, Any]:
    cutoff = pl.Series("cutoff", [START + 21 * DAY], dtype=pl.Datetime("us", "UTC"))
    return build(rows, pl.DataFrame({"consignment_id": ["C1"], "cutoff": cutoff})).row(0, named=True)


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ([right(1, 0, 31)], False),
        ([right(1, 0, None)], False),
        ([right(1, 0, 14)], True),  # ends as the catch does, and *to* is exclusive
        ([right(1, 5, 31)], True),
        ([right(1, 0, 10), right(2, 10, 31)], False),
        ([right(1, 0, 10), right(2, 11, 31)], True),
        ([right(1, 0, 31, species="CRQ")], True),
        ([right(1, 0, 31, species=None)], False),
        ([right(1, 0, 31, areas=["67"])], True),
        ([right(1, 0, 31, areas=["67", "61.1"])], False),
        ([right(1, 0, 31, areas=["6"])], True),
        ([right(1, 0, 31, gears=["OTB"])], True),
        ([right(1, 0, 31, kind="carry")], None),  # no right to fish of anyone under that flag was ever told
        ([right(1, 0, 31, vessel_id="V2", holder_id="P1")], None),
        ([right(1, 0, 31, vessel_id="V2", holder_id="E1")], True),  # told of a holder who has none for this vessel
        ([right(1, 0, 31, known_at=START + 30 * DAY)], None),
    ],
)
def test_a_catch_needs_rights_for_all_of_its_time(rights: list[dict[str, Any]], expected: bool | None) -> None:
    assert ask(one_catch(rights))[NAME] is expected


def test_a_right_of_the_holder_serves_a_vessel_only_where_it_names_none() -> None:
    operated = pl.lit("P1").alias("operator_id")
    for vessel, expected in ((None, False), ("V2", True)):
        rows = one_catch([right(1, 0, 31, vessel_id=vessel, holder_id="P1")])
        rows["vessel"] = rows["vessel"].with_columns(operated)
        assert ask(rows)[NAME] is expected


def test_no_right_is_telling_once_rights_of_the_flag_are_known() -> None:
    rows = one_catch([right(1, 0, 31, vessel_id="V2")])
    other = table("vessel", [{"vessel_id": "V2", "valid_from": START, "known_at": START, "flag": "RU"}])
    rows["vessel"] = pl.concat([rows["vessel"], other])
    row = ask(rows)
    assert row[NAME] is True
    told = INDICATOR.officer.format(value=True, **row)
    assert told == (
        "1 of 1 catches on the papers are covered by no known right: "
        "KCD in area 61.1 from 2024-01-05 to 2024-01-15 by V1."
    )


def test_evidence_names_the_line_and_the_rights_that_did_not_cover_it() -> None:
    rows = one_catch([right(1, 0, 10), right(2, 0, 31, species="CRQ")])
    cutoff = pl.Series("cutoff", [START + timedelta(days=21)], dtype=pl.Datetime("us", "UTC"))
    asked = Asked(Delivered(rows), pl.DataFrame({"consignment_id": ["C1"], "cutoff": cutoff}))
    found = INDICATOR.evidence(asked, OPTIONS)["evidence"].to_list()
    assert found == ["consignment:C1", "document_line:D1/1", "fishing_right:R1", "fishing_right:R2"]
