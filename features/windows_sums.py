"""Sums over windows from running totals: one sort per key, two searches per window, exact for amended rows too.

A span [start, until) of a row first known at `first` counts at T in a window of width w iff T lies in
[start, min(until, first + w)). A row that was never amended starts at `first`, so that one order by `first` serves the
starts and the ends of all widths: the sum is a difference of two running totals. An amended row adds its value at the
start and takes it away at the end, which is a running total of its own for each width. Running totals are integers and
may wrap around; the differences are exact as long as they fit themselves. Questions are answered in blocks that fit
the processor's cache.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from features.windows_keys import TIME_BITS, IntArray
from features.windows_spans import KeyedSpans, Spans
from features.windows_values import SpanValues


class Timeline:
    """Events in order of time: `rows` are those of the spans, `signs` +1 or -1 (None: all +1)."""

    def __init__(self, instants: IntArray, rows: IntArray, signs: IntArray | None = None) -> None:
        order = np.argsort(instants, kind="stable")
        self.instants = instants[order]
        self.rows = rows[order]
        self.signs = None if signs is None else signs[order]

    def count_up_to(self, instants: IntArray) -> IntArray:
        """How many events there are at or before each instant."""
        return np.searchsorted(self.instants, instants, side="right")


class Timelines:
    """The timelines of one history, shared by all keys: of rows never amended, and of amended ones by width.

    `newest`, `oldest` and `changed` count their events per distinct cut-off: up to it, up to the beginning of its
    window, and the amended ones up to it. Widths are in microseconds, None for all time.
    """

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._cutoffs = spans.questions.distinct
        self._oldest: dict[int | None, IntArray] = {}
        self._amended: dict[int | None, tuple[Timeline, IntArray]] = {}
        self.has_amended = spans.amended.size > 0

    @cached_property
    def single(self) -> Timeline:
        return Timeline(self._spans.first[self._spans.single], self._spans.single)

    @cached_property
    def newest(self) -> IntArray:
        return self.single.count_up_to(self._cutoffs)

    def oldest(self, width: int | None) -> IntArray:
        if width not in self._oldest:
            none = np.zeros(self._cutoffs.size, dtype=np.int64)
            self._oldest[width] = none if width is None else self.single.count_up_to(self._cutoffs - width)
        return self._oldest[width]

    def amended(self, width: int | None) -> Timeline:
        return self._amended_and_changed(width)[0]

    def changed(self, width: int | None) -> IntArray:
        return self._amended_and_changed(width)[1]

    def _amended_and_changed(self, width: int | None) -> tuple[Timeline, IntArray]:
        if width not in self._amended:
            rows = self._spans.amended
            start, end = self._spans.start[rows], self._spans.end(rows, width)
            counts = start < end
            rows = rows[counts]
            signs = np.repeat(np.array([1, -1], dtype=np.int64), rows.size)
            timeline = Timeline(np.concatenate([start[counts], end[counts]]), np.concatenate([rows, rows]), signs)
            self._amended[width] = timeline, timeline.count_up_to(self._cutoffs)
        return self._amended[width]


class KeyedTimeline:
    """A timeline sorted by key, so that the events of one key up to an instant are a run that ends at a place in it."""

    def __init__(self, timeline: Timeline, keyed: KeyedSpans, values: SpanValues) -> None:
        self._order, self._values = keyed.order, values
        codes = keyed.codes[timeline.rows]
        packed = (codes << TIME_BITS | np.arange(codes.size))[codes >= 0]
        packed.sort()
        event = packed & ((1 << TIME_BITS) - 1)
        self._packed = packed
        self._rows = timeline.rows[event]
        self._signs = None if timeline.signs is None else timeline.signs[event]
        self._running: dict[str, IntArray] = {}

    def ends(self, counts: IntArray, block: slice) -> IntArray:
        """Per position of the block, where the run ends of the first so many events (`counts` by rank) of its key."""
        needles = self._order.codes[block] << TIME_BITS | counts[self._order.rank[block]]
        low, high = np.searchsorted(self._packed, [needles.min(), needles.max()])
        ends: IntArray = np.searchsorted(self._packed[low:high], needles) + low
        return ends

    def running(self, name: str) -> IntArray:
        """Running total of a value of the spans, with a leading 0."""
        if name not in self._running:
            events = self._values[name][self._rows]
            if self._signs is not None:
                events *= self._signs
            total = np.zeros(events.size + 1, dtype=np.int64)
            np.cumsum(events, out=total[1:])
            self._running[name] = total
        return self._running[name]


class KeyedSums:
    """Exact sums of integer values of spans for one key, in windows of any width, own consignment left out."""

    def __init__(self, timelines: Timelines, keyed: KeyedSpans, values: SpanValues) -> None:
        self.timelines, self.keyed, self.values = timelines, keyed, values
        self.single = KeyedTimeline(timelines.single, keyed, values)
        self._amended: dict[int | None, KeyedTimeline] = {}

    def amended(self, width: int | None) -> KeyedTimeline:
        if width not in self._amended:
            self._amended[width] = KeyedTimeline(self.timelines.amended(width), self.keyed, self.values)
        return self._amended[width]


class BlockSums:
    """The sums of one block of positions, for one width after another."""

    def __init__(self, sums: KeyedSums, block: slice) -> None:
        self._sums, self._block = sums, block
        self._newest = sums.single.ends(sums.timelines.newest, block)
        self._place, self._pair = sums.keyed.own(block)
        self._age = sums.keyed.spans.own.age[self._pair]
        self._own: dict[str, IntArray] = {}

    def of_own(self, name: str) -> IntArray:
        if name not in self._own:
            self._own[name] = self._sums.values.of_own(name)[self._pair]
        return self._own[name]

    def window(self, width: int | None) -> WindowSums:
        return WindowSums(self, self._sums, self._block, width)

    def take_own(self, name: str, total: IntArray, width: int | None) -> None:
        """Takes the own spans in the window out of a total."""
        own = self.of_own(name)
        np.subtract.at(total, self._place, own if width is None else own * (self._age < width))

    def single(self, name: str, oldest: IntArray) -> IntArray:
        """The total over rows never amended between two places of their order."""
        if name == SpanValues.ROWS:
            return self._newest - oldest
        running = self._sums.single.running(name)
        return running[self._newest] - running[oldest]


class WindowSums:
    """The sums of one block for one width."""

    def __init__(self, block_sums: BlockSums, sums: KeyedSums, block: slice, width: int | None) -> None:
        self._block_sums, self._sums, self._block, self._width = block_sums, sums, block, width
        self._oldest = sums.single.ends(sums.timelines.oldest(width), block)
        self._totals: dict[str, IntArray] = {}

    def total(self, name: str) -> IntArray:
        """Per position of the block the sum of the values known by that name; they must be among `values`."""
        if name not in self._totals:
            total = self._block_sums.single(name, self._oldest)
            if self._sums.timelines.has_amended:
                # Every event that adds has its opposite under the same key, so the runs of other keys sum to 0.
                total += self._sums.amended(self._width).running(name)[self._changed]
            self._block_sums.take_own(name, total, self._width)
            self._totals[name] = total
        return self._totals[name]

    @cached_property
    def _changed(self) -> IntArray:
        return self._sums.amended(self._width).ends(self._sums.timelines.changed(self._width), self._block)
