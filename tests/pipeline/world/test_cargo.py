"""Cargo and ways: lines, masses, marks, packing, legs."""

from __future__ import annotations

import polars as pl
from worlds import Drawn, Written


def test_lines_are_numbered_from_one_without_gaps(drawn: Drawn) -> None:
    lines = drawn.lines.group_by("chunk", "row").agg(
        pl.col("item_no").min().alias("least"), pl.col("item_no").max(), pl.len()
    )
    assert lines["least"].unique().to_list() == [1]
    assert (lines["item_no"] == lines["len"]).all()
    assert lines.height == drawn.cases.height


def test_gross_mass_exceeds_net_mass_of_those_who_show_nothing(drawn: Drawn) -> None:
    net = drawn.lines.group_by("chunk", "row").agg(pl.col("net_kg").sum())
    plain = drawn.cases.filter(~pl.col("off_spec") & pl.col("mechanism").is_null()).join(net, on=["chunk", "row"])
    heavier = plain.filter(pl.col("net_kg") > pl.col("gross_kg") * 1.02)
    assert heavier.height < 0.15 * plain.height


def test_marine_lines_name_species_and_branded_lines_mostly_their_mark(drawn: Drawn) -> None:
    marine = pl.col("hs6").str.starts_with("03") | pl.col("hs6").str.starts_with("16")
    assert drawn.lines.filter(marine)["species"].null_count() == 0
    trade = drawn.backdrop.scenario.trade
    branded = [goods.hs6 for goods in trade.lanes["brand_diversion"].goods]
    stated = drawn.lines.filter(pl.col("hs6").is_in(branded))["brand_id"].is_not_null().mean()
    assert 0.7 < stated < trade.cargo.brand_stated
    assert drawn.lines.filter(marine)["brand_id"].is_null().all()


def test_a_landing_weighs_what_was_caught(drawn: Drawn) -> None:
    sea, factor = drawn.backdrop.sea, drawn.backdrop.scenario.trade.cargo.live_per_net
    landed = drawn.cases.filter(pl.col("voyage").is_not_null())
    landed = landed.filter(sea.voyages["catch"].gather(landed["voyage"])).select("chunk", "row", "voyage")
    lines = drawn.lines.join(landed, on=["chunk", "row"])
    live = lines["true_kg"] * lines["true_form"].replace_strict(factor, return_dtype=pl.Float64)
    sums = lines.with_columns(live=live).group_by("voyage").agg(pl.col("live").sum())
    caught = sea.voyages["live_kg"].gather(sums["voyage"])
    unshifted = (sums["live"] / caught).quantile(0.5)
    assert abs(unshifted - 1) < 0.02


def test_an_export_goes_the_other_way(drawn: Drawn) -> None:
    exports = drawn.cases.filter((pl.col("regime") == "export") & pl.col("loading_port").is_not_null())
    assert exports.height > 0
    assert (exports["loading_port"] == exports["office"]).all()
    assert (exports["dispatch_country"] == exports["office"].str.head(2)).all()
    assert (exports["destination_country"] != exports["dispatch_country"]).all()


def test_legs_lead_from_port_to_port_in_order_of_time(world: Written) -> None:
    legs = world.tables["leg"].sort("consignment_id", "leg_no")
    two = legs.filter(pl.len().over("consignment_id") == 2)
    assert two.height > 100
    first, second = two.filter(pl.col("leg_no") == 1), two.filter(pl.col("leg_no") == 2)
    assert (first["to_port"] == second["from_port"]).all()
    assert (first["arrived_at"] < second["departed_at"]).all()
    assert (legs["departed_at"] < legs["arrived_at"]).all()
    assert legs["free_zone"].any()


def test_a_landing_comes_in_the_hold_and_liners_carry_boxes(drawn: Drawn) -> None:
    sea, cases = drawn.backdrop.sea, drawn.cases
    landed = cases["voyage"].is_not_null() & sea.voyages["catch"].gather(cases["voyage"].fill_null(0))
    assert cases.filter(landed)["containers"].is_null().all()
    boxed = cases.filter(pl.col("containers").is_not_null())
    assert boxed["mode"].unique().to_list() == ["sea"]
