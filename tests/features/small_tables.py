"""Small valid tables, made from the contract itself, for tests that then break one thing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from features.contract import Column, load_contract

START = datetime(2024, 1, 1, tzinfo=UTC)
KNOWN = datetime(2024, 1, 2, tzinfo=UTC)
CODES = {
    "^[A-Z]{2}$": "KR",
    "^[A-Z]{2}[A-Z0-9]{3}$": "KRPUS",
    "^[A-Z]{3}$": "KCD",
    "^[A-Z]{2,4}$": "OTB",
    r"^[0-9]{2}(\.[0-9A-Z]+)*$": "61",
    "^[0-9]{7}$": "9074729",
    "^[0-9]+$": "440123456",
    "^[A-Z]{4}[0-9]{7}$": "CSQU3054383",
    "^[0-9]{4}$": "0306",
    "^[0-9]{6}$": "030614",
    "^[0-9]{2,6}$": "0306",
}


def day(number: int) -> datetime:
    """The start of a day of January 2024."""
    return START + timedelta(days=number - 1)


def valid(name: str, rows: int = 1, /, **columns: Any) -> pl.DataFrame:
    """Rows of a table that hold against the contract and differ in their keys.

    `columns` lays values (one, or a list with one a row) over the made ones.
    """
    table = load_contract()[name]
    made = {
        column: pl.Series(
            column, [_value(spec, row if column in table.key else 0) for row in range(rows)], dtype=spec.dtype
        )
        for column, spec in table.columns.items()
    }
    frame = pl.DataFrame(made)
    for column, values in columns.items():
        dtype = table.columns[column].dtype
        series = pl.Series(column, values if isinstance(values, list) else [values] * rows, dtype=dtype, strict=False)
        frame = frame.with_columns(series)
    return frame


def lists(column: list[Any]) -> pl.Series:
    """Values of a text_list column."""
    return pl.Series(column, dtype=pl.List(pl.String))


def _value(column: Column, row: int) -> Any:
    if column.name == "known_at":
        return KNOWN
    if column.ref == "use_restriction":
        return None
    if column.type in ("text", "text_list"):
        text = _text(column, row)
        return [text] if column.type == "text_list" else text
    return {
        "integer": row + 1,
        "number": min(1.0, column.maximum or 1.0),
        "boolean": False,
        "date": date(2024, 1, 1),
        "timestamp": START,
    }[column.type]


def _text(column: Column, row: int) -> str:
    if column.allowed:
        return column.allowed[0]
    if column.pattern:
        return CODES[column.pattern]
    if column.ref:
        return f"{column.ref}-{row}"
    return f"{column.name.removesuffix('_id')}-{row}"
