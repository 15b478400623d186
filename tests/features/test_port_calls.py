"""Calls in a span of time, against comparing all with all."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from histories import DAY, START, random_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from features.port_calls import calls_between, port_calls, told_from
from features.tables import Tables

VESSELS = ["V1", "V2", "V3", None]


@given(seed=st.integers(0, 10_000), hours=st.integers(1, 900), length=st.integers(-5, 40))
@settings(max_examples=40, deadline=None)
def test_calls_of_a_span_are_the_same_for_any_step(seed: int, hours: int, length: int) -> None:
    calls = port_calls(Tables(random_rows(seed)))
    begins = pl.Series("begins", [START + (seed % 40) * DAY] * 4, dtype=pl.Datetime("us", "UTC"))
    asked = pl.DataFrame({"vessel_id": VESSELS, "begins": begins, "ends": begins + timedelta(days=length)})
    asked = asked.with_columns(cutoff=pl.col("ends") + timedelta(days=2))
    found = calls_between(asked, calls, ("vessel_id",), "begins", "ends", timedelta(hours=hours))
    expected = {
        (row["vessel_id"], call["call_id"], call["known_at"])
        for row in asked.iter_rows(named=True)
        for call in calls.iter_rows(named=True)
        if row["vessel_id"] == call["vessel_id"]
        and row["begins"] <= call["arrived_at"] <= row["ends"]
        and not call["withdrawn"]
        and call["known_at"] <= row["cutoff"]
        and (call["until"] is None or call["until"] > row["cutoff"])
    }
    assert sorted(found.select("vessel_id", "call_id", "known_at").rows()) == sorted(expected)


def test_a_country_is_told_of_from_the_first_version_that_names_it() -> None:
    calls = pl.DataFrame({"country": ["JP", "JP", "RU"], "known_at": [3, 2, 5], "first_known_at": [1, 1, 1]})
    assert sorted(told_from(calls, "since").rows()) == [("JP", 2), ("RU", 5)]


@pytest.mark.parametrize("column", ["laden", "use", "country"])
def test_the_history_of_calls_has_what_families_read(column: str) -> None:
    assert column in port_calls(Tables({})).columns
