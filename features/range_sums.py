"""Sums over rows that stand in a range of places and whose rank lies below a bound, for very many questions at once.

Windows on event time need them: the place of a row says when it happened, its rank when it became known, and what was
visible at a cut-off is what had a lower rank. Many rows may share key and time, so that going through the rows of each
range would cost their number times that of the questions; here no range is ever gone through.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from features.windows_keys import BoolArray, IntArray


def range_sums(
    ranks: IntArray, weights: Mapping[str, IntArray], begin: IntArray, end: IntArray, below: IntArray
) -> dict[str, IntArray]:
    """Per question the sum of each weight over the places in [begin, end) whose rank is less than `below`.

    `ranks` and every array of `weights` have a value per place; ranks are whole and not negative. A row that stopped
    counting is given twice, with its weight at the rank of its start and with the opposite at that of its end. Sums
    are exact: integers that may wrap around on the way, as long as the result fits. Raises ValueError on a negative
    rank, and on arrays of different lengths.

    A wavelet matrix (Navarro and others, Information Systems 47, 2015): by one binary digit after another, from the
    highest, places are parted stably into those with 0 and those with 1, and every range goes on in the half that its
    bound falls into.
    Time O((places + questions) log ranks), memory O(places + questions).
    """
    _hold(ranks, weights)
    totals = {name: np.zeros(begin.size, dtype=np.int64) for name in weights}
    if not ranks.size or not begin.size:
        return totals
    weights = dict(weights)
    below = np.clip(below, 0, int(ranks.max()) + 1)
    for digit in reversed(range((int(ranks.max()) + 1).bit_length())):
        ones = (ranks >> digit & 1).astype(np.bool_)
        zeros_before = _running(~ones)
        zeros_begin, zeros_end = zeros_before[begin], zeros_before[end]
        order = np.concatenate([np.flatnonzero(~ones), np.flatnonzero(ones)])
        ranks = ranks[order]
        goes_up = (below >> digit & 1).astype(np.bool_)
        for name in weights:
            weights[name] = weights[name][order]
            running = _running(weights[name])
            totals[name] += np.where(goes_up, running[zeros_end] - running[zeros_begin], 0)
        zeros = zeros_before[-1]
        begin = np.where(goes_up, begin - zeros_begin + zeros, zeros_begin)
        end = np.where(goes_up, end - zeros_end + zeros, zeros_end)
    return totals


def _running(values: BoolArray | IntArray) -> IntArray:
    """Running total with a leading 0."""
    total = np.zeros(values.size + 1, dtype=np.int64)
    np.cumsum(values, out=total[1:])
    return total


def _hold(ranks: IntArray, weights: Mapping[str, IntArray]) -> None:
    lengths = {name: values.size for name, values in weights.items() if values.size != ranks.size}
    if lengths:
        raise ValueError(f"needed a weight for each of {ranks.size} places, found {lengths}; give one per place")
    if ranks.size and ranks.min() < 0:
        raise ValueError(f"needed ranks from 0 on, found {ranks.min()}; number the instants from 0")
