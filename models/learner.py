"""A LightGBM booster for one scheme: deterministic, native nulls and categories, all positives and a share of negatives."""

from __future__ import annotations

from typing import Literal

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from models.matrix import MatrixSpec


class LearnerParams(BaseModel, frozen=True, extra="forbid"):
    """What a data scientist tunes; names follow LightGBM where it has the setting."""

    seed: int = 0
    threads: int = 1
    rounds: int = 400
    early_stopping: int = 40
    metric: Literal["auc", "average_precision", "binary_logloss"] = "auc"
    learning_rate: float = 0.05
    num_leaves: int = 31
    max_depth: int = 8
    min_data_in_leaf: int = 20
    feature_fraction: float = 0.8
    bagging_fraction: float = 1.0
    bagging_freq: int = 0
    lambda_l2: float = 1.0
    cat_smooth: float = 10.0
    negative_share: float = 1.0
    monotone: tuple[str, ...] = ()


def fit(
    frame: pd.DataFrame, labels: NDArray[np.int64], spec: MatrixSpec, params: LearnerParams, rounds: int
) -> lightgbm.Booster:
    """A booster of exactly `rounds` rounds. `frame` is conformed; its index holds the ids that negatives are drawn by."""
    raise NotImplementedError


def fit_early_stopped(
    train: tuple[pd.DataFrame, NDArray[np.int64]],
    validation: tuple[pd.DataFrame, NDArray[np.int64]],
    spec: MatrixSpec,
    params: LearnerParams,
) -> tuple[lightgbm.Booster, int]:
    """A booster stopped where the validation block stops improving, and its number of rounds."""
    raise NotImplementedError


def raw_scores(booster: lightgbm.Booster, frame: pd.DataFrame, spec: MatrixSpec) -> NDArray[np.float64]:
    """Log-odds of each row of a conformed frame, before calibration."""
    raise NotImplementedError
