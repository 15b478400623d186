"""One key's order: the questions by key and cut-off, with the spans of each question's own consignment beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.windows_keys import BoolArray, IntArray
from features.windows_spans import Spans


@dataclass(frozen=True)
class OwnSpans:
    """Spans of the same key and consignment as a question, by the question's position.

    `positions` and `rows` are pairs; `age` is the cut-off less the span's `first`; those of position i are the pairs
    from `begins[i]` to `begins[i + 1]`.
    """

    positions: IntArray
    rows: IntArray
    age: IntArray
    begins: IntArray

    def inside(self, width: int | None) -> BoolArray | None:
        """Which pairs stand in a window of that width; None means all."""
        return None if width is None else self.age < width

    def total(self, values: IntArray | None, width: int | None) -> IntArray:
        """Per position the sum of a value (one per pair; None counts) over the pairs in the window."""
        inside = self.inside(width)
        if values is None:
            values = np.ones(self.rows.size, dtype=np.int64) if inside is None else inside.astype(np.int64)
        elif inside is not None:
            values = values * inside
        running = np.zeros(values.size + 1, dtype=np.int64)
        np.cumsum(values, out=running[1:])
        return running[self.begins[1:]] - running[self.begins[:-1]]


class KeyOrder:
    """Questions sorted by (code of the key, cut-off); everything per question is computed in this order.

    `questions` are the question numbers by position, `position` its inverse, `codes` and `rank` those of the questions
    by position, `span_codes` those of the spans.
    """

    def __init__(self, spans: Spans, asked: IntArray, known: IntArray) -> None:
        self.spans, self.span_codes, self.bits = spans, known, spans.bits
        # A question whose key is empty gets a code that no span has.
        nobody = max(asked.max(initial=-1), known.max(initial=-1)) + 1
        filled = np.where(asked < 0, nobody, asked)
        mask = (1 << self.bits) - 1
        packed = filled[spans.time_order] << self.bits | np.arange(asked.size)
        packed.sort()
        self.questions: IntArray = spans.time_order[packed & mask]
        self.base: IntArray = packed & ~mask
        self.rank: IntArray = spans.rank[self.questions]
        self.position: IntArray = np.empty(asked.size, dtype=np.int64)
        self.position[self.questions] = np.arange(asked.size)
        self.own = self._own(filled)

    def place(self, codes: IntArray, ranks: IntArray) -> IntArray:
        """How many positions lie before (code, rank of a cut-off)."""
        return np.searchsorted(self.base | self.rank, codes << self.bits | ranks)

    def _own(self, asked: IntArray) -> OwnSpans:
        question, row = self.spans.own
        same = asked[question] == self.span_codes[row]
        question, row = question[same], row[same]
        counts = np.bincount(question, minlength=asked.size)
        first_pair = np.cumsum(counts) - counts
        counts = counts[self.questions]
        begins = np.zeros(asked.size + 1, dtype=np.int64)
        np.cumsum(counts, out=begins[1:])
        positions = np.repeat(np.arange(asked.size), counts)
        pairs = np.arange(positions.size) + (first_pair[self.questions] - begins[:-1])[positions]
        rows = row[pairs]
        age = self.spans.times[self.questions][positions] - self.spans.first[rows]
        return OwnSpans(positions, rows, age, begins)
