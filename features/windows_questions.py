"""The questions' side of windows: cut-offs in order, and for one key the order in which everything is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.windows_keys import TIME_BITS, Codes, IntArray, KeyCodes


class Questions:
    """Cut-offs in microseconds: `times` of every question, the sorted `distinct` ones, and `rank`, the place of each
    question's cut-off among them. Several histories and keys share this."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.times: IntArray = frame["cutoff"].cast(INSTANT).to_physical().to_numpy()
        self.distinct: IntArray = _sorted_distinct(self.times)
        self.rank: IntArray = np.searchsorted(self.distinct, self.times)
        self.time_order: IntArray = np.argsort(self.rank, kind="stable")
        self._columns: dict[str, Codes] = {}
        self._latest: tuple[tuple[str, ...], KeyOrder] | None = None

    def order(self, by: Sequence[str]) -> KeyOrder:
        """The order by that key; the latest is kept, since several histories are asked by one key in turn."""
        if self._latest is None or self._latest[0] != tuple(by):
            self._latest = tuple(by), KeyOrder(self, KeyCodes(by, self.frame, self._columns))
        return self._latest[1]


class KeyOrder:
    """Questions sorted by (code of the key, cut-off): a *position* is a place in this order.

    `questions` are the question numbers by position, `codes` and `rank` those of them; `unanswered` are the questions
    with an empty key.
    """

    def __init__(self, questions: Questions, keys: KeyCodes) -> None:
        self.keys = keys
        self.unanswered = np.flatnonzero(keys.asked < 0)
        packed = keys.asked[questions.time_order] << TIME_BITS | np.arange(keys.asked.size)
        packed.sort()
        self.codes: IntArray = packed >> TIME_BITS
        packed &= (1 << TIME_BITS) - 1
        self.questions: IntArray = questions.time_order[packed]
        self.rank: IntArray = questions.rank[self.questions]

    @property
    def size(self) -> int:
        return self.codes.size


def _sorted_distinct(instants: IntArray) -> IntArray:
    ordered = np.sort(instants)  # numpy's unique hashes, which is many times slower where most instants differ
    first = np.ones(ordered.size, dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]
