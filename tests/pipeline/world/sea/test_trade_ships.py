"""Ships in trade: loops of loading and discharge, single voyages, and cargo that leaves on the way."""

from __future__ import annotations

import pytest
from seas import SPAN
from sections import load_sea

from pipeline.world.randomness import stream
from pipeline.world.sea.logbook import ADRIFT, COLUMNS, PORT, Dice
from pipeline.world.sea.sailing import Sailing, Vessel
from pipeline.world.sea.trade_ships import TradeShip


@pytest.fixture(scope="module")
def sailing() -> Sailing:
    sea = load_sea()
    trips = sea.trips.model_copy(update={"waits": 0.0})
    return Sailing(sea.model_copy(update={"trips": trips}), SPAN)


def _sailed(sailing: Sailing, loop: str, t5: float = 0.0) -> TradeShip:
    home = sailing.lanes.place(load_sea().loops[loop].load[0])
    ship = TradeShip(sailing, Vessel(1, loop, home, 14.0, 0.0, None, {"T5": t5}), Dice(stream(2, "test")))
    ship.sail()
    return ship


def test_a_loop_makes_a_voyage_of_each_pair_of_ports(sailing: Sailing) -> None:
    ship, loop = _sailed(sailing, "korea_primorye"), load_sea().loops["korea_primorye"]
    first = [landing for landing in ship.landings if landing.trip == 1]
    assert [(landing.from_port, landing.to_port) for landing in first] == [
        (start, end) for end in loop.discharge for start in loop.load
    ]
    assert all(landing.departed < landing.arrived < landing.leaves for landing in ship.landings)
    assert not any(landing.catch or landing.live_kg for landing in ship.landings)


def test_a_single_voyage_goes_from_one_port_to_one(sailing: Sailing) -> None:
    ship, loop = _sailed(sailing, "timber"), load_sea().loops["timber"]
    assert len({landing.trip for landing in ship.landings}) == len(ship.landings) > 20
    assert {landing.from_port for landing in ship.landings} == set(loop.load)
    assert {landing.to_port for landing in ship.landings} == set(loop.discharge)


def test_the_hold_fills_where_the_ship_loads_and_empties_where_it_discharges(sailing: Sailing) -> None:
    ship = _sailed(sailing, "japan_primorye")
    for stage in ship.book.stages:
        told = dict(zip(COLUMNS, stage, strict=True))
        if told["kind"] == PORT:
            loads = sailing.lanes.names[int(told["to"])].startswith("JP")
            assert (told["fill_to"] > told["fill_from"]) == loads
        assert 0 <= told["fill_to"] <= 1


def test_a_world_begins_amid_the_loop(sailing: Sailing) -> None:
    ship = _sailed(sailing, "europe_far_east")
    assert ship.book.stages[0][COLUMNS.index("begins")] <= SPAN.start
    assert ship.book.now >= SPAN.end


def test_volume_fraud_sometimes_leaves_cargo_on_the_way(sailing: Sailing) -> None:
    ship = _sailed(sailing, "tankers", t5=1.0)
    assert {landing.mechanism for landing in ship.landings} == {"T5"}
    lost = [stage for stage in ship.book.stages if stage[COLUMNS.index("kind")] == ADRIFT]
    shares = load_sea().offences.ship_to_ship_share
    assert 0.15 < len(lost) / len(ship.landings) < 0.6
    for stage in lost:
        before, after = stage[COLUMNS.index("fill_from")], stage[COLUMNS.index("fill_to")]
        assert 1 - shares[1] <= after / before <= 1 - shares[0]
    assert not [stage for stage in _sailed(sailing, "tankers").book.stages if stage[COLUMNS.index("kind")] == ADRIFT]
