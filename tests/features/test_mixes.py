"""Mixes against plain counting, and against the textbook values of the two measures."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import Row, visible

from features.asof import history
from features.mixes import LEAST, RECENT, YEAR, cosine_distance, divergence
from features.tables import Tables

ON = ["consignment_id"]


def spread_out(seed: int) -> dict[str, pl.DataFrame]:
    """Random tables whose consignments became known over some 600 days, so that both sides of a mix are filled."""
    rows = random_rows(seed, consignments=60)
    days = np.random.default_rng(seed).integers(0, 560, 60)
    shift = pl.DataFrame({"consignment_id": [f"C{n:02d}" for n in range(60)], "shift": days})
    for name in ("consignment", "goods_item"):
        moved = rows[name].join(shift, on="consignment_id").with_columns(pl.col("known_at") + pl.duration(days="shift"))
        rows[name] = moved.drop("shift")
    return rows


def asked_of(rows: dict[str, pl.DataFrame], seed: int) -> pl.DataFrame:
    """Questions with the importer of the first version, right or wrong: a key is only a value."""
    first = rows["consignment"].unique("consignment_id", keep="first", maintain_order=True)
    questions = random_questions(seed, Tables(rows), count=40)
    return questions.join(first.select("consignment_id", "importer_id"), on="consignment_id", maintain_order="left")


def others(rows: list[Row], key: list[str], question: Row, newer: timedelta, older: timedelta) -> list[Row]:
    cutoff = question["cutoff"]
    return [
        row
        for row in visible(rows, key, cutoff)
        if row["consignment_id"] != question["consignment_id"]
        and row["importer_id"] == question["importer_id"]
        and cutoff - older < row["first_known_at"] <= cutoff - newer
    ]


def jensen_shannon(one: Counter[Any], other: Counter[Any]) -> float:
    total = 0.0
    for category in {*one, *other}:
        p, q = one[category] / one.total(), other[category] / other.total()
        total += sum(share * math.log2(2 * share / (p + q)) / 2 for share in (p, q) if share)
    return total


@given(seed=st.integers(0, 100_000))
@settings(max_examples=25, deadline=None)
def test_divergence_equals_plain_counting(seed: int) -> None:
    rows = spread_out(seed)
    asked = asked_of(rows, seed)
    spans = history(rows["consignment"], ON, "consignment_id", ["importer_id", "dispatch_country"])
    found = divergence(spans, asked, "importer_id", "dispatch_country")
    plain = rows["consignment"].to_dicts()
    for question, answer in zip(asked.to_dicts(), found.to_dicts(), strict=True):
        if question["importer_id"] is None:
            assert answer == {"divergence": None, "recent": None, "before": None}
            continue
        sides = [
            Counter(
                row["dispatch_country"]
                for row in others(plain, ON, question, newer, older)
                if row["dispatch_country"] is not None
            )
            for newer, older in ((timedelta(0), RECENT), (RECENT, RECENT + YEAR))
        ]
        assert (answer["recent"], answer["before"]) == (sides[0].total(), sides[1].total())
        expected = jensen_shannon(*sides) if min(side.total() for side in sides) >= LEAST else None
        assert answer["divergence"] == (None if expected is None else pytest.approx(expected, abs=1e-8))


@given(seed=st.integers(0, 100_000))
@settings(max_examples=25, deadline=None)
def test_distance_equals_plain_counting(seed: int) -> None:
    rows = spread_out(seed)
    asked = asked_of(rows, seed)
    key = ["consignment_id", "item_no"]
    items = rows["goods_item"].with_columns(
        importer_id=pl.when(pl.col("item_no") == 1).then(pl.lit("P1")).otherwise(pl.lit("P2"))
    )
    spans = history(items, key, "consignment_id", ["importer_id", "product_form"])
    plain = items.to_dicts()
    own = [
        {"question": number, "product_form": row["product_form"]}
        for number, question in enumerate(asked.to_dicts())
        for row in visible(plain, key, question["cutoff"])
        if row["consignment_id"] == question["consignment_id"] and row["importer_id"] == question["importer_id"]
    ]
    frame = pl.DataFrame(own, schema={"question": pl.UInt32, "product_form": pl.String})
    found = cosine_distance(spans, asked, frame, "importer_id", "product_form")
    for number, (question, answer) in enumerate(zip(asked.to_dicts(), found, strict=True)):
        ours = Counter(row["product_form"] for row in own if row["question"] == number)
        theirs = Counter(row["product_form"] for row in others(plain, key, question, timedelta(0), YEAR))
        del ours[None], theirs[None]
        norms = math.hypot(*ours.values()) * math.hypot(*theirs.values())
        dot = sum(ours[form] * theirs[form] for form in ours)
        if question["importer_id"] is None or not norms:
            assert answer is None
        else:
            assert answer == pytest.approx(1 - dot / norms, abs=1e-8)


def one_importer(offices: list[tuple[int, str]]) -> pl.DataFrame:
    """A history of consignments of one importer: the day it became known, and its office."""
    named = [
        {"consignment_id": f"C{n}", "importer_id": "P1", "office": office, "known_at": START + DAY * day}
        for n, (day, office) in enumerate(offices)
    ]
    return history(table("consignment", named), ON, "consignment_id", ["importer_id", "office"])


def asked_at(cutoff: datetime) -> pl.DataFrame:
    return pl.DataFrame({"consignment_id": ["NEW"], "cutoff": [cutoff], "importer_id": ["P1"]}).cast(
        {"cutoff": pl.Datetime("us", "UTC")}
    )


@pytest.mark.parametrize(
    ("now", "expected"),
    [("A", 0.0), ("B", 1.0)],
    ids=["the same office as ever", "another office than ever"],
)
def test_ends_of_the_scale(now: str, expected: float) -> None:
    spans = one_importer([(day, "A") for day in range(5)] + [(200 + day, now) for day in range(5)])
    assert divergence(spans, asked_at(START + 210 * DAY), "importer_id", "office")["divergence"].to_list() == [expected]


def test_equal_shares_are_zero_without_a_sign() -> None:
    offices = ["A", "B", "C", "A", "B", "C"]
    spans = one_importer([(day + n, office) for day in (0, 200) for n, office in enumerate(offices)])
    found = divergence(spans, asked_at(START + 210 * DAY), "importer_id", "office")["divergence"]
    assert [str(value) for value in found] == ["0.0"]


def test_four_consignments_say_nothing() -> None:
    spans = one_importer([(day, "A") for day in range(5)] + [(200 + day, "B") for day in range(4)])
    found = divergence(spans, asked_at(START + 210 * DAY), "importer_id", "office")
    assert found.rows() == [(None, 4, 5)]


def test_a_row_leaves_the_recent_side_at_its_ninetieth_day_and_the_other_a_year_later() -> None:
    spans = one_importer([(0, "A")])
    counts = [
        divergence(spans, asked_at(START + day * DAY), "importer_id", "office").select("recent", "before").row(0)
        for day in (89, 90, 454, 455)
    ]
    assert counts == [(1, 0), (0, 1), (0, 1), (0, 0)]
