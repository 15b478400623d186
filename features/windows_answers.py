"""Aggregates of one key: each from exact sums, extremes or distinct counts, brought back into the questions' order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from features.windows_distinct import distinct
from features.windows_extremes import greatest
from features.windows_numbers import FloatArray, deviation, mean
from features.windows_spans import KeyedSpans
from features.windows_sums import BlockSums, KeyedSums, Timelines, WindowSums
from features.windows_values import SpanValues

Kind = Literal["count", "sum", "mean", "std", "min", "max", "distinct", "since_last"]
Floats = type[pl.Float64] | type[pl.Float32]

_COUNTS = ("count", "distinct")
_NEEDS_COLUMN = ("sum", "mean", "std", "min", "max", "distinct")
_WHOLE = ("min", "max", "distinct", "since_last")
_BLOCK = 1 << 15
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

    def empty(self, size: int, floats: Floats) -> npt.NDArray[np.generic]:
        """Room for so many results, of the type that they have."""
        if self.kind in _COUNTS:
            return np.empty(size, dtype=np.int32)
        return np.empty(size, dtype=np.float32 if floats is pl.Float32 else np.float64)


class KeyAnswers:
    """The windows of one key for all questions."""

    def __init__(self, keyed: KeyedSpans, timelines: Timelines, values: SpanValues) -> None:
        self._keyed, self._values = keyed, values
        self._sums = KeyedSums(timelines, keyed, values)
        self._whole: dict[tuple[Kind, str | None, int | None], npt.NDArray[np.generic]] = {}

    def answers(
        self, aggregates: Mapping[str, Aggregate], widths: Mapping[str, int | None], floats: Floats
    ) -> dict[str, pl.Series]:
        """A series per aggregate and width, a value per question in their order, null where the key was empty."""
        size = self._keyed.order.size
        found = {
            f"{name}_{suffix}": aggregate.empty(size, floats)
            for name, aggregate in aggregates.items()
            for suffix in widths
        }
        for begin in range(0, size, _BLOCK):
            block = slice(begin, min(begin + _BLOCK, size))
            sums, questions = BlockSums(self._sums, block), self._keyed.order.questions[block]
            for suffix, width in widths.items():
                window = sums.window(width)
                for name, aggregate in aggregates.items():
                    answer = found[f"{name}_{suffix}"]
                    answer[questions] = self._compute(aggregate, window, block, width).astype(answer.dtype)
        return {name: self._with_nulls(answer) for name, answer in found.items()}

    def _with_nulls(self, answer: npt.NDArray[np.generic]) -> pl.Series:
        unanswered = self._keyed.order.unanswered
        series = pl.Series(answer, nan_to_null=True)
        return series.scatter(unanswered, None) if unanswered.size else series

    def _compute(
        self, aggregate: Aggregate, window: WindowSums, block: slice, width: int | None
    ) -> npt.NDArray[np.generic]:
        """By position of the block, NaN for null."""
        column, scale = aggregate.column, aggregate.scale
        if aggregate.kind in _WHOLE:
            return self._computed_whole(aggregate.kind, column, width)[block]
        rows = window.total(SpanValues.ROWS)
        if column is None:
            return rows
        count = window.total(self._values.filled(column))
        if aggregate.kind == "count":
            return count
        total = window.total(self._values.integers(column, scale))
        if aggregate.kind == "sum":
            return total / scale if count is rows else np.where((rows > 0) & (count == 0), np.nan, total / scale)
        if aggregate.kind == "mean":
            return mean(total, count, scale)
        wrapped, coarse, shift = self._values.squares(column, scale)
        return deviation(count, total, window.total(wrapped), window.total(coarse), shift, scale)

    def _computed_whole(self, kind: Kind, column: str | None, width: int | None) -> npt.NDArray[np.generic]:
        """What is not a sum is computed for all positions at once, by position."""
        if (kind, column, width) not in self._whole:
            if column is None:
                answer: npt.NDArray[np.generic] = self._since_last(width)
            elif kind == "distinct":
                answer = distinct(self._keyed, *self._values.codes(column), width)
            else:
                answer = self._greatest(column, width, sign=1.0 if kind == "max" else -1.0)
            self._whole[kind, column, width] = answer
        return self._whole[kind, column, width]

    def _greatest(self, column: str, width: int | None, sign: float) -> FloatArray:
        rows = self._values.rows(column)
        best = greatest(self._keyed, rows, sign * self._values.numbers(column), width, np.float64(-np.inf))
        return np.where(np.isneginf(best), np.nan, sign * best)

    def _since_last(self, width: int | None) -> FloatArray:
        spans, order = self._keyed.spans, self._keyed.order
        newest = greatest(self._keyed, np.arange(spans.frame.height), spans.first, width, _LONG_AGO)
        seen = newest != _LONG_AGO
        elapsed = spans.questions.times[order.questions] - np.where(seen, newest, 0)
        return np.where(seen, elapsed / _MICROSECONDS_PER_DAY, np.nan)
