"""How well scores order and estimate: plain dictionaries, ready for JSON, null with a reason where undefined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, precision_recall_curve, roc_auc_score

from models.bootstrap import MEASURES, Judged, Resamples, interval, intervals

SHARES = (0.01, 0.02, 0.05, 0.10)
_BINS = 10
_ESTIMATES = ("brier", "calibration_error")
_ORDERS = ("auc", "average_precision")


class Rooms(NamedTuple):
    """What may be opened: the block of each row (0, 1, ...; an office, say), and how many rows of each block."""

    blocks: NDArray[np.int64]
    rows: NDArray[np.int64]


def evaluate(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    shares: Sequence[float] = SHARES,
    *,
    rooms: Rooms | None = None,
    clusters: NDArray[Any] | None = None,
    draws: int = 0,
    seed: int = 0,
) -> dict[str, Any]:
    """Judge calibrated probabilities (0 to 1) against labels (0 or 1).

    Keys: rows, positives, base_rate, auc, average_precision, brier, calibration_error (ten bins of about equal size,
    equal probabilities never parted), at_share (share as text: rows, precision and recall, each best, worst and
    expected over the orders of tied rows), at_capacity (likewise, where each block opens its `rooms`; null without),
    undefined (measure: why it is null). With `draws` also intervals (measure: low and high), and `interval` beside
    best, worst and expected: 95 %, bootstrap by `clusters` (default: each row is its own).
    """
    # Sums of floats depend on their order in the last bit; in this one they depend on the rows alone.
    order = np.lexsort((labels, probabilities))
    labels, probabilities = labels[order], probabilities[order]
    clusters = None if clusters is None else np.asarray(clusters)[order]
    rooms = None if rooms is None else Rooms(rooms.blocks[order], rooms.rows)
    rows, positives = len(labels), int(labels.sum())
    undefined: dict[str, str] = {}
    result: dict[str, Any] = {
        "rows": rows,
        "positives": positives,
        "base_rate": positives / rows if rows else None,
        "auc": None,
        "average_precision": None,
        "brier": None,
        "calibration_error": None,
        "at_share": {},
        "at_capacity": None,
        "intervals": {},
        "undefined": undefined,
    }
    if rooms is None:
        undefined["at_capacity"] = "no capacity was given"
    if rows == 0:
        undefined |= dict.fromkeys(("base_rate", *_ESTIMATES, *_ORDERS, "at_share", "at_capacity"), "no rows")
        return result
    result["brier"] = float(brier_score_loss(labels, probabilities))
    result["calibration_error"] = calibration_error(labels, probabilities)
    result["at_share"] = {f"{share:g}": at_share(labels, probabilities, share) for share in shares}
    if rooms is not None:
        result["at_capacity"] = at_capacity(labels, probabilities, rooms)
    if draws:
        resamples = Resamples(np.arange(rows) if clusters is None else clusters, draws, seed)
        _add_intervals(result, labels, probabilities, shares, rooms, resamples)
    if positives in (0, rows):
        only = "no row without a find" if positives else "no row with a find"
        undefined |= dict.fromkeys(_ORDERS, only)
        if not positives:
            undefined["recall"] = only
        return result
    result["auc"] = float(roc_auc_score(labels, probabilities))
    result["average_precision"] = float(average_precision_score(labels, probabilities))
    return result


def judged(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Judged:
    """Labels and probabilities made ready for measures under many weights."""
    return Judged(labels, probabilities, _bins(probabilities))


def _add_intervals(
    result: dict[str, Any],
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    shares: Sequence[float],
    rooms: Rooms | None,
    resamples: Resamples,
) -> None:
    found = intervals(judged(labels, probabilities), resamples, shares)
    result["intervals"] = {name: found[name] for name in MEASURES}
    for share in shares:
        entry = result["at_share"][f"{share:g}"]
        for name in ("precision", "recall"):
            if entry[name]:
                entry[name]["interval"] = found[f"{name}_{share:g}"]
    if rooms is None:
        return
    opened = _chance_of_opening(probabilities, rooms)
    totals = [
        np.column_stack([weights @ (opened * labels), weights @ opened, weights @ labels])
        for weights in resamples.counts()
    ]
    hits, chosen, positives = np.concatenate(totals).T
    for name, all_of in (("precision", chosen), ("recall", positives)):
        if result["at_capacity"][name]:
            share_of = np.divide(hits, all_of, out=np.full_like(hits, np.nan), where=all_of > 0)
            result["at_capacity"][name]["interval"] = interval(share_of)


def at_capacity(labels: NDArray[np.int64], scores: NDArray[np.float64], rooms: Rooms) -> dict[str, Any]:
    """Precision and recall where each block opens its highest rows; as `at_share`, summed over the blocks."""
    hits = {"best": 0.0, "worst": 0.0, "expected": 0.0}
    chosen = 0
    for rows, room in zip(_rows_of_blocks(rooms), rooms.rows, strict=True):
        opened = min(int(room), len(rows))
        if opened:
            chosen += opened
            for name, value in _hits(labels[rows], scores[rows], opened).items():
                hits[name] += value
    return _precision_and_recall(hits, chosen, int(labels.sum()))


def _chance_of_opening(scores: NDArray[np.float64], rooms: Rooms) -> NDArray[np.float64]:
    """Per row, the chance that its block opens it, over all orders of tied rows."""
    chance = np.zeros(len(scores))
    for rows, room in zip(_rows_of_blocks(rooms), rooms.rows, strict=True):
        opened = min(int(room), len(rows))
        if opened:
            above, tied = _edge(scores[rows], opened)
            chance[rows[above]] = 1.0
            chance[rows[tied]] = (opened - above.sum()) / tied.sum()
    return chance


def _rows_of_blocks(rooms: Rooms) -> list[NDArray[np.int64]]:
    order = np.argsort(rooms.blocks, kind="stable")
    return np.split(order, np.searchsorted(rooms.blocks[order], np.arange(1, len(rooms.rows))))


def at_share(labels: NDArray[np.int64], scores: NDArray[np.float64], share: float) -> dict[str, Any]:
    """Precision and recall among the highest `share` of rows (rounded up), over all orders of rows tied at the edge.

    Returns rows, precision and recall; each of the two has best, worst and expected; recall is null without positives.
    """
    rows = len(labels)
    chosen = min(max(math.ceil(Fraction(str(share)) * rows), 1), rows)
    return _precision_and_recall(_hits(labels, scores, chosen), chosen, int(labels.sum()))


def _edge(scores: NDArray[np.float64], chosen: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows are surely among the highest `chosen`, and which are tied for the places that are left."""
    edge = np.sort(scores)[len(scores) - chosen]
    return scores > edge, scores == edge


def _hits(labels: NDArray[np.int64], scores: NDArray[np.float64], chosen: int) -> dict[str, float]:
    above, tied = _edge(scores, chosen)
    free = chosen - int(above.sum())
    sure, possible, ties = int(labels[above].sum()), int(labels[tied].sum()), int(tied.sum())
    return {
        "best": float(sure + min(free, possible)),
        "worst": float(sure + max(0, free - (ties - possible))),
        "expected": sure + free * possible / ties,
    }


def _precision_and_recall(hits: dict[str, float], chosen: int, positives: int) -> dict[str, Any]:
    return {
        "rows": chosen,
        "precision": {name: value / chosen for name, value in hits.items()} if chosen else None,
        "recall": {name: value / positives for name, value in hits.items()} if positives else None,
    }


def calibration_error(labels: NDArray[np.int64], probabilities: NDArray[np.float64], bins: int = _BINS) -> float:
    """Mean distance between what was said and what was found, over bins of about equal size, weighted by rows."""
    place = _bins(probabilities, bins)
    counts = np.bincount(place)
    said = np.bincount(place, weights=probabilities)
    found = np.bincount(place, weights=labels)
    return float(np.abs(said - found)[counts > 0].sum() / len(labels))


def best_f1_threshold(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    """The score from which on calling a row a find gives the highest F1; of several, the highest. Choose it on rows
    that are not the ones reported on."""
    precision, recall, thresholds = precision_recall_curve(labels, scores)
    both = precision[:-1] + recall[:-1]
    f1 = np.divide(2 * precision[:-1] * recall[:-1], both, out=np.zeros_like(both), where=both > 0)
    return float(thresholds[len(f1) - 1 - int(np.argmax(f1[::-1]))])


def _bins(probabilities: NDArray[np.float64], bins: int = _BINS) -> NDArray[np.int64]:
    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(edges, probabilities, side="right").astype(np.int64)
