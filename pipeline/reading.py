"""One file of a table, read and cast to the contract. A file that cannot be read is a refusal, never an absent file."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import replace

import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from features.conform import Cast, cast, repeated_columns
from features.contract import Table, load_contract
from features.violation import Violation, shown
from pipeline.files import InputFile
from pipeline.text_values import parse

VERSION_KEY = b"tidewaiter_contract_version"
BLOCK = 64 * 2**20
LARGEST_BLOCK = 2**31 - 1
PART = 1 << 19  # rows
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _Unreadable(Exception):
    """Carries the refusal that a file earns."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.message)
        self.violation = violation


def read(file: InputFile, table: Table) -> Cast:
    """The rows of a file in the contract's columns, with every fault of its form; each fault names the file."""
    try:
        frame, faults = _read_parquet(file, table) if file.form == "parquet" else _read_csv(file, table)
        outcome = _with_partitions(frame, file, table)
    except _Unreadable as unreadable:
        faults, outcome = [unreadable.violation], Cast(table.empty_frame())
    return _named(outcome, faults, file, table)


def read_parts(file: InputFile, table: Table) -> Iterator[Cast]:
    """As `read`, but a Parquet file in parts of at most PART rows, so that memory does not grow with the file."""
    if file.form != "parquet":
        yield read(file, table)
        return
    try:
        wanted, unread = _columns(file, table)
        with parquet.ParquetFile(file.path) as content:
            for part in content.iter_batches(PART, columns=wanted):
                frame = pl.DataFrame(pl.from_arrow(part)).with_columns(pl.lit(None).alias(name) for name in unread)
                yield _named(_with_partitions(frame, file, table), [], file, table)
    except _Unreadable as unreadable:
        yield _named(Cast(table.empty_frame()), [unreadable.violation], file, table)
    except (OSError, pa.ArrowException, pl.exceptions.PolarsError) as error:
        yield _named(Cast(table.empty_frame()), [_not_parquet(table, error).violation], file, table)


def _named(outcome: Cast, faults: list[Violation], file: InputFile, table: Table) -> Cast:
    violations = tuple(replace(fault, files=(shown(file.name),)) for fault in (*faults, *outcome.violations))
    named = Cast(outcome.rows, violations)
    return Cast(table.empty_frame(), violations) if named.refusals else named


def _unreadable(table: Table, needed: str, found: str, mend: str, rule: str = "unreadable") -> _Unreadable:
    return _Unreadable(Violation(table.name, "", rule, "refuse", needed=needed, found=found, mend=mend))


def _read_parquet(file: InputFile, table: Table) -> tuple[pl.DataFrame, list[Violation]]:
    try:
        wanted, unread = _columns(file, table)
        frame = pl.read_parquet(file.path, columns=wanted, hive_partitioning=False, glob=False)
    except (OSError, pa.ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _not_parquet(table, error) from error
    return frame.with_columns(pl.lit(None).alias(name) for name in unread), []


def _columns(file: InputFile, table: Table) -> tuple[list[str], list[str]]:
    """The columns of a Parquet file that the contract names, and the others."""
    schema = parquet.read_schema(file.path)
    _refuse_later_version(schema, table)
    repeated = repeated_columns(schema.names, table)
    if repeated:
        raise _Unreadable(repeated[0])
    wanted = [name for name in schema.names if name in table.columns]
    return wanted, [name for name in schema.names if name not in table.columns]


def _not_parquet(table: Table, error: BaseException) -> _Unreadable:
    return _unreadable(
        table,
        needed="a whole Parquet file",
        found=f"one that cannot be read ({shown(_first_line(error))})",
        mend="deliver the file again; begin its name with _ to go on without it",
    )


def _refuse_later_version(schema: pa.Schema, table: Table) -> None:
    version = (schema.metadata or {}).get(VERSION_KEY)
    ours = load_contract().version
    if version is None:
        return
    written = version.decode("utf-8", errors="replace")
    if not written.isdecimal() or int(written) > ours:
        raise _unreadable(
            table,
            rule="contract version",
            needed=f"a file of contract version {ours} or earlier",
            found=f"version {shown(written)}",
            mend="update this product, or write the file to the earlier contract",
        )


def _read_csv(file: InputFile, table: Table) -> tuple[pl.DataFrame, list[Violation]]:
    data = _bytes(file, table)
    try:
        names = _header(data)
        repeated = repeated_columns(names, table)
        if repeated:
            raise _Unreadable(repeated[0])
        frame = pl.DataFrame(pl.from_arrow(_cells(data, names)))
    except (pa.ArrowException, UnicodeDecodeError, csv.Error) as error:
        raise _not_csv(data, table, error) from error
    if data.count(b'"') % 2:
        raise _unreadable(
            table,
            needed="quotes that are closed",
            found="an odd number of quotes",
            mend="deliver the whole file again; a quote inside of quoted text is written twice",
        )
    return parse(frame, table)


def _bytes(file: InputFile, table: Table) -> bytes:
    try:
        data = file.path.read_bytes()
        return gzip.decompress(data) if file.path.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(
            table,
            needed="a whole file",
            found=f"one that cannot be read ({shown(_first_line(error))})",
            mend="deliver the file again; begin its name with _ to go on without it",
        ) from error


def _header(data: bytes) -> list[str]:
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=""))
    return next((names for names in lines if names), [])


def _cells(data: bytes, names: list[str]) -> pa.Table:
    """Every cell as text; a larger block where one cell does not fit."""
    sizes = sorted({min(len(data) + 1, BLOCK), min(len(data) + 1, LARGEST_BLOCK)})
    for size in sizes:
        try:
            return arrow_csv.read_csv(
                io.BytesIO(data),
                read_options=arrow_csv.ReadOptions(block_size=size),
                parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=True, null_values=[""]
                ),
            )
        except pa.ArrowInvalid as error:
            if size == sizes[-1] or "straddling" not in str(error):
                raise
    raise AssertionError("unreachable: the last size either reads or raises")


def _not_csv(data: bytes, table: Table, error: Exception) -> _Unreadable:
    place = _first_byte_that_is_not_utf8(data)
    if place is None:
        return _unreadable(
            table,
            needed="a CSV file with one header and as many cells in every line",
            found=f"one that cannot be parsed ({shown(_first_line(error))})",
            mend="deliver the whole file again, with cells that hold commas, quotes or line ends in quotes",
        )
    line = data.count(b"\n", 0, place) + 1
    return _unreadable(
        table,
        rule="encoding",
        needed="text in UTF-8",
        found=f"the byte 0x{data[place]:02X} at byte {place + 1}, line {line}",
        mend="convert the file, as in: iconv -f ISO-8859-1 -t UTF-8 (name the encoding that it was written in)",
    )


def _first_byte_that_is_not_utf8(data: bytes) -> int | None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _with_partitions(frame: pl.DataFrame, file: InputFile, table: Table) -> Cast:
    """Cast the file with the columns that its folders name; a column that stands in both must be equal in both."""
    named = {name: value for name, value in file.partitions.items() if name in table.columns}
    if not named:
        return cast(frame, table)
    folders = pl.DataFrame({name: [value] for name, value in named.items()}, schema=dict.fromkeys(named, pl.String))
    values, violations = parse(folders, table)
    absent = [values[name].new_from_index(0, len(frame)) for name in named if name not in frame.columns]
    outcome = cast(frame.with_columns(absent), table)
    if not outcome.refusals and not violations:
        violations = _disagreements(outcome.rows, values, table)
    return Cast(outcome.rows, (*violations, *outcome.violations))


def _disagreements(rows: pl.DataFrame, folders: pl.DataFrame, table: Table) -> list[Violation]:
    faults = []
    for name in folders.columns:
        differs = rows[name].ne_missing(folders[name].new_from_index(0, len(rows)))
        if differs.any():
            faults.append(
                Violation(
                    table=table.name,
                    column=name,
                    rule="partition",
                    severity="refuse",
                    needed=f"the value of its folder, {shown(folders[name][0])}",
                    found=f"{shown(rows.filter(differs)[name][0])}",
                    mend="move the rows to the folder of their value, or rename the folder",
                    count=int(differs.sum()),
                )
            )
    return faults
