"""The draught that a crew has entered: late, or not at all."""

from __future__ import annotations

import numpy as np

from pipeline.world.ais.hull_stages import HullStages
from pipeline.world.calendar import HOUR, in_seconds
from pipeline.world.randomness import Floats, Integers
from pipeline.world.scenario.ais import Draught


def reported_draughts(generator: np.random.Generator, draught: Draught, stages: HullStages, at: Integers) -> Floats:
    """The draught (metres, NaN where none is sent) in each of one hull's reports.

    A change that a stage brings is entered hours after the stage has ended, or stays out until the next one is entered.
    """
    never = generator.random() < draught.never
    changed = np.abs(stages.draught_to_m - stages.draught_from_m) >= 0.05
    entered = changed & (generator.random(len(changed)) >= draught.stale)
    lag = draught.lag_hours * np.exp(draught.lag_spread * generator.standard_normal(len(changed)))
    when = (stages.ends + in_seconds(lag, HOUR))[entered]
    order = np.argsort(when, kind="stable")
    values = np.concatenate([stages.draught_from_m[:1], stages.draught_to_m[entered][order]])
    told = values[np.searchsorted(when[order], at, side="right")]
    absent = generator.random(len(at)) < draught.absent
    return np.where(absent | never, np.nan, np.round(told, 1))
