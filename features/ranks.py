"""Ranks: how many like rows had a smaller value at each question's cut-off."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from features.windows_keys import TIME_BITS, Codes, IntArray


def count_below(spans: pl.DataFrame, questions: pl.DataFrame, by: str, value: str, width: timedelta) -> pl.Series:
    """Per question, in their order, how many rows of the same `by` have a smaller `value` than the question.

    `spans` is a history with the two columns; `questions` has consignment_id, cutoff, and both columns. Counted are the
    rows first known within `width` before the cut-off, with the values of the version that counts then, those of the
    own consignment left out. Null where the question lacks either column. O((n + q) log n) for n spans, q questions.
    """
    asked = questions.select("consignment_id", "cutoff", by, value).with_row_index("question").drop_nulls([by, value])
    live = (
        spans.filter(~pl.col("withdrawn"))
        .drop_nulls([by, value])
        .join(asked.select(by).unique(), on=by, how="semi")
        .select(
            by, value, "unit", enters="known_at", leaves=pl.min_horizontal("until", pl.col("first_known_at") + width)
        )
        .filter(pl.col("enters") < pl.col("leaves"))
    )
    own = asked.join(live, left_on=["consignment_id", by], right_on=["unit", by]).filter(
        pl.col("enters") <= pl.col("cutoff"),
        pl.col("leaves") > pl.col("cutoff"),
        pl.col(f"{value}_right") < pl.col(value),
    )
    entered, left = (_smaller(live.rename({name: "at"}), asked, by, value) for name in ("enters", "leaves"))
    places = asked["question"].to_numpy()
    found = np.zeros(questions.height, dtype=np.int64)
    found[places] = entered - left
    found -= np.bincount(own["question"].to_numpy(), minlength=questions.height)
    counted = questions.select(by, value, found=pl.Series(found))
    return counted.select(pl.when(pl.col(by).is_not_null() & pl.col(value).is_not_null()).then("found"))["found"]


def _smaller(events: pl.DataFrame, asked: pl.DataFrame, by: str, value: str) -> IntArray:
    """Per question how many events of its `by` have a smaller value and happened `at` or before its cut-off."""
    codes, cutoffs = Codes(asked[by]), asked["cutoff"].unique().sort()
    keys = codes.of(events[by]) << TIME_BITS | cutoffs.search_sorted(events["at"], "left").to_numpy()
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    values = np.unique(events[value].to_numpy())
    ranks = np.searchsorted(values, events[value].to_numpy()[order])
    base = codes.of(asked[by]) << TIME_BITS
    begin = np.searchsorted(keys, base)
    end = np.searchsorted(keys, base | cutoffs.search_sorted(asked["cutoff"]).to_numpy(), side="right")
    return _smaller_between(ranks, begin, end, np.searchsorted(values, asked[value].to_numpy()))


def _smaller_between(ranks: IntArray, begin: IntArray, end: IntArray, bounds: IntArray) -> IntArray:
    """How many of ranks[begin:end] are less than each bound.

    The wavelet matrix of Claude and Navarro, "The Wavelet Matrix", SPIRE 2012: bit by bit from the highest, numbers
    with the bit 0 move before those with 1, both in their order, so that every range stays a range. Where a bound has
    the bit 1, the numbers of its range with 0 are smaller.
    """
    smaller = np.zeros(bounds.size, dtype=np.int64)
    highest = int(max(ranks.max(initial=0), bounds.max(initial=0)))
    for bit in range(highest.bit_length() - 1, -1, -1):
        is_one = (ranks >> bit & 1).astype(np.bool_)
        zeros_before = np.zeros(ranks.size + 1, dtype=np.int64)
        np.cumsum(~is_one, out=zeros_before[1:])
        zero_begin, zero_end = zeros_before[begin], zeros_before[end]
        goes_right = (bounds >> bit & 1).astype(np.bool_)
        smaller += np.where(goes_right, zero_end - zero_begin, 0)
        begin = np.where(goes_right, zeros_before[-1] + begin - zero_begin, zero_begin)
        end = np.where(goes_right, zeros_before[-1] + end - zero_end, zero_end)
        ranks = np.concatenate([ranks[~is_one], ranks[is_one]])
    return smaller
