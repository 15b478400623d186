"""How well scores order and estimate: plain dictionaries, ready for JSON, null with a reason where undefined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHARES = (0.01, 0.02, 0.05, 0.10)


def evaluate(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], shares: Sequence[float] = SHARES
) -> dict[str, Any]:
    """rows, positives, base_rate, auc, average_precision, brier, calibration_error, at_share, undefined (reasons)."""
    raise NotImplementedError
