"""The matrix contract: columns learned at fit and enforced at predict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

Kind = Literal["number", "boolean", "category"]


class MatrixMismatch(ValueError):
    """A frame differs from what was learned; the message lists every difference."""


class Column(BaseModel, frozen=True, extra="forbid"):
    """One column as described by who made it: its name, what it holds, and which way risk grows with it."""

    name: str
    kind: Kind
    direction: Literal[-1, 0, 1] = 0


class MatrixSpec(BaseModel, frozen=True, extra="forbid"):
    """What was learned at fit: the columns in order, and the categories of category columns.

    JSON round trip by `model_dump_json` and `MatrixSpec.model_validate_json`.
    """

    columns: tuple[Column, ...]
    categories: dict[str, tuple[str, ...]]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        raise NotImplementedError

    def fingerprint(self) -> str:
        """sha256 (hex) over names, order, kinds, directions and categories; stable between runs and machines."""
        raise NotImplementedError


class Conformed(NamedTuple):
    """A frame ready for the learner, and how many values of each category column were unseen and became null."""

    frame: pd.DataFrame
    unseen: dict[str, int]


def learn(frame: pd.DataFrame, columns: Sequence[Column]) -> MatrixSpec:
    """Learn the spec of a frame that has exactly `columns`, in this order. Raises MatrixMismatch with all differences."""
    raise NotImplementedError


def conform(frame: pd.DataFrame, spec: MatrixSpec) -> Conformed:
    """The frame as float64 (numbers, booleans) and category dtype with the learned categories.

    Unseen categories become null and are counted. Raises MatrixMismatch with all differences.
    """
    raise NotImplementedError


def values(frame: pd.DataFrame, spec: MatrixSpec) -> NDArray[np.float64]:
    """rows x columns float64 as the learner sees a conformed frame: categories by position, null as NaN."""
    raise NotImplementedError
