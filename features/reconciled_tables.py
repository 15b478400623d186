"""The form that all tables of the reconciliation share."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from features.division import divided
from features.live_weight import GRAMS


def as_table(frame: pl.DataFrame, dated: str, extra: Sequence[str]) -> pl.DataFrame:
    """`row`, `state`, `why`, port, exporter, `month` (of the column `dated`), species, `kg` and `use`, then `extra`.

    By `row`. `kg` comes from the column `net_g`; what the frame lacks is null.
    """
    absent = {
        name: pl.lit(None, dtype)
        for name, dtype in {
            "why": pl.String(),
            "exporter": pl.String(),
            "species": pl.List(pl.String()),
            "net_g": pl.Int64(),
            "use": pl.String(),
        }.items()
        if name not in frame.columns
    }
    return (
        frame.with_columns(**absent)
        .select(
            *("row", "state", "why", "port", "exporter"),
            pl.col(dated).dt.strftime("%Y-%m").alias("month"),
            pl.col("species"),
            divided(pl.col("net_g"), GRAMS).alias("kg"),
            pl.col("use"),
            *extra,
        )
        .sort("row")
    )
