"""Evidence: the keys of the rows that an indicator rests on, as `table:key`, with the `use` that those rows carry."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from features.asked import Asked
from features.options import Options

SHOWN_FINDINGS = 5  # an officer reads a handful; the sentence says how many there are in all


def as_evidence(frame: pl.DataFrame, table: str, key: Sequence[str]) -> pl.DataFrame:
    """`question`, `evidence`, `use` of a frame that has `question`, the key columns of the table, and `use`."""
    parts: list[pl.Expr] = []
    for column in key:
        parts += [pl.lit("/"), pl.col(column).cast(pl.String).fill_null("")]
    return frame.select(
        pl.col("question").cast(pl.UInt32),
        evidence=pl.concat_str([pl.lit(f"{table}:"), *parts[1:]]),
        use=pl.col("use"),
    )


def the_consignment(asked: Asked, options: Options) -> pl.DataFrame:
    """The consignment's own row."""
    frame = asked.questions.with_row_index("question").with_columns(use=asked.consignment["use"])
    return as_evidence(frame, "consignment", ["consignment_id"])


def the_items(asked: Asked, options: Options) -> pl.DataFrame:
    """The visible goods items of the consignment."""
    return as_evidence(asked.items, "goods_item", ["consignment_id", "item_no"])


def the_declaration(asked: Asked, options: Options) -> pl.DataFrame:
    """The consignment's own row and its goods items."""
    return pl.concat([the_consignment(asked, options), the_items(asked, options)])
