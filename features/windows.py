"""Windows over what became known: aggregates of a history by key, as they stood at each question's cut-off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import polars as pl

Kind = Literal["count", "sum", "mean", "std", "min", "max", "distinct", "since_last"]


@dataclass(frozen=True)
class Aggregate:
    """What to compute over the rows in a window.

    | kind | over | no rows | rows, but every value empty |
    |---|---|---|---|
    | `count` | rows, or values of `column` that are not empty | 0 | 0 |
    | `distinct` | different values of `column` that are not empty | 0 | 0 |
    | `sum` | a number, integer or boolean (hits) | 0 | null |
    | `mean`, `std` (sample, ddof 1; null for one value) | likewise | null | null |
    | `min`, `max` | likewise | null | null |
    | `since_last` | days from the newest row's `first_known_at` to the cut-off | null | |

    Sums, means and deviations are computed exactly over `round(value * scale)`: 100 for cents, 1000 for grams.
    """

    kind: Kind
    column: str | None = None
    scale: int = 1


def windows(
    history: pl.DataFrame,
    questions: pl.DataFrame,
    by: Sequence[str],
    aggregates: Mapping[str, Aggregate],
    widths: Sequence[timedelta | None],
    floats: type[pl.Float64] | type[pl.Float32] = pl.Float64,
) -> pl.DataFrame:
    """Aggregates of `history` by key at each question's cut-off; a row per question, in their order.

    `questions`: `consignment_id`, `cutoff`, and the columns `by` with the question's own key values. `widths`: whole
    days, or None for all time. In a window of width w stand the rows of the history with the same key values whose
    `first_known_at` lies in (cutoff - w, cutoff], with the values of the version that counts at the cut-off, if that
    is not withdrawn, and unless they belong to the question's own consignment. Without `by`: all rows.

    Columns: `<name>_<days>d` or `<name>_all` for each name of `aggregates` and each width; `count` and `distinct` are
    Int32, the others are `floats`. A question with an empty value in `by` gets null in all of them (it cannot be
    assessed); rows of the history with an empty key value match nothing. Raises KeyError when a column is missing,
    TypeError for types that cannot be aggregated or matched, ValueError when a value is not finite, a width is not a
    whole number of days, or an exact sum could not be guaranteed.
    """
    raise NotImplementedError


def smoothed_rate(hits: str, count: str, prior_rate: float | pl.Expr, prior_strength: float) -> pl.Expr:
    """Share of hits, drawn to `prior_rate` as if `prior_strength` more had been seen at that rate (Float64).

    `(hits + prior_rate * prior_strength) / (count + prior_strength)`: a key never seen has the prior, with count 0.
    """
    prior = prior_rate if isinstance(prior_rate, pl.Expr) else pl.lit(prior_rate)
    hit_count, row_count = pl.col(hits).cast(pl.Float64), pl.col(count).cast(pl.Float64)
    return (hit_count + prior * prior_strength) / (row_count + prior_strength)
