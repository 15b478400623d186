"""Mixes: how the counts of a key by category moved, or how far the own goods lie from them, as of each cut-off.

Windows run on `first_known_at` with the values of the version that counts at the cut-off; the own consignment is left
out. Counts are exact integers, and categories are added in the order of their values, so that neither the order of rows
nor a category that becomes known later changes a digit.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from features.asof import Aggregate, windows
from features.mix_counts import Cells, count_cells
from features.windows_numbers import FloatArray

RECENT, YEAR = timedelta(days=90), timedelta(days=365)
LEAST = 5  # a mix of fewer consignments is chance
DIGITS = 9  # what the arithmetic of one machine and another agree on
_COUNT = {"n": Aggregate("count")}


def divergence(spans: pl.DataFrame, questions: pl.DataFrame, key: str, category: str) -> pl.DataFrame:
    """How far the mix of the last 90 days lies from that of the year before them; a row per question, in their order.

    `spans` is a history with the two columns, `questions` has consignment_id, cutoff and the key. `divergence` is that
    of Jensen and Shannon to base 2, from 0 (equal shares) to 1 (nothing in common): Lin, "Divergence Measures Based on
    the Shannon Entropy", IEEE Transactions on Information Theory 37 (1991). `recent` and `before` count the rows with a
    category in (T - 90 d, T] and (T - 455 d, T - 90 d]. All are null where the key is empty; the divergence also
    where either side has fewer than LEAST rows.

    O(c + n log n) for n spans and questions, and c pairs of an answered question and a category of its key.
    """
    counts = windows(spans, questions, [key], {"n": Aggregate("count", category)}, [RECENT, RECENT + YEAR]).select(
        recent=f"n_{RECENT.days}d", before=pl.col(f"n_{(RECENT + YEAR).days}d") - pl.col(f"n_{RECENT.days}d")
    )
    asked = (
        questions.select("consignment_id", "cutoff", key)
        .with_row_index("question")
        .filter(counts["recent"] >= LEAST, counts["before"] >= LEAST)
    )
    recent, before = (counts[side].fill_null(0).cast(pl.Float64).to_numpy() for side in ("recent", "before"))
    found = np.full(questions.height, np.nan)
    for cells in count_cells(spans, asked, key, category, RECENT, YEAR):
        found[cells.questions] = _jensen_shannon(cells, recent[cells.questions], before[cells.questions])
    return counts.select(pl.Series("divergence", found, nan_to_null=True), "recent", "before")


def _jensen_shannon(cells: Cells, recent: FloatArray, before: FloatArray) -> FloatArray:
    """H((p + q) / 2) - (H(p) + H(q)) / 2 by question; its counts in all are `recent` and `before`.

    With counts n of N, H = log N - sum(n log n) / N. The middle has the counts n M + m N of 2 N M.
    """
    size, place = recent.size, cells.place
    of_both = cells.recent * before[place] + cells.before * recent[place]

    def entropy(counts: FloatArray, total: FloatArray) -> FloatArray:
        # bincount adds one after another in the order of the cells, which numpy's sum does not promise.
        weighted = np.bincount(place, weights=counts * np.log2(np.maximum(counts, 1.0)), minlength=size)
        return np.log2(total) - weighted / total

    middle = entropy(of_both, 2 * recent * before)
    sides = entropy(cells.recent.astype(np.float64), recent) + entropy(cells.before.astype(np.float64), before)
    # Adding 0 makes a negative zero, which a sentence would show, a plain one.
    return np.clip(np.round(middle - sides / 2, DIGITS) + 0.0, 0.0, 1.0)


def cosine_distance(
    spans: pl.DataFrame, questions: pl.DataFrame, own: pl.DataFrame, key: str, category: str
) -> pl.Series:
    """How far the own rows lie from the key's other rows of the last year; a value per question, in their order.

    One less the cosine of the angle between two vectors of counts by category: 0 for equal shares, 1 for nothing in
    common. `own` has `question` (row number in the questions) and the category, a row per own row; `spans` and
    `questions` are as for `divergence`. Null where the key is empty or either side has no row with a category.

    O(n log n) for n spans and questions, however many categories a key has.
    """
    with_key = questions.select("consignment_id", "cutoff", key).with_row_index("question").drop_nulls(key)
    asked = (
        own.drop_nulls(category)
        .group_by("question", category)
        .agg(own=pl.len().cast(pl.Int64))
        .join(with_key, on="question")
        .sort("question", category)
    )
    spans = spans.join(asked.select(key).unique(), on=key, how="semi")
    others = windows(spans, asked, [key, category], _COUNT, [YEAR])["n_365d"]
    nobody = asked.with_columns(consignment_id=pl.lit(None, dtype=pl.String))
    everybody = windows(spans, nobody, [key, category], _COUNT, [YEAR])["n_365d"]
    per_question = (
        asked.select("question", "own", others=others.cast(pl.Int64), everybody=everybody.cast(pl.Int64))
        .group_by("question")
        .agg(
            dot=(pl.col("own") * pl.col("others")).sum(),
            own_squares=(pl.col("own") * pl.col("own")).sum(),
            by_own=(pl.col("everybody").pow(2) - pl.col("others").pow(2)).sum(),
        )
    )
    found = (
        with_key.join(per_question, on="question")
        .sort("cutoff", "question")
        .pipe(_with_squares, spans, key, category)
        .with_columns(squares=pl.col("squares") - pl.col("by_own"))
        .filter(pl.col("squares") > 0)
    )
    norms = pl.col("own_squares").sqrt() * pl.col("squares").sqrt()
    distances = found.select("question", distance=(1 - pl.col("dot") / norms).round(DIGITS).clip(0.0, 1.0))
    return _with_values(questions.height, distances["question"], distances["distance"])


def _with_squares(asked: pl.DataFrame, spans: pl.DataFrame, key: str, category: str) -> pl.DataFrame:
    """Adds `squares`, the sum over categories of the squared count of the key's rows in the last year, own ones too.

    A row that enters or leaves moves the square of its category's count from n^2 to (n + 1)^2 or (n - 1)^2, so that a
    running sum of these steps, in order of time, has the answer at every instant.
    """
    keys = asked.select(key).unique().with_row_index("code")
    live = spans.filter(~pl.col("withdrawn")).drop_nulls(category).join(keys, on=key)
    mixes = live.select("code", category).unique().with_row_index("mix")
    live = (
        live.join(mixes, on=["code", category])
        .select("code", "mix", enters="known_at", leaves=pl.min_horizontal("until", pl.col("first_known_at") + YEAR))
        .filter(pl.col("enters") < pl.col("leaves"))
    )
    steps = (
        pl.concat(
            [
                live.select("code", "mix", at="enters", step=pl.lit(1, dtype=pl.Int64)),
                live.select("code", "mix", at="leaves", step=pl.lit(-1, dtype=pl.Int64)),
            ]
        )
        .sort("mix", "at")
        .with_columns(count=pl.col("step").cum_sum().over("mix"))
        .select("code", "at", growth=2 * pl.col("count") * pl.col("step") - 1)
        .sort("code", "at")
        .with_columns(squares=pl.col("growth").cum_sum().over("code"))
        .unique(["code", "at"], keep="last", maintain_order=True)
        .sort("at")
    )
    return asked.join(keys, on=key, maintain_order="left").join_asof(
        steps.select("code", "at", "squares"), left_on="cutoff", right_on="at", by="code", check_sortedness=False
    )


def _with_values(size: int, places: pl.Series, values: pl.Series) -> pl.Series:
    """A series of so many nulls, with values at some places."""
    return pl.Series([None], dtype=pl.Float64).new_from_index(0, size).scatter(places, values)
