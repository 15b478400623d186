"""Writes the tables of a world batch by batch, in the form of the contract, so that none is ever whole in memory."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from features.contract import Table, load_contract
from pipeline.world.calendar import Span

TRUTH = pl.Schema({"consignment_id": pl.String, "scheme": pl.String, "mechanism": pl.String, "value_usd": pl.Float64})
# The one table that is cut: a folder per month of the event.
BY_MONTH = "position"


class TableWriter:
    """A Parquet file per table below a folder (per month for positions); each batch is a row group.

    `rows` counts what was written by table. Close it, or use it as a context.
    """

    def __init__(self, folder: Path, span: Span) -> None:
        self._folder = folder
        self._span = span
        self._contract = load_contract()
        self._open: dict[Path, pq.ParquetWriter] = {}
        self.rows: dict[str, int] = {}

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """Appends rows of a contract table; what becomes known after the end of the world is left out.

        Instants are microseconds, columns that are not given are empty; raises ValueError for unknown columns that
        polars cannot cast. An empty batch makes the file, without rows.
        """
        rows = in_contract(frame, self._contract[name], self._span)
        self.rows[name] = self.rows.get(name, 0) + rows.height
        if name != BY_MONTH:
            self._append(self._folder / f"{name}.parquet", rows)
            return
        for (month,), part in rows.group_by(pl.col("at").dt.strftime("%Y-%m"), maintain_order=True):
            self._append(self._folder / name / f"month={month}" / "part.parquet", part)

    def _append(self, path: Path, rows: pl.DataFrame) -> None:
        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        if path not in self._open:
            path.parent.mkdir(parents=True, exist_ok=True)
            told = {b"tidewaiter_contract_version": str(self._contract.version).encode()}
            self._open[path] = pq.ParquetWriter(path, table.schema.with_metadata(told), compression="zstd")
        self._open[path].write_table(table.replace_schema_metadata(self._open[path].schema.metadata))

    def close(self) -> None:
        """Finishes every file."""
        for writer in self._open.values():
            writer.close()
        self._open = {}


def in_contract(frame: pl.DataFrame, table: Table, span: Span) -> pl.DataFrame:
    """The columns and types of the contract, in order of key and `known_at`, without what is known after the end."""
    given = frame.filter(pl.col("known_at") < span.end)
    told = set(given.columns)
    if "source" not in told:
        given = given.with_columns(source=pl.lit("world"))
        told.add("source")
    columns = [
        (pl.col(name) if name in told else pl.lit(None)).cast(column.dtype).alias(name)
        for name, column in table.columns.items()
    ]
    return given.select(columns).with_columns(pl.col("withdrawn").fill_null(False)).sort(*table.key, "known_at")
