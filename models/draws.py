"""One keyed hash for ties, exploration and sampling: equal on every run, machine and order of rows."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def keyed_hash(seed: int, scope: str, ids: Iterable[object]) -> NDArray[np.uint64]:
    """64-bit blake2b of each id (as text), keyed by `seed` and `scope`, e.g. "tie|2024-06-01T20:00Z"."""
    raise NotImplementedError


def tie(seed: int, scope: str, ids: Iterable[object]) -> NDArray[np.int64]:
    """`keyed_hash` cut to integers in [0, 2^53), which every reader of a list holds exactly."""
    raise NotImplementedError


def uniform(seed: int, scope: str, ids: Iterable[object]) -> NDArray[np.float64]:
    """A float64 in [0, 1) for each id."""
    raise NotImplementedError
