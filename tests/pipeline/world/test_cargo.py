"""Cargo: lines, masses, values, packing, marks."""

from __future__ import annotations

import polars as pl

from pipeline.world import World
from pipeline.world.parameters import load_parameters


def lodged(world: World) -> pl.DataFrame:
    return world.tables["goods_item"].unique(["consignment_id", "item_no"], keep="first", maintain_order=True)


def test_lines_are_numbered_from_one_without_gaps(world: World) -> None:
    lines = lodged(world).group_by("consignment_id").agg(pl.col("item_no").sort())
    assert lines.select((pl.col("item_no").list.max() == pl.col("item_no").list.len()).all()).item()
    assert lines["item_no"].list.min().unique().to_list() == [1]


def test_gross_mass_exceeds_net_mass_of_the_honest(world: World) -> None:
    net = lodged(world).group_by("consignment_id").agg(pl.col("net_kg").sum())
    first = world.tables["consignment"].unique("consignment_id", keep="first")
    honest = first.join(net, on="consignment_id").join(world.truth, on="consignment_id", how="anti")
    assert (honest["gross_kg"] >= honest["net_kg"]).all()
    understated = first.join(net, on="consignment_id").join(world.truth, on="consignment_id")
    understated = understated.filter(pl.col("mechanism") == "understated_weight")
    assert (understated["gross_kg"] / understated["net_kg"]).median() > 1.3


def test_marine_lines_name_species_and_branded_lines_mostly_their_mark(world: World) -> None:
    lines = lodged(world)
    parameters = load_parameters()
    marine = {goods.hs6 for goods in parameters.lanes["marine_smuggling"].goods}
    branded = {goods.hs6 for goods in parameters.lanes["brand_diversion"].goods}
    assert lines.filter(pl.col("hs6").is_in(marine))["species"].null_count() == 0
    stated = lines.filter(pl.col("hs6").is_in(branded))["brand_id"].is_not_null().mean()
    assert 0.9 < stated < 1.0
    assert lines.filter(~pl.col("hs6").is_in(branded))["brand_id"].is_null().all()


def test_a_mark_belongs_to_one_heading(world: World) -> None:
    per_mark = lodged(world).drop_nulls("brand_id").group_by("brand_id").agg(pl.col("hs6").n_unique())
    assert per_mark["hs6"].max() == 1


def test_undervalued_goods_cost_less_per_kilogram(world: World) -> None:
    lines = lodged(world).join(world.truth.select("consignment_id", "mechanism"), on="consignment_id", how="left")
    price = lines.with_columns(log=(pl.col("value_usd") / pl.col("net_kg")).log())
    price = price.with_columns(gap=pl.col("log") - pl.col("log").median().over("hs6"))
    cheap = price.filter(pl.col("mechanism") == "undervaluation")["gap"].mean()
    honest = price.filter(pl.col("mechanism").is_null())["gap"].mean()
    assert cheap < honest - 0.35
