"""When a transponder's reports are kept: evenly spaced by what the vessel does, with jitter."""

from __future__ import annotations

import numpy as np

from pipeline.world.ais.hull_stages import KINDS, HullStages
from pipeline.world.calendar import SECOND, Span
from pipeline.world.randomness import Integers
from pipeline.world.scenario.ais import Intervals


def report_times(
    generator: np.random.Generator, intervals: Intervals, jitter: float, stages: HullStages, span: Span
) -> tuple[Integers, Integers]:
    """Instants (microseconds, whole seconds, in order) within the span, and the position of the stage of each."""
    minutes = np.array([getattr(intervals, kind) for kind in KINDS])[stages.kind]
    step = 60.0 * SECOND * minutes
    # The part of an interval that a stage leaves over counts as often as it is long.
    slots = np.floor((stages.ends - stages.begins) / step + generator.random(len(step))).astype(np.int64)
    stage = np.repeat(np.arange(len(slots)), slots)
    number = np.arange(len(stage)) - np.repeat(np.cumsum(slots) - slots, slots)
    place = number + 0.5 + jitter * (generator.random(len(stage)) - 0.5)
    even = (stages.ends - stages.begins) / np.maximum(slots, 1)
    at = stages.begins[stage] + (place * even[stage] / SECOND).astype(np.int64) * SECOND
    kept = (at >= span.start) & (at < span.end)
    return at[kept], stage[kept]
