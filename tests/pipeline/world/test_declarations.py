"""Declarations: amendments, releases, cancellations, and who is known when."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from worlds import CONSIGNMENTS, Written

from features.contract import load_contract


def test_no_two_versions_of_a_key_share_an_instant(world: Written) -> None:
    for name, table in load_contract().tables.items():
        if name != "position":
            assert world.tables[name].select(pl.struct(*table.key, "known_at").is_unique().all()).item(), name


def test_a_declaration_is_known_after_it_was_lodged_and_is_not_yet_released(world: Written) -> None:
    assert (world.first["known_at"] >= world.first["declared_at"]).all()
    assert world.first["released_at"].null_count() == world.first.height


def test_consignments_stay_open_for_one_to_a_few_nights(world: Written) -> None:
    closed = world.last.filter(pl.col("released_at").is_not_null())
    assert (closed["known_at"] > closed["released_at"]).all()
    assert (closed["arrived_at"] <= closed["released_at"]).all()
    both = closed.join(world.first, on="consignment_id")
    days = both.select(pl.col("released_at") - pl.col("known_at_right")).to_series()
    assert days.min() > timedelta(hours=1)
    # A declaration that moved with its ship, or from a weekend, may wait longer.
    assert days.quantile(0.99) < timedelta(days=6)
    assert days.max() < timedelta(days=12)
    assert timedelta(days=1) < days.median() < timedelta(days=4)


def test_about_one_in_fourteen_is_amended_and_then_its_mass_differs(world: Written) -> None:
    versions = world.tables["consignment"].filter(pl.col("released_at").is_null() & ~pl.col("withdrawn"))
    amended = versions.group_by("consignment_id").agg(pl.len(), pl.col("gross_kg").n_unique().alias("masses"))
    amended = amended.filter(pl.col("len") > 1)
    assert 0.05 < amended.height / CONSIGNMENTS < 0.10
    assert amended["len"].max() <= 4
    assert (amended["masses"] == amended["len"]).mean() > 0.95


def test_goods_are_amended_at_the_instants_of_their_consignment(world: Written) -> None:
    parents = world.tables["consignment"].select("consignment_id", "known_at")
    orphans = world.tables["goods_item"].join(parents, on=["consignment_id", "known_at"], how="anti")
    assert orphans.height == 0


def test_few_are_cancelled_and_none_that_was_opened(world: Written) -> None:
    cancelled = world.tables["consignment"].filter("withdrawn")
    assert 0 < cancelled.height < 80
    opened = world.tables["inspection"]["consignment_id"].implode()
    assert cancelled.filter(pl.col("consignment_id").is_in(opened)).height == 0


def test_papers_and_partner_rows_arrive_while_the_consignment_is_open(world: Written) -> None:
    open_from = world.first.select("consignment_id", pl.col("known_at").alias("opened"))
    until = world.last.filter(pl.col("released_at").is_not_null()).select("consignment_id", "released_at")
    papers = world.tables["document"].join(open_from, on="consignment_id").join(until, on="consignment_id")
    within = papers.filter(pl.col("known_at").is_between("opened", "released_at", closed="right"))
    assert within.height > 0.1 * papers.height
    entries = world.tables["partner_export"].unique(["issuer_country", "number"], keep="any")
    told = papers.select("issuer_country", "number", "opened", "released_at").join(
        entries, on=["issuer_country", "number"]
    )
    assert 0.05 < told.select(pl.col("known_at").is_between("opened", "released_at").mean()).item() < 0.9
