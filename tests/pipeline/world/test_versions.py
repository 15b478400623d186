"""Versions: amendments, releases, cancellations, and who is known when."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from pipeline.world import World


def first_and_last(world: World) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = world.tables["consignment"].sort("consignment_id", "known_at")
    return (
        rows.unique("consignment_id", keep="first", maintain_order=True),
        rows.unique("consignment_id", keep="last", maintain_order=True),
    )


def test_no_two_versions_of_a_key_share_an_instant(world: World) -> None:
    keys = {"consignment": ["consignment_id"], "goods_item": ["consignment_id", "item_no"], "party": ["party_id"]}
    for name, key in keys.items():
        assert world.tables[name].select(pl.struct(*key, "known_at").is_unique().all()).item()


def test_a_declaration_is_known_after_it_was_lodged_and_is_not_yet_released(world: World) -> None:
    first, _ = first_and_last(world)
    assert (first["known_at"] >= first["declared_at"]).all()
    assert first["released_at"].null_count() == first.height


def test_consignments_stay_open_for_one_to_a_few_nights(world: World) -> None:
    first, last = first_and_last(world)
    closed = last.filter(pl.col("released_at").is_not_null())
    assert (closed["known_at"] > closed["released_at"]).all()
    assert (closed["arrived_at"] <= closed["released_at"]).all()
    days = closed.join(first, on="consignment_id").select(pl.col("released_at") - pl.col("known_at_right")).to_series()
    assert days.min() > timedelta(hours=4)
    assert days.max() < timedelta(days=6)
    assert timedelta(days=1) < days.median() < timedelta(days=4)


def test_about_one_in_twenty_is_amended_and_then_its_mass_differs(world: World) -> None:
    versions = world.tables["consignment"].filter(pl.col("released_at").is_null() & ~pl.col("withdrawn"))
    amended = versions.group_by("consignment_id").agg(pl.len(), pl.col("gross_kg").n_unique().alias("masses"))
    amended = amended.filter(pl.col("len") > 1)
    assert 0.03 < amended.height / 8000 < 0.08
    assert amended["len"].max() <= 4
    assert (amended["masses"] == amended["len"]).mean() > 0.95


def test_goods_are_amended_at_the_instants_of_their_consignment(world: World) -> None:
    parents = world.tables["consignment"].select("consignment_id", "known_at")
    orphans = world.tables["goods_item"].join(parents, on=["consignment_id", "known_at"], how="anti")
    assert orphans.height == 0


def test_few_are_cancelled_and_none_that_was_opened(world: World) -> None:
    cancelled = world.tables["consignment"].filter("withdrawn")
    assert 0 < cancelled.height < 100
    opened = world.tables["inspection"]["consignment_id"].implode()
    assert cancelled.filter(pl.col("consignment_id").is_in(opened)).height == 0


def test_parties_were_founded_before_they_became_known(world: World) -> None:
    party = world.tables["party"].filter(pl.col("incorporated_on").is_not_null())
    assert (party["incorporated_on"] <= party["known_at"].dt.date()).all()
