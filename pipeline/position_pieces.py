"""Position reports in pieces that are read alone: the row groups of Parquet files, each with the MMSIs that it spans.

A file that says less of itself - CSV, folders that name columns of the contract, an earlier contract - is read once and
laid by as Parquet; from then on it is like the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet

from features.conform import Cast, cast, repeated_columns
from features.contract import load_contract
from features.violation import Violation, shown
from pipeline.errors import Refused
from pipeline.files import InputFile, find
from pipeline.inputs import InputsRefused
from pipeline.reading import VERSION_KEY, read_parts

TABLE = "position"
LEAST_ROWS = 1 << 16  # of a piece: smaller row groups are read together


@dataclass(frozen=True)
class Piece:
    """The `rows` rows of a Parquet file from the row `first` on. All their MMSIs lie between `low` and `high`, texts;
    both are null where the file does not tell."""

    file: InputFile
    first: int
    rows: int
    low: str | None
    high: str | None


def position_files(inputs: Path) -> list[InputFile]:
    """The files of the position table below `inputs`.

    Raises Refused where there is none, and InputsRefused where it cannot be told which they are.
    """
    found = find(inputs, load_contract().tables.values())
    refusals = [v for v in found.violations if v.severity == "refuse" and v.table in (TABLE, "")]
    if refusals:
        raise InputsRefused(refusals)
    if TABLE not in found.files:
        there = ", ".join(sorted(found.files)) or "no table"
        raise Refused(
            f"needed the table {TABLE} below {inputs}, found {there}; deliver it as {TABLE}.parquet, a folder "
            f"{TABLE} of Parquet files or {TABLE}.csv, or give another folder with --inputs"
        )
    return found.files[TABLE]


def pieces_of(files: Sequence[InputFile], folder: Path) -> tuple[list[Piece], list[Violation]]:
    """The pieces of all files, and what an operator should know of their form; `folder` takes what is laid by.

    Raises InputsRefused on files that cannot be read, and on columns that are missing or of another type.
    """
    pieces: list[Piece] = []
    faults: list[Violation] = []
    for number, file in enumerate(files):
        told: Sequence[Violation]
        if _tells_of_itself(file):
            told = read_piece(Piece(file, 0, 0, None, None)).violations
        else:
            file, told = _laid_by(file, folder / f"file-{number}.parquet")
        faults += told
        if not any(fault.severity == "refuse" for fault in told):
            pieces += _pieces(file)
    refusals = [fault for fault in faults if fault.severity == "refuse"]
    if refusals:
        raise InputsRefused(refusals)
    return pieces, faults


def read_piece(piece: Piece) -> Cast:
    """The rows of a piece in the contract's columns, with every fault of its form; each fault names the file."""
    try:
        rows = pl.scan_parquet(piece.file.path, hive_partitioning=False, glob=False)
        known = [name for name in rows.collect_schema().names() if name in load_contract()[TABLE].columns]
        unknown = [name for name in rows.collect_schema().names() if name not in known]
        part = rows.select(known).slice(piece.first, piece.rows).collect()
        outcome = cast(part.with_columns(pl.lit(None).alias(name) for name in unknown), load_contract()[TABLE])
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        # Whoever reads the whole file can say what is wrong with it.
        faults = [fault for part in read_parts(piece.file, load_contract()[TABLE]) for fault in part.refusals]
        outcome = Cast(load_contract()[TABLE].empty_frame(), tuple(faults))
    return Cast(outcome.rows, tuple(replace(fault, files=(shown(piece.file.name),)) for fault in outcome.violations))


def mmsis_of(piece: Piece) -> pl.DataFrame:
    """How many reports each MMSI of a piece has: `mmsi`, null where it is empty, and `rows`."""
    own = pl.scan_parquet(piece.file.path, hive_partitioning=False, glob=False).select(pl.col("mmsi").cast(pl.String))
    mmsi = own.slice(piece.first, piece.rows).collect().lazy()
    named = pl.when(pl.col("mmsi") != "").then("mmsi").alias("mmsi")
    return mmsi.select(named).group_by("mmsi").agg(rows=pl.len().cast(pl.Int64)).collect()


def _tells_of_itself(file: InputFile) -> bool:
    table = load_contract()[TABLE]
    if file.form != "parquet" or any(name in table.columns for name in file.partitions):
        return False
    try:
        schema = parquet.read_schema(file.path)
    except (OSError, pa.ArrowException):
        return False
    version = (schema.metadata or {}).get(VERSION_KEY, str(load_contract().version).encode())
    return version == str(load_contract().version).encode() and not repeated_columns(schema.names, table)


def _laid_by(file: InputFile, path: Path) -> tuple[InputFile, list[Violation]]:
    faults: list[Violation] = []
    writer = None
    for part in read_parts(file, load_contract()[TABLE]):
        faults += part.violations
        rows = part.rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or parquet.ParquetWriter(path, rows.schema, compression="lz4")
        writer.write_table(rows)
    if writer is None:
        load_contract()[TABLE].empty_frame().write_parquet(path)
    else:
        writer.close()
    return replace(file, path=path, form="parquet", partitions={}), faults


def _pieces(file: InputFile) -> Iterable[Piece]:
    """Row groups that follow each other, together at least LEAST_ROWS rows."""
    about = parquet.read_metadata(file.path)
    column = next(place for place in range(about.num_columns) if about.schema.column(place).path == "mmsi")
    first, rows, spans = 0, 0, list[tuple[str, str] | None]()
    for place in range(about.num_row_groups):
        rows += about.row_group(place).num_rows
        spans.append(_span(about.row_group(place).column(column)))
        if rows >= LEAST_ROWS or place == about.num_row_groups - 1:
            told = [span for span in spans if span is not None]
            whole = rows > 0 and len(told) == len(spans)
            low, high = (min(low for low, _ in told), max(high for _, high in told)) if whole else (None, None)
            if rows:
                yield Piece(file, first, rows, low, high)
            first, rows, spans = first + rows, 0, []


def _span(column: parquet.ColumnChunkMetaData) -> tuple[str, str] | None:
    """The least and the greatest text of a column, null where some may be empty or it is not told."""
    about = column.statistics
    if about is None or not about.has_min_max or not about.has_null_count or about.null_count:
        return None
    return (about.min, about.max) if isinstance(about.min, str) and about.min else None
