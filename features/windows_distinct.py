"""How many different values stand in a window: spans of equal key and value are merged before they are counted."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.windows_keys import TIME_BITS, Codes, IntArray, pair
from features.windows_spans import KeyedSpans


def distinct(keyed: KeyedSpans, values: IntArray, value_count: int, width: int | None) -> IntArray:
    """Per position the number of different `values` (codes per span, negative where empty) in the window."""
    spans, order = keyed.spans, keyed.order
    combined = pair(keyed.codes, values, value_count)
    rows = np.flatnonzero(combined >= 0)
    begin = np.searchsorted(spans.questions.distinct, spans.start[rows])
    end = np.searchsorted(spans.questions.distinct, spans.end(rows, width))
    counts = begin < end
    rows, begin, end = rows[counts], begin[counts], end[counts]
    merged_row, merged_begin, merged_end = _merge(combined[rows], begin, end, rows)
    needles = order.codes << TIME_BITS | order.rank
    total = _count_between(keyed.codes[merged_row], merged_begin, merged_end, needles)
    return total - _only_own(keyed, combined, rows, begin, end, width)


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


def _count_between(codes: IntArray, begin: IntArray, end: IntArray, needles: IntArray) -> IntArray:
    """For each needle, a code and a rank packed, how many runs [begin, end) of ranks of that code hold it."""
    begun = np.searchsorted(np.sort(codes << TIME_BITS | begin), needles, side="right")
    return begun - np.searchsorted(np.sort(codes << TIME_BITS | end), needles, side="right")


def _only_own(
    keyed: KeyedSpans, combined: IntArray, rows: IntArray, begin: IntArray, end: IntArray, width: int | None
) -> IntArray:
    """Per position how many values stand in the window by spans of the own consignment alone."""
    own, order = keyed.spans.own, keyed.order
    position, pairs = keyed.own(slice(0, order.size))
    chosen = combined[own.rows[pairs]] >= 0
    if width is not None:
        chosen &= own.age[pairs] < width
    position, row = position[chosen], own.rows[pairs][chosen]
    # Codes of key and value together may be too large to pack with a time: those of the own spans are enough.
    codes = Codes(pl.Series(combined[row]))
    own_codes, all_codes = codes.of(pl.Series(combined[row])), codes.of(pl.Series(combined[rows]))
    counted = all_codes >= 0
    by_value = np.lexsort((own_codes, position))
    position, own_codes = position[by_value], own_codes[by_value]
    first = np.ones(position.size, dtype=np.bool_)
    first[1:] = (position[1:] != position[:-1]) | (own_codes[1:] != own_codes[:-1])
    begins = np.flatnonzero(first)
    own_spans = np.diff(np.append(begins, position.size))
    position, own_codes = position[first], own_codes[first]
    needles = own_codes << TIME_BITS | order.rank[position]
    everybody = _count_between(all_codes[counted], begin[counted], end[counted], needles)
    return np.bincount(position[everybody == own_spans], minlength=order.size)
