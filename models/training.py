"""Train one scheme: judge the procedure out of time, calibrate out of time, then fit again on all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from models.calibration import Calibration
from models.learner import LearnerParams
from models.matrix import Column, MatrixSpec


class TrainingParams(BaseModel, frozen=True, extra="forbid"):
    """How a scheme is judged and when it is refused."""

    learner: LearnerParams = LearnerParams()
    maturity_days: int = 30
    folds: int = 4
    first_share: float = 0.4
    min_positives: int = 20
    min_negatives: int = 20


@dataclass(frozen=True)
class TrainedScheme:
    """A booster with all that is needed to use and judge it. `base_rate` is the log-odds of the training labels."""

    booster: lightgbm.Booster
    spec: MatrixSpec
    calibration: Calibration
    base_rate: float
    rounds: int
    metrics: dict[str, Any]
    counts: dict[str, int]
    params: TrainingParams


@dataclass(frozen=True)
class NotTrainable:
    """Why a scheme has no model, in words, and the counts behind it."""

    reason: str
    counts: dict[str, int]


def train_scheme(
    frame: pd.DataFrame,
    labels: NDArray[np.int64],
    when: NDArray[Any],
    columns: Sequence[Column],
    params: TrainingParams,
    *,
    groups: NDArray[Any] | None = None,
    label_known_at: NDArray[Any] | None = None,
) -> TrainedScheme | NotTrainable:
    """Train on all rows given: `frame` has unique ids as index and `columns` in order; the rest are one value per row.

    `labels` are 0 or 1; `when` and `label_known_at` are numpy datetime64 or int64 microseconds.
    """
    raise NotImplementedError
