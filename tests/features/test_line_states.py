"""What lines say together, against the lines that hold at every instant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from histories import START, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features.line_states import MICRO, heading_history, value_history
from features.tables import Tables

Row = dict[str, Any]
KEY = ("consignment_id", "item_no")


def at(history: pl.DataFrame, instant: Any) -> list[Row]:
    holds = pl.col("until").is_null() | (pl.col("until") > instant)
    return history.filter(~pl.col("withdrawn"), pl.col("known_at") <= instant, holds).to_dicts()


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_equals_the_lines_that_hold_at_every_instant(seed: int) -> None:
    tables = random_tables(seed, consignments=6)
    rows = tables["goods_item"].to_dicts()
    values, headings = value_history(tables), heading_history(tables)
    for known in sorted({row["known_at"] for row in rows}):
        for instant in (known, known + timedelta(microseconds=1)):
            lines = visible(rows, KEY, instant)
            expected: dict[str, int | None] = {}
            for name in sorted({line["consignment_id"] for line in lines}):
                micro = [line["value_usd"] for line in lines if line["consignment_id"] == name]
                expected[name] = None if None in micro else sum(round(value * MICRO) for value in micro)
            assert {row["unit"]: row["value_micro"] for row in at(values, instant)} == expected
            held = {(line["consignment_id"], line["hs6"][:4]) for line in lines}
            found = at(headings, instant)
            assert {(row["unit"], row["hs4"]) for row in found} == held
            assert len(found) == len(held)
            for row in found:
                said = [r for r in rows if r["consignment_id"] == row["unit"] and r["hs6"][:4] == row["hs4"]]
                assert row["first_known_at"] == min(r["known_at"] for r in said if not r["withdrawn"])


def test_a_line_counts_for_a_million_at_most() -> None:
    line = {"consignment_id": "C1", "item_no": 1, "hs6": "030614", "value_usd": 1e300, "known_at": START}
    tables = Tables({"goods_item": table("goods_item", [line])})
    assert value_history(tables)["value_micro"].to_list() == [1_000_000 * MICRO]


@pytest.mark.parametrize("make", [value_history, heading_history])
def test_no_line_gives_no_state(make: Any) -> None:
    assert make(Tables({})).height == 0
