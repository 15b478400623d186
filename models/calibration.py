"""From raw log-odds to probabilities that mean what they say, without ever changing the order.

Beta calibration: Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017. Isotonic: Zadrozny and Elkan,
"Transforming classifier scores into accurate multiclass probability estimates", KDD 2002; here its steps are joined by
lines in log-odds, since steps would make ties of different scores.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

Method = Literal["auto", "beta", "isotonic"]
Curve = Literal["beta", "isotonic"]

# Labels of the rarer kind from which a free curve, three, or two parameters can be learned.
ENOUGH_FOR_ISOTONIC = 200
ENOUGH_FOR_BETA = 100
ENOUGH_FOR_PLATT = 20
# A lower slope would make ties of different scores once the sum is rounded.
LEAST_SLOPE = 0.05
_WEAK_RIDGE = 100.0
_STEP = 1e-4


class Calibration(BaseModel, frozen=True, extra="forbid"):
    """calibrated log-odds = a * log(p) - b * log(1 - p) + c, with p the probability of (raw score + sampling_offset).

    a = b = 1 and c = 0 leave a score as it is; `sampling_offset` takes back that the booster saw a share of the
    negatives. a and b are positive, so the order of scores stays. With `knots` (score, log-odds; both ascending) the
    line through them takes the place of the formula, and goes on beyond its ends with the least slope.
    """

    method: Literal["beta", "isotonic", "platt", "shift", "none"]
    a: float = Field(ge=LEAST_SLOPE)
    b: float = Field(ge=LEAST_SLOPE)
    c: float
    sampling_offset: float
    knots: tuple[tuple[float, float], ...] = ()

    def log_odds(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated log-odds of raw scores."""
        if self.knots:
            scores, (at, value) = raw + self.sampling_offset, np.array(self.knots).T
            beyond = scores - np.clip(scores, at[0], at[-1])
            return np.asarray(np.interp(scores, at, value) + LEAST_SLOPE * beyond)
        log_p, minus_log_q = _log_parts(raw + self.sampling_offset)
        return self.a * log_p + self.b * minus_log_q + self.c

    def slope(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Change of the calibrated log-odds for a small change of the raw score."""
        if self.knots:
            return (self.log_odds(raw + _STEP) - self.log_odds(raw - _STEP)) / (2 * _STEP)
        p = probability(raw + self.sampling_offset)
        return self.a * (1.0 - p) + self.b * p

    def probabilities(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probabilities of raw scores."""
        return probability(self.log_odds(raw))


def probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability of log-odds, without overflow at either end."""
    return np.exp(-np.logaddexp(0.0, -log_odds))


def uncalibrated(negative_share: float = 1.0) -> Calibration:
    """Takes back the sampling of negatives and nothing else."""
    return Calibration(method="none", a=1.0, b=1.0, c=0.0, sampling_offset=math.log(negative_share))


def calibrate(
    raw: NDArray[np.float64],
    labels: NDArray[np.int64],
    negative_share: float = 1.0,
    method: Curve = "beta",
) -> Calibration:
    """Fit on raw scores of rows that came after the booster's training rows; that they did is the caller's duty.

    A free rising curve (isotonic) where it is asked for and labels are many; three parameters (beta) where each label
    stands often enough, one slope and a shift (Platt) where it stands less often or where beta would turn the order
    round, a shift alone where labels are few. Raises ValueError without rows.
    """
    if len(raw) == 0:
        raise ValueError("Calibration needs scored rows with labels. Found none. Give out-of-time predictions.")
    offset = math.log(negative_share)
    scores = raw + offset
    rarer = int(min(labels.sum(), len(labels) - labels.sum()))
    if method == "isotonic" and rarer >= ENOUGH_FOR_ISOTONIC:
        knots = _isotonic_knots(scores, labels)
        if len(knots) > 1:
            return Calibration(method="isotonic", a=1.0, b=1.0, c=0.0, sampling_offset=offset, knots=knots)
    if rarer >= ENOUGH_FOR_BETA:
        a, b, c = _regression(np.column_stack(_log_parts(scores)), labels)
        if min(a, b) >= LEAST_SLOPE:
            return Calibration(method="beta", a=a, b=b, c=c, sampling_offset=offset)
    if rarer >= ENOUGH_FOR_PLATT:
        slope, c = _regression(scores[:, None], labels)
        if slope < LEAST_SLOPE:
            slope, c = LEAST_SLOPE, _shift(LEAST_SLOPE * scores, labels)
        return Calibration(method="platt", a=slope, b=slope, c=c, sampling_offset=offset)
    return Calibration(method="shift", a=1.0, b=1.0, c=_shift(scores, labels), sampling_offset=offset)


def choose(
    folds: Sequence[tuple[NDArray[np.float64], NDArray[np.int64]]], negative_share: float = 1.0
) -> tuple[Curve, str]:
    """Which of beta and isotonic fits better out of time, and why, in words.

    Both learn from all folds (raw scores and labels, oldest first) but the newest, which judges them by log loss.
    """
    if len(folds) < 2:
        return "beta", "one fold alone cannot compare"
    labels = np.concatenate([fold[1] for fold in folds[:-1]])
    if min(labels.sum(), len(labels) - labels.sum()) < ENOUGH_FOR_ISOTONIC:
        return "beta", f"fewer than {ENOUGH_FOR_ISOTONIC} labels of the rarer kind are too few for a free curve"
    raw = np.concatenate([fold[0] for fold in folds[:-1]])

    def loss(method: Curve) -> float:
        said = calibrate(raw, labels, negative_share, method).probabilities(folds[-1][0])
        return float(log_loss(folds[-1][1], said, labels=[0, 1]))

    beta, isotonic = loss("beta"), loss("isotonic")
    told = f"log loss of the newest fold that may choose: beta {beta:.4f}, isotonic {isotonic:.4f}"
    return ("isotonic" if isotonic < beta else "beta"), told


def _isotonic_knots(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[tuple[float, float], ...]:
    """The middle of each step of the isotonic curve, half a row of either label added so that none is certain."""
    steps = IsotonicRegression().fit(scores, labels).predict(scores)
    _, step = np.unique(steps, return_inverse=True)
    rows = np.bincount(step)
    at = np.bincount(step, weights=scores) / rows
    rate = (np.bincount(step, weights=labels) + 0.5) / (rows + 1.0)
    # Steps of few rows may change places by that half a row, and lie so near that the line between them is flat.
    value = np.maximum.accumulate(np.log(rate / (1.0 - rate)) - LEAST_SLOPE * at) + LEAST_SLOPE * at
    apart = np.append(True, np.diff(at) > _STEP)
    return tuple((float(x), float(y)) for x, y in zip(at[apart], value[apart], strict=True))


def _log_parts(scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return -np.logaddexp(0.0, -scores), np.logaddexp(0.0, scores)


def _regression(features: NDArray[np.float64], labels: NDArray[np.int64]) -> list[float]:
    model = LogisticRegression(C=_WEAK_RIDGE, tol=1e-8, max_iter=2000).fit(features, labels)
    return [float(value) for value in (*model.coef_[0], model.intercept_[0])]


def _shift(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    # Half a row of either label keeps the shift finite where only one of them was seen.
    rate = (labels.sum() + 0.5) / (len(labels) + 1.0)
    target = math.log(rate / (1.0 - rate))
    low, high = target - float(scores.max()), target - float(scores.min())
    for _ in range(100):
        middle = (low + high) / 2
        if probability(scores + middle).mean() < rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2
