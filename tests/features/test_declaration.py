"""Family declaration against a plain reference: look at the visible versions one by one."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from histories import START, random_questions, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iso6346

from features import declaration
from features.amendments import NOT_DECLARED
from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables

Row = dict[str, Any]


def versions(rows: list[Row], cutoff: datetime) -> list[Row]:
    return sorted((r for r in rows if r["known_at"] <= cutoff), key=lambda r: r["known_at"])


def plain(tables: Tables, name: str, cutoff: datetime) -> Row:
    consignment = versions([r for r in tables["consignment"].to_dicts() if r["consignment_id"] == name], cutoff)
    newest = consignment[-1] if consignment and not consignment[-1]["withdrawn"] else None
    histories = {}
    for row in tables["goods_item"].to_dicts():
        if row["consignment_id"] == name:
            histories.setdefault(row["item_no"], []).append(row)
    items = [versions(h, cutoff) for h in histories.values()]
    items = [h for h in items if h and not h[-1]["withdrawn"]]
    now, first = [h[-1] for h in items], [h[0] for h in items]
    value, first_value = whole(now, "value_usd"), whole(first, "value_usd")
    net, containers = whole(now, "net_kg"), newest and newest["containers"]
    return {
        "declared_gross_kg": newest and newest["gross_kg"],
        "package_count": newest and newest["packages"],
        "declared_net_kg": net,
        "declared_value_usd": value,
        "goods_line_count": len(items) or None,
        "value_usd_per_kg": value / net if value is not None and net else None,
        "net_exceeds_gross": None
        if net is None or not newest or newest["gross_kg"] is None
        else net > newest["gross_kg"],
        "procedure_code": newest and newest["procedure"],
        "container_count": None if containers is None else len(containers),
        "invalid_container_count": None
        if containers is None
        else sum(not iso6346.is_valid(number) for number in containers),
        "amendment_count": amendments(consignment) + sum(amendments(h) for h in items)
        if newest and tables.is_delivered("goods_item", cutoff)
        else None,
        "value_change_log": math.log(value / first_value) if value and first_value else None,
    }


def whole(rows: list[Row], column: str) -> float | None:
    values = [row[column] for row in rows]
    return sum(values) if values and None not in values else None


def amendments(history: list[Row]) -> int:
    declared = [{k: v for k, v in row.items() if k not in NOT_DECLARED} for row in history]
    return sum(one != other for one, other in pairwise(declared))


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_equals_the_plain_reference(seed: int) -> None:
    tables = random_tables(seed)
    questions = random_questions(seed, tables, count=8)
    built = Catalogue([declaration.FAMILY], Options(schemes={})).build(tables, questions)
    for row in built.to_dicts():
        expected = plain(tables, row["consignment_id"], row["cutoff"])
        found = {name: row[name] for name in expected}
        assert found == pytest.approx(expected), (row["consignment_id"], row["cutoff"])


def test_a_missing_part_makes_the_sum_unknown_not_smaller() -> None:
    items = [
        {"consignment_id": "C1", "item_no": 1, "hs6": "030614", "net_kg": 5.0, "known_at": START},
        {"consignment_id": "C1", "item_no": 2, "hs6": "030614", "net_kg": None, "known_at": START},
    ]
    tables = Tables(
        {
            "consignment": table("consignment", [{"consignment_id": "C1", "known_at": START}]),
            "goods_item": table("goods_item", items),
        }
    )
    questions = tables["consignment"].select("consignment_id", cutoff="known_at")
    row = Catalogue([declaration.FAMILY], Options(schemes={})).build(tables, questions).row(0, named=True)
    assert row["declared_net_kg"] is None
    assert row["goods_line_count"] == 2


def test_release_and_arrival_do_not_amend() -> None:
    base = {"consignment_id": "C1", "procedure": "A"}
    rows = [
        {**base, "known_at": START},
        {**base, "known_at": START.replace(hour=1), "arrived_at": START},
        {**base, "known_at": START.replace(hour=2), "released_at": START},
        {**base, "known_at": START.replace(hour=3), "procedure": "B"},
    ]
    tables = Tables({"consignment": table("consignment", rows)})
    questions = tables["consignment"].select("consignment_id", cutoff="known_at")
    built = declaration.compute(Asked(tables, questions), Options(schemes={}))
    assert built["amendment_count"].to_list() == [0, 0, 0, 1]


def test_evidence_names_the_rows() -> None:
    tables = random_tables(3)
    questions = random_questions(3, tables, count=3)
    asked = Asked(tables, questions)
    for indicator in declaration.declare(Options(schemes={})):
        rows = indicator.evidence(asked, Options(schemes={}))
        assert set(rows.columns) == {"question", "evidence", "use"}
        assert all(key.split(":")[0] in ("consignment", "goods_item") for key in rows["evidence"])
        names = questions["consignment_id"].gather(rows["question"]).to_list()
        assert all(name in key for name, key in zip(names, rows["evidence"], strict=True))


def test_frame_is_per_question_even_without_rows() -> None:
    none = pl.DataFrame(schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")})
    built = Catalogue([declaration.FAMILY], Options(schemes={})).build(random_tables(1), none)
    assert built.height == 0
    assert "amendment_count" in built.columns
