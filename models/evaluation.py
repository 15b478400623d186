"""How well scores order and estimate: plain dictionaries, ready for JSON, null with a reason where undefined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

SHARES = (0.01, 0.02, 0.05, 0.10)
_BINS = 10
_ESTIMATES = ("brier", "calibration_error")
_ORDERS = ("auc", "average_precision")


def evaluate(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], shares: Sequence[float] = SHARES
) -> dict[str, Any]:
    """Judge calibrated probabilities (0 to 1) against labels (0 or 1).

    Keys: rows, positives, base_rate, auc, average_precision, brier, calibration_error (ten bins of about equal size,
    equal probabilities never parted), at_share (share as text: rows, precision and recall, each best, worst and
    expected over the orders of tied rows), undefined (measure: why it is null).
    """
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
        "undefined": undefined,
    }
    if rows == 0:
        undefined |= dict.fromkeys(("base_rate", *_ESTIMATES, *_ORDERS, "at_share"), "no rows")
        return result
    result["brier"] = float(brier_score_loss(labels, probabilities))
    result["calibration_error"] = calibration_error(labels, probabilities)
    result["at_share"] = {f"{share:g}": at_share(labels, probabilities, share) for share in shares}
    if positives in (0, rows):
        only = "no row without a find" if positives else "no row with a find"
        undefined |= dict.fromkeys(_ORDERS, only)
        if not positives:
            undefined["recall"] = only
        return result
    result["auc"] = float(roc_auc_score(labels, probabilities))
    result["average_precision"] = float(average_precision_score(labels, probabilities))
    return result


def at_share(labels: NDArray[np.int64], scores: NDArray[np.float64], share: float) -> dict[str, Any]:
    """Precision and recall among the highest `share` of rows (rounded up), over all orders of rows tied at the edge.

    Returns rows, precision and recall; each of the two has best, worst and expected; recall is null without positives.
    """
    rows, positives = len(labels), int(labels.sum())
    chosen = min(max(math.ceil(Fraction(str(share)) * rows), 1), rows)
    edge = np.sort(scores)[rows - chosen]
    above, tied = scores > edge, scores == edge
    free = chosen - int(above.sum())
    sure, possible, ties = int(labels[above].sum()), int(labels[tied].sum()), int(tied.sum())
    hits = {
        "best": float(sure + min(free, possible)),
        "worst": float(sure + max(0, free - (ties - possible))),
        "expected": sure + free * possible / ties,
    }
    return {
        "rows": chosen,
        "precision": {name: value / chosen for name, value in hits.items()},
        "recall": {name: value / positives for name, value in hits.items()} if positives else None,
    }


def calibration_error(labels: NDArray[np.int64], probabilities: NDArray[np.float64], bins: int = _BINS) -> float:
    """Mean distance between what was said and what was found, over bins of about equal size, weighted by rows."""
    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.searchsorted(edges, probabilities, side="right")
    counts = np.bincount(place)
    said = np.bincount(place, weights=probabilities)
    found = np.bincount(place, weights=labels)
    return float(np.abs(said - found)[counts > 0].sum() / len(labels))
