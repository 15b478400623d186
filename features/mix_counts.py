"""Counts by category of a key at each question, in two windows one after the other, for all categories of the key.

A *cell* is a question and a category of its key. The cells of a key are laid out category by category, each with the
key's questions in order of time: a row of the history then counts in a run of neighbouring cells, of which only the
first and the one after the last are written down, and one running sum gives all counts. Cells are made in batches, so
that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl

from features.windows_keys import TIME_BITS, IntArray

_BATCH = 1 << 19  # cells: their arrays fit a processor's cache
_COLUMNS = ("unit", "first_known_at", "known_at", "until")


@dataclass(frozen=True)
class Cells:
    """Some questions by number with all their cells: by cell, the place of its question among them, and its counts.

    The cells of one question come in the order of their categories.
    """

    questions: IntArray
    place: IntArray
    recent: IntArray
    before: IntArray


def count_cells(
    spans: pl.DataFrame, asked: pl.DataFrame, key: str, category: str, recent: timedelta, before: timedelta
) -> Iterator[Cells]:
    """All cells of `asked` (question, consignment_id, cutoff and the key, which is never empty), in batches.

    `spans` is a history with key and category. Counted are its rows first known in (T - recent, T], and in
    (T - recent - before, T - recent], with the values of the version that counts at T, without the own consignment.
    O(c + n log q) for c cells, n spans and q questions.
    """
    layout = _Layout(spans, asked, key, category)
    first, begins = pl.col("first_known_at"), pl.max_horizontal("known_at", pl.col("first_known_at") + recent)
    sides = (
        _Runs(layout, pl.col("known_at"), pl.min_horizontal("until", first + recent)),
        _Runs(layout, begins, pl.min_horizontal("until", first + recent + before)),
    )
    for batch in layout.batches():
        yield Cells(
            layout.questions[batch.begin : batch.end],
            batch.place,
            *(side.counts(batch) for side in sides),
        )


class _Layout:
    """Questions by (key, cut-off), each with a *position* in that order, and the categories of each key as *mixes*."""

    def __init__(self, spans: pl.DataFrame, asked: pl.DataFrame, key: str, category: str) -> None:
        keys = asked.select(key).unique().sort(key).with_row_index("code")
        ordered = asked.join(keys, on=key).sort("code", "cutoff", "question").with_row_index("position")
        self.asked = ordered.select("position", "code", unit="consignment_id")
        self.questions = _integers(ordered["question"])
        self.codes = _integers(ordered["code"])
        self.cutoffs = ordered["cutoff"].unique().sort()
        self._packed = self.pack(self.codes, ordered["cutoff"])
        live = spans.filter(~pl.col("withdrawn")).join(keys, on=key).drop_nulls(category)
        mixes = live.select("code", category).unique().sort("code", category).with_row_index("mix")
        self.spans = live.join(mixes, on=["code", category]).select("code", "mix", *_COLUMNS).sort("code")
        self.mix_codes = _integers(mixes["code"])
        self.begins = np.searchsorted(self.codes, np.arange(keys.height + 1))
        self.first_mix = np.searchsorted(self.mix_codes, np.arange(keys.height + 1))

    def pack(self, codes: IntArray, instants: pl.Series) -> IntArray:
        """Key and instant in one number, which sorts as they do; an instant is the first cut-off not before it."""
        packed: IntArray = codes << TIME_BITS | _integers(self.cutoffs.search_sorted(instants, "left"))
        return packed

    def positions(self, codes: IntArray, instants: pl.Series) -> IntArray:
        """The first question of a key at or after an instant; behind its last one, where there is none."""
        return np.searchsorted(self._packed, self.pack(codes, instants))

    def batches(self) -> Iterator[_Batch]:
        """All questions, cut where their cells exceed _BATCH."""
        cells = np.cumsum(np.diff(self.first_mix)[self.codes])
        total = int(cells[-1]) if cells.size else 0
        cuts = np.searchsorted(cells, np.arange(_BATCH, total, _BATCH), side="right")
        bounds = np.unique(np.concatenate([[0], cuts, [cells.size]]))
        for begin, end in pairwise(bounds):
            yield _Batch(self, int(begin), int(end))


class _Batch:
    """The cells of the questions at positions [begin, end)."""

    def __init__(self, layout: _Layout, begin: int, end: int) -> None:
        self.begin, self.end = begin, end
        self.first_code, self.last_code = int(layout.codes[begin]), int(layout.codes[end - 1])
        self.starts = np.maximum(layout.begins[:-1], begin)
        self.stops = np.minimum(layout.begins[1:], end)
        self.first_mix = int(layout.first_mix[self.first_code])
        codes = layout.mix_codes[self.first_mix : layout.first_mix[self.last_code + 1]]
        widths = self.stops[codes] - self.starts[codes]
        ends = np.cumsum(widths)
        self.size = int(ends[-1]) if ends.size else 0
        # To a position of a mix belongs the cell `position + offset`.
        self.offsets = ends - widths - self.starts[codes]
        self.place: IntArray = np.arange(self.size) - np.repeat(self.offsets + begin, widths)


class _Runs:
    """One side: the spans as runs of positions [begin, end) in which they count."""

    def __init__(self, layout: _Layout, enters: pl.Expr, leaves: pl.Expr) -> None:
        spans = layout.spans.with_columns(enters=enters, leaves=leaves)
        spans = spans.filter(pl.col("leaves").is_null() | (pl.col("enters") < pl.col("leaves")))
        codes = _integers(spans["code"])
        begin, end = layout.positions(codes, spans["enters"]), layout.positions(codes, spans["leaves"])
        filled = begin < end
        self._codes, self._mixes = codes[filled], _integers(spans["mix"])[filled]
        self._begin, self._end = begin[filled], end[filled]
        runs = spans.select("unit", "code", "mix").with_columns(begin=pl.Series(begin), end=pl.Series(end))
        own = (
            layout.asked.join(runs.filter(pl.Series(filled)), on=["unit", "code"])
            .filter(pl.col("begin") <= pl.col("position"), pl.col("position") < pl.col("end"))
            .sort("position")
        )
        self._own_position, self._own_mix = _integers(own["position"]), _integers(own["mix"])

    def counts(self, batch: _Batch) -> IntArray:
        """How many spans count in each cell, those of the own consignment left out."""
        low, high = np.searchsorted(self._codes, [batch.first_code, batch.last_code + 1])
        codes, offsets = self._codes[low:high], batch.offsets[self._mixes[low:high] - batch.first_mix]
        begin = np.maximum(self._begin[low:high], batch.starts[codes])
        end = np.maximum(np.minimum(self._end[low:high], batch.stops[codes]), begin)
        inside = begin < end
        begin, end, offsets = begin[inside], end[inside], offsets[inside]
        steps = np.bincount(begin + offsets, minlength=batch.size + 1)
        steps -= np.bincount(end + offsets, minlength=batch.size + 1)
        counts: IntArray = np.cumsum(steps)[:-1]
        low, high = np.searchsorted(self._own_position, [batch.begin, batch.end])
        own = self._own_position[low:high] + batch.offsets[self._own_mix[low:high] - batch.first_mix]
        counts -= np.bincount(own, minlength=batch.size)
        return counts


def _integers(series: pl.Series) -> IntArray:
    return series.cast(pl.Int64).to_numpy()
