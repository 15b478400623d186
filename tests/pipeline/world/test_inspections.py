"""Inspections: who is opened, when, and what is found of the truth."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from pipeline.world import World


@pytest.fixture
def newest(world: World) -> pl.DataFrame:
    return world.tables["inspection"].sort("known_at").unique("inspection_id", keep="last", maintain_order=True)


def test_a_finding_comes_days_after_the_inspection(world: World) -> None:
    lag = world.tables["inspection"].select(pl.col("known_at") - pl.col("inspected_at")).to_series()
    assert lag.min() >= timedelta(days=1)
    first = world.tables["inspection"].sort("known_at").unique("inspection_id", keep="first")
    assert first.select((pl.col("known_at") - pl.col("inspected_at")).max()).item() <= timedelta(days=60)


def test_a_consignment_is_opened_after_it_arrived_and_before_it_is_released(world: World, newest: pl.DataFrame) -> None:
    closed = world.tables["consignment"].filter(pl.col("released_at").is_not_null())
    both = newest.join(closed, on="consignment_id")
    assert (both["inspected_at"] < both["released_at"]).all()
    first = world.tables["consignment"].group_by("consignment_id").agg(pl.col("known_at").min().alias("first_known"))
    assert newest.join(first, on="consignment_id").select((pl.col("inspected_at") > pl.col("first_known")).all()).item()


def test_about_one_in_six_is_opened_and_the_random_ones_log_their_propensity(newest: pl.DataFrame) -> None:
    assert 0.12 < newest.height / 8000 < 0.20
    drawn = newest["selected_by"] == "random"
    assert 60 < drawn.sum() < 260
    assert set(newest["selected_by"]) == {"random", "rule", "officer"}
    assert (newest.filter(drawn)["propensity"] == 0.02).all()
    assert newest.filter(~drawn)["propensity"].null_count() == (~drawn).sum()


def test_officers_hit_more_often_than_chance(world: World, newest: pl.DataFrame) -> None:
    cases = newest.join(world.truth, on="consignment_id", how="left").with_columns(
        is_case=pl.col("mechanism").is_not_null()
    )
    rate = dict(cases.group_by("selected_by").agg(pl.col("is_case").mean()).rows())
    assert rate["officer"] > 1.5 * rate["random"]


def test_findings_are_imperfect_but_no_honest_consignment_is_confirmed(world: World, newest: pl.DataFrame) -> None:
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


def test_some_inconclusive_findings_are_settled_by_a_newer_version(world: World) -> None:
    versions = world.tables["inspection"].sort("known_at").group_by("inspection_id", maintain_order=True)
    revised = versions.agg(pl.col("result")).filter(pl.col("result").list.len() > 1)
    assert revised.height > 3
    assert (revised["result"].list.first() == "inconclusive").all()
    assert (revised["result"].list.last() != "inconclusive").all()
