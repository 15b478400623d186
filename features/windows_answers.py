"""Aggregates of one key: each from exact sums, extremes or distinct counts, brought back into the questions' order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from features.windows_distinct import distinct
from features.windows_extremes import greatest
from features.windows_keys import IntArray, value_codes
from features.windows_numbers import FloatArray, Squares, comparable_numbers, deviation, mean, scaled_integers
from features.windows_order import KeyOrder
from features.windows_sums import KeyedSums, Timelines, WindowSums

Kind = Literal["count", "sum", "mean", "std", "min", "max", "distinct", "since_last"]
Floats = type[pl.Float64] | type[pl.Float32]

_COUNTS = ("count", "distinct")
_NEEDS_COLUMN = ("sum", "mean", "std", "min", "max", "distinct")
_MICROSECONDS_PER_DAY = 86_400_000_000
_LONG_AGO = np.int64(np.iinfo(np.int64).min)


@dataclass(frozen=True)
class Aggregate:
    """What to compute over the rows in a window.

    | kind | over | no rows | rows, but every value empty |
    |---|---|---|---|
    | `count` | rows, or values of `column` that are not empty | 0 | 0 |
    | `distinct` | different values of `column` that are not empty | 0 | 0 |
    | `sum` | a number, integer or boolean (hits) | 0 | null |
    | `mean`, `std` (sample, ddof 1; null for one value) | likewise | null | null |
    | `min`, `max` | likewise | null | null |
    | `since_last` | days from the newest row's `first_known_at` to the cut-off | null | |

    Sums, means and deviations are computed exactly over `round(value * scale)`: 100 for cents, 1000 for grams.
    Raises ValueError when a kind lacks the column that it needs, or has one that it cannot use.
    """

    kind: Kind
    column: str | None = None
    scale: int = 1

    def __post_init__(self) -> None:
        if self.kind in _NEEDS_COLUMN and self.column is None:
            raise ValueError(f"needed a column for the aggregate {self.kind!r}, found none; name one")
        if self.kind == "since_last" and self.column is not None:
            raise ValueError(f"needed no column for 'since_last', found {self.column!r}; leave it out")
        if self.scale < 1:
            raise ValueError(f"needed a scale of at least 1, found {self.scale} for {self.column!r}; give 1, 100, 1000")

    @property
    def is_count(self) -> bool:
        return self.kind in _COUNTS

    def dtype(self, floats: Floats) -> pl.DataType:
        """The type of the result."""
        return pl.Int32() if self.is_count else floats()


class SpanValues:
    """Columns of the spans as arrays for the kernel, each made once for all keys and widths."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self._filled: dict[str, IntArray | None] = {}
        self._integers: dict[tuple[str, int], IntArray] = {}
        self._squares: dict[tuple[str, int], Squares] = {}

    def filled(self, column: str) -> IntArray | None:
        """1 where the column has a value; None where it always has."""
        if column not in self._filled:
            series = self._frame[column]
            self._filled[column] = series.is_not_null().cast(pl.Int64).to_numpy() if series.null_count() else None
        return self._filled[column]

    def integers(self, column: str, scale: int) -> IntArray:
        if (column, scale) not in self._integers:
            self._integers[column, scale] = scaled_integers(self._frame[column], scale)
        return self._integers[column, scale]

    def squares(self, column: str, scale: int) -> Squares:
        if (column, scale) not in self._squares:
            self._squares[column, scale] = Squares.of(column, self.integers(column, scale))
        return self._squares[column, scale]

    def numbers(self, column: str) -> FloatArray:
        return comparable_numbers(self._frame[column])

    def codes(self, column: str) -> tuple[IntArray, int]:
        return value_codes(self._frame[column])

    def rows(self, column: str) -> IntArray:
        """The rows where the column has a value."""
        return np.flatnonzero(self._frame[column].is_not_null().to_numpy())


class KeyAnswers:
    """The windows of one key for all questions."""

    def __init__(self, order: KeyOrder, timelines: Timelines, values: SpanValues, unanswered: npt.NDArray[np.bool_]):
        self._order, self._timelines, self._values = order, timelines, values
        self._unanswered = unanswered if unanswered.any() else None

    def answers(self, aggregates: Mapping[str, Aggregate], width: int | None, floats: Floats) -> dict[str, pl.Series]:
        """One series per aggregate, a value per question in their order, null where the key was empty."""
        window = _Window(self._order, self._values, self._sums, width)
        return {
            name: self._by_question(window.compute(aggregate), aggregate.dtype(floats))
            for name, aggregate in aggregates.items()
        }

    @cached_property
    def _sums(self) -> KeyedSums:
        return KeyedSums(self._timelines, self._order)

    def _by_question(self, by_position: npt.NDArray[np.generic], dtype: pl.DataType) -> pl.Series:
        if dtype == pl.Int32:
            counted = pl.Series(by_position.astype(np.int32)[self._order.position])
            if self._unanswered is None:
                return counted
            return pl.select(pl.when(pl.Series(~self._unanswered)).then(counted)).to_series()
        number = np.float32 if dtype == pl.Float32 else np.float64
        answer = by_position.astype(number, copy=False)[self._order.position]
        if self._unanswered is not None:
            answer[self._unanswered] = np.nan
        return pl.Series(answer).fill_nan(None)


class _Window:
    """One key, one width: every kind of aggregate as an array by position, NaN for null."""

    def __init__(self, order: KeyOrder, values: SpanValues, keyed: KeyedSums, width: int | None) -> None:
        self._order, self._values, self._keyed, self._width = order, values, keyed, width

    def compute(self, aggregate: Aggregate) -> npt.NDArray[np.generic]:
        column = aggregate.column
        if column is None:
            return self._since_last() if aggregate.kind == "since_last" else self._count(None)
        match aggregate.kind:
            case "count":
                return self._count(column)
            case "sum":
                return self._sum(column, aggregate.scale)
            case "mean":
                return mean(self._total(column, aggregate.scale), self._count(column), aggregate.scale)
            case "std":
                return self._deviation(column, aggregate.scale)
            case "distinct":
                return distinct(self._order, *self._values.codes(column), self._width)
            case "max":
                return self._greatest(column, sign=1.0)
            case _:
                return self._greatest(column, sign=-1.0)

    @cached_property
    def _sums(self) -> WindowSums:
        return WindowSums(self._keyed, self._width)

    def _count(self, column: str | None) -> IntArray:
        filled = None if column is None else self._values.filled(column)
        return self._sums.total("" if filled is None else f"filled {column}", filled)

    def _total(self, column: str, scale: int) -> IntArray:
        return self._sums.total(f"sum {scale} {column}", self._values.integers(column, scale))

    def _sum(self, column: str, scale: int) -> FloatArray:
        total = self._total(column, scale) / scale
        if self._values.filled(column) is None:
            return total
        return np.where((self._count(None) > 0) & (self._count(column) == 0), np.nan, total)

    def _deviation(self, column: str, scale: int) -> FloatArray:
        squares = self._values.squares(column, scale)
        wrapped = self._sums.total(f"squares {scale} {column}", squares.wrapped)
        coarse = self._sums.total(f"coarse squares {scale} {column}", squares.coarse)
        return deviation(self._count(column), self._total(column, scale), wrapped, coarse, squares.shift, scale)

    def _greatest(self, column: str, sign: float) -> FloatArray:
        rows = self._values.rows(column)
        best = greatest(self._order, rows, sign * self._values.numbers(column), self._width, np.float64(-np.inf))
        return np.where(np.isneginf(best), np.nan, sign * best)

    def _since_last(self) -> FloatArray:
        spans = self._order.spans
        newest = greatest(self._order, np.arange(spans.frame.height), spans.first, self._width, _LONG_AGO)
        seen = newest != _LONG_AGO
        elapsed = spans.times[self._order.questions] - np.where(seen, newest, 0)
        return np.where(seen, elapsed / _MICROSECONDS_PER_DAY, np.nan)
