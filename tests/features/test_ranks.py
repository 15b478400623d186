"""Ranks against counting by hand."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from histories import random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features.asof import history
from features.ranks import count_below
from features.tables import Tables

KEY = ["consignment_id", "item_no"]


@given(seed=st.integers(0, 100_000), days=st.sampled_from([5, 40]))
@settings(max_examples=60, deadline=None)
def test_equals_counting_by_hand(seed: int, days: int) -> None:
    rows = random_rows(seed)
    questions = random_questions(seed, Tables(rows))
    asked = questions.join(
        rows["goods_item"]
        .unique("consignment_id", keep="first", maintain_order=True)
        .select(*KEY[:1], "hs6", "value_usd"),
        on="consignment_id",
        how="left",
        maintain_order="left",
    )
    width = timedelta(days=days)
    found = count_below(
        history(rows["goods_item"], KEY, "consignment_id", ["hs6", "value_usd"]), asked, "hs6", "value_usd", width
    )
    items = rows["goods_item"].to_dicts()
    for question, count in zip(asked.to_dicts(), found, strict=True):
        smaller = [
            row
            for row in visible(items, KEY, question["cutoff"])
            if row["hs6"] == question["hs6"]
            and row["consignment_id"] != question["consignment_id"]
            and row["first_known_at"] > question["cutoff"] - width
            and None not in (row["value_usd"], question["value_usd"])
            and row["value_usd"] < question["value_usd"]
        ]
        unknown = question["hs6"] is None or question["value_usd"] is None
        assert count == (None if unknown else len(smaller))


def test_none_are_smaller_where_nothing_is_known() -> None:
    questions = pl.DataFrame(
        {"consignment_id": ["C1"], "cutoff": [None], "hs6": [None], "value_usd": [None]},
        schema={
            "consignment_id": pl.String,
            "cutoff": pl.Datetime("us", "UTC"),
            "hs6": pl.String,
            "value_usd": pl.Float64,
        },
    )
    spans = history(table("goods_item", []), KEY, "consignment_id", ["hs6", "value_usd"])
    assert count_below(spans, questions, "hs6", "value_usd", timedelta(days=1)).to_list() == [None]
    assert count_below(spans, questions.clear(), "hs6", "value_usd", timedelta(days=1)).to_list() == []
