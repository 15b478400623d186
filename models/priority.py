"""What the rank sorts by: the likelihood of any scheme, or the expected harm where the configuration states one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Priority(NamedTuple):
    """priority per row, and the position of the scheme that adds most to it (-1 where no scheme has a probability)."""

    priority: NDArray[np.float64]
    scheme: NDArray[np.int64]


def combine(probabilities: NDArray[np.float64], schemes: Sequence[str], harm: Mapping[str, float]) -> Priority:
    """Combine rows x schemes probabilities (NaN where a scheme has none for a row) into one priority per row.

    Without harm: 1 - product of (1 - p). With harm (one number per scheme, USD): the sum of p * harm.
    The scheme that adds most is the one with the greatest p (or p * harm); the first in `schemes` wins a tie.
    A row without any probability gets priority 0.
    """
    priority = np.zeros(len(probabilities))
    if not schemes:
        return Priority(priority, np.full(len(probabilities), -1, dtype=np.int64))
    worth = probabilities * np.array([harm[scheme] if harm else 1.0 for scheme in schemes])
    for added in np.nan_to_num(worth).T:
        # p + q * (1 - p) equals 1 - (1 - p)(1 - q), and keeps small probabilities apart where the product would not.
        priority = priority + (added if harm else added * (1.0 - priority))
    strongest = np.where(np.isnan(worth), -1.0, worth).argmax(axis=1)
    return Priority(priority, np.where(np.isnan(worth).all(axis=1), -1, strongest).astype(np.int64))


def place_abstained(
    priority: NDArray[np.float64],
    scored: NDArray[np.bool_],
    abstained: NDArray[np.bool_],
    rule_share: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Priorities with those of the abstained rows filled in.

    They get the share of the weighted rules that they meet, times the lowest priority among the `scored` rows of the
    night; the share alone where no row was scored.
    """
    lowest = float(priority[scored].min()) if scored.any() else 1.0
    return np.where(abstained, rule_share * lowest, priority)
