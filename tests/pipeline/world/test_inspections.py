"""Inspections: who is opened, when, and what is found of the truth."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from worlds import Drawn, Written


@pytest.fixture
def newest(world: Written) -> pl.DataFrame:
    return world.tables["inspection"].sort("known_at").unique("inspection_id", keep="last", maintain_order=True)


def test_a_finding_comes_days_after_the_inspection(world: Written) -> None:
    lag = world.tables["inspection"].select(pl.col("known_at") - pl.col("inspected_at")).to_series()
    assert lag.min() >= timedelta(days=1)
    first = world.tables["inspection"].sort("known_at").unique("inspection_id", keep="first")
    assert first.select((pl.col("known_at") - pl.col("inspected_at")).max()).item() <= timedelta(days=60)


def test_an_inspection_follows_a_night_on_which_the_consignment_was_open(world: Written, newest: pl.DataFrame) -> None:
    closed = world.last.filter(pl.col("released_at").is_not_null())
    both = newest.join(closed, on="consignment_id")
    assert (both["inspected_at"] < both["released_at"]).all()
    opened = newest.join(world.first, on="consignment_id")
    # The list of a night is made at 20:00, and what was chosen is opened within a day and a half.
    since = (pl.col("inspected_at") - pl.duration(hours=20)).dt.truncate("1d") + pl.duration(hours=20)
    earliest = since - pl.duration(days=1)
    assert opened.select((pl.col("known_at_right") <= earliest + pl.duration(days=1)).all()).item()


def test_about_one_in_six_is_opened_and_drawn_ones_log_their_propensity(drawn: Drawn) -> None:
    policy = drawn.backdrop.scenario.inspection.policy
    eligible = drawn.cases.filter(
        pl.col("lane").is_in(list(drawn.backdrop.scenario.looked_for())) & (pl.col("regime") == "import")
    )
    assert eligible["selected_by"].is_not_null().mean() == pytest.approx(policy.inspected_share, abs=0.01)
    assert drawn.cases.filter(pl.col("selected_by").is_not_null())["lane"].unique().sort().to_list() == sorted(
        drawn.backdrop.scenario.looked_for()
    )
    at_random = eligible.filter(pl.col("selected_by") == "random")
    assert at_random.height / eligible.height == pytest.approx(policy.random_share, abs=0.005)
    assert at_random["propensity"].unique().to_list() == [policy.random_share]
    assert eligible.filter(pl.col("selected_by") == "rule")["propensity"].unique().to_list() == [policy.rule_share]
    assert eligible.filter(pl.col("selected_by") == "officer")["propensity"].is_null().all()


def test_officers_hit_more_often_than_chance_and_overlook_the_far_offices(drawn: Drawn) -> None:
    opened = drawn.cases.filter(pl.col("selected_by").is_not_null())
    rate = dict(opened.group_by("selected_by").agg(pl.col("mechanism").is_not_null().mean()).rows())
    assert rate["officer"] > 1.5 * rate["random"]
    far = pl.col("office").is_in(drawn.backdrop.scenario.inspection.policy.far_offices)
    sea = drawn.cases.filter(pl.col("lane") == "marine_smuggling")
    chosen = (pl.col("selected_by") == "officer").fill_null(False).mean()
    assert sea.filter(far).select(chosen).item() < 0.8 * sea.filter(~far).select(chosen).item()


def test_findings_are_imperfect_but_no_honest_consignment_is_confirmed(world: Written, newest: pl.DataFrame) -> None:
    told = newest.join(world.truth.select("consignment_id", "mechanism"), on="consignment_id", how="left")
    cases = told.filter(pl.col("mechanism").is_not_null())
    assert told.filter(pl.col("mechanism").is_null() & (pl.col("result") == "confirmed")).height == 0
    assert (cases["result"] == "unfounded").sum() > 0
    assert 0.7 < (cases["result"] == "confirmed").mean() < 0.97
    assert 0.01 < (newest["result"] == "inconclusive").mean() < 0.08


def test_only_the_confirmed_recover_anything(newest: pl.DataFrame) -> None:
    confirmed = newest["result"] == "confirmed"
    assert newest.filter(confirmed)["recovered_usd"].null_count() == 0
    assert newest.filter(~confirmed)["recovered_usd"].is_null().all()


def test_some_inconclusive_findings_are_settled_by_a_newer_version(world: Written) -> None:
    versions = world.tables["inspection"].sort("known_at").group_by("inspection_id", maintain_order=True)
    revised = versions.agg(pl.col("result")).filter(pl.col("result").list.len() > 1)
    assert revised.height > 1
    assert (revised["result"].list.first() == "inconclusive").all()
    assert (revised["result"].list.last() != "inconclusive").all()
