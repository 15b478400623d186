"""Carriers and the catchers that come alongside: a small block, sailed by hand."""

from __future__ import annotations

import pytest
from seas import SPAN
from sections import load_sea

from pipeline.world.calendar import HOUR
from pipeline.world.randomness import stream
from pipeline.world.sea.carriers import Carrier
from pipeline.world.sea.catchers import Catcher
from pipeline.world.sea.logbook import ADRIFT, COLUMNS, MEETING, PORT, Dice, Stage
from pipeline.world.sea.sailing import Sailing, Vessel

HOLD_KG = 400_000.0


def _vessel(sailing: Sailing, hull: int, fleet: str, home: str, **chances: float) -> Vessel:
    rates = {"M3": 0.0, "M8": 0.0, "M4": 0.0, "T5": 0.0, **chances}
    return Vessel(hull, fleet, sailing.lanes.place(home), 11.0, HOLD_KG, None, rates)


@pytest.fixture
def sailing() -> Sailing:
    sea = load_sea()
    crab = sea.fleets["crab"].model_copy(update={"meets": 1.0})
    return Sailing(sea.model_copy(update={"fleets": {**sea.fleets, "crab": crab}}), SPAN)


def _column(stage: Stage, name: str) -> object:
    return stage[COLUMNS.index(name)]


def _block(sailing: Sailing, m4: float) -> tuple[Carrier, list[Catcher]]:
    dice = Dice(stream(2, "test"))
    carrier = Carrier(sailing, _vessel(sailing, 0, "carriers", "RUVVO", M4=m4), dice, ["crab"])
    carrier.plan()
    catchers = [Catcher(sailing, _vessel(sailing, hull, "crab", "RUNEV"), dice, carrier.slots) for hull in (1, 2, 3)]
    for catcher in catchers:
        catcher.sail()
    carrier.load()
    return carrier, catchers


def test_slots_follow_on_each_other_with_a_gap(sailing: Sailing) -> None:
    carrier = Carrier(sailing, _vessel(sailing, 0, "carriers", "RUVVO"), Dice(stream(2, "test")), ["crab"])
    carrier.plan()
    trips = load_sea().trips
    assert len(carrier.slots) > 40
    for before, after in zip(carrier.slots, carrier.slots[1:], strict=False):
        assert after.begins - before.ends >= trips.meeting_gap_hours[0] * HOUR
    for slot in carrier.slots:
        assert trips.meeting_hours[0] <= (slot.ends - slot.begins) / HOUR <= trips.meeting_hours[1]


def test_what_catchers_give_is_what_the_carrier_takes_and_lands(sailing: Sailing) -> None:
    carrier, catchers = _block(sailing, m4=0.0)
    met = [stage for stage in carrier.book.stages if _column(stage, "kind") == MEETING]
    given = [stage for catcher in catchers for stage in catcher.book.stages if _column(stage, "kind") == MEETING]
    assert len(met) == len(given) == len(carrier.meetings) > 10
    times = sorted((_column(stage, "begins"), _column(stage, "ends"), _column(stage, "from")) for stage in met)
    assert times == sorted(
        (_column(stage, "begins"), _column(stage, "ends"), _column(stage, "from")) for stage in given
    )
    assert {_column(stage, "other") for stage in met} <= {1, 2, 3}
    landed = {landing.trip: landing for landing in carrier.landings}
    for trip, landing in landed.items():
        own = [meeting for meeting in carrier.meetings if meeting.trip == trip]
        assert landing.live_kg == landing.taken_over_kg == sum(meeting.live_kg for meeting in own)
        assert landing.donor in {meeting.donor for meeting in own}
        assert landing.fishing_hours == 0
    assert all(meeting.lawful for meeting in carrier.meetings)


def test_a_carrier_whom_nobody_met_lands_nothing(sailing: Sailing) -> None:
    dice = Dice(stream(2, "test"))
    carrier = Carrier(sailing, _vessel(sailing, 0, "carriers", "RUVVO", M4=1.0), dice, ["crab"])
    carrier.plan()
    planned = list(carrier.book.stages)
    carrier.load()
    assert carrier.landings == []
    assert carrier.meetings == []
    assert [stage[:8] for stage in carrier.book.stages] == [stage[:8] for stage in planned]
    assert any(_column(stage, "kind") == ADRIFT for stage in planned)


def test_an_undeclared_trip_has_an_undeclared_meeting(sailing: Sailing) -> None:
    carrier, _ = _block(sailing, m4=1.0)
    assert carrier.landings
    assert {landing.mechanism for landing in carrier.landings} == {"M4"}
    for landing in carrier.landings:
        own = [meeting for meeting in carrier.meetings if meeting.trip == landing.trip]
        assert not all(meeting.lawful for meeting in own)


def test_stages_stay_without_gap_once_the_carrier_is_loaded(sailing: Sailing) -> None:
    carrier, _ = _block(sailing, m4=0.5)
    for before, after in zip(carrier.book.stages, carrier.book.stages[1:], strict=False):
        assert _column(before, "ends") == _column(after, "begins")
        assert _column(before, "to") == _column(after, "from")
        assert _column(before, "fill_to") == pytest.approx(_column(after, "fill_from"))
    fills = [_column(stage, "fill_to") for stage in carrier.book.stages]
    assert min(fills) >= 0
    assert 0.15 < max(fills) <= 1


def test_the_hold_empties_in_the_port_of_landing(sailing: Sailing) -> None:
    carrier, _ = _block(sailing, m4=0.0)
    calls = {_column(stage, "begins"): stage for stage in carrier.book.stages if _column(stage, "kind") == PORT}
    for landing in carrier.landings:
        stage = calls[landing.arrived]
        assert _column(stage, "fill_from") > _column(stage, "fill_to")  # type: ignore[operator]
        assert _column(stage, "ends") == landing.leaves
