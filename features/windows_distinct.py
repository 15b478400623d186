"""How many different values stand in a window: spans of equal key and value are merged before they are counted."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.windows_keys import IntArray, pair, shared_codes
from features.windows_order import KeyOrder


def distinct(order: KeyOrder, values: IntArray, value_count: int, width: int | None) -> IntArray:
    """Per position the number of different `values` (codes per span, negative where empty) in the window."""
    spans = order.spans
    combined = pair(order.span_codes, values, value_count)
    rows = np.flatnonzero(combined >= 0)
    begin = np.searchsorted(spans.distinct, spans.start[rows])
    end = np.searchsorted(spans.distinct, spans.end(rows, width))
    counts = begin < end
    rows, begin, end = rows[counts], begin[counts], end[counts]
    merged_row, merged_begin, merged_end = _merge(combined[rows], begin, end, rows)
    codes = order.span_codes[merged_row]
    needles = order.base | order.rank
    total = _count_up_to(order, codes, merged_begin, needles) - _count_up_to(order, codes, merged_end, needles)
    return total - _only_own(order, combined, rows, begin, end, width)


def _merge(groups: IntArray, begin: IntArray, end: IntArray, rows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Runs of the same group that touch or overlap as one: a row of each, and its begin and end."""
    order = np.lexsort((begin, groups))
    group, begin, end, rows = groups[order], begin[order], end[order], rows[order]
    new_group = np.ones(group.size, dtype=np.bool_)
    new_group[1:] = group[1:] != group[:-1]
    # Groups ascend, so a maximum that runs on over (group, end) starts afresh with every group.
    step = int(end.max(initial=0)) + 1
    number = np.cumsum(new_group)
    reach = np.maximum.accumulate(number * step + end) - number * step
    opens = new_group.copy()
    opens[1:] |= begin[1:] > reach[:-1]
    closes = np.ones(group.size, dtype=np.bool_)
    closes[:-1] = opens[1:]
    return rows[opens], begin[opens], reach[closes]


def _count_up_to(order: KeyOrder, codes: IntArray, ranks: IntArray, needles: IntArray) -> IntArray:
    return np.searchsorted(np.sort(codes << order.bits | ranks), needles, side="right")


def _only_own(
    order: KeyOrder, combined: IntArray, rows: IntArray, begin: IntArray, end: IntArray, width: int | None
) -> IntArray:
    """Per position how many values stand in the window by spans of the own consignment alone."""
    own = order.own
    inside = own.inside(width)
    chosen = combined[own.rows] >= 0
    if inside is not None:
        chosen &= inside
    position, row = own.positions[chosen], own.rows[chosen]
    # Codes of key and value together may be too large to pack with a time: those of the own spans are enough.
    own_codes, all_codes, _ = shared_codes(pl.Series(combined[row]), pl.Series(combined[rows]))
    counted = all_codes >= 0
    starts = np.sort(all_codes[counted] << order.bits | begin[counted])
    ends = np.sort(all_codes[counted] << order.bits | end[counted])
    by_value = np.lexsort((own_codes, position))
    position, own_codes = position[by_value], own_codes[by_value]
    first = np.ones(position.size, dtype=np.bool_)
    first[1:] = (position[1:] != position[:-1]) | (own_codes[1:] != own_codes[:-1])
    begins = np.flatnonzero(first)
    own_spans = np.diff(np.append(begins, position.size))
    position, own_codes = position[first], own_codes[first]
    needles = own_codes << order.bits | order.rank[position]
    everybody = np.searchsorted(starts, needles, side="right") - np.searchsorted(ends, needles, side="right")
    return np.bincount(position[everybody == own_spans], minlength=order.rank.size)
