"""Rows of a reference file, checked cell by cell: every mistake is told with its line and its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipeline.errors import Usage

Row = Mapping[str, str | None]


@dataclass(frozen=True)
class Cell:
    """What a column's cells must be: `needed` in words, `holds` says whether a text is that.

    `filled`: no cell may be empty. `listed`: a cell holds texts joined by `|`, and each of them is checked.
    """

    needed: str
    holds: Callable[[str], bool]
    filled: bool = False
    listed: bool = False


def matching(needed: str, pattern: str, *, filled: bool = False, listed: bool = False) -> Cell:
    """A cell whose whole text matches the pattern."""
    whole = re.compile(pattern)
    return Cell(needed, lambda text: whole.fullmatch(text) is not None, filled, listed)


def one_of(words: tuple[str, ...], *, filled: bool = False, listed: bool = False) -> Cell:
    """A cell that holds one of the words."""
    return Cell(f"one of {', '.join(words)}", lambda text: text in words, filled, listed)


def number_up_to(most: float) -> Cell:
    """A filled cell of a number above 0, in digits with a point or none."""
    number = re.compile(r"[0-9]+(\.[0-9]+)?")
    return Cell(
        f"a number above 0 and at most {most:g}",
        lambda text: number.fullmatch(text) is not None and 0 < float(text) <= most,
        filled=True,
    )


def is_day(text: str) -> bool:
    """Whether a text is a day written as 2024-12-31."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


DAY = Cell("a day as 2024-12-31", is_day)
TEXT = Cell("a text", bool)


def checked_rows(
    path: Path,
    cells: Mapping[str, Cell],
    key: tuple[str, ...],
    of_row: Callable[[Row], list[str]] = lambda row: [],
) -> pl.DataFrame:
    """The file's rows as text, with the columns of `cells`, no two of them alike in `key`.

    `of_row` says what is wrong between the cells of a row. Raises Usage with every mistake of the file.
    """
    try:
        rows = pl.read_csv(path, infer_schema=False).select(*cells)
    except pl.exceptions.PolarsError as error:
        raise Usage(
            f"needed the columns {', '.join(cells)} in {path}, found: {str(error).splitlines()[0]}; "
            "put the missing columns into its first line"
        ) from error
    mistakes, first_line = [], dict[tuple[str | None, ...], int]()
    for line, row in enumerate(rows.iter_rows(named=True), 2):
        found = [fault for name, cell in cells.items() for fault in _faults(name, cell, row[name])]
        first = first_line.setdefault(tuple(row[name] for name in key), line)
        if first != line:
            found.append(f"needed one row of the same {', '.join(key)}, found another in line {first}; leave one out")
        mistakes += [f"line {line}: {fault}" for fault in [*found, *of_row(row)]]
    if mistakes:
        raise Usage(f"{path} holds mistakes:\n" + "\n".join(f"  - {mistake}" for mistake in mistakes))
    return rows


def _faults(name: str, cell: Cell, text: str | None) -> list[str]:
    if text is None:
        return [f"needed {name}, found an empty cell; fill it"] if cell.filled else []
    parts = text.split("|") if cell.listed else [text]
    return [f"needed {cell.needed} in {name}, found {part!r}; correct it" for part in parts if not cell.holds(part)]


def backwards(row: Row) -> list[str]:
    """What is wrong with `valid_from` and `valid_to` together."""
    begins, ends = row["valid_from"], row["valid_to"]
    if begins and ends and ends <= begins:
        return [f"needed valid_to after valid_from, found {ends} and {begins}; *to* is the first day after"]
    return []


def typed(rows: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Checked rows with the types of a schema; lists are split at `|`, an empty cell is an empty list."""
    return rows.select(_typed(name, dtype) for name, dtype in schema.items())


def _typed(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.List(pl.String):
        return (
            pl.when(column.is_null()).then(pl.lit([], pl.List(pl.String))).otherwise(column.str.split("|")).alias(name)
        )
    if dtype == pl.Date:
        return column.str.to_date("%Y-%m-%d")
    if dtype == pl.Boolean:
        return column == "yes"
    return column.cast(dtype)
