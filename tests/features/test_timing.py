"""Family timing against a plain reference: read the versions of every row one by one."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from histories import START, random_questions, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import versions_of

from features import timing
from features.amendments import NOT_DECLARED
from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables

Row = dict[str, Any]
OPTIONS = Options(schemes={})
HOUR = timedelta(hours=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def known(tables: Tables, name: str, key: tuple[str, ...], cutoff: datetime) -> list[list[Row]]:
    """Per row that holds at the cut-off all its versions known by then."""
    found = [
        [row for row in versions if row["known_at"] <= cutoff]
        for versions in versions_of(tables[name].to_dicts(), key).values()
    ]
    return [versions for versions in found if versions and not versions[-1]["withdrawn"]]


def late(rows: list[list[Row]], arrived: datetime) -> int:
    content = [[{k: v for k, v in row.items() if k not in NOT_DECLARED} for row in versions] for versions in rows]
    return sum(
        one != other and arrived - timedelta(hours=24) < version["known_at"] <= arrived
        for versions, contents in zip(rows, content, strict=True)
        for (one, other), version in zip(pairwise(contents), versions[1:], strict=True)
    )


def plain(tables: Tables, name: str, cutoff: datetime) -> Row:
    of_name = [v for v in known(tables, "consignment", ("consignment_id",), cutoff) if v[-1]["consignment_id"] == name]
    if not of_name:
        return {i.name: None for i in timing.declare(OPTIONS)}
    versions = of_name[0]
    first, now = versions[0], versions[-1]
    arrived, declared = now["arrived_at"], now["declared_at"]
    stated = [v["arrived_at"] for v in versions if v["arrived_at"] is not None and not v["withdrawn"]]
    items = known(tables, "goods_item", ("consignment_id", "item_no"), cutoff)
    papers = known(tables, "document", ("document_id",), cutoff)
    own_items = [v for v in items if v[-1]["consignment_id"] == name]
    own_papers = [v for v in papers if v[-1]["consignment_id"] == name]
    lines_known, papers_known = (tables.is_delivered(t, cutoff) for t in ("goods_item", "document"))
    return {
        "lead_time_hours": None if arrived is None else (arrived - declared) / HOUR,
        "declared_hour_utc": declared.hour,
        "declared_weekday_utc": WEEKDAYS[declared.weekday()],
        "sent_after_hours": (first["known_at"] - first["declared_at"]) / HOUR,
        "arrival_moved_hours": None if arrived is None else (arrived - stated[0]) / HOUR,
        "arrival_revision_count": None if arrived is None else sum(a != b for a, b in pairwise(stated)),
        "late_amendment_count": late([versions, *own_items], arrived) if arrived and lines_known else None,
        "late_document_change_count": late(own_papers, arrived) if arrived and papers_known else None,
    }


@given(seed=st.integers(0, 100_000))
@settings(max_examples=80, deadline=None)
def test_equals_the_plain_reference(seed: int) -> None:
    tables = random_tables(seed)
    questions = random_questions(seed, tables, count=8)
    built = Catalogue([timing.FAMILY], OPTIONS).build(tables, questions)
    for row in built.to_dicts():
        expected = plain(tables, row["consignment_id"], row["cutoff"])
        assert {name: row[name] for name in expected} == pytest.approx(expected)


def built(tables: Tables, hours: float, name: str = "C1") -> Row:
    questions = pl.DataFrame({"consignment_id": [name], "cutoff": [START + hours * HOUR]})
    return Catalogue([timing.FAMILY], OPTIONS).build(tables, questions).row(0, named=True)


def consignment(known: float, arrived: float | None, **columns: Any) -> Row:
    return {
        "consignment_id": "C1",
        "declared_at": START - 3 * HOUR,
        "arrived_at": None if arrived is None else START + arrived * HOUR,
        "known_at": START + known * HOUR,
        **columns,
    }


def test_times_of_one_declaration_by_hand() -> None:
    row = built(Tables({"consignment": table("consignment", [consignment(0, -7)])}), hours=1)
    assert row["lead_time_hours"] == -4
    assert row["declared_hour_utc"] == 21
    assert row["declared_weekday_utc"] == "Sunday"
    assert row["sent_after_hours"] == 3
    assert (row["arrival_moved_hours"], row["arrival_revision_count"]) == (0, 0)


def test_an_arrival_that_moves() -> None:
    rows = [consignment(0, None), consignment(1, 30), consignment(2, 30), consignment(3, 28), consignment(4, 40)]
    tables = Tables({"consignment": table("consignment", rows)})
    assert built(tables, hours=0)["arrival_revision_count"] is None
    assert built(tables, hours=2)["arrival_revision_count"] == 0
    row = built(tables, hours=4)
    assert (row["arrival_moved_hours"], row["arrival_revision_count"]) == (10, 2)
    indicator = next(i for i in timing.declare(OPTIONS) if i.name == "arrival_moved_hours")
    told = indicator.officer.format(value=10, **{name: row[name] for name in indicator.compared})
    assert told == "Arrival moved by 10 hours, from 2024-01-02 06:00 to 2024-01-02 16:00 UTC."


def test_late_changes_by_hand() -> None:
    """Arrival at hour 48: what is known at hour 24 is too early, at 25 and at 48 late, at 49 after arrival."""
    rows = [consignment(known, 48, procedure=str(known)) for known in (0, 24, 25, 48, 49)]
    items = [
        {"consignment_id": "C1", "item_no": 1, "hs6": "030614", "net_kg": float(at), "known_at": START + at * HOUR}
        for at in (0, 30)
    ]
    paper = {"document_id": "D1", "consignment_id": "C1", "kind": "invoice"}
    papers = [{**paper, "number": str(at), "known_at": START + at * HOUR} for at in (1, 40, 41)]
    tables = Tables(
        {
            "consignment": table("consignment", rows),
            "goods_item": table("goods_item", items),
            "document": table("document", papers),
        }
    )
    assert [built(tables, hours)["late_amendment_count"] for hours in (24, 25, 30, 48, 60)] == [0, 1, 2, 3, 3]
    assert [built(tables, hours)["late_document_change_count"] for hours in (0, 1, 40, 60)] == [None, 0, 1, 2]


def test_a_document_that_moved_is_compared_with_its_version_before_wherever_that_was() -> None:
    paper = {"document_id": "D1", "kind": "invoice", "number": "N"}
    papers = [
        {**paper, "consignment_id": name, "known_at": START + at * HOUR}
        for at, name in ((0, "C1"), (1, "C2"), (2, "C1"))
    ]
    tables = Tables({"consignment": table("consignment", [consignment(0, 5)]), "document": table("document", papers)})
    assert built(tables, hours=2)["late_document_change_count"] == 2


def test_an_arrival_not_stated_leaves_late_changes_unknown() -> None:
    tables = Tables(
        {
            "consignment": table("consignment", [consignment(0, 5), consignment(1, None, procedure="A")]),
            "goods_item": table("goods_item", [{"consignment_id": "C1", "item_no": 1, "hs6": "1", "known_at": START}]),
        }
    )
    row = built(tables, hours=2)
    assert row["late_amendment_count"] is None
    assert row["arrival_revision_count"] is None
    assert built(tables, hours=0)["late_amendment_count"] == 0


def test_evidence_names_the_rows() -> None:
    tables = random_tables(3)
    asked = Asked(tables, random_questions(3, tables, count=3))
    for indicator in timing.declare(OPTIONS):
        rows = indicator.evidence(asked, OPTIONS)
        assert {key.split(":")[0] for key in rows["evidence"]} <= set(indicator.reads)
        names = asked.questions["consignment_id"].gather(rows["question"]).to_list()
        assert all(name in key for name, key in zip(names, rows["evidence"], strict=True))


def test_no_question_gives_no_row() -> None:
    none = pl.DataFrame(schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")})
    assert Catalogue([timing.FAMILY], OPTIONS).build(random_tables(1), none).height == 0
