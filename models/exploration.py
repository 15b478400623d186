"""How an office's capacity is spent: most of it from the top, a share at random below, each with its propensity."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Draw(NamedTuple):
    """Per candidate in rank order: taken from the top, taken at random, and the probability of being taken at all."""

    top: NDArray[np.bool_]
    random: NDArray[np.bool_]
    propensity: NDArray[np.float64]


def draw(candidates: int, capacity: int, share: float, rounding: float, order: NDArray[np.float64]) -> Draw:
    """Take `capacity` of the candidates: from the top, and a `share` of the capacity at random among the rest.

    The number at random is floor(capacity * share), and one more where `rounding` (a uniform draw) falls below the
    fraction left over. `order` (a uniform draw per candidate) says who of the rest is taken, the lowest first. The
    propensity mixes over both numbers, so that it depends on list and policy alone and sums to the capacity.
    """
    capacity = min(capacity, candidates)
    wanted = Fraction(str(share)) * capacity
    fewer = math.floor(wanted)
    fraction = float(wanted - fewer)
    at_random = fewer + int(rounding < fraction)
    top = np.arange(candidates) < capacity - at_random
    rest = np.flatnonzero(~top)
    random = np.zeros(candidates, dtype=bool)
    random[rest[np.argsort(order[rest], kind="stable")[:at_random]]] = True
    with_fewer = _propensity(candidates, capacity, fewer)
    with_more = _propensity(candidates, capacity, fewer + 1) if fraction > 0 else with_fewer
    return Draw(top, random, with_fewer + fraction * (with_more - with_fewer))


def _propensity(candidates: int, capacity: int, at_random: int) -> NDArray[np.float64]:
    top = capacity - at_random
    rest = candidates - top
    return np.where(np.arange(candidates) < top, 1.0, at_random / rest if rest else 0.0)
