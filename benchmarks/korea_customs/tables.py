"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from models.bootstrap import DRAWS
from models.evaluation import evaluate

SHARES = ("0.01", "0.02", "0.05", "0.1")
HEAD = ["rows", "found", "AUC", "average precision", "F1", *[f"P / R at {float(s):.0%}" for s in SHARES]]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def judged(
    labels: NDArray[np.int64],
    said: NDArray[np.float64],
    rows: NDArray[np.bool_],
    threshold: float,
    clusters: NDArray[Any],
) -> dict[str, Any]:
    """Measures of some rows with intervals by cluster, and F1 at the threshold."""
    found = evaluate(labels[rows], said[rows], clusters=clusters[rows], draws=DRAWS)
    return found | {"f1": float(f1_score(labels[rows], said[rows] >= threshold, zero_division=0.0))}


def cells(found: Mapping[str, Any]) -> list[str]:
    """The columns of HEAD."""
    at = [found["at_share"][share] for share in SHARES]
    return [
        f"{found['rows']:,}",
        f"{found['positives']:,}",
        with_interval(found, "auc"),
        with_interval(found, "average_precision"),
        f"{found['f1']:.3f}",
        *[f"{entry['precision']['expected']:.3f} / {entry['recall']['expected']:.3f}" for entry in at],
    ]


def with_interval(found: Mapping[str, Any], measure: str) -> str:
    """A measure with its 95 % interval."""
    low, high = found["intervals"][measure]
    return f"{found[measure]:.3f} ({low:.3f} to {high:.3f})"
