"""Catching vessels one by one: where they clear, what they bring, and what offenders do otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from seas import SPAN
from sections import load_sea

from pipeline.world.calendar import DAY
from pipeline.world.randomness import stream
from pipeline.world.sea.catchers import Catcher
from pipeline.world.sea.logbook import COLUMNS, FISHING, PORT, Dice
from pipeline.world.sea.sailing import Landing, Sailing, Vessel


@pytest.fixture(scope="module")
def sailing() -> Sailing:
    return Sailing(load_sea(), SPAN)


def _sailed(
    sailing: Sailing, fleet: str = "crab", home: str = "RUNEV", launders: int | None = None, **chances: float
) -> Catcher:
    rates = {"M3": 0.0, "M8": 0.0, "M4": 0.0, "T5": 0.0, **chances}
    vessel = Vessel(1, fleet, sailing.lanes.place(home), 10.0, 1e6, launders, rates)
    catcher = Catcher(sailing, vessel, Dice(stream(2, "test")), [])
    catcher.sail()
    return catcher


def _rates(landings: list[Landing]) -> float:
    return float(np.median([landing.live_kg / landing.fishing_hours for landing in landings]))


def test_an_honest_year_has_no_mechanism_and_stays_on_its_grounds(sailing: Sailing) -> None:
    landings = _sailed(sailing).landings
    assert 12 < len(landings) < 40
    assert {landing.mechanism for landing in landings} == {None}
    assert {landing.ground for landing in landings} <= set(load_sea().fleets["crab"].grounds)
    assert all(landing.from_port is None or landing.from_port.startswith("RU") for landing in landings)


def test_a_landing_is_a_call_in_the_logbook_after_the_fishing(sailing: Sailing) -> None:
    catcher = _sailed(sailing)
    stages = [dict(zip(COLUMNS, stage, strict=True)) for stage in catcher.book.stages]
    calls = {stage["begins"]: stage for stage in stages if stage["kind"] == PORT}
    fished = {stage["begins"]: stage for stage in stages if stage["kind"] == FISHING}
    for landing in catcher.landings:
        assert sailing.lanes.names[int(calls[landing.arrived]["to"])] == landing.to_port
        assert fished[landing.fishing_from]["ends"] == landing.fishing_to
        assert landing.fishing_to <= landing.arrived


def test_unreported_catch_is_more_than_the_hours_give(sailing: Sailing) -> None:
    honest, offending = _sailed(sailing).landings, _sailed(sailing, M3=1.0).landings
    assert {landing.mechanism for landing in offending} == {"M3"}
    assert _rates(offending) > 1.2 * _rates(honest)


def test_who_has_no_right_fishes_off_limits_or_where_he_always_does(sailing: Sailing) -> None:
    landings = _sailed(sailing, M8=1.0).landings
    off = [load_sea().grounds[str(landing.ground)].off_limits for landing in landings]
    assert 0.3 < np.mean(off) < 0.9


def test_a_false_identity_makes_the_later_landings_cases(sailing: Sailing) -> None:
    since = SPAN.start + 150 * DAY
    landings = _sailed(sailing, launders=since).landings
    assert {landing.mechanism for landing in landings if landing.arrived < since} == {None}
    assert {landing.mechanism for landing in landings if landing.departed > since + 40 * DAY} == {"M5"}


def test_a_vessel_without_an_open_ground_lies_at_home(sailing: Sailing) -> None:
    catcher = _sailed(sailing, fleet="salmon", home="RUPKC")
    seasons = load_sea().grounds["kamchatka_salmon"].seasons
    first = SPAN.start + (min(season[0] for season in seasons) - 40) * DAY
    winter = [stage for stage in catcher.book.stages if stage[COLUMNS.index("ends")] < first]
    assert all(stage[COLUMNS.index("kind")] == PORT for stage in winter)
    longest = max(stage[4] - stage[3] for stage in catcher.book.stages)
    assert longest > 60 * DAY
