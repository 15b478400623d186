"""The input contract: which tables exist, their columns, types, keys and rules. It is data (`tables.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

INSTANT = pl.Datetime("us", "UTC")

TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "text_list": pl.List(pl.String()),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": INSTANT,
}


@dataclass(frozen=True)
class Column:
    """One column of a table: its type, and what a value must satisfy (`allowed`, `pattern`, `minimum`, `maximum`)."""

    name: str
    type: str
    about: str = ""
    empty: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    ref: str | None = None
    null_when: float | None = None

    @property
    def dtype(self) -> pl.DataType:
        return TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One table: `columns` holds its own columns first and then those that every table carries, in contract order."""

    name: str
    about: str
    key: tuple[str, ...]
    event: str | None
    columns: dict[str, Column]
    keeps_conflicts: bool = False
    known_after_event: bool = False

    @property
    def schema(self) -> dict[str, pl.DataType]:
        return {name: column.dtype for name, column in self.columns.items()}

    @property
    def optional_columns(self) -> frozenset[str]:
        return frozenset(name for name, column in self.columns.items() if column.empty)

    def empty_frame(self) -> pl.DataFrame:
        """No rows, all columns of the contract with their types."""
        return pl.DataFrame(schema=self.schema)


@dataclass(frozen=True)
class Contract:
    """All tables by name, and what holds across them."""

    version: int
    tables: dict[str, Table]
    required: dict[str, tuple[str, ...]]
    waits_for: frozenset[str]
    common_columns: frozenset[str]

    def __getitem__(self, table: str) -> Table:
        return self.tables[table]


@cache
def load_contract() -> Contract:
    """The contract that ships beside this file."""
    return parse_contract(yaml.safe_load((Path(__file__).parent / "tables.yaml").read_text(encoding="utf-8")))


def parse_contract(raw: dict[str, Any]) -> Contract:
    """A contract from its YAML form. Raises KeyError or TypeError when the file itself is malformed."""
    common = raw["_in_every_table"]
    tables = {
        name: _table(name, entry, common, raw["_codes"]) for name, entry in raw.items() if not name.startswith("_")
    }
    return Contract(
        version=raw["_version"],
        tables=tables,
        required={verb: tuple(names) for verb, names in raw["_required"].items()},
        waits_for=frozenset(raw["_waits_for"]),
        common_columns=frozenset(common),
    )


def _table(name: str, entry: dict[str, Any], common: dict[str, Any], codes: dict[str, str]) -> Table:
    own = entry["columns"]
    columns = {column: _column(column, spec, codes) for column, spec in {**own, **_absent(common, own)}.items()}
    return Table(
        name=name,
        about=entry["about"],
        key=tuple(entry["key"]),
        event=entry.get("event"),
        columns=columns,
        keeps_conflicts=entry.get("conflicts") == "keep",
        known_after_event=bool(entry.get("known_after_event")),
    )


def _absent(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    return {name: spec for name, spec in common.items() if name not in own}


def _column(name: str, spec: dict[str, Any], codes: dict[str, str]) -> Column:
    return Column(
        name=name,
        type=spec["type"],
        about=spec.get("about", ""),
        empty=spec.get("empty") == "ok",
        allowed=tuple(spec.get("in", ())),
        pattern=spec.get("pattern") or codes.get(spec.get("code", "")),
        minimum=spec.get("min"),
        maximum=spec.get("max"),
        ref=spec.get("ref"),
        null_when=spec.get("null_when"),
    )
