"""Out-of-time splits: train on the past, test on what came later, a gap between, no group on both sides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class TooFewRows(ValueError):
    """The rows cannot be split as asked; the message says what was needed and found."""


class Split(NamedTuple):
    """Row positions of one split, and how many rows before the test block were left out of training, by reason."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    left_out: dict[str, int]


def last_block(
    when: NDArray[Any],
    gap: timedelta,
    *,
    test_share: float | None = None,
    test_from: datetime | None = None,
    groups: NDArray[Any] | None = None,
    label_known_at: NDArray[Any] | None = None,
) -> Split:
    """The newest rows as test block (a share of rows, or from an instant on), the rest as training."""
    raise NotImplementedError


def out_of_time_folds(
    when: NDArray[Any],
    folds: int,
    gap: timedelta,
    *,
    first_share: float = 0.4,
    groups: NDArray[Any] | None = None,
    label_known_at: NDArray[Any] | None = None,
) -> list[Split]:
    """Expanding folds, oldest first: each tests the next block of time and trains on all that was settled before it."""
    raise NotImplementedError
