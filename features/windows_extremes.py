"""Least and greatest value per question over spans, each of which counts for a run of the key's question positions."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from features.windows_keys import IntArray
from features.windows_order import KeyOrder

Number = TypeVar("Number", np.int64, np.float64)


def greatest(
    order: KeyOrder, rows: IntArray, values: npt.NDArray[Number], width: int | None, nothing: Number
) -> npt.NDArray[Number]:
    """Per position the greatest of `values` (one per span) over the spans `rows` in the window; `nothing` if none.

    `nothing` must be less than every value. For the least, negate the values and the result.
    """
    row, begin, end = _runs(order, rows, width)
    return _greatest_over_runs(begin, end, values[row], order.rank.size, nothing)


def _runs(order: KeyOrder, rows: IntArray, width: int | None) -> tuple[IntArray, IntArray, IntArray]:
    """Runs of positions [begin, end) for which a span counts, cut where the question is of its own consignment."""
    spans = order.spans
    rows = rows[order.span_codes[rows] >= 0]
    codes = order.span_codes[rows]
    begin = order.place(codes, np.searchsorted(spans.distinct, spans.start[rows]))
    end = order.place(codes, np.searchsorted(spans.distinct, spans.end(rows, width)))
    counts = begin < end
    rows, begin, end = rows[counts], begin[counts], end[counts]
    inside = order.own.inside(width)
    cut_row, cut_position = order.own.rows, order.own.positions
    if inside is not None:
        cut_row, cut_position = cut_row[inside], cut_position[inside]
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
