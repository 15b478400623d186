"""Division that gives the same to the last bit whatever stands beside a row."""

from __future__ import annotations

import polars as pl


def divided(value: pl.Expr, divisor: float) -> pl.Expr:
    """`value` (integer or Float64) over a constant, as Float64; null stays null.

    polars (seen in 2.1) multiplies by the reciprocal of a constant, but divides in a frame of one row: a night
    with one consignment would differ in the last bit from the same row among others. This divides, always.
    """
    return value.cast(pl.Float64).map_batches(
        lambda values: pl.Series(values.to_numpy() / divisor, nan_to_null=True), return_dtype=pl.Float64
    )
