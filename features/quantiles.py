"""Quantiles of a key's values as they were known at each question's cut-off, the own consignment's left out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from features.windows_keys import TIME_BITS, BoolArray, Codes, IntArray


def quantiles(
    spans: pl.DataFrame, questions: pl.DataFrame, by: str, value: str, percents: Mapping[str, int]
) -> pl.DataFrame:
    """Per question, in their order: `count` of the visible values of its `by`, and a column per name of `percents`.

    `spans` is a history with the columns `by` and `value` (integers); `questions` has consignment_id, cutoff and `by`.
    A quantile is the smallest value with at least so many percent of the values at or below it (nearest rank). It is
    null where there is no value, and everything is null where the question's `by` is. O((n + q) log n).
    """
    asked = questions.select("consignment_id", "cutoff", by).with_row_index("question").drop_nulls(by)
    live = (
        spans.filter(~pl.col("withdrawn"))
        .drop_nulls([by, value])
        .join(asked.select(by).unique(), on=by, how="semi")
        .select(by, value, "unit", enters="known_at", leaves="until")
    )
    distinct = np.unique(live[value].to_numpy())
    live = live.with_columns(rank=np.searchsorted(distinct, live[value].to_numpy()))
    own = _own_rows(live, asked)
    ranges = _Ranges(live, asked, by)
    count = ranges.total - np.bincount(own.places, minlength=asked.height)
    answers: dict[str, pl.Series] = {"count": pl.Series(count, dtype=pl.Int64)}
    for name, percent in percents.items():
        wanted = np.maximum(-(-percent * count // 100), 1) - 1
        found = ranges.of_rank(wanted, own)
        held = np.where(count > 0, found, 0)
        told = pl.Series(distinct[held] if distinct.size else held, dtype=pl.Int64)
        answers[name] = pl.select(pl.when(pl.Series(count > 0)).then(told)).to_series()
    return (
        questions.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("question"))
        .join(
            pl.DataFrame({"question": asked["question"], **answers}), on="question", how="left", maintain_order="left"
        )
        .drop("question")
    )


class _Own:
    """Rows that belong to the question's own consignment and count at its cut-off: the question's place, the rank."""

    def __init__(self, places: IntArray, ranks: IntArray) -> None:
        self.places = places
        self.ranks = ranks


def _own_rows(live: pl.DataFrame, asked: pl.DataFrame) -> _Own:
    by = asked.columns[-1]
    own = (
        asked.with_row_index("place")
        .join(live, left_on=["consignment_id", by], right_on=["unit", by])
        .filter(
            pl.col("enters") <= pl.col("cutoff"), pl.col("leaves").is_null() | (pl.col("leaves") > pl.col("cutoff"))
        )
    )
    return _Own(own["place"].cast(pl.Int64).to_numpy(), own["rank"].cast(pl.Int64).to_numpy())


class _Ranges:
    """What entered and left by key and instant; a question's range is all of that up to its cut-off.

    A wavelet matrix (Claude and Navarro, SPIRE 2012) whose events weigh 1 where a row enters and -1 where it leaves:
    a rank is found bit by bit, going to the half in which it falls.
    """

    def __init__(self, live: pl.DataFrame, asked: pl.DataFrame, by: str) -> None:
        left = live.drop_nulls("leaves")
        codes, cutoffs = Codes(asked[by]), asked["cutoff"].unique().sort()
        instants = pl.concat([live["enters"], left["leaves"]])
        keys = codes.of(pl.concat([live[by], left[by]])) << TIME_BITS
        keys |= cutoffs.search_sorted(instants, "left").cast(pl.Int64).to_numpy()
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        ranks = pl.concat([live["rank"], left["rank"]]).cast(pl.Int64).to_numpy()[order]
        weights = np.repeat(np.array([1, -1], dtype=np.int64), [live.height, left.height])[order]
        base = codes.of(asked[by]) << TIME_BITS
        self._begin = np.searchsorted(keys, base)
        until = cutoffs.search_sorted(asked["cutoff"]).cast(pl.Int64).to_numpy()
        self._end = np.searchsorted(keys, base | until, side="right")
        self._levels: list[tuple[int, IntArray, IntArray]] = []
        running = _running(weights)
        self.total: IntArray = running[self._end] - running[self._begin]
        for bit in reversed(range(int(ranks.max(initial=0)).bit_length())):
            is_one = (ranks >> bit & 1).astype(np.bool_)
            # Running number of events with a 0, and of their weights.
            self._levels.append((bit, _running(~is_one), _running(np.where(is_one, 0, weights))))
            parted = np.concatenate([np.flatnonzero(~is_one), np.flatnonzero(is_one)])
            ranks, weights = ranks[parted], weights[parted]

    def of_rank(self, wanted: IntArray, own: _Own) -> IntArray:
        """Per question the value's rank that stands at the place `wanted` (from 0) among all that are not its own."""
        begin, end, wanted = self._begin, self._end, wanted.copy()
        found = np.zeros(wanted.size, dtype=np.int64)
        on_path = np.ones(own.places.size, dtype=np.bool_)
        for bit, zeros, weight in self._levels:
            own_zero = on_path & (own.ranks >> bit & 1 == 0)
            low = weight[end] - weight[begin] - np.bincount(own.places[own_zero], minlength=wanted.size)
            goes_up = wanted >= low
            wanted -= np.where(goes_up, low, 0)
            found |= goes_up.astype(np.int64) << bit
            on_path &= (own.ranks >> bit & 1).astype(np.bool_) == goes_up[own.places]
            begin = np.where(goes_up, zeros[-1] + begin - zeros[begin], zeros[begin])
            end = np.where(goes_up, zeros[-1] + end - zeros[end], zeros[end])
        return found


def _running(values: BoolArray | IntArray) -> IntArray:
    """Running total with a leading 0."""
    total = np.zeros(values.size + 1, dtype=np.int64)
    np.cumsum(values, out=total[1:])
    return total
