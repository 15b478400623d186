"""Key values as small integers that questions and history share, so that equal keys can be sorted together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

UNMATCHED = -1


class KeyCodes:
    """Codes of key columns over the questions and the spans of a history; a column is looked up once.

    A code is at least 0; `UNMATCHED` stands for an empty value, and for a value of the history that no question has.
    """

    def __init__(self, questions: pl.DataFrame, spans: pl.DataFrame, limit: int) -> None:
        self._questions, self._spans, self._limit = questions, spans, limit
        self._columns: dict[str, tuple[IntArray, IntArray, int]] = {}

    def of(self, by: Sequence[str]) -> tuple[IntArray, IntArray]:
        """Codes of the questions and of the spans by all columns of `by` together, all below the limit."""
        asked = np.zeros(self._questions.height, dtype=np.int64)
        known = np.zeros(self._spans.height, dtype=np.int64)
        size = 1
        for name in by:
            asked_next, known_next, count = self._column(name)
            asked, known = pair(asked, asked_next, count), pair(known, known_next, count)
            size *= max(count, 1)
            if size > self._limit:
                asked, known, size = shared_codes(_as_series(asked), _as_series(known))
        return asked, known

    def _column(self, name: str) -> tuple[IntArray, IntArray, int]:
        if name not in self._columns:
            asked, known = self._questions[name], self._spans[name]
            if asked.dtype != known.dtype:
                raise TypeError(
                    f"needed one type for the key column {name!r}, found {asked.dtype} in the questions and "
                    f"{known.dtype} in the history; cast one of them"
                )
            self._columns[name] = shared_codes(asked, known)
        return self._columns[name]


def pair(codes: IntArray, others: IntArray, other_count: int) -> IntArray:
    """One code for two; `UNMATCHED` where either is."""
    matched = (codes >= 0) & (others >= 0)
    return np.where(matched, codes * max(other_count, 1) + others, UNMATCHED)


def shared_codes(asked: pl.Series, known: pl.Series) -> tuple[IntArray, IntArray, int]:
    """Codes of two series over the values of the first, and how many values there are."""
    values = pl.DataFrame({"value": asked.drop_nulls().unique()}).with_row_index("code")
    return _look_up(asked, values), _look_up(known, values), values.height


def value_codes(values: pl.Series) -> tuple[IntArray, int]:
    """Codes of one series, and how many different values it has."""
    codes, _, count = shared_codes(values, values.clear())
    return codes, count


def _look_up(series: pl.Series, values: pl.DataFrame) -> IntArray:
    found = series.alias("value").to_frame().join(values, on="value", how="left", maintain_order="left")
    return found["code"].cast(pl.Int64).fill_null(UNMATCHED).to_numpy()


def _as_series(codes: IntArray) -> pl.Series:
    return pl.Series(codes).replace(UNMATCHED, None)
