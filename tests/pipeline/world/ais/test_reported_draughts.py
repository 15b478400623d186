"""Draughts as entered: late, stale, absent."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from ais_frames import NEMURO, stage, stages_frame
from sections import load_ais

from pipeline.world.ais.hull_stages import HullStages, stages_by_hull
from pipeline.world.ais.reported_draughts import reported_draughts
from pipeline.world.calendar import HOUR
from pipeline.world.randomness import Floats
from pipeline.world.scenario.ais import Draught

DRAUGHT = load_ais().draught
PROMPT = Draught(never=0, absent=0, stale=0, lag_hours=2, lag_spread=0)


def _stages(draughts: list[float]) -> HullStages:
    legs = [stage("port", 30, NEMURO, draught_from_m=one, draught_to_m=other) for one, other in pairwise(draughts)]
    return stages_by_hull(stages_frame({1: legs}), load_ais().movement.patterns)[1]


def _told(draught: Draught, stages: HullStages, hours: list[float], seed: int = 1) -> Floats:
    at = stages.begins[0] + (np.array(hours) * HOUR).astype(np.int64)
    return reported_draughts(np.random.default_rng(seed), draught, stages, at)


def test_a_change_is_entered_hours_after_it_is_done() -> None:
    stages = _stages([3.0, 4.5, 4.5, 3.2])
    assert _told(PROMPT, stages, [0, 29, 31, 33, 91, 93]).tolist() == [3.0, 3.0, 3.0, 4.5, 4.5, 3.2]


def test_some_changes_are_not_entered_until_the_next() -> None:
    stages = _stages([3.0, 5.0] * 500 + [3.0])
    after = [30 * (number + 1) + 10.0 for number in range(1000)]
    told = _told(PROMPT.model_copy(update={"stale": 0.2}), stages, after)
    wrong = told != np.array([5.0, 3.0] * 500)
    assert np.mean(wrong) == pytest.approx(0.2, abs=0.05)


def test_some_reports_and_some_hulls_have_none() -> None:
    stages = _stages([3.0, 4.0])
    hours = np.linspace(0, 29, 3000).tolist()
    assert np.isnan(_told(PROMPT.model_copy(update={"absent": 0.1}), stages, hours)).mean() == pytest.approx(
        0.1, abs=0.02
    )
    never = [
        np.isnan(_told(PROMPT.model_copy(update={"never": 0.3}), stages, [1.0], seed)).all() for seed in range(400)
    ]
    assert np.mean(never) == pytest.approx(0.3, abs=0.08)


def test_unknown_draughts_stay_unknown() -> None:
    assert np.isnan(_told(PROMPT, _stages([np.nan, np.nan]), [1.0, 40.0])).all()


def test_no_reports_have_no_draughts() -> None:
    assert _told(DRAUGHT, _stages([3.0, 4.0]), []).shape == (0,)
