"""What itineraries share: seasons, symptom shares, waits off a port."""

from __future__ import annotations

import pytest
from seas import SPAN
from sections import load_sea

from pipeline.world.calendar import DAY
from pipeline.world.randomness import stream
from pipeline.world.scenario.sea import SeaScenario
from pipeline.world.sea.logbook import ADRIFT, COLUMNS, TRANSIT, Dice, Logbook
from pipeline.world.sea.sailing import Sailing, Vessel, day_of_year


@pytest.fixture(scope="module")
def sailing() -> Sailing:
    return Sailing(load_sea(), SPAN)


def _begun(sailing: Sailing, port: str, waits: float) -> tuple[Sailing, Logbook, Dice]:
    trips = load_sea().trips.model_copy(update={"waits": waits, "pauses": waits})
    eager = Sailing(load_sea().model_copy(update={"trips": trips}), SPAN)
    dice = Dice(stream(1, "test"))
    vessel = Vessel(7, "crab", sailing.lanes.place(port), 10.0, 1e5, None, {})
    return eager, eager.book(dice, vessel, SPAN.start, vessel.home), dice


@pytest.mark.parametrize(("day", "of_year"), [(0, 1), (59, 60), (365, 1), (SPAN.start // DAY + 365, 366)])
def test_days_of_the_year(day: int, of_year: int) -> None:
    assert day_of_year(day) == of_year


def test_only_grounds_in_season_are_open(sailing: Sailing) -> None:
    winter, summer = SPAN.start, SPAN.start + 200 * DAY
    assert sailing.open_grounds("salmon", winter) is None
    open_now = sailing.open_grounds("salmon", summer)
    assert open_now is not None
    assert set(open_now.names) == {"olyutor_salmon", "kamchatka_salmon", "iturup_salmon"}


def test_a_mechanism_that_is_not_named_shows_as_the_honest(sailing: Sailing) -> None:
    table = load_sea().symptoms.dark_meeting
    assert sailing.share("dark_meeting", None) == sailing.share("dark_meeting", "M8") == table["honest"]
    assert sailing.share("dark_meeting", "M4") == table["M4"]


def test_who_waits_lies_off_the_port(sailing: Sailing) -> None:
    eager, book, dice = _begun(sailing, "RUVVO", waits=1.0)
    eager.approach(book, dice, eager.lanes.place("JPOTR"), dark=True)
    kinds = [stage[COLUMNS.index("kind")] for stage in book.stages]
    assert kinds == [TRANSIT, ADRIFT, TRANSIT]
    assert eager.lanes.names[book.stages[1][COLUMNS.index("to")]].startswith("ishikari#")
    assert all(stage[COLUMNS.index("dark")] for stage in book.stages)
    assert book.place == eager.lanes.place("JPOTR")


def test_who_pauses_lies_half_way_and_then_goes_on(sailing: Sailing) -> None:
    eager, book, dice = _begun(sailing, "RUVVO", waits=1.0)
    eager.pause(book, dice, eager.lanes.place("JPKUH"))
    assert [stage[COLUMNS.index("kind")] for stage in book.stages] in ([TRANSIT, ADRIFT], [])
    assert book.place not in map(eager.lanes.place, load_sea().narrows)


def test_nobody_waits_where_the_share_is_none(sailing: Sailing) -> None:
    eager, book, dice = _begun(sailing, "RUVVO", waits=0.0)
    eager.pause(book, dice, eager.lanes.place("JPOTR"))
    eager.approach(book, dice, eager.lanes.place("JPOTR"))
    assert len(book.stages) == 1


def test_the_scenario_is_kept_as_it_was_given(sailing: Sailing) -> None:
    assert isinstance(sailing.sea, SeaScenario)
    assert sailing.lanes.names[sailing.lanes.place("JPNEM")] == "JPNEM"
