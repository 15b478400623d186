"""Bookings: lanes, ships, goods and instants of all consignments, and what is sent in parts."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from worlds import Drawn

from pipeline.world.bookings import NONE
from pipeline.world.calendar import DAY, HOUR, microseconds


def test_consignments_are_numbered_in_the_order_of_their_declaration(drawn: Drawn) -> None:
    assert drawn.bookings["declared"].is_sorted()
    assert drawn.bookings["number"].to_list() == list(range(40_000))
    assert drawn.cases["consignment_id"].is_unique().all()


def test_lanes_keep_their_shares(drawn: Drawn) -> None:
    lanes = drawn.backdrop.scenario.trade.lanes
    for lane, count in drawn.cases.group_by("lane").len().rows():
        assert count / 40_000 == pytest.approx(lanes[lane].share, abs=0.001)


def test_what_comes_by_ship_is_declared_where_and_when_the_ship_arrives(drawn: Drawn) -> None:
    aboard = drawn.bookings.filter(pl.col("voyage") != NONE)
    assert aboard.height > 10_000
    voyages = drawn.backdrop.sea.voyages[aboard["voyage"].to_numpy()]
    assert (voyages["arrived"] == aboard["arrived"]).all()
    places = pl.Series(drawn.backdrop.words.places)
    assert (places.gather(aboard["office"]) == voyages["to_port"]).all()
    # Declarations stand within days of the arrival, a weekend and the last days of the world aside.
    apart = (aboard["arrived"] - aboard["declared"]).to_numpy() / DAY
    assert np.quantile(apart, [0.01, 0.99]).tolist() == pytest.approx([-2.5, 2.5], abs=1.0)


def test_a_landing_is_declared_in_parts_that_add_up(drawn: Drawn) -> None:
    aboard = drawn.bookings.filter(pl.col("voyage") != NONE)
    sums = aboard.group_by("voyage").agg(pl.col("part").sum())["part"]
    assert (sums - 1).abs().max() < 1e-9


def test_goods_of_a_landing_are_of_the_species_that_was_caught(drawn: Drawn) -> None:
    landed = drawn.cases.filter(pl.col("voyage").is_not_null())
    landed = landed.filter(drawn.backdrop.sea.voyages["catch"].gather(landed["voyage"]))
    lines = drawn.lines.filter(pl.col("item_no") == 1).join(
        landed.select("chunk", "row", "voyage"), on=["chunk", "row"]
    )
    caught = drawn.backdrop.sea.voyages["species"].gather(lines["voyage"])
    assert (lines["true_species"] == caught).mean() > 0.85


def test_oil_comes_by_tanker_and_fish_never_does(drawn: Drawn) -> None:
    kinds = drawn.backdrop.sea.hulls["kind"]
    aboard = drawn.cases.filter(pl.col("hull").is_not_null()).select("chunk", "row", "hull")
    lines = drawn.lines.join(aboard, on=["chunk", "row"])
    tanker = kinds.gather(lines["hull"]) == "tanker"
    assert lines.filter(~tanker & pl.col("hs6").str.starts_with("27")).height == 0
    assert lines.filter(tanker & pl.col("hs6").str.starts_with("03")).height == 0


def test_declarations_are_lodged_in_office_hours_and_rarely_on_weekends(drawn: Drawn) -> None:
    times = drawn.backdrop.scenario.trade.times
    whole = drawn.bookings.filter(pl.col("split") == NONE)["declared"].to_numpy()
    assert (whole % DAY <= times.office_hours[1] * HOUR).all()
    assert drawn.bookings["declared"].max() <= microseconds(datetime(2024, 12, 31, tzinfo=UTC))
    assert 0.03 < np.isin((whole // DAY + 3) % 7, (5, 6)).mean() < 0.15


def test_parts_of_a_sending_are_alike_and_close_in_time(drawn: Drawn) -> None:
    dealing = drawn.backdrop.scenario.trade.dealing
    parts = drawn.bookings.filter(pl.col("split") != NONE)
    lane = drawn.bookings.filter(pl.col("lane") == drawn.backdrop.words.lanes.index("brand_diversion"))
    assert parts.height / lane.height == pytest.approx(dealing.split_share, abs=0.002)
    by_sending = parts.group_by("split").agg(
        pl.col("goods", "mark", "importer", "exporter", "office", "mechanism").n_unique(),
        pl.col("declared").max() - pl.col("declared").min(),
        pl.len(),
    )
    assert (
        by_sending.select(pl.col("goods", "mark", "importer", "exporter", "office", "mechanism").max()).row(0)
        == (1,) * 6
    )
    assert by_sending["declared"].max() <= dealing.split_hours * HOUR
    assert by_sending["len"].max() <= dealing.split_parts[1]
    values = drawn.cases.filter(pl.col("split") != NONE)["value_usd"]
    assert values.median() < 1000
