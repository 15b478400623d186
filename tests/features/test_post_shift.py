"""The shift to the post against counting by hand, on shorter blocks than in earnest."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median
from typing import Any

import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features import post_shift
from features.asked import Asked
from features.tables import Tables

Row = dict[str, Any]
SHORT = {"BLOCK": timedelta(days=5), "BLOCKS": 6, "LEAST_BLOCKS": 3, "LEAST_CONSIGNMENTS": 2}


@pytest.fixture
def _short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SHORT.items():
        monkeypatch.setattr(post_shift, name, value)


def corridor(row: Row) -> tuple[Any, Any]:
    return row["dispatch_country"], row["destination_country"]


def plain(tables: Tables, name: str, cutoff: datetime) -> tuple[float | None, ...]:
    items = tables["goods_item"].to_dicts()
    lines = visible(items, ("consignment_id", "item_no"), cutoff)
    consignments = {
        r["consignment_id"]: r for r in visible(tables["consignment"].to_dicts(), ("consignment_id",), cutoff)
    }
    own = consignments.get(name)
    mine = [line for line in lines if line["consignment_id"] == name]
    if own is None or not mine or None in corridor(own):
        return None, None, None
    main = min(mine, key=lambda r: (-less(r["value_usd"]), -less(r["net_kg"]), r["item_no"]))
    heading = main["hs6"][:4]
    sent = [0] * (SHORT["BLOCKS"] + 1)
    post = list(sent)
    for unit, row in consignments.items():
        headings = {line["hs6"][:4] for line in lines if line["consignment_id"] == unit}
        if unit == name or corridor(row) != corridor(own) or heading not in headings:
            continue
        of_heading = [
            r for r in items if r["consignment_id"] == unit and r["hs6"][:4] == heading and not r["withdrawn"]
        ]
        since = max(row["first_known_at"], min(r["known_at"] for r in of_heading))
        block = (cutoff - since) // SHORT["BLOCK"]
        if block < len(sent):
            sent[block] += 1
            post[block] += row["mode"] == "post"
    shares = [p / n if n >= SHORT["LEAST_CONSIGNMENTS"] else None for p, n in zip(post, sent, strict=True)]
    earlier = [share for share in shares[1:] if share is not None]
    if shares[0] is None or len(earlier) < SHORT["LEAST_BLOCKS"]:
        return None, None, None
    usual = median(earlier)
    spread = 1.4826 * median(abs(share - usual) for share in earlier)
    return (shares[0] - usual) / max(spread, 1 / sent[0]), shares[0], usual


def less(value: float | None) -> float:
    return -1 if value is None else value


@pytest.mark.usefixtures("_short_blocks")
def test_equals_the_plain_reference() -> None:
    assessed = 0

    @given(seed=st.integers(0, 100_000))
    @settings(max_examples=60, deadline=None, derandomize=True)  # so that as many are assessed on every run
    def check(seed: int) -> None:
        nonlocal assessed
        rows = random_rows(seed, consignments=60)
        rows["goods_item"] = rows["goods_item"].with_columns(
            hs6=pl.when(pl.col("item_no") == 1).then(pl.lit("030614")).otherwise("hs6")
        )
        rows["consignment"] = rows["consignment"].with_columns(destination_country=pl.lit("JP"))
        tables = Tables(rows)
        questions = random_questions(seed, tables, count=8)
        found = post_shift.post_shift(Asked(tables, questions)).select(post_shift._SHIFTS)
        for question, row in zip(questions.to_dicts(), found.rows(), strict=True):
            assert row == pytest.approx(plain(tables, **renamed(question))), question
            assessed += row[0] is not None

    check()
    assert assessed > 5


def renamed(question: Row) -> Row:
    return {"name": question["consignment_id"], "cutoff": question["cutoff"]}


def two_years(*, before: int, now: int) -> Tables:
    """Ten consignments in each of 25 blocks of 30 days, `before` or in the last block `now` of them by post."""
    consignments, items = [], []
    for block in range(25):
        for number in range(10):
            known = {"consignment_id": f"C{block:02d}{number}", "known_at": START + (30 * block + number) * DAY}
            by_post = number < (now if block == 24 else before)
            countries = {"dispatch_country": "CN", "destination_country": "JP"}
            consignments.append({**known, **countries, "mode": "post" if by_post else "sea"})
            items += [{**known, "item_no": item, "hs6": "330300", "value_usd": 1.0} for item in (1, 2)]
    own = {"consignment_id": "OWN", "known_at": START + 735 * DAY}
    consignments.append({**own, "dispatch_country": "CN", "destination_country": "JP", "mode": "post"})
    items.append({**own, "item_no": 1, "hs6": "330300"})
    return Tables({"consignment": table("consignment", consignments), "goods_item": table("goods_item", items)})


def shift(tables: Tables, day: int) -> tuple[float | None, ...]:
    asked = Asked(tables, pl.DataFrame({"consignment_id": ["OWN"], "cutoff": [START + day * DAY]}))
    return post_shift.post_shift(asked).select(post_shift._SHIFTS).row(0)


def test_a_shift_where_the_post_was_never_used() -> None:
    assert shift(two_years(before=0, now=6), 749) == (pytest.approx(6), 0.6, 0), "in steps of one of ten consignments"


def test_no_shift_is_a_fact() -> None:
    assert shift(two_years(before=3, now=3), 749) == (0, 0.3, 0.3)


def test_too_short_a_past_cannot_be_assessed() -> None:
    tables = two_years(before=0, now=6)
    late = Tables(
        {name: tables[name].filter(pl.col("known_at") > START + 160 * DAY) for name in ("consignment", "goods_item")}
    )
    assert shift(late, 749) == (None, None, None)


def test_the_newest_by_post_are_named_without_the_own() -> None:
    tables = two_years(before=0, now=6)
    asked = Asked(tables, pl.DataFrame({"consignment_id": ["OWN"], "cutoff": [START + 740 * DAY]}))
    named = post_shift.newest_posted(asked, 3)
    assert named.to_dicts() == [{"question": 0, "unit": f"C24{number}", "use": None} for number in (5, 4, 3)]
