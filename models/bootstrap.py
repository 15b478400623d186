"""Percentile bootstrap by cluster: how far a measure could have come out otherwise on rows like these.

Efron and Tibshirani, "An Introduction to the Bootstrap", chapter 13. Whole clusters (a consignment with all its rows)
are drawn with replacement, so that rows that stand or fall together do not count as independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

DRAWS = 200
LEVEL = 0.95
MEASURES = ("auc", "average_precision", "brier", "calibration_error")
_ROWS_AT_ONCE = 1 << 21  # of a block of draws, so that memory stays within some 100 MB

Floats = NDArray[np.float64]
Interval = list[float] | None


class Resamples:
    """`draws` resamples of rows, whole clusters at a time; equal for equal clusters and seed, in any order of rows."""

    def __init__(self, clusters: NDArray[Any], draws: int = DRAWS, seed: int = 0) -> None:
        names, self._codes = np.unique(np.asarray(clusters), return_inverse=True)
        self._clusters, self.draws, self._seed = len(names), draws, seed

    def counts(self) -> Iterator[Floats]:
        """Blocks (draws x rows) that say how often each row was drawn."""
        rng = np.random.Generator(np.random.PCG64(self._seed))
        block = max(1, _ROWS_AT_ONCE // max(1, len(self._codes)))
        for begin in range(0, self.draws, block):
            drawn = rng.multinomial(
                self._clusters, np.full(self._clusters, 1 / self._clusters), min(block, self.draws - begin)
            )
            yield drawn[:, self._codes].astype(np.float64)


class Judged:
    """Labels and probabilities, sorted once, whose measures can be taken under any weights of the rows.

    Every measure is O(rows) per set of weights. `bins` gives the bin of each row for the calibration error.
    """

    def __init__(self, labels: NDArray[np.int64], probabilities: Floats, bins: NDArray[np.int64]) -> None:
        self._order = np.argsort(-probabilities, kind="stable")
        ordered = probabilities[self._order]
        self._ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))  # last row of each run of ties
        self._labels = labels[self._order].astype(np.float64)
        self._squares = (ordered - self._labels) ** 2
        self._residuals = ordered - self._labels
        by_bin = np.argsort(bins[self._order], kind="stable")
        self._by_bin = by_bin
        self._bin_begins = np.flatnonzero(np.diff(bins[self._order][by_bin], prepend=-1))

    def measures(self, weights: Floats, shares: Sequence[float]) -> dict[str, Floats]:
        """Per set of weights (sets x rows): MEASURES, and `precision_<share>`, `recall_<share>`; NaN if undefined."""
        weight = weights[:, self._order]
        total = weight.sum(axis=1)
        hits = np.cumsum(weight * self._labels, axis=1)[:, self._ends]
        rows = np.cumsum(weight, axis=1)[:, self._ends]
        with np.errstate(invalid="ignore", divide="ignore"):
            found = {
                "auc": _auc(hits, rows),
                "average_precision": _average_precision(hits, rows),
                "brier": weight @ self._squares / total,
                "calibration_error": self._calibration_error(weight) / total,
            }
            for share in shares:
                room = np.maximum(np.ceil(share * total - 1e-9), 1)
                caught = _caught(hits, rows, room)
                found[f"precision_{share:g}"] = caught / room
                found[f"recall_{share:g}"] = caught / hits[:, -1]
        return found

    def _calibration_error(self, weight: Floats) -> Floats:
        residuals = (weight * self._residuals)[:, self._by_bin]
        return np.asarray(np.abs(np.add.reduceat(residuals, self._bin_begins, axis=1)).sum(axis=1))


def _auc(hits: Floats, rows: Floats) -> Floats:
    """Chance that a row with a find stands before one without, ties counting half."""
    misses = rows - hits
    new_misses = np.diff(misses, axis=1, prepend=0)
    new_hits = np.diff(hits, axis=1, prepend=0)
    pairs = (new_misses * (hits - new_hits / 2)).sum(axis=1)
    return np.asarray(pairs / (hits[:, -1] * misses[:, -1]))


def _average_precision(hits: Floats, rows: Floats) -> Floats:
    """Precision at each threshold, weighted by the recall that the threshold adds; as in scikit-learn."""
    precision = np.divide(hits, rows, out=np.zeros_like(hits), where=rows > 0)
    return np.asarray((np.diff(hits, axis=1, prepend=0) * precision).sum(axis=1) / hits[:, -1])


def _caught(hits: Floats, rows: Floats, room: Floats) -> Floats:
    """Expected hits among the first `room` rows, over all orders of the rows tied at the edge."""
    at = np.array([np.searchsorted(line, size) for line, size in zip(rows, room, strict=True)])
    at = np.minimum(at, rows.shape[1] - 1)
    each = np.arange(len(at))
    before_hits = np.where(at > 0, hits[each, at - 1], 0.0)
    before_rows = np.where(at > 0, rows[each, at - 1], 0.0)
    tied = rows[each, at] - before_rows
    share = np.divide(room - before_rows, tied, out=np.zeros_like(room), where=tied > 0)
    return np.asarray(before_hits + share * (hits[each, at] - before_hits))


def intervals(judged: Judged, resamples: Resamples, shares: Sequence[float]) -> dict[str, Interval]:
    """The interval (low, high) of each measure; None where no resample defined it."""
    blocks = [judged.measures(weights, shares) for weights in resamples.counts()]
    return {name: interval(np.concatenate([block[name] for block in blocks])) for name in blocks[0]}


def interval(values: Floats) -> Interval:
    """The middle LEVEL of the values that are defined, to six places (sums may differ in the last bit); else None."""
    defined = values[np.isfinite(values)]
    if not defined.size:
        return None
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return [round(float(low), 6), round(float(high), 6)]


def differences(one: Judged, other: Judged, resamples: Resamples, shares: Sequence[float]) -> dict[str, Interval]:
    """The interval of each measure of `one` less that of `other`, both taken on the same resamples of the same rows."""
    values: dict[str, list[Floats]] = {}
    for weights in resamples.counts():
        first, second = one.measures(weights, shares), other.measures(weights, shares)
        for name in first:
            values.setdefault(name, []).append(first[name] - second[name])
    return {name: interval(np.concatenate(found)) for name, found in values.items()}
