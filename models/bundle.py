"""A bundle: a folder of LightGBM text models and one JSON that says what they need; nothing is ever unpickled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.matrix import Column
from models.reasons import Contributions
from models.training import NotTrainable, TrainedScheme


class BundleMismatch(ValueError):
    """A bundle does not fit the features or libraries at hand, or was altered; the message lists every difference."""


class Bundle:
    """The models of all schemes, ready to score."""

    name: str
    as_of: datetime
    feature_fingerprint: str

    @property
    def schemes(self) -> list[str]:
        """Schemes that have a model, in order."""
        raise NotImplementedError

    @property
    def untrained(self) -> dict[str, str]:
        """Why each other scheme has none, in words."""
        raise NotImplementedError

    @property
    def fingerprint(self) -> str:
        """sha256 over the hashes of the bundle's files."""
        raise NotImplementedError

    def predict(self, scheme: str, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Calibrated probability of each row of a frame with the scheme's columns in order."""
        raise NotImplementedError

    def contributions(self, scheme: str, frame: pd.DataFrame) -> Contributions:
        """Contributions of each feature to the calibrated log-odds of each row."""
        raise NotImplementedError


def save(
    path: Path,
    schemes: Mapping[str, TrainedScheme | NotTrainable],
    *,
    name: str,
    as_of: datetime,
    feature_fingerprint: str,
) -> Bundle:
    """Write the bundle whole or not at all, and return it as loaded from disk. An existing path is refused."""
    raise NotImplementedError


def load(
    path: Path,
    *,
    expect: Mapping[str, Sequence[Column]] | None = None,
    feature_fingerprint: str | None = None,
) -> Bundle:
    """Read a bundle after verifying hashes, library versions and, where given, the columns expected per scheme."""
    raise NotImplementedError
