"""Values that stand as text (a CSV cell, a partition's folder name), parsed strictly to the contract's types."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from features.contract import INSTANT, Column, Table
from features.violation import EXAMPLES, Violation, shown

NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
NOT_FINITE = r"^[+-]?(?i:nan|inf|infinity)$"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DAY = r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
TIME = r"(?P<minute>[0-9]{2}:[0-9]{2})(?P<second>:[0-5][0-9])?(?:\.(?P<fraction>[0-9]{1,6})0*)?"
OFFSET = r"(?P<offset>Z|z|[+-][0-9]{2}(?::?[0-5][0-9])?)"
INSTANT_TEXT = f"^{DAY}[T ]{TIME} ?{OFFSET}$"
WITHOUT_OFFSET = f"^{DAY}([T ]{TIME})?$"


def parse(frame: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, list[Violation]]:
    """A frame of text columns with those of the contract in their types, and a refusal for each that cannot be parsed.

    An empty cell is null. A refused column comes back as nulls of its type, so that the others can still be judged.
    """
    violations, columns = [], []
    for series in frame.get_columns():
        column = table.columns.get(series.name)
        if column is None:
            columns.append(series)
            continue
        cells = series.cast(pl.String)
        cells = cells.set(cells == "", None) if (cells == "").any() else cells
        values = _PARSE[column.type](cells)
        lost = values.is_null() & cells.is_not_null()
        if lost.any():
            violations.append(_refusal(cells.filter(lost), column, table))
            values = values.clear(len(values))
        columns.append(values.alias(series.name))
    return pl.DataFrame(columns), violations


def _refusal(cells: pl.Series, column: Column, table: Table) -> Violation:
    naive = column.type == "timestamp" and bool(cells.str.contains(WITHOUT_OFFSET).any())
    return Violation(
        table=table.name,
        column=column.name,
        rule="zone" if naive else "type",
        severity="refuse",
        needed=_NEEDED[column.type],
        found="instants without an offset" if naive else "other text",
        mend="write the instants with their offset from UTC" if naive else "correct the cells in the feed",
        count=len(cells),
        examples=tuple(shown(cell) for cell in cells.head(EXAMPLES)),
    )


_NEEDED = {
    "integer": "whole numbers of 64 bits",
    "number": "numbers with a decimal point, without blanks or separators",
    "boolean": "true or false",
    "date": "dates as YYYY-MM-DD",
    "timestamp": "instants as ISO 8601 with offset and at most microseconds (2024-01-31T20:00:00Z)",
}


def _text(cells: pl.Series) -> pl.Series:
    return cells


def _text_list(cells: pl.Series) -> pl.Series:
    return cells.str.split("|")


def _integer(cells: pl.Series) -> pl.Series:
    whole = cells.str.extract(r"^([+-]?[0-9]+)(?:\.0*)?$", 1)
    return whole.str.strip_prefix("+").cast(pl.Int64, strict=False)


def _number(cells: pl.Series) -> pl.Series:
    is_number = cells.str.contains(NUMBER) | cells.str.contains(NOT_FINITE)
    return cells.set(~is_number, None).cast(pl.Float64, strict=False)


def _boolean(cells: pl.Series) -> pl.Series:
    return (cells == "true").set(~cells.is_in(["true", "false"]), None)


def _date(cells: pl.Series) -> pl.Series:
    return cells.set(~cells.str.contains(DATE), None).str.to_date("%Y-%m-%d", strict=False)


def _timestamp(cells: pl.Series) -> pl.Series:
    part = cells.str.extract_groups(INSTANT_TEXT).struct
    second = part.field("second").fill_null(":00")
    written = part.field("day") + "T" + part.field("minute") + second
    local = written.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False).to_physical()
    fraction = part.field("fraction").fill_null("0").str.pad_end(6, "0").cast(pl.Int64)
    return (local + fraction - _offset(part.field("offset"))).cast(INSTANT)


def _offset(offsets: pl.Series) -> pl.Series:
    """Microseconds east of UTC."""
    digits = offsets.str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    minutes = digits.str.slice(0, 2).cast(pl.Int64) * 60 + digits.str.slice(2, 2).cast(pl.Int64)
    sign = pl.Series([1], dtype=pl.Int64).new_from_index(0, len(offsets)).set(offsets.str.starts_with("-"), -1)
    return minutes * sign * 60_000_000


_PARSE: dict[str, Callable[[pl.Series], pl.Series]] = {
    "text": _text,
    "text_list": _text_list,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
}
