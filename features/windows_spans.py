"""The history's side of windows: its live spans as arrays, and which of them belong to a question's own consignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.windows_keys import BoolArray, IntArray
from features.windows_questions import KeyOrder, Questions

NEVER = np.iinfo(np.int64).max


class Spans:
    """The spans that count for at least one question.

    `frame` has the columns of the history; row by row with it, in microseconds, `first`, `start` and `until` (NEVER
    where there is no later version). Raises ValueError on spans that are none.
    """

    def __init__(self, history: pl.DataFrame, questions: Questions) -> None:
        self.questions = questions
        self.frame = _live(history, questions.frame["cutoff"])
        self.first = _microseconds(self.frame["first_known_at"])
        self.start = _microseconds(self.frame["known_at"])
        self.until = _microseconds(self.frame["until"])
        self._columns: dict[str, IntArray] = {}

    @cached_property
    def single(self) -> IntArray:
        """Rows never amended: they stand in a window from their first version on until they drop out of its past."""
        return np.flatnonzero(self._is_single)

    @cached_property
    def amended(self) -> IntArray:
        """All other rows."""
        return np.flatnonzero(~self._is_single)

    @cached_property
    def _is_single(self) -> BoolArray:
        single: BoolArray = (self.start == self.first) & (self.until == NEVER)
        return single

    def end(self, rows: IntArray, width: int | None) -> IntArray:
        """The instants at which spans stop counting in a window of `width` microseconds (None: all time)."""
        if width is None:
            return self.until[rows]
        return np.minimum(self.until[rows], self.first[rows] + width)

    @cached_property
    def own(self) -> OwnSpans:
        """The spans of each question's own consignment that count at its cut-off."""
        asked = self.questions.frame.select(unit="consignment_id").with_row_index("question")
        spans = self.frame.select("unit").with_row_index("span")
        pairs = asked.lazy().join(spans.lazy(), on="unit", how="inner").select("question", "span").collect()
        question = pairs["question"].cast(pl.Int64).to_numpy()
        row = pairs["span"].cast(pl.Int64).to_numpy()
        times = self.questions.times[question]
        counts = (self.start[row] <= times) & (times < self.until[row])
        question, row = question[counts], row[counts]
        if np.any(question[1:] < question[:-1]):
            order = np.argsort(question, kind="stable")
            question, row = question[order], row[order]
        begins = np.zeros(self.questions.times.size + 1, dtype=np.int64)
        np.cumsum(np.bincount(question, minlength=self.questions.times.size), out=begins[1:])
        return OwnSpans(row, self.questions.times[question] - self.first[row], begins)

    def by(self, key: Sequence[str]) -> KeyedSpans:
        """The spans with their codes for one key."""
        order = self.questions.order(key)
        return KeyedSpans(self, order, order.keys.of_spans(self.frame, self._columns))


@dataclass(frozen=True)
class OwnSpans:
    """`rows` of spans and their `age` at the cut-off: those of question q from `begins[q]` to `begins[q + 1]`."""

    rows: IntArray
    age: IntArray
    begins: IntArray


class KeyedSpans:
    """The spans for one key: the order of the questions, and per span the code of its key."""

    def __init__(self, spans: Spans, order: KeyOrder, codes: IntArray) -> None:
        self.spans, self.order, self.codes = spans, order, codes
        self._own_codes = codes[spans.own.rows]

    def own(self, block: slice) -> tuple[IntArray, IntArray]:
        """The own spans of equal key for a block of positions: places within the block, and pairs of `spans.own`."""
        begins = self.spans.own.begins
        question = self.order.questions[block]
        pairs = begins[question]
        counts = begins[question + 1] - pairs
        place = np.flatnonzero(counts)
        pairs, counts = pairs[place], counts[place]
        if counts.max(initial=1) > 1:
            ends = np.cumsum(counts)
            place = np.repeat(place, counts)
            pairs = np.arange(place.size) + np.repeat(pairs - ends + counts, counts)
        same = self._own_codes[pairs] == self.order.codes[block][place]
        return place[same], pairs[same]


def _live(history: pl.DataFrame, cutoffs: pl.Series) -> pl.DataFrame:
    """Spans that hold at some instant between the first and the last cut-off."""
    bounds = history.select(
        disordered=((pl.col("first_known_at") > pl.col("known_at")) | (pl.col("known_at") >= pl.col("until"))).sum(),
        empty=pl.any_horizontal(pl.col("first_known_at", "known_at", "withdrawn").is_null()).sum(),
    )
    if bounds["disordered"].item() or bounds["empty"].item():
        raise ValueError(
            f"needed spans with first_known_at <= known_at < until, found {bounds['disordered'].item()} that are not "
            f"and {bounds['empty'].item()} with an empty one; make the history with history() or join_history()"
        )
    earliest, latest = cutoffs.min(), cutoffs.max()
    return history.filter(
        ~pl.col("withdrawn"),
        pl.col("known_at") <= pl.lit(latest, dtype=INSTANT),
        pl.col("until").is_null() | (pl.col("until") > pl.lit(earliest, dtype=INSTANT)),
    )


def _microseconds(instants: pl.Series) -> IntArray:
    return instants.cast(INSTANT).to_physical().fill_null(NEVER).to_numpy()
