"""Finding the data set of each table below a folder of inputs, in exactly one of its forms."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from rapidfuzz import process

from features.contract import Table
from features.violation import Violation, shown
from pipeline.delivery import unfinished
from pipeline.errors import Usage

Form = Literal["parquet", "csv"]
SUFFIXES: dict[str, Form] = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv"}
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class InputFile:
    """One file of a table. `name` is relative to the inputs; `partitions` are its folders' `column=value`."""

    path: Path
    name: str
    form: Form
    partitions: dict[str, str | None] = field(default_factory=dict)


@dataclass
class Found:
    """The files of each table that is there and can be told apart, and what stands in the way of others."""

    files: dict[str, list[InputFile]] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)


def find(inputs: Path, tables: Collection[Table]) -> Found:
    """Look for every table below `inputs`. Names that begin with `_` or `.` are passed over at every level.

    Raises Usage where there is no such folder.
    """
    if not inputs.is_dir():
        raise Usage(f"needed a folder of tables, found none at {inputs}; give it with --inputs")
    found = Found()
    forms: dict[str, list[Path]] = {}
    names = {table.name for table in tables}
    for entry in _entries(inputs):
        table = entry.name.partition(".")[0]
        if table in names:
            forms.setdefault(table, []).append(entry)
        else:
            found.violations.append(_unknown(entry, names))
    for table, entries in forms.items():
        _take(table, entries, inputs, found)
    found.violations += unfinished_deliveries(inputs)
    return found


def unfinished_deliveries(inputs: Path) -> list[Violation]:
    """A refusal where a delivery was being moved into place when it was interrupted."""
    halves = unfinished(inputs)
    if not halves:
        return []
    return [
        _refusal(
            "",
            "unfinished delivery",
            needed="whole deliveries",
            found="one that was being moved into place",
            mend="run `tidewaiter ingest` again to finish it",
            files=[half.relative_to(inputs).as_posix() for half in halves],
        )
    ]


def _entries(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith(("_", ".")))


def _unknown(entry: Path, names: Collection[str]) -> Violation:
    match = process.extractOne(entry.name.partition(".")[0], sorted(names), score_cutoff=75)
    nearest = f" (nearest: {match[0]})" if match else ""
    return Violation(
        table=shown(entry.name.partition(".")[0]),
        column="",
        rule="unknown table",
        severity="warning",
        needed="tables of the contract",
        found=f"one that it does not name{nearest}",
        mend="it is not read; rename it, or begin its name with _",
        files=(shown(entry.name),),
    )


def _take(table: str, entries: list[Path], inputs: Path, found: Found) -> None:
    """Add the files of one table, or say why they cannot be told apart or read."""
    names = [entry.name for entry in entries]
    if len(entries) > 1:
        found.violations.append(
            _refusal(
                table,
                "two forms",
                needed="one form of a table",
                found=f"{len(entries)}",
                mend="keep the one that holds; begin the name of the other with _",
                files=names,
            )
        )
        return
    entry = entries[0]
    if entry.is_dir() and entry.name == table:
        _take_folder(table, entry, inputs, found)
        return
    form = SUFFIXES.get(entry.name.removeprefix(table))
    if form is None or not entry.is_file():
        found.violations.append(
            _refusal(
                table,
                "unknown form",
                needed=f"a file {table}.parquet, {table}.csv or {table}.csv.gz, or a folder {table} of Parquet files",
                found="something else",
                mend="convert it, or begin its name with _",
                files=names,
            )
        )
        return
    found.files[table] = [InputFile(entry, entry.name, form)]


def _take_folder(table: str, folder: Path, inputs: Path, found: Found) -> None:
    paths = list(_below(folder))
    others = [path.relative_to(inputs).as_posix() for path in paths if path.suffix != ".parquet" or not path.is_file()]
    if others:
        found.violations.append(
            _refusal(
                table,
                "unexpected file",
                needed="nothing but .parquet files in the folder of a table",
                found="other files",
                mend="move them away, or begin their names with _",
                files=others,
            )
        )
    if not paths:
        found.violations.append(
            _refusal(
                table,
                "empty folder",
                needed="at least one .parquet file in the folder of a table",
                found="none",
                mend="deliver the table, or remove the folder",
                files=[folder.name],
            )
        )
    if paths and not others:
        found.files[table] = [
            InputFile(path, path.relative_to(inputs).as_posix(), "parquet", _partitions(path, folder)) for path in paths
        ]


def _below(folder: Path) -> Iterator[Path]:
    for entry in _entries(folder):
        if entry.is_dir():
            yield from _below(entry)
        else:
            yield entry


def _partitions(path: Path, folder: Path) -> dict[str, str | None]:
    parts = [part.partition("=") for part in path.relative_to(folder).parts[:-1] if "=" in part]
    return {unquote(name): None if value == NULL_PARTITION else unquote(value) for name, _, value in parts}


def _refusal(table: str, rule: str, needed: str, found: str, mend: str, files: list[str]) -> Violation:
    return Violation(
        table=table,
        column="",
        rule=rule,
        severity="refuse",
        needed=needed,
        found=found,
        mend=mend,
        count=len(files),
        files=tuple(map(shown, files)),
    )
