"""What every window over one history needs, whatever the key: live spans, cut-offs in order, and the own spans."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.windows_keys import BoolArray, IntArray

NEVER = np.iinfo(np.int64).max


class Spans:
    """The spans that count for at least one question, as arrays of microseconds, and the questions' cut-offs.

    `frame` has the columns of the history, row by row with `first`, `start` and `until` (NEVER where there is no later
    version). `times` is the cut-off of every question, `distinct` the sorted different ones, `rank` the place of
    each question's cut-off in them, `time_order` the questions by cut-off.
    """

    def __init__(self, history: pl.DataFrame, questions: pl.DataFrame) -> None:
        self.questions = questions
        self.times = _microseconds(questions["cutoff"])
        self.distinct: IntArray = np.unique(self.times)
        self.rank: IntArray = np.searchsorted(self.distinct, self.times)
        self.time_order: IntArray = np.argsort(self.rank, kind="stable")
        self.frame = _live(history, questions["cutoff"])
        self.first = _microseconds(self.frame["first_known_at"])
        self.start = _microseconds(self.frame["known_at"])
        self.until = _microseconds(self.frame["until"])

    @cached_property
    def bits(self) -> int:
        """How many low bits of a packed integer hold a place in time; the code of the key stands above them."""
        return max(self.frame.height, self.times.size, 1).bit_length() + 1

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
    def own(self) -> tuple[IntArray, IntArray]:
        """Pairs of a question and a span of the same consignment that counts at its cut-off, by question."""
        asked = self.questions.select(unit="consignment_id").with_row_index("question")
        spans = self.frame.select("unit").with_row_index("span")
        pairs = asked.lazy().join(spans.lazy(), on="unit", how="inner").select("question", "span").collect()
        question = pairs["question"].cast(pl.Int64).to_numpy()
        span = pairs["span"].cast(pl.Int64).to_numpy()
        times = self.times[question]
        counts = (self.start[span] <= times) & (times < self.until[span])
        question, span = question[counts], span[counts]
        if np.any(question[1:] < question[:-1]):
            order = np.argsort(question, kind="stable")
            question, span = question[order], span[order]
        return question, span


def _live(history: pl.DataFrame, cutoffs: pl.Series) -> pl.DataFrame:
    """Spans that hold at some instant between the first and the last cut-off. Raises ValueError on a malformed one."""
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
