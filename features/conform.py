"""From a frame as delivered to the columns and types of the contract. What loses something is refused, not guessed.

Empty text, an empty list and the value that a column names as "not available" are read as null; a null `withdrawn` is
false; minus zero is zero. So equal content has one form, whatever wrote it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from rapidfuzz import process

from features.contract import INSTANT, Column, Table, load_contract
from features.violation import EXAMPLES, Violation, shown

EXACT_INTEGERS = 2**53  # from here on, neighbours fall together in a 64-bit float
EXACT_DIGITS = 15
TICKS_A_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
LONGEST_MILLISECONDS = (2**63 - 1) // 1000


@dataclass(frozen=True)
class Cast:
    """`rows` has exactly the contract's columns, in its order and types; without rows where anything was refused."""

    rows: pl.DataFrame
    violations: tuple[Violation, ...] = ()

    @property
    def refusals(self) -> list[Violation]:
        return [violation for violation in self.violations if violation.severity == "refuse"]

    @property
    def warnings(self) -> list[Violation]:
        return [violation for violation in self.violations if violation.severity == "warning"]


@dataclass(frozen=True)
class _Outcome:
    """A column in the contract's type, or the rule that it broke and which of its rows did (all of them if None)."""

    values: pl.Series | None = None
    rule: str = ""
    found: str = ""
    lost: pl.Series | None = None


def cast(frame: pl.DataFrame, table: Table) -> Cast:
    """A frame of any column types, cast to the contract, with every fault of its form at once.

    A missing required column and a column of another type, without a zone or with values that the contract's type
    cannot hold are refusals; a missing optional column and an unknown column are warnings.
    """
    violations = [*_missing(frame, table), *_unknown(frame, table)]
    columns = []
    for column in table.columns.values():
        if column.name not in frame.columns:
            columns.append(
                _normal(pl.Series(column.name, [None], dtype=column.dtype).new_from_index(0, len(frame)), column)
            )
            continue
        outcome = _converted(frame[column.name], column)
        if outcome.values is None:
            violations.append(_refusal(frame[column.name], column, table, outcome))
        else:
            columns.append(_normal(outcome.values, column))
    refused = any(violation.severity == "refuse" for violation in violations)
    return Cast(table.empty_frame() if refused else pl.DataFrame(columns), tuple(violations))


def repeated_columns(names: list[str], table: Table) -> list[Violation]:
    """A refusal for every column name that stands twice, for readers whose frames cannot hold such a thing."""
    return [
        Violation(
            table=table.name,
            column=shown(name),
            rule="repeated column",
            severity="refuse",
            needed="each column once",
            found=f"it {times} times",
            mend="keep one of them in the feed",
        )
        for name, times in Counter(names).items()
        if times > 1
    ]


def _missing(frame: pl.DataFrame, table: Table) -> list[Violation]:
    silent = load_contract().common_columns
    faults = []
    for column in table.columns.values():
        if column.name in frame.columns or (column.empty and column.name in silent):
            continue
        fault = Violation(
            table=table.name,
            column=column.name,
            rule="missing column",
            severity="refuse",
            needed=f"a column of {column.type}",
            found=f"the columns {', '.join(map(shown, frame.columns)) or 'none'}",
            mend="add it to the feed, or rename the column that holds it",
        )
        if column.empty:
            fault = replace(fault, severity="warning", found="no such column", mend="it is read as empty")
        faults.append(fault)
    return faults


def _unknown(frame: pl.DataFrame, table: Table) -> list[Violation]:
    return [
        Violation(
            table=table.name,
            column=shown(name),
            rule="unknown column",
            severity="warning",
            needed="columns of the contract",
            found=f"a column it does not name{_nearest(name, table)}",
            mend="it is not read; drop it from the feed, or rename it",
        )
        for name in frame.columns
        if name not in table.columns
    ]


def _nearest(name: str, table: Table) -> str:
    match = process.extractOne(name, list(table.columns), score_cutoff=75)
    return f" (nearest: {match[0]})" if match else ""


def _refusal(series: pl.Series, column: Column, table: Table, outcome: _Outcome) -> Violation:
    lost = series if outcome.lost is None else series.filter(outcome.lost)
    return Violation(
        table=table.name,
        column=column.name,
        rule=outcome.rule,
        severity="refuse",
        needed=_NEEDED[column.type],
        found=outcome.found,
        mend=_MEND.get(outcome.rule, "cast it in the feed so that nothing is lost"),
        count=len(lost),
        examples=tuple(shown(value) for value in _printable(lost.drop_nulls().head(EXAMPLES))),
    )


_TOO_MANY_DIGITS = "numbers with more digits than a 64-bit float holds"
_NEEDED = {
    "text": "text",
    "text_list": "a list of text",
    "integer": "whole numbers of 64 bits",
    "number": "numbers",
    "boolean": "true or false",
    "date": "dates",
    "timestamp": "instants with a zone",
}
_MEND = {
    "type": "deliver it in that type; a code that lost its leading zeros must come from the source again",
    "zone": "write the instants with their offset from UTC",
}


def _printable(values: pl.Series) -> list[object]:
    """Python values; instants outside of Python's years as their number of time units since 1970."""
    if isinstance(values.dtype, pl.Datetime | pl.Date):
        return list(values.to_physical())
    return list(values)


def _converted(series: pl.Series, column: Column) -> _Outcome:
    if series.dtype == pl.Null:
        return _Outcome(series.cast(column.dtype))
    return _CONVERT[column.type](series)


def _wrong(series: pl.Series) -> _Outcome:
    return _Outcome(rule="type", found=f"the type {series.dtype}")


def _whole_or(lost: pl.Series, values: pl.Series, found: str) -> _Outcome:
    return _Outcome(rule="lossy", found=found, lost=lost) if lost.any() else _Outcome(values)


def _text(series: pl.Series) -> _Outcome:
    if series.dtype == pl.String:
        return _Outcome(series)
    return _Outcome(series.cast(pl.String)) if isinstance(series.dtype, pl.Categorical | pl.Enum) else _wrong(series)


def _text_list(series: pl.Series) -> _Outcome:
    inner = series.dtype.inner if isinstance(series.dtype, pl.List | pl.Array) else None
    is_text = inner in (pl.String, pl.Null) or isinstance(inner, pl.Categorical | pl.Enum)
    return _Outcome(series.cast(pl.List(pl.String))) if is_text else _wrong(series)


def _integer(series: pl.Series) -> _Outcome:
    if not series.dtype.is_numeric():
        return _wrong(series)
    values = series.cast(pl.Int64, strict=False)
    if series.dtype.is_integer():
        return _whole_or(values.is_null() & series.is_not_null(), values, "numbers beyond 64 bits")
    back = values.cast(series.dtype, strict=False)
    lost = (back.is_null() | (back != series).fill_null(True)) & series.is_not_null()
    return _whole_or(lost, values, "numbers that are not whole")


def _number(series: pl.Series) -> _Outcome:
    if not series.dtype.is_numeric():
        return _wrong(series)
    values = series.cast(pl.Float64, strict=False)
    if series.dtype.is_float():
        return _Outcome(values)
    if series.dtype.is_integer():
        return _whole_or((values.abs() >= EXACT_INTEGERS).fill_null(False), values, _TOO_MANY_DIGITS)
    written = series.cast(pl.String)
    digits = written.str.replace_all(r"[^0-9]", "").str.strip_chars_start("0")
    fraction = written.str.contains(".", literal=True)
    digits = digits.zip_with(~fraction, digits.str.strip_chars_end("0"))
    return _whole_or(
        (digits.str.len_bytes() > EXACT_DIGITS).fill_null(False), written.cast(pl.Float64), _TOO_MANY_DIGITS
    )


def _boolean(series: pl.Series) -> _Outcome:
    return _Outcome(series) if series.dtype == pl.Boolean else _wrong(series)


def _date(series: pl.Series) -> _Outcome:
    if series.dtype == pl.Date:
        return _Outcome(series)
    if not isinstance(series.dtype, pl.Datetime) or series.dtype.time_zone not in (None, "UTC"):
        return _wrong(series)
    values = series.dt.replace_time_zone(None).cast(pl.Date, strict=False)
    lost = (
        values.cast(pl.Datetime(series.dtype.time_unit), strict=False) != series.dt.replace_time_zone(None)
    ).fill_null(True)
    return _whole_or(lost & series.is_not_null(), values, "times of day beside the dates")


def _timestamp(series: pl.Series) -> _Outcome:
    if series.dtype == pl.Date or (isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone is None):
        return _Outcome(rule="zone", found=f"the type {series.dtype} without a zone")
    if not isinstance(series.dtype, pl.Datetime):
        return _wrong(series)
    ticks, unit = series.to_physical(), series.dtype.time_unit
    if unit == "us":
        return _Outcome(ticks.cast(INSTANT))
    lost = (ticks % 1000 != 0) if unit == "ns" else (ticks.abs() > LONGEST_MILLISECONDS)
    values = ticks // 1000 if unit == "ns" else ticks * 1000
    return _whole_or(lost.fill_null(False), values.cast(INSTANT), "instants that microseconds cannot hold")


_CONVERT: dict[str, Callable[[pl.Series], _Outcome]] = {
    "text": _text,
    "text_list": _text_list,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
}


def _normal(values: pl.Series, column: Column) -> pl.Series:
    """One form for equal content."""
    if column.type == "text" and (values == "").any():
        return values.set(values == "", None)
    if column.type == "text_list":
        return _normal_list(values)
    if column.type == "number":
        values = values.set(values == 0.0, 0.0)
        return values if column.null_when is None else _without(values, column.null_when)
    if column.name == "withdrawn":
        return values.fill_null(False)
    return values


def _normal_list(values: pl.Series) -> pl.Series:
    if (values.explode() == "").any():
        values = values.list.eval(pl.when(pl.element() != "").then(pl.element()))
    empty = values.list.len() == 0
    return pl.select(pl.when(~empty).then(values)).to_series().alias(values.name) if empty.any() else values


def _without(values: pl.Series, not_available: float) -> pl.Series:
    """Null where the value is the one that means "not available", also where it came through 32 bits."""
    is_it = values.is_in([float(not_available), float(np.float32(not_available))])
    return values.set(is_it, None)
