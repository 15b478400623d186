"""The tables of marks: the contract, versions, gaps, and what is known when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from firm_frames import SPAN, brands_scenario, marks, near, population
from polars.testing import assert_frame_equal

from features.contract import load_contract
from pipeline.world.calendar import DAY, microseconds
from pipeline.world.firms.brand_tables import brand_channel_table, brand_spec_table, brand_table, regime_table

SCENARIO = brands_scenario()
TABLES: dict[str, Callable[[], pl.DataFrame]] = {
    "brand": lambda: brand_table(3, SCENARIO, marks(), SPAN),
    "brand_spec": lambda: brand_spec_table(3, SCENARIO, marks(), SPAN),
    "brand_channel": lambda: brand_channel_table(3, SCENARIO, marks(), population()),
    "parallel_import_regime": lambda: regime_table(3, SCENARIO, marks()),
}


def _instant(year: int, month: int, day: int) -> int:
    return microseconds(datetime(year, month, day, tzinfo=UTC))


@pytest.mark.parametrize("name", list(TABLES))
def test_the_tables_keep_the_contract_and_equal_seeds_make_them_equal(name: str) -> None:
    table, contract = TABLES[name](), load_contract()[name]
    assert set(table.columns) == set(contract.columns) - {"withdrawn", "use", "source"}
    keys = [pl.col(key).list.join(" ") if key == "route" else pl.col(key) for key in contract.key]
    assert not table.select(*keys, "known_at").is_duplicated().any()
    for column, told in contract.columns.items():
        if not told.empty and column in table.columns:
            assert table[column].null_count() == 0, column
    assert_frame_equal(table, TABLES[name](), check_exact=True)


def test_the_last_version_of_a_mark_says_what_is_true() -> None:
    table = TABLES["brand"]()
    last = table.unique("brand_id", keep="last", maintain_order=True)
    assert last["production_countries"].to_list() == marks().marks["production"].to_list()
    assert last["hs4"].to_list()[0] == ["8703", "8708"]
    first = table.filter(pl.col("brand_id").is_duplicated()).unique("brand_id", keep="first", maintain_order=True)
    assert first.height > 0
    assert (first["production_countries"].list.len() >= 1).all()


def test_a_late_factory_follows_the_mark_and_some_marks_are_recorded_late() -> None:
    late = factories = 0
    for seed in range(40):
        table = brand_table(seed, SCENARIO, marks(), SPAN)
        first = table.group_by("brand_id").agg(pl.col("known_at").min(), pl.len())
        late += int((first["known_at"] >= SPAN.start).sum())
        factories += int((first["len"] == 2).sum())
        assert table["known_at"].max() <= SPAN.end  # type: ignore[operator]
    count = len(SCENARIO.marks)
    several = sum(len(mark.factories) > 1 for mark in SCENARIO.marks)
    assert near(late, 40 * count, SCENARIO.record.recorded_within)
    assert near(factories, 40 * several, SCENARIO.record.late_factory)


def test_models_are_stated_in_part_and_revised_at_times() -> None:
    models, stated, masses, prices, revised = marks().models, 0, 0, 0, 0
    for seed in range(20):
        table = brand_spec_table(seed, SCENARIO, marks(), SPAN)
        first = table.unique(["brand_id", "model"], keep="first", maintain_order=True)
        stated += first.height
        masses += first["unit_kg"].is_not_null().sum()
        prices += first["unit_usd_low"].is_not_null().sum()
        revised += table.height - first.height
    spec = SCENARIO.models
    assert near(stated, 20 * models.height, spec.stated)
    assert near(masses, stated, spec.stated_mass)
    assert near(prices, stated, spec.stated_price)
    assert near(revised, prices, spec.revised)


def test_the_middle_price_lies_within_what_is_stated_first() -> None:
    first = TABLES["brand_spec"]().unique(["brand_id", "model"], keep="first", maintain_order=True)
    ids = marks().marks.select("mark", "brand_id")
    true = marks().models.join(ids, on="mark").select("brand_id", "model", "usd", true_kg="unit_kg")
    both = first.join(true, on=["brand_id", "model"]).drop_nulls()
    assert both.height > 50
    assert (both["unit_usd_low"] < both["usd"]).all()
    assert (both["usd"] < both["unit_usd_high"]).all()
    assert (both["unit_kg"] == both["true_kg"]).all()


def test_a_channel_is_known_after_it_begins_and_its_end_after_it_ends() -> None:
    table = TABLES["brand_channel"]()
    assert (table["known_at"] >= table["valid_from"]).all()
    ended = table.filter(pl.col("valid_to").is_not_null())
    assert ended.height == marks().authorised["valid_to"].is_not_null().sum()
    assert (ended["known_at"] >= ended["valid_to"]).all()
    assert table.height == marks().authorised.height + ended.height
    open_ones = table.filter(pl.col("valid_to").is_null())
    lag = ((open_ones["known_at"] - open_ones["valid_from"]) / DAY).mean()
    assert lag == pytest.approx(SCENARIO.channels.known_days, rel=0.2)


def test_a_waived_mark_becomes_national_by_two_rows() -> None:
    table = TABLES["parallel_import_regime"]()
    brand = marks().marks.filter(pl.col("name") == "Kohaku")["brand_id"].item()
    own = table.filter(pl.col("brand_id") == brand).sort("known_at", "valid_from")
    change, published = _instant(2024, 6, 15), _instant(2024, 6, 18)
    begun, begun_published = _instant(2022, 5, 7), _instant(2022, 5, 6)
    assert own.select("regime", "valid_from", "valid_to", "known_at").rows() == [
        ("waived", begun, None, begun_published),
        ("waived", begun, change, published),
        ("national", change, None, published),
    ]
    assert own["regime_id"].n_unique() == 2


def test_the_default_row_holds_for_all_marks_without_end() -> None:
    table = TABLES["parallel_import_regime"]()
    default = table.filter(pl.col("brand_id").is_null())
    assert default.select("territory", "regime", "hs_prefix", "valid_to").rows() == [("RU", "national", None, None)]
    assert set(table["legal_basis"]) == {"invented for the demonstration"}


def test_the_newest_rows_say_what_truly_holds() -> None:
    """At the end of the span the rows that hold, the mark's own before the default, agree with `regime_at`."""
    table = TABLES["parallel_import_regime"]().filter(pl.col("known_at") < SPAN.end)
    newest = table.unique("regime_id", keep="last", maintain_order=True)
    holds = newest.filter(pl.col("valid_from") <= SPAN.end, pl.col("valid_to").is_null())
    own = dict(holds.filter(pl.col("brand_id").is_not_null()).select("brand_id", "regime").iter_rows())
    ids = marks().marks["brand_id"].to_list()
    true = marks().regime_at(np.arange(len(ids)), np.full(len(ids), SPAN.end)).tolist()
    assert [own.get(brand, "national") for brand in ids] == true
