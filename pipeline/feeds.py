"""Feeds: folders of SQL files, one SELECT per table, run by DuckDB over raw files and nothing else."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
from rapidfuzz import process

from features.conform import repeated_columns
from features.contract import Contract, Table, load_contract
from features.violation import Violation
from pipeline.errors import Refused, Usage

FEED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
LONGEST_MESSAGE = 600


@dataclass(frozen=True)
class Feed:
    """A feed's name and its SQL text by table, in the order of the contract."""

    name: str
    statements: dict[str, str]


@dataclass(frozen=True)
class Selected:
    """What a SELECT gave, with the names that it gave twice (`rows` is then empty)."""

    rows: pl.DataFrame
    violations: tuple[Violation, ...] = ()


def find_feed(source: str, directories: Sequence[Path]) -> Feed:
    """The feed of that name, its SQL files laid over each other: the last directory that has a file wins.

    Raises Usage for a name that is none, an unknown feed (naming the nearest), a folder without SQL files, a file that
    is named after no table, and a file that holds anything but one SELECT; Refused for text that is no SQL.
    """
    known = sorted(
        {folder.name for directory in directories for folder in (directory / "sources").glob("*") if folder.is_dir()}
    )
    if not FEED_NAME.fullmatch(source) or source not in known:
        match = process.extractOne(source, known)
        nearest = f"; the nearest of {', '.join(known)} is {match[0]!r}" if match else "; no feed is configured"
        raise Usage(f"needed the name of a feed (a folder of sources/ in a configuration), found {source!r}{nearest}")
    folders = [directory / "sources" / source for directory in directories]
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("[!._]*.sql"))}
    _refuse_unknown_tables(source, files, load_contract())
    statements = {table: _read_sql(files[table]) for table in load_contract().tables if table in files}
    for table, sql in statements.items():
        _refuse_other_than_one_select(table, sql)
    return Feed(source, statements)


def select(sql: str, table: Table, raw: Path, spill: Path, threads: int) -> Selected:
    """What a table's SELECT gives over the files of `raw`, whatever its columns and types; DuckDB spills to `spill`."""
    try:
        with _session(raw, spill, threads) as connection:
            relation = connection.sql(sql)
            repeated = repeated_columns(relation.columns, table)
            if repeated:
                return Selected(table.empty_frame(), tuple(repeated))
            rows = pl.from_arrow(relation.to_arrow_table())
    except duckdb.Error as error:
        return Selected(table.empty_frame(), (_fault(table, str(error)),))
    if not isinstance(rows, pl.DataFrame):
        raise TypeError(f"needed a table from DuckDB, found {type(rows).__name__} for {table.name}")
    return Selected(rows)


@contextlib.contextmanager
def _session(raw: Path, spill: Path, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB session in UTC that can read `raw` and nothing else.

    The working directory is `raw` meanwhile: DuckDB holds relative names against what it may read only from there, and
    only from there does it look through `..` and symbolic links (with `file_search_path` both lead out).
    """
    connection = duckdb.connect(":memory:")
    try:
        for setting in (
            f"allowed_directories = [{_quoted(raw.resolve())}]",
            f"temp_directory = {_quoted(spill.resolve())}",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "enable_external_access = false",
            "TimeZone = 'UTC'",
            f"threads = {int(threads)}",
            "lock_configuration = true",
        ):
            connection.execute(f"SET {setting}")
        with contextlib.chdir(raw):
            yield connection
    finally:
        connection.close()


def _refuse_unknown_tables(source: str, files: dict[str, Path], contract: Contract) -> None:
    if not files:
        raise Usage(f"needed at least one <table>.sql in sources/{source}, found none; see docs/add_a_feed.md")
    unknown = [name for name in files if name not in contract.tables]
    if unknown:
        nearest = [f"{name}.sql (nearest: {process.extractOne(name, list(contract.tables))[0]})" for name in unknown]
        raise Usage(
            f"needed files named after tables of the contract in sources/{source}, found {', '.join(nearest)}; "
            "rename them, or move them out of the folder"
        )


def _read_sql(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Usage(f"needed SQL in UTF-8, found {path.name} with {error.reason}; save it as UTF-8") from error


def _refuse_other_than_one_select(table: str, sql: str) -> None:
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise Refused(
            f"{table}.sql: needed a SELECT, found text that DuckDB cannot read: {_plain(str(error))}\n"
            "mend the SQL; nothing was written"
        ) from error
    kinds = [str(statement.type).removeprefix("StatementType.") for statement in statements]
    if kinds != ["SELECT"]:
        found = ", ".join(kinds) if kinds else "no statement"
        raise Usage(f"{table}.sql: needed exactly one SELECT, found {found}; use WITH for steps in between")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _plain(message: str) -> str:
    """A message that may quote raw data, short and without anything that a terminal would obey."""
    lines = [line.rstrip() for line in message[:LONGEST_MESSAGE].splitlines() if line.strip()]
    safe = ["".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line) for line in lines]
    return "\n  ".join(safe) + (" ..." if len(message) > LONGEST_MESSAGE else "")


def _fault(table: Table, message: str) -> Violation:
    advice = next((advice for pattern, advice in _MEND if re.search(pattern, message)), "mend the SQL")
    return Violation(
        table=f"{table.name}.sql",
        column="",
        rule="sql",
        severity="refuse",
        needed="a SELECT that runs over the raw files",
        found=_plain(message),
        mend=advice,
    )


_MEND = (
    ("Permission Error", "a feed reads only files under --raw, by names relative to it"),
    ("not utf-8|Invalid unicode", "say the encoding in the SQL: read_csv('...', encoding = 'latin-1')"),
    ("No files found", "check --raw and the file names in the SQL"),
    ("Maximum line size", "raise max_line_size in read_csv"),
    (
        "GZIP|magic bytes|Parquet|IO Error|CSV Error|sniffing file|JSON",
        "the file is damaged, half written or of another form than the SQL says: have it sent again, or mend the SQL",
    ),
)
