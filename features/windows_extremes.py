"""Least and greatest value per question over spans, each of which counts for a run of the key's question positions."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from features.windows_keys import TIME_BITS, IntArray
from features.windows_spans import KeyedSpans

Number = TypeVar("Number", np.int64, np.float64)


def greatest(
    keyed: KeyedSpans, rows: IntArray, values: npt.NDArray[Number], width: int | None, nothing: Number
) -> npt.NDArray[Number]:
    """Per position the greatest of `values` (one per span) over the spans `rows` in the window; `nothing` if none.

    `nothing` must be less than every value. For the least, negate the values and the result.
    """
    row, begin, end = _runs(keyed, rows, width)
    return _greatest_over_runs(begin, end, values[row], keyed.order.size, nothing)


def _runs(keyed: KeyedSpans, rows: IntArray, width: int | None) -> tuple[IntArray, IntArray, IntArray]:
    """Runs of positions [begin, end) for which a span counts, cut where the question is of its own consignment."""
    spans, order = keyed.spans, keyed.order
    cutoffs = spans.questions.distinct
    rows = rows[keyed.codes[rows] >= 0]
    base = keyed.codes[rows] << TIME_BITS
    positions = order.codes << TIME_BITS | order.rank
    begin = np.searchsorted(positions, base | np.searchsorted(cutoffs, spans.start[rows]))
    end = np.searchsorted(positions, base | np.searchsorted(cutoffs, spans.end(rows, width)))
    counts = begin < end
    rows, begin, end = rows[counts], begin[counts], end[counts]
    cut_position, pair = keyed.own(slice(0, order.size))
    if width is not None:
        inside = spans.own.age[pair] < width
        cut_position, pair = cut_position[inside], pair[inside]
    cut_row = spans.own.rows[pair]
    wanted = np.zeros(spans.frame.height, dtype=np.bool_)
    wanted[rows] = True
    cut_position, cut_row = cut_position[wanted[cut_row]], cut_row[wanted[cut_row]]
    # A span with cuts c1 < c2 < ... becomes [begin, c1), [c1 + 1, c2), ...: sorted alike, begins and ends correspond.
    begin_row, begins = np.concatenate([rows, cut_row]), np.concatenate([begin, cut_position + 1])
    end_row, ends = np.concatenate([rows, cut_row]), np.concatenate([end, cut_position])
    by_begin, by_end = np.lexsort((begins, begin_row)), np.lexsort((ends, end_row))
    row, begins, ends = begin_row[by_begin], begins[by_begin], ends[by_end]
    filled = begins < ends
    return row[filled], begins[filled], ends[filled]


def _greatest_over_runs(
    begin: IntArray, end: IntArray, values: npt.NDArray[Number], size: int, nothing: Number
) -> npt.NDArray[Number]:
    """A sparse table in reverse: a run is two blocks of a power of two; blocks hand down to their halves."""
    level = np.frexp((end - begin).astype(np.float64))[1] - 1
    by_level = np.argsort(level, kind="stable")
    bounds = np.searchsorted(level[by_level], np.arange(level.max(initial=0) + 2))
    best = np.full(size, nothing)
    for step in range(bounds.size - 2, -1, -1):
        runs = by_level[bounds[step] : bounds[step + 1]]
        np.maximum.at(best, begin[runs], values[runs])
        np.maximum.at(best, end[runs] - (1 << step), values[runs])
        if step > 0:
            half = 1 << (step - 1)
            whole = best.copy()
            np.maximum(best[half:], whole[:-half], out=best[half:])
    return best
