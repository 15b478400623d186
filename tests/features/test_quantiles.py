"""Quantiles as of a cut-off against sorting what is visible."""

from __future__ import annotations

import polars as pl
from histories import random_questions, random_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features.asof import history
from features.quantiles import quantiles
from features.tables import Tables

PERCENTS = {"low": 5, "middle": 50, "high": 95}


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_equals_sorting_what_is_visible(seed: int) -> None:
    rows = random_rows(seed)
    questions = random_questions(seed, Tables(rows))
    questions = questions.with_columns(by=pl.Series(["030614", "854231", None, "999999"] * 5).head(questions.height))
    items = rows["goods_item"].with_columns(grams=pl.col("net_kg").cast(pl.Int64))
    spans = history(items, ["consignment_id", "item_no"], "consignment_id", ["hs6", "grams"]).rename({"hs6": "by"})
    found = quantiles(spans, questions, "by", "grams", PERCENTS).to_dicts()
    for question, row in zip(questions.to_dicts(), found, strict=True):
        values = sorted(
            item["grams"]
            for item in visible(items.to_dicts(), ["consignment_id", "item_no"], question["cutoff"])
            if item["hs6"] == question["by"]
            and item["grams"] is not None
            and item["consignment_id"] != question["consignment_id"]
        )
        if question["by"] is None:
            assert row == {"count": None, **dict.fromkeys(PERCENTS)}
            continue
        assert row["count"] == len(values)
        for name, percent in PERCENTS.items():
            expected = next((v for place, v in enumerate(values, 1) if place * 100 >= percent * len(values)), None)
            assert row[name] == expected


def test_nothing_known_and_nothing_asked() -> None:
    spans = history(
        random_rows(1)["goods_item"].clear(), ["consignment_id", "item_no"], "consignment_id", ["hs6", "item_no"]
    )
    instant = pl.Datetime("us", "UTC")
    one = pl.DataFrame({"consignment_id": ["A"], "cutoff": [None], "hs6": ["1"]}).with_columns(
        pl.col("cutoff").cast(instant)
    )
    assert quantiles(spans, one, "hs6", "item_no", {"half": 50}).row(0) == (0, None)
    assert quantiles(spans, one.clear(), "hs6", "item_no", {"half": 50}).height == 0
