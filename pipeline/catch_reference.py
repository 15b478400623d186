"""Reference files about catch, as families read them: conversion factors and closed seasons, checked line by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import polars as pl

from features.contract import load_contract
from features.options import CLOSED_SEASONS, CONVERSION_FACTORS
from pipeline.errors import Usage
from pipeline.settings import Settings, reference_file

Row = Mapping[str, str | None]
# (what it needs, whether a text satisfies it)
Check = tuple[str, Callable[[str], bool]]


def conversion_factors(settings: Settings) -> pl.DataFrame:
    """The live kilograms of a net kilogram by species and form. Raises Usage with every mistake and its line."""
    path = reference_file(settings.directories, "conversion_factors.csv")
    forms = load_contract()["goods_item"].columns["product_form"].allowed
    checks: dict[str, Check] = {
        "species": _SPECIES,
        "product_form": (f"one of {', '.join(forms)}", lambda text: text in forms),
        "factor_live_per_net": ("a number above 0 and at most 100", lambda text: 0 < _number(text) <= 100),
        "valid_from": _DAY,
    }
    rows = _checked(path, checks, ("product_form", "factor_live_per_net"), ("species", "product_form", "valid_from"))
    return _typed(rows, CONVERSION_FACTORS)


def closed_seasons(settings: Settings) -> pl.DataFrame:
    """When and where a species may not be caught. Raises Usage with every mistake and its line."""
    path = reference_file(settings.directories, "closed_seasons.csv")
    checks: dict[str, Check] = {
        "closure": ("a name", bool),
        "species": _SPECIES,
        "fao_area": ("an FAO major area of two digits", lambda text: len(text) == 2 and text.isdigit()),
        "area": ("words", bool),
        "valid_from": _DAY,
        "valid_to": _DAY,
        "season_from": _DAY_OF_YEAR,
        "season_to": _DAY_OF_YEAR,
    }
    rows = _checked(path, checks, ("closure",), ("closure",), _of_closure)
    return _typed(rows, CLOSED_SEASONS)


def _of_closure(row: Row) -> list[str]:
    """What is wrong between the columns of a closure."""
    start, end = row["valid_from"], row["valid_to"]
    faults = []
    if (row["season_from"] is None) != (row["season_to"] is None):
        faults.append("needed season_from and season_to together, found one of them; fill both or none")
    if start and end and end <= start:
        faults.append(f"needed valid_to after valid_from, found {end} and {start}; *to* is the first day after")
    return faults


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_SPECIES: Check = (
    "a species of three capital letters",
    lambda text: len(text) == 3 and text.isascii() and text.isalpha() and text.isupper(),
)
_DAY: Check = ("a day as 2024-12-31", _is_day)
_DAY_OF_YEAR: Check = ("a day of the year as 12-31", lambda text: _is_day(f"2023-{text}"))


def _checked(
    path: Path,
    checks: Mapping[str, Check],
    filled: tuple[str, ...],
    key: tuple[str, ...],
    of_row: Callable[[Row], list[str]] = lambda row: [],
) -> pl.DataFrame:
    """The file's rows as text, every filled cell as its check needs it. Raises Usage that names every mistake."""
    try:
        rows = pl.read_csv(path, infer_schema=False).select(*checks)
    except pl.exceptions.PolarsError as error:
        raise Usage(
            f"needed the columns {', '.join(checks)} in {path}, found: {str(error).splitlines()[0]}; "
            "put the missing columns into its first line"
        ) from error
    faults, seen = [], dict[tuple[str | None, ...], int]()
    for line, row in enumerate(rows.iter_rows(named=True), 2):
        found = [f"needed {name}, found an empty cell; fill it" for name in filled if row[name] is None]
        found += [
            f"needed {needed} in {name}, found {row[name]!r}; correct it"
            for name, (needed, holds) in checks.items()
            if row[name] is not None and not holds(row[name])
        ]
        first = seen.setdefault(tuple(row[name] for name in key), line)
        if first != line:
            found.append(f"needed one row of the same {', '.join(key)}, found another in line {first}; leave one")
        faults += [f"line {line}: {fault}" for fault in [*found, *of_row(row)]]
    if faults:
        raise Usage(f"{path} holds mistakes:\n" + "\n".join(f"  - {fault}" for fault in faults))
    return rows


def _typed(rows: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return rows.select(
        pl.col(name).str.to_date() if dtype == pl.Date else pl.col(name).cast(dtype) for name, dtype in schema.items()
    )
