"""Where a vessel is while it fishes: cycles of phases along the axis of a ground, by gear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.world.calendar import DAY, HOUR
from pipeline.world.randomness import Floats
from pipeline.world.scenario.ais import Pattern

SUNSET = 18.0


@dataclass(frozen=True)
class Drawn:
    """A track in the plane of a ground: two rows, along its axis and across it (to the right)."""

    miles: Floats
    knots: Floats


def fishing_track(
    generator: np.random.Generator,
    pattern: Pattern,
    begins: int,
    lon: float,
    hours: float,
    extent_nm: float,
    elapsed: Floats,
) -> Drawn:
    """The track of one stage of `hours` that begins at an instant (microseconds), at `elapsed` hours from there.

    It starts at the centre of the ground and never leaves a box of `extent_nm` by breadth x `extent_nm` around it.
    """
    ahead = _hours_since_sunset(begins, lon) if pattern.daily else 0.0
    lasts, velocity = _phases(generator, pattern, hours + ahead)
    ends = np.cumsum(lasts)
    steps = velocity * lasts
    walked = np.cumsum(steps, axis=1) - steps
    # The stage may begin within a cycle: the last instant asked is that begin, from which the track is measured.
    at = np.append(elapsed, 0.0) + ahead
    leg = np.minimum(np.searchsorted(ends, at, side="right"), len(ends) - 1)
    knots = velocity[:, leg]
    place = walked[:, leg] + (at - (ends - lasts)[leg]) * knots
    half = np.array([[extent_nm / 2], [extent_nm / 2 * pattern.breadth]])
    return _folded(place[:, :-1] - place[:, -1:], knots[:, :-1], half)


def _phases(generator: np.random.Generator, pattern: Pattern, hours: float) -> tuple[Floats, Floats]:
    """As many cycles as surely fill the hours: how long each phase lasts, and its knots along and across (two rows)."""
    least = 24.0 if pattern.daily else sum(phase.hours[0] for phase in pattern.phases)
    cycles = int(hours / least) + 1
    bounds = np.array([(phase.hours, phase.knots, phase.heading) for phase in pattern.phases])
    low, high = bounds[:, :, 0], bounds[:, :, 1]
    drawn = low + generator.random((cycles, *low.shape)) * (high - low)
    lasts, knots, heading = drawn[:, :, 0], drawn[:, :, 1], np.radians(drawn[:, :, 2])
    if pattern.daily:
        lasts = lasts * (24.0 / lasts.sum(axis=1, keepdims=True))
    along = knots * np.cos(heading)
    if pattern.returns:
        along[1::2] *= -1
    return lasts.ravel(), np.array([along.ravel(), (knots * np.sin(heading)).ravel()])


def _hours_since_sunset(begins: int, lon: float) -> float:
    local = (begins % DAY) / HOUR + lon / 15.0
    return (local - SUNSET) % 24.0


def _folded(miles: Floats, knots: Floats, half: Floats) -> Drawn:
    """A straight way folded into -half..half as light between two mirrors: speeds stay as they are."""
    turn = miles + half
    turn -= 4 * half * np.floor(turn / (4 * half))
    outward = turn < 2 * half
    return Drawn(np.where(outward, turn - half, 3 * half - turn), np.where(outward, knots, -knots))
