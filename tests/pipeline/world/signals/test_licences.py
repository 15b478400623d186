"""Licences: who holds them, for what, how long, and what becomes of them."""

from __future__ import annotations

import polars as pl
import pytest
from signal_frames import SPAN, many_firms, shipped

from pipeline.world.calendar import DAY
from pipeline.world.signals.licences import licences

SHIPPED = shipped().licences
FIRMS = many_firms(3, 9000, lane="strategic_goods")
IMPORTERS = FIRMS.filter(role="importer")
TABLE = licences(7, SHIPPED, FIRMS, SPAN)
FIRST = TABLE.unique("licence_id", keep="first", maintain_order=True)


def holders(bad: bool) -> pl.DataFrame:
    offends = pl.col("rogue") | pl.col("shell")
    return IMPORTERS.filter(offends if bad else ~offends)


@pytest.mark.parametrize("bad", [False, True])
def test_firms_hold_licences_in_the_stated_shares(bad: bool) -> None:
    firms = holders(bad)
    wanted = SHIPPED.covered.offends if bad else SHIPPED.covered.honest
    codes = SHIPPED.code_covered.offends if bad else SHIPPED.code_covered.honest
    assert firms["party_id"].is_in(FIRST["holder_id"].implode()).mean() == pytest.approx(wanted, abs=0.04)
    mine = FIRST.filter(pl.col("holder_id").is_in(firms["party_id"].implode()))
    assert mine["hs6"].list.contains("854231").mean() == pytest.approx(codes, abs=0.03)


def test_only_the_roles_and_the_lane_of_the_scenario_hold_them() -> None:
    assert set(FIRST["holder_id"]) <= set(IMPORTERS["party_id"])
    others = many_firms(3, 100, lane="brand_diversion")
    assert licences(7, SHIPPED, others, SPAN).height == 0


def test_licences_of_a_firm_follow_each_other_and_lapse_at_times() -> None:
    periods = FIRST.sort("holder_id", "valid_from").select(
        "valid_to",
        gap=(pl.col("valid_from").shift(-1) - pl.col("valid_to")).over("holder_id") / DAY,
        days=(pl.col("valid_to") - pl.col("valid_from")) / DAY,
    )
    gaps = periods["gap"].drop_nulls()
    assert (gaps == 0).mean() == pytest.approx(SHIPPED.renewed, abs=0.02)
    assert gaps.filter(gaps > 0).is_between(*SHIPPED.lapse_days).all()
    assert periods["days"].is_between(*SHIPPED.valid_days).all()


def test_they_cover_the_world_from_its_first_day_or_the_firms() -> None:
    first = FIRST.group_by("holder_id").agg(pl.col("valid_from").min(), pl.col("valid_to").max())
    joined = first.join(IMPORTERS.select(holder_id="party_id", active="active_from"), on="holder_id")
    assert (joined["valid_from"] <= pl.Series([SPAN.start] * joined.height).zip_with(
        joined["active"] < SPAN.start, joined["active"]
    )).all()  # fmt: skip
    assert (FIRST["valid_from"] < SPAN.end).all()


def test_versions_come_later_and_say_more_or_nothing() -> None:
    assert not TABLE.select("licence_id", "known_at").is_duplicated().any()
    later = TABLE.filter(TABLE["licence_id"].is_duplicated()).sort("known_at")
    pairs = later.group_by("licence_id").agg(pl.col("quantity_kg"), pl.col("withdrawn")).rows(named=True)
    assert pairs
    for pair in pairs:
        assert pair["withdrawn"][1] or pair["quantity_kg"][1] > pair["quantity_kg"][0]
        assert not pair["withdrawn"][0]


def test_end_users_are_the_holder_or_honest_firms_of_the_lane() -> None:
    others = FIRST.filter(pl.col("end_user_id").is_not_null() & (pl.col("end_user_id") != pl.col("holder_id")))
    assert set(others["end_user_id"]) <= set(holders(bad=False)["party_id"])
    assert FIRST["end_user_id"].null_count() / FIRST.height == pytest.approx(1 - SHIPPED.end_user_stated, abs=0.02)


def test_equal_seeds_give_equal_licences() -> None:
    assert TABLE.equals(licences(7, SHIPPED, FIRMS, SPAN))
    assert TABLE["known_at"].is_sorted()
