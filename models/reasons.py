"""Exact tree contributions, in raw and in calibrated log-odds, and the strongest features of a row."""

from __future__ import annotations

from typing import NamedTuple

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.calibration import Calibration
from models.matrix import MatrixSpec


class Contributions(NamedTuple):
    """values (rows x features) and base (one number): base + values summed over features is the row's log-odds."""

    values: NDArray[np.float64]
    base: float


class Strongest(NamedTuple):
    """feature (rows x k, positions in the spec) and contribution (rows x k), by absolute contribution, descending."""

    feature: NDArray[np.int64]
    contribution: NDArray[np.float64]


def raw_contributions(booster: lightgbm.Booster, frame: pd.DataFrame, spec: MatrixSpec) -> Contributions:
    """Contributions to the booster's raw score."""
    raise NotImplementedError


def calibrated_contributions(raw: Contributions, calibration: Calibration) -> Contributions:
    """Contributions to the calibrated log-odds: each row scaled so that base and contributions add up to them."""
    raise NotImplementedError


def strongest(contributions: NDArray[np.float64], k: int) -> Strongest:
    """The k strongest features of each row; equal strength goes by feature order."""
    raise NotImplementedError
