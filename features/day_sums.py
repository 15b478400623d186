"""Sums over days of what was known at each cut-off: windows on the day of an event, for very many questions at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from features.range_sums import range_sums
from features.windows_keys import IntArray


def day_sums(spans: pl.DataFrame, asked: pl.DataFrame, by: Sequence[str], values: Sequence[str]) -> pl.DataFrame:
    """Per row of `asked` the sums of `values` over the spans of equal `by` whose day `on` lies in [begins, ends).

    `spans` are of a history, with `by`, `on` (a day) and whole numbers; `asked` has `by`, `cutoff`, and the days
    `begins` and `ends`. Only spans that hold at the cut-off count. One pass: O(n log n) for n spans and questions,
    however many share a key.
    """
    codes = asked.select(by).unique().with_row_index("code")
    live = spans.filter(~pl.col("withdrawn")).join(codes, on=list(by))
    ended = live.filter(pl.col("until").is_not_null())
    events = pl.concat(
        [
            live.select("code", "on", *values, at="known_at"),
            ended.select("code", "on", *[-pl.col(name) for name in values], at="until"),
        ]
    ).drop_nulls("on")
    if not events.height:
        return asked.select(pl.repeat(0, pl.len(), dtype=pl.Int64).alias(name) for name in values)
    cutoffs, days = asked["cutoff"].unique().sort(), events["on"].unique().sort()
    size = len(days) + 1
    places = _whole(events["code"]) * size + _whole(days.search_sorted(events["on"]))
    order = np.argsort(places, kind="stable")
    ranks = _whole(cutoffs.search_sorted(events["at"], "left"))[order]
    rows = asked.join(codes, on=list(by), maintain_order="left")
    base, places = _whole(rows["code"]) * size, places[order]
    begin, end = (
        np.searchsorted(places, base + _whole(days.search_sorted(rows[side], "left"))) for side in ("begins", "ends")
    )
    below = _whole(cutoffs.search_sorted(rows["cutoff"])) + 1
    weights = {name: _whole(events[name])[order] for name in values}
    return pl.DataFrame(range_sums(ranks, weights, begin, end, below))


def _whole(values: pl.Series) -> IntArray:
    numbers: IntArray = values.cast(pl.Int64).to_numpy()
    return numbers
