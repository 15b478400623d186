"""Key values as small integers that questions and histories share, so that equal keys can be sorted together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

UNMATCHED = -1
# A code stands above a place in time in one 64-bit integer.
TIME_BITS = 32
CODE_LIMIT = 1 << 30


class Codes:
    """Codes of the different values of a series; any other series can then be coded alike."""

    def __init__(self, values: pl.Series) -> None:
        self._dtype = values.dtype
        self._values = pl.DataFrame({"value": values.drop_nulls().unique()}).with_row_index("code")

    @property
    def count(self) -> int:
        return self._values.height

    def of(self, series: pl.Series) -> IntArray:
        """Per value its code, UNMATCHED where empty or not among those coded. Raises TypeError on another type."""
        if series.dtype != self._dtype:
            raise TypeError(
                f"needed one type for the key column {series.name!r}, found {self._dtype} in the questions and "
                f"{series.dtype} in the history; cast one of them"
            )
        found = series.alias("value").to_frame().join(self._values, on="value", how="left", maintain_order="left")
        return found["code"].cast(pl.Int64).fill_null(UNMATCHED).to_numpy()


@dataclass(frozen=True)
class KeyStep:
    """One column of a key: its codes, and the codes of all columns so far where those had grown too large."""

    column: str
    codes: Codes
    dense: Codes | None


class KeyCodes:
    """Codes of several columns together, below CODE_LIMIT, over the combinations that the questions have."""

    def __init__(self, by: Sequence[str], questions: pl.DataFrame, columns: dict[str, Codes]) -> None:
        self._steps: list[KeyStep] = []
        asked, size = np.zeros(questions.height, dtype=np.int64), 1
        for name in by:
            if name not in columns:
                columns[name] = Codes(questions[name])
            asked = pair(asked, columns[name].of(questions[name]), columns[name].count)
            size *= max(columns[name].count, 1)
            dense = None
            if size > CODE_LIMIT:
                dense = Codes(_as_series(asked))
                asked, size = dense.of(_as_series(asked)), dense.count
            self._steps.append(KeyStep(name, columns[name], dense))
        self.asked: IntArray = asked

    def of_spans(self, frame: pl.DataFrame, columns: dict[str, IntArray]) -> IntArray:
        """Codes of a history's rows; `columns` keeps what was looked up, for other keys over the same frame."""
        codes = np.zeros(frame.height, dtype=np.int64)
        for step in self._steps:
            if step.column not in columns:
                columns[step.column] = step.codes.of(frame[step.column])
            codes = pair(codes, columns[step.column], step.codes.count)
            if step.dense is not None:
                codes = step.dense.of(_as_series(codes))
        return codes


def pair(codes: IntArray, others: IntArray, other_count: int) -> IntArray:
    """One code for two; UNMATCHED where either is."""
    combined = codes * max(other_count, 1) + others
    combined[(codes < 0) | (others < 0)] = UNMATCHED
    return combined


def _as_series(codes: IntArray) -> pl.Series:
    return pl.Series(codes).replace(UNMATCHED, None)
