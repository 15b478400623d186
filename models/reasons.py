"""Exact tree contributions, in raw and in calibrated log-odds, and the strongest features of each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.calibration import Calibration
from models.matrix import MatrixSpec, values

# Nearer to the base than this the slope there stands for the secant, which would be rounding noise.
_NEAR = 1e-6


class Contributions(NamedTuple):
    """values (rows x features) and base (one number): base plus a row's values is the log-odds of that row."""

    values: NDArray[np.float64]
    base: float


class Step(NamedTuple):
    """One step of a waterfall: what it is called, and how far it moves the log-odds (base rate, total: where they are).

    `feature` is the position of the column, None where the step is none.
    """

    name: str
    log_odds: float
    feature: int | None = None


class Strongest(NamedTuple):
    """feature (rows x k, positions in the spec) and contribution (rows x k), by absolute contribution, descending."""

    feature: NDArray[np.int64]
    contribution: NDArray[np.float64]


def raw_contributions(
    booster: lightgbm.Booster, frame: pd.DataFrame, spec: MatrixSpec, threads: int = 1
) -> Contributions:
    """Contributions of the features of a conformed frame to the booster's raw score (exact TreeSHAP of LightGBM).

    The base is the booster's mean raw score over its training rows, the same for every row.
    """
    # The base does not depend on the row; one of nulls makes it known where the frame is empty.
    matrix = values(frame, spec) if len(frame) else np.full((1, len(spec.columns)), np.nan)
    explained = np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=threads), dtype=np.float64)
    return Contributions(explained[: len(frame), :-1], float(explained[0, -1]))


def calibrated_contributions(raw: Contributions, calibration: Calibration) -> Contributions:
    """Contributions to the calibrated log-odds.

    The base is calibrated like a score. Each row is scaled by the secant of the calibration between base and score,
    (g(score) - g(base)) / (score - base), which is positive: signs and order stay, and base plus contributions is the
    log-odds of the probability on the list.
    """
    base = np.array([raw.base])
    calibrated_base = float(calibration.log_odds(base)[0])
    distance = raw.values.sum(axis=1)
    far = np.abs(distance) > _NEAR
    gain = calibration.log_odds(raw.base + distance) - calibrated_base
    scale = np.where(far, gain / np.where(far, distance, 1.0), calibration.slope(base)[0])
    return Contributions(raw.values * scale[:, None], calibrated_base)


def strongest(contributions: NDArray[np.float64], k: int) -> Strongest:
    """The k strongest features of each row (all where there are fewer); equal strength goes by feature order."""
    feature = np.argsort(-np.abs(contributions), axis=1, kind="stable")[:, :k]
    return Strongest(feature.astype(np.int64), np.take_along_axis(contributions, feature, axis=1))


def waterfall(
    base_rate: float, base: float, contributions: NDArray[np.float64], names: Sequence[str], k: int
) -> list[Step]:
    """From the training labels to the score of one row, in the order in which it is told everywhere.

    `base_rate` is the log-odds of the training labels; `base` and `contributions` (one per column of `names`) are
    calibrated. Steps: base rate, model (what calibration and sampling make of it), the k strongest columns, the rest
    together, total. All but the last add up to the last.
    """
    told = strongest(contributions[None, :], k)
    steps = [Step("base rate", base_rate), Step("model", base - base_rate)]
    steps += [
        Step(names[feature], float(amount), int(feature))
        for feature, amount in zip(told.feature[0], told.contribution[0], strict=True)
    ]
    steps.append(Step("all other columns", float(contributions.sum() - told.contribution[0].sum())))
    steps.append(Step("total", float(base + contributions.sum())))
    return steps
