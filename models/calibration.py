"""From raw log-odds to probabilities that mean what they say, without ever changing the order."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel


class Calibration(BaseModel, frozen=True, extra="forbid"):
    """calibrated log-odds = a * log(p) - b * log(1 - p) + c, with p the probability of raw score + sampling_offset."""

    method: Literal["beta", "platt", "shift"]
    a: float
    b: float
    c: float
    sampling_offset: float

    def log_odds(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated log-odds of raw scores."""
        raise NotImplementedError

    def probabilities(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probabilities of raw scores."""
        raise NotImplementedError


def calibrate(raw: NDArray[np.float64], labels: NDArray[np.int64], negative_share: float = 1.0) -> Calibration:
    """Fit on raw scores of rows that came after the booster's training rows; that they did is the caller's duty."""
    raise NotImplementedError
