"""Goods that move over to the post (BD-20): the last month's share by post against that of the two years before.

Shares are of consignments with a line of the same heading, from and to the same countries, by when they became known;
the own one is left out. The contract knows the mode `post`, not express carriers, whose parcels come by `air`: only
what moves to the post is seen.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from features.asked import Asked, with_headings
from features.asof import Aggregate, history, join_history, windows
from features.line_states import heading_history
from features.tables import Tables
from features.windows_keys import BoolArray, IntArray
from features.windows_numbers import FloatArray

BLOCK = timedelta(days=30)
BLOCKS = 24  # before the last one
LEAST_BLOCKS = 20  # fewer say nothing robust
LEAST_CONSIGNMENTS = 5  # a share of fewer is chance
CORRIDOR = ("hs4", "dispatch_country", "destination_country")
_TO_DEVIATION = 1.4826  # of a median absolute deviation, for normal values
_SHIFTS = ("post_share_shift", "post_share_30d", "usual_post_share")


def post_shift(asked: Asked) -> pl.DataFrame:
    """Per question `post_share_shift`, `post_share_30d`, `usual_post_share`, and the heading and countries in words.

    Of several lines the main one names the heading. Null where heading or a country is missing, or where the last block
    or all but LEAST_BLOCKS of those before have fewer than LEAST_CONSIGNMENTS.
    """
    corridors = _corridors(asked)
    first = asked.tables.delivered_from("consignment")
    # Before there can be enough blocks nothing needs to be counted.
    old_enough = pl.col("cutoff") >= first + LEAST_BLOCKS * BLOCK if first is not None else pl.lit(False)
    questions = corridors.filter(old_enough)
    counted = windows(
        _corridor_history(asked.tables),
        questions,
        CORRIDOR,
        {"all": Aggregate("count"), "post": Aggregate("count", "post")},
        [BLOCK * number for number in range(1, BLOCKS + 2)],
    )
    shifts = questions.select("question").hstack(_shifts(counted))
    return corridors.join(shifts, on="question", how="left", maintain_order="left").select(
        *_SHIFTS,
        post_shift_heading="hs4",
        post_shift_corridor=pl.format("{} to {}", "dispatch_country", "destination_country"),
    )


def newest_posted(asked: Asked, most: int) -> pl.DataFrame:
    """The newest other consignments by post of each question's corridor and last block, at most so many.

    Columns `question`, `unit`, `use`. Those of one corridor at one cut-off are looked up once.
    """
    corridors = _corridors(asked)
    posted = (
        corridors.select("cutoff", *CORRIDOR)
        .unique()
        .join(_corridor_history(asked.tables).drop_nulls("post"), on=CORRIDOR)
        .filter(
            ~pl.col("withdrawn"),
            pl.col("first_known_at") > pl.col("cutoff") - BLOCK,
            pl.col("known_at") <= pl.col("cutoff"),
            pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff")),
        )
        .sort("first_known_at", "unit", descending=[True, False])
        .group_by("cutoff", *CORRIDOR, maintain_order=True)
        .head(most + 1)  # one of them may be the question's own
    )
    return (
        corridors.join(posted, on=["cutoff", *CORRIDOR], maintain_order="left_right")
        .filter(pl.col("unit") != pl.col("consignment_id"))
        .group_by("question", maintain_order=True)
        .head(most)
        .select("question", "unit", "use")
    )


def _corridors(asked: Asked) -> pl.DataFrame:
    """Per question the heading of its main line and the two countries."""
    return (
        asked.questions.with_row_index("question")
        .hstack(asked.consignment.select("dispatch_country", "destination_country"))
        .hstack(with_headings(asked.main_item).select("hs4"))
    )


def _corridor_history(tables: Tables) -> pl.DataFrame:
    """The history of consignments by heading, with the two countries; `post` is filled where the mode is post."""

    def make() -> pl.DataFrame:
        columns = ["mode", "dispatch_country", "destination_country", "use"]
        consignments = history(tables["consignment"], ["consignment_id"], "consignment_id", columns)
        by_post = pl.when(pl.col("mode") == "post").then(pl.lit(1))
        return join_history(heading_history(tables), consignments).with_columns(post=by_post).drop("mode")

    return tables.derived("consignments by corridor", make)


def _shifts(counted: pl.DataFrame) -> pl.DataFrame:
    """The robust z of the share of the last block against those of the blocks before it, and both shares.

    `(x - median) / (1.4826 x MAD)`, where the divisor is never less than what one consignment more or less by post
    would make of the last share: where the post was never used, the deviation is 0, and yet its use is a shift.
    """
    total, post = (_by_block(counted, name) for name in ("all", "post"))
    enough = total >= LEAST_CONSIGNMENTS
    assessed = enough[:, 0] & (enough[:, 1:].sum(axis=1) >= LEAST_BLOCKS)
    total, post, enough = total[assessed], post[assessed], enough[assessed]
    share = np.where(enough, post / np.maximum(total, 1), np.inf)
    last, earlier, blocks = share[:, 0], share[:, 1:], enough[:, 1:].sum(axis=1)
    usual = _median(earlier, blocks)
    spread = _median(np.abs(earlier - usual[:, None]), blocks)
    shift = (last - usual) / np.maximum(_TO_DEVIATION * spread, 1 / total[:, 0])
    return pl.DataFrame(
        {name: _placed(values, assessed) for name, values in zip(_SHIFTS, (shift, last, usual), strict=True)}
    )


def _by_block(counted: pl.DataFrame, name: str) -> IntArray:
    """Counts per block, the last block first, from those of windows that grow by a block each; 0 where not assessed."""
    columns = [f"{name}_{number * BLOCK.days}d" for number in range(1, BLOCKS + 2)]
    windows_of_row = np.column_stack([counted[column].fill_null(0).to_numpy() for column in columns])
    return np.diff(windows_of_row, axis=1, prepend=0)


def _median(values: FloatArray, counts: IntArray) -> FloatArray:
    """Per row the median of its `counts` finite values; all others are infinite."""
    ordered = np.sort(values, axis=1)
    rows = np.arange(counts.size)
    median: FloatArray = (ordered[rows, (counts - 1) // 2] + ordered[rows, counts // 2]) / 2
    return median


def _placed(values: FloatArray, where: BoolArray) -> pl.Series:
    """The values at their places, null elsewhere."""
    placed = np.full(where.size, np.nan)
    placed[where] = values
    return pl.Series(placed, nan_to_null=True)
