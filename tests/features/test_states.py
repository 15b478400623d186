"""Running states against adding up the rows that hold, and by hand."""

from __future__ import annotations

import polars as pl
from histories import DAY, START, random_questions, random_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features.asof import history
from features.states import ROWS, at_cutoff, holding, states_of

SPANS = pl.DataFrame(
    {
        "unit": ["A", "A", "B"],
        "known_at": [START, START + 2 * DAY, START + DAY],
        "until": [START + 2 * DAY, None, START + 3 * DAY],
        "withdrawn": [False, False, False],
        "key": ["x", "x", "x"],
        "grams": [5, 7, 10],
    }
)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_a_state_is_the_sum_of_what_holds(seed: int) -> None:
    tables = random_tables(seed)
    rows = tables["goods_item"]
    spans = history(rows, ["consignment_id", "item_no"], "consignment_id", ["hs6", "origin_country", "net_kg"])
    by = ["unit", "origin_country"]
    found = states_of(spans, by, {"grams": pl.col("net_kg").fill_null(0) * 1000})
    for cutoff in random_questions(seed, tables)["cutoff"].unique():
        asked = found.select("unit").unique().with_columns(cutoff=pl.lit(cutoff))
        held = holding(asked, found, ["unit"])
        expected: dict[tuple[str, str | None], tuple[int, int]] = {}
        for row in visible(rows.to_dicts(), ["consignment_id", "item_no"], cutoff):
            grams, count = expected.get((row["consignment_id"], row["origin_country"]), (0, 0))
            more = round((row["net_kg"] or 0) * 1000)
            expected[row["consignment_id"], row["origin_country"]] = (grams + more, count + 1)
        assert {row[:2]: row[2:] for row in held.select(*by, "grams", ROWS).rows()} == expected


def test_every_change_begins_a_state() -> None:
    found = states_of(SPANS, ["key"], {"grams": pl.col("grams")})
    days = [START + day * DAY for day in range(4)]
    assert found.select("known_at", "until", "grams", "rows", "withdrawn").rows() == [
        (days[0], days[1], 5, 1, False),
        (days[1], days[2], 15, 2, False),
        (days[2], days[3], 17, 2, False),
        (days[3], None, 7, 1, False),
    ]
    assert found["first_known_at"].unique().to_list() == [START]


def test_what_holds_at_a_cutoff() -> None:
    found = states_of(SPANS, ["key"], {"grams": pl.col("grams")})
    asked = pl.DataFrame({"key": ["x", "y", "x"], "cutoff": [START + 2 * DAY, START + DAY, START - DAY]})
    assert at_cutoff(asked, found, ["key"], ["grams"])["grams"].to_list() == [17, None, None]
    assert holding(asked, found, {"key": "key"})["grams"].to_list() == [17]


def test_a_group_without_rows_has_no_state() -> None:
    found = states_of(SPANS.head(1), ["key"], {"grams": pl.col("grams")})
    asked = pl.DataFrame({"key": ["x"], "cutoff": [START + 2 * DAY]})
    assert at_cutoff(asked, found, ["key"], ["grams"])["grams"].to_list() == [None]
    assert holding(asked, found, ["key"]).height == 0
