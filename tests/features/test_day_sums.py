"""Sums over days as known at cut-offs against going through the spans."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from histories import DAY, START, random_questions, random_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from features.asof import history
from features.day_sums import day_sums


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_equals_going_through_the_spans(seed: int) -> None:
    tables = random_tables(seed)
    spans = history(tables["goods_item"], ["consignment_id", "item_no"], "consignment_id", ["hs6", "net_kg"])
    spans = spans.with_columns(
        on=pl.when(pl.col("net_kg").is_not_null()).then(START.date() + pl.duration(days=pl.col("net_kg").fill_null(0))),
        grams=(pl.col("net_kg").fill_null(0) * 1000).cast(pl.Int64),
    )
    asked = (
        random_questions(seed, tables)
        .select("cutoff")
        .join(pl.DataFrame({"hs6": ["030614", "160510", "999999"]}), how="cross")
        .with_columns(begins=pl.lit(START.date() + timedelta(days=2)), ends=pl.lit(START.date() + timedelta(days=4)))
    )
    expected = [
        sum(
            span["grams"]
            for span in spans.to_dicts()
            if span["hs6"] == hs6
            and not span["withdrawn"]
            and span["known_at"] <= cutoff
            and (span["until"] is None or span["until"] > cutoff)
            and span["on"] is not None
            and begins <= span["on"] < ends
        )
        for cutoff, hs6, begins, ends in asked.rows()
    ]
    assert day_sums(spans, asked, ["hs6"], ["grams"])["grams"].to_list() == expected


def test_no_spans_sum_to_nothing() -> None:
    schema = {"key": pl.String, "on": pl.Date, "grams": pl.Int64, "withdrawn": pl.Boolean}
    none = pl.DataFrame(schema={**schema, "known_at": pl.Datetime("us", "UTC"), "until": pl.Datetime("us", "UTC")})
    asked = pl.DataFrame({"key": ["a"], "cutoff": [START], "begins": [START.date()], "ends": [(START + DAY).date()]})
    assert day_sums(none, asked, ["key"], ["grams"]).rows() == [(0,)]
    assert day_sums(none, asked.clear(), ["key"], ["grams"]).height == 0
