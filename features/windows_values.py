"""Columns of a history as exact integers, known by name, made once for all keys and widths."""

from __future__ import annotations

import numpy as np

from features.windows_keys import Codes, IntArray
from features.windows_numbers import FloatArray, comparable_numbers, scaled_integers, squares
from features.windows_spans import Spans


class SpanValues:
    """Integer values per span by name. Names come from `filled`, `integers` and `squares`; ROWS is 1 everywhere."""

    ROWS = "rows"

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._arrays: dict[str, IntArray] = {}
        self._own: dict[str, IntArray] = {}
        self._shifts: dict[str, int] = {}

    def __getitem__(self, name: str) -> IntArray:
        if name == self.ROWS and name not in self._arrays:
            self._arrays[name] = np.ones(self._spans.frame.height, dtype=np.int64)
        return self._arrays[name]

    def of_own(self, name: str) -> IntArray:
        """The values of the questions' own spans."""
        if name not in self._own:
            self._own[name] = self[name][self._spans.own.rows]
        return self._own[name]

    def filled(self, column: str) -> str:
        """1 where the column has a value: the same as ROWS where it always has."""
        series = self._spans.frame[column]
        if not series.null_count():
            return self.ROWS
        name = f"filled {column}"
        if name not in self._arrays:
            self._arrays[name] = series.is_not_null().cast(int).to_numpy()
        return name

    def integers(self, column: str, scale: int) -> str:
        """The column times `scale`, rounded."""
        name = f"{scale} {column}"
        if name not in self._arrays:
            self._arrays[name] = scaled_integers(self._spans.frame[column], scale)
        return name

    def squares(self, column: str, scale: int) -> tuple[str, str, int]:
        """Squares of `integers`: modulo 2^64, the coarse part of them, and by how many bits that is shifted."""
        name = self.integers(column, scale)
        wrapped, coarse = f"wrapped {name}", f"coarse {name}"
        if wrapped not in self._arrays:
            self._arrays[wrapped], self._arrays[coarse], self._shifts[name] = squares(column, self[name])
        return wrapped, coarse, self._shifts[name]

    def numbers(self, column: str) -> FloatArray:
        """The column as floats, 0 where empty."""
        return comparable_numbers(self._spans.frame[column])

    def codes(self, column: str) -> tuple[IntArray, int]:
        """Codes of the column's values, negative where empty, and how many different ones there are."""
        series = self._spans.frame[column]
        codes = Codes(series)
        return codes.of(series), codes.count

    def rows(self, column: str) -> IntArray:
        """The rows where the column has a value."""
        return np.flatnonzero(self._spans.frame[column].is_not_null().to_numpy())
