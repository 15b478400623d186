"""The ranked list as a table: its columns, its order, and the two files made from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from features.contract import INSTANT
from pipeline.reasons import REASON

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def schema(schemes: list[str]) -> dict[str, pl.DataType]:
    """The columns of a list, in order; `p_<scheme>` stands once per configured scheme."""
    return {
        "as_of": INSTANT,
        "consignment_id": pl.String(),
        "office": pl.String(),
        "rank": pl.Int64(),
        "priority": pl.Float64(),
        "tie": pl.Int64(),
        **{f"p_{scheme}": pl.Float64() for scheme in schemes},
        "scheme": pl.String(),
        "selected": pl.Boolean(),
        "selected_by": pl.String(),
        "propensity": pl.Float64(),
        "referrals": pl.List(pl.String()),
        "coverage": pl.Float64(),
        "abstained": pl.String(),
        "reasons": pl.List(REASON),
    }


def ranked_table(selected: pl.DataFrame, reasons: pl.DataFrame, as_of: datetime, schemes: list[str]) -> pl.DataFrame:
    """The list in its order (office, rank), from the selected rows and the reasons of those that have some."""
    wanted = schema(schemes)
    frame = selected.join(reasons, on="consignment_id", how="left", maintain_order="left").with_columns(
        pl.lit(as_of, dtype=INSTANT).alias("as_of"),
        pl.col("reasons").fill_null(pl.lit([], dtype=pl.List(REASON))),
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in wanted.items()).sort("office", "rank").rechunk()


def write(ranked: pl.DataFrame, folder: Path) -> None:
    """Writes ranked.parquet and ranked.csv."""
    ranked.write_parquet(folder / "ranked.parquet", compression="zstd")
    as_text(ranked).write_csv(folder / "ranked.csv")


def as_text(ranked: pl.DataFrame) -> pl.DataFrame:
    """The list as text cells, none of which a spreadsheet takes for a formula; lists are joined by `|`."""
    told = ranked.with_columns(
        pl.col("as_of").dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"),
        pl.col("referrals").list.join("|"),
        pl.col("reasons").list.eval(pl.element().struct.field("text")).list.join(" | "),
    )
    text = [name for name, dtype in told.schema.items() if dtype == pl.String]
    return told.with_columns(harmless_cell(pl.col(name)).alias(name) for name in text)


def harmless_cell(cell: pl.Expr) -> pl.Expr:
    """A text cell that no spreadsheet takes for a formula."""
    starts = pl.any_horizontal([cell.str.starts_with(start) for start in FORMULA_STARTS])
    return pl.when(starts).then(pl.concat_str(pl.lit("'"), cell)).otherwise(cell)
