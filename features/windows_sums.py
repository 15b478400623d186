"""Sums over windows from running totals: one sort per key, two searches per window, exact for amended rows too.

A span [start, until) of a row first known at `first` counts at T in a window of width w iff T lies in
[start, min(until, first + w)). A row that was never amended starts at `first`, so that one order by `first` serves the
starts and the ends of all widths: the sum is a difference of two running totals. An amended row adds its value at the
start and takes it away at the end, which is a running total of its own for each width. Running totals are integers and
may wrap around; the differences are exact as long as they fit themselves.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from features.windows_keys import IntArray
from features.windows_order import KeyOrder
from features.windows_spans import Spans


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
    """The timelines of one history, shared by all keys: of rows never amended, and of amended ones by width."""

    def __init__(self, spans: Spans) -> None:
        self.spans = spans
        self._amended: dict[int | None, Timeline] = {}

    @cached_property
    def single(self) -> Timeline:
        return Timeline(self.spans.first[self.spans.single], self.spans.single)

    def amended(self, width: int | None) -> Timeline:
        if width not in self._amended:
            rows = self.spans.amended
            start, end = self.spans.start[rows], self.spans.end(rows, width)
            counts = start < end
            rows = rows[counts]
            self._amended[width] = Timeline(
                np.concatenate([start[counts], end[counts]]),
                np.concatenate([rows, rows]),
                np.repeat(np.array([1, -1], dtype=np.int64), rows.size),
            )
        return self._amended[width]


class KeyedTimeline:
    """A timeline sorted by key, so that the events of one key up to an instant are a run that ends at a position."""

    def __init__(self, timeline: Timeline, order: KeyOrder) -> None:
        codes = order.span_codes[timeline.rows]
        packed = (codes << order.bits | np.arange(codes.size))[codes >= 0]
        packed.sort()
        event = packed & ((1 << order.bits) - 1)
        self._packed, self._order = packed, order
        self._rows = timeline.rows[event]
        self._signs = None if timeline.signs is None else timeline.signs[event]

    def ends(self, count_by_rank: IntArray | None) -> IntArray:
        """Per question's position, where the run ends of the first so many events of its key (None: its beginning)."""
        base = self._order.base
        needles = base if count_by_rank is None else base | count_by_rank[self._order.rank]
        return np.searchsorted(self._packed, needles)

    def running(self, values: IntArray | None) -> IntArray:
        """Running total of a value per span (None counts), with a leading 0."""
        events = np.ones(self._rows.size, dtype=np.int64) if values is None else values[self._rows]
        if self._signs is not None:
            events *= self._signs
        total = np.zeros(events.size + 1, dtype=np.int64)
        np.cumsum(events, out=total[1:])
        return total


class KeyedSums:
    """What the windows of all widths have in common for one key: the rows never amended, in one order."""

    def __init__(self, timelines: Timelines, order: KeyOrder) -> None:
        self.timelines, self.order = timelines, order
        self.single = KeyedTimeline(timelines.single, order)
        self.newest_end = self.single.ends(timelines.single.count_up_to(order.spans.distinct))
        self._running: dict[str, IntArray] = {}
        self._own: dict[str, IntArray] = {}

    def running(self, name: str, values: IntArray) -> IntArray:
        if name not in self._running:
            self._running[name] = self.single.running(values)
        return self._running[name]

    def of_own(self, name: str, values: IntArray) -> IntArray:
        if name not in self._own:
            self._own[name] = values[self.order.own.rows]
        return self._own[name]


class WindowSums:
    """Exact sums of integer values of spans over the windows of one width, by question's position, own spans left out.

    `width` is in microseconds, None for all time.
    """

    def __init__(self, keyed: KeyedSums, width: int | None) -> None:
        self._keyed, self._width = keyed, width
        self._totals: dict[str, IntArray] = {}
        distinct, single = keyed.order.spans.distinct, keyed.timelines.single
        self._oldest_end = keyed.single.ends(None if width is None else single.count_up_to(distinct - width))

    def total(self, name: str, values: IntArray | None) -> IntArray:
        """The sums of `values` (one per span, known by `name`; None counts spans)."""
        if name not in self._totals:
            self._totals[name] = self._total(name, values)
        return self._totals[name]

    def _total(self, name: str, values: IntArray | None) -> IntArray:
        keyed = self._keyed
        if values is None:
            total = keyed.newest_end - self._oldest_end
        else:
            running = keyed.running(name, values)
            total = running[keyed.newest_end] - running[self._oldest_end]
        if keyed.order.spans.amended.size:
            timeline, ends = self._amended
            # Every event that adds has its opposite under the same key, so the runs of other keys sum to 0.
            total += timeline.running(values)[ends]
        total -= keyed.order.own.total(None if values is None else keyed.of_own(name, values), self._width)
        return total

    @cached_property
    def _amended(self) -> tuple[KeyedTimeline, IntArray]:
        order, events = self._keyed.order, self._keyed.timelines.amended(self._width)
        timeline = KeyedTimeline(events, order)
        return timeline, timeline.ends(events.count_up_to(order.spans.distinct))
