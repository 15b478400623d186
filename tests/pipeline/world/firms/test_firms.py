"""The population: sizes, countries, honesty, times, partners."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from firm_frames import LANES, SPAN, firms_scenario, near, population
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipeline.world.calendar import DAY, world_span
from pipeline.world.firms.firms import allot, make_firms


@pytest.mark.parametrize(("consignments", "least", "most"), [(1, 300, 340), (8000, 800, 820), (10**7, 60000, 60000)])
def test_the_population_keeps_its_bounds(consignments: int, least: int, most: int) -> None:
    rows = make_firms(1, firms_scenario(), LANES, consignments, SPAN).rows
    assert least <= rows.height <= most
    assert rows["party"].to_list() == list(range(rows.height))
    assert rows["party_id"].n_unique() == rows.height
    assert rows.drop("lane", "predecessor").null_count().row(0) == (0,) * (rows.width - 2)


def test_equal_seeds_give_equal_firms_and_others_do_not() -> None:
    one, two = (make_firms(3, firms_scenario(), LANES, 60_000, SPAN) for _ in range(2))
    assert_frame_equal(one.rows, two.rows, check_exact=True)
    assert (one.partners == two.partners).all()
    assert not make_firms(4, firms_scenario(), LANES, 60_000, SPAN).rows.equals(one.rows)


@given(st.integers(0, 500), st.lists(st.floats(0.01, 1), min_size=1, max_size=9), st.integers(0, 5))
def test_places_are_dealt_out_whole(total: int, weights: list[float], fewest: int) -> None:
    counts = allot(total, weights, fewest)
    assert min(counts) >= fewest
    assert sum(counts) == max(total, fewest * len(weights))
    if fewest == 0:
        exact = [total * weight / sum(weights) for weight in weights]
        assert all(abs(count - share) < 1 for count, share in zip(counts, exact, strict=True))


def test_never_more_places_than_there_are_where_the_fewest_allow_it() -> None:
    assert allot(10, [1.0, 1.0, 98.0], 1) == [1, 1, 8]
    assert allot(100, [1.0, 1.0, 1.0], 1) == [34, 33, 33]


def test_firms_sit_where_their_role_is() -> None:
    rows = population(1).rows
    for lane, told in LANES.items():
        own = rows.filter(pl.col("lane") == lane)
        exporters = set(own.filter(pl.col("role") == "exporter")["country"])
        assert exporters == {*told["origins"], *told["relays"]}
        for role in ("importer", "declarant", "forwarder"):
            assert set(own.filter(pl.col("role") == role)["country"]) == {told["destination"]}
    assert rows.filter(pl.col("lane").is_null())["role"].unique().to_list() == ["owner"]
    assert set(rows.filter(pl.col("role") == "owner")["country"]) == set(firms_scenario().flags)


def test_the_stated_share_of_each_role_is_rogue_and_never_the_largest() -> None:
    honesty = firms_scenario().honesty
    rows = population().rows
    small = rows.filter(pl.col("weight").rank("ordinal", descending=True).over("lane", "role") > honesty.honest_largest)
    assert small["rogue"].sum() == rows["rogue"].sum()
    for (role,), own in small.group_by("role"):
        assert near(int(own["rogue"].sum()), own.height, dict(honesty.rogue)[role])  # type: ignore[index]
    leaning = rows.group_by("rogue").agg(pl.col("leaning").mean(), spread=pl.col("leaning").std()).sort("rogue")
    assert leaning["leaning"].to_list() == pytest.approx([0, honesty.rogue_leaning], abs=0.1)
    assert leaning["spread"].to_list() == pytest.approx([honesty.leaning_spread] * 2, abs=0.06)


def test_shells_are_rogue_importers_that_begin_late_and_may_have_taken_over_a_rogue() -> None:
    scenario, rows = firms_scenario(), population().rows
    shells = rows.filter("shell")
    assert (shells["rogue"] & (shells["role"] == "importer")).all()
    rogues = rows.filter("rogue", pl.col("role") == "importer", pl.col("lane") == "brand_diversion")
    assert near(int(rogues["shell"].sum()), rogues.height, scenario.shells.of_rogue_importers["brand_diversion"])
    assert near(int((shells["active_from"] > SPAN.start).sum()), shells.height, scenario.shells.start_within)
    assert (shells["active_from"] >= SPAN.start - scenario.shells.before_days[1] * DAY).all()
    phoenixes = shells.filter(pl.col("predecessor").is_not_null())
    assert near(phoenixes.height, shells.height, scenario.shells.phoenix)
    old = rows[phoenixes["predecessor"]]
    assert (old["rogue"] & ~old["shell"] & (old["lane"] == phoenixes["lane"])).all()
    assert (old["founded"] < phoenixes["founded"]).all()


def test_some_honest_firms_begin_within_the_span_too() -> None:
    rows, share = population().rows, firms_scenario().newcomers.share
    honest = rows.filter(~pl.col("rogue"))
    begun = int((honest["active_from"] > SPAN.start).sum())
    assert near(begun, honest.height, share.honest)
    shells_begun = int((rows.filter("shell")["active_from"] > SPAN.start).sum())
    assert begun > 3 * shells_begun


def test_firms_are_founded_before_they_trade() -> None:
    rows = population().rows
    assert (rows["founded"] < rows["active_from"]).all()
    assert (rows["active_from"] < SPAN.end).all()
    assert (rows["founded"] % 1_000_000 == 0).all()
    assert (rows["active_from"] % 1_000_000 == 0).all()


def test_partners_are_exporters_of_the_lane_who_traded_before_and_rogues_prefer_rogues() -> None:
    firms = population()
    rows = firms.rows
    importers = (rows["role"] == "importer").to_numpy()
    assert (firms.partners[~importers] == -1).all()
    buyers = rows.filter(importers).select("lane", "rogue")
    shares = {}
    for place in range(firms.partners.shape[1]):
        sellers = rows[firms.partners[importers, place]]
        assert (sellers["role"] == "exporter").all()
        assert (sellers["lane"] == buyers["lane"]).all()
        assert (sellers["active_from"] <= SPAN.start).all()
        for rogue in (False, True):
            shares[rogue] = sellers.filter(buyers["rogue"] == rogue)["rogue"].mean()
    assert shares[True] > shares[False] + 0.15  # type: ignore[operator]


def test_ids_and_their_order_tell_nothing() -> None:
    rows = population().rows
    number = rows["party_id"].str.slice(1).cast(pl.Int64)
    for told in ("party", "leaning", "active_from", "weight"):
        correlation = float(np.corrcoef(number.to_numpy(), rows[told].to_numpy())[0, 1])
        assert abs(correlation) < 4 / np.sqrt(rows.height)


@pytest.mark.parametrize("months", [1, 36])
def test_a_short_and_a_long_world_have_firms_too(months: int) -> None:
    span = world_span(months)
    rows = make_firms(1, firms_scenario(), LANES, 3000, span).rows
    assert (rows["founded"] < rows["active_from"]).all()
    assert (rows["active_from"] < span.end).all()
    assert rows.filter(pl.col("active_from") > span.start).height > 0
