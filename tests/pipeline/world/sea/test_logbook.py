"""The logbook: stages that follow on each other, and cheap draws."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sections import load_sea

from pipeline.world.calendar import HOUR
from pipeline.world.randomness import stream
from pipeline.world.sea.logbook import COLUMNS, MEETING, PORT, TRANSIT, Dice, Logbook, Lots
from pipeline.world.sea.sea_lanes import SeaLanes


@pytest.fixture
def book() -> Logbook:
    lanes = SeaLanes(load_sea())
    return Logbook(lanes, Dice(stream(1, "test")), 4, 10.0, 0.0, 1000 * HOUR, lanes.place("RUVVO"))


def test_stages_follow_on_each_other(book: Logbook) -> None:
    lanes = book.lanes
    spot = lanes.spots("primorye_shelf")[3]
    book.stay(PORT, 5, 0.1)
    book.go(spot)
    book.fish(20, 0.5, dark=True, axis_deg=30, extent_nm=8)
    book.until(MEETING, book.now + 4 * HOUR, 0.2, other=9)
    book.go_by(lanes.place("JPOTR"), book.now + 50 * HOUR)
    rows = [dict(zip(COLUMNS, stage, strict=True)) for stage in book.stages]
    assert [row["kind"] for row in rows] == [PORT, TRANSIT, 2, MEETING, TRANSIT]
    for before, after in itertools.pairwise(rows):
        assert (before["ends"], before["to"], before["fill_to"]) == (after["begins"], after["from"], after["fill_from"])
    assert rows[1]["ends"] - rows[1]["begins"] == pytest.approx(
        lanes.length_nm(rows[1]["from"], spot) / 10 * HOUR, abs=1e6
    )
    assert rows[2]["dark"]
    assert rows[2]["axis_deg"] == 30
    assert rows[3]["other"] == 9
    assert {row["hull"] for row in rows} == {4}


def test_going_where_one_is_takes_no_stage(book: Logbook) -> None:
    assert book.go(book.place) == (book.now, book.now)
    assert book.stages == []


def test_a_stay_can_be_made_longer(book: Logbook) -> None:
    book.stay(PORT, 5)
    book.extend(3)
    assert len(book.stages) == 1
    assert book.now == 1008 * HOUR == book.stages[0][COLUMNS.index("ends")]


def test_dice_keep_to_what_is_asked() -> None:
    dice = Dice(stream(1, "test"))
    drawn = [dice.between((2.0, 5.0)) for _ in range(6000)]
    assert min(drawn) >= 2
    assert max(drawn) < 5
    assert np.mean(drawn) == pytest.approx(3.5, abs=0.05)
    assert np.mean([dice.happens(0.2) for _ in range(6000)]) == pytest.approx(0.2, abs=0.03)
    assert np.std(np.log([dice.factor(0.4) for _ in range(6000)])) == pytest.approx(0.4, abs=0.03)
    assert {dice.one_of([1, 2, 3]) for _ in range(100)} == {1, 2, 3}


def test_lots_fall_by_their_weights() -> None:
    dice, lots = Dice(stream(1, "test")), Lots({"a": 3.0, "none": 0.0, "b": 1.0})
    drawn = [lots.draw(dice) for _ in range(4000)]
    assert "none" not in drawn
    assert drawn.count("a") / 4000 == pytest.approx(0.75, abs=0.04)
