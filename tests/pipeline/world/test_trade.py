"""The trade: who sends what to whom."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.world.calendar import world_span
from pipeline.world.parameters import load_parameters
from pipeline.world.parties import Parties, make_parties
from pipeline.world.randomness import streams
from pipeline.world.trade import make_trade


@pytest.fixture(scope="module")
def parties() -> Parties:
    return make_parties(streams(3)["party"], load_parameters(), 3000)


@pytest.fixture(scope="module")
def trade(parties: Parties) -> pl.DataFrame:
    return make_trade(streams(3)["trade"], load_parameters(), parties, world_span(6), 3000)


def test_consignments_are_numbered_in_the_order_of_their_declaration(trade: pl.DataFrame) -> None:
    assert trade["declared"].is_sorted()
    assert trade["consignment_id"].is_sorted()
    assert trade["consignment_id"].is_unique().all()


def test_every_party_has_its_role_and_lane(trade: pl.DataFrame, parties: Parties) -> None:
    for role in ("importer", "exporter", "declarant", "carrier"):
        for lane, place in trade.select("lane", role).rows():
            assert (parties.lane[place], parties.role[place]) == (lane, role)


def test_lanes_keep_their_shares(trade: pl.DataFrame) -> None:
    lanes = load_parameters().lanes
    for lane, count in trade.group_by("lane").len().rows():
        assert count / 3000 == pytest.approx(lanes[lane].share, abs=0.03)


def test_importers_keep_to_their_habitual_exporters(trade: pl.DataFrame, parties: Parties) -> None:
    habitual = [
        exporter in parties.partners[importer] for importer, exporter in trade.select("importer", "exporter").rows()
    ]
    assert sum(habitual) / len(habitual) > 0.7
