"""The tables as families see them: rows that hold against the contract, every version, typed, ready for a cut-off."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime

import polars as pl

from features.contract import Contract, load_contract


class Tables:
    """Rows by table name, a row per version.

    Each frame has the contract's columns and types; `known_at` is the instant from which the row could be used (a row
    that had to wait for its parent is known from the parent's first version on); `withdrawn` is never null; no two
    rows share key and `known_at`. A table counts as delivered from its first `known_at` on, so that a feed that begins
    tomorrow changes no list of today.
    """

    def __init__(self, rows: Mapping[str, pl.DataFrame], contract: Contract | None = None) -> None:
        self.contract = contract or load_contract()
        unknown = sorted(set(rows) - set(self.contract.tables))
        if unknown:
            raise KeyError(f"needed tables of the contract, found {unknown}; known: {sorted(self.contract.tables)}")
        self._rows = dict(rows)
        self._delivered: dict[str, datetime | None] = {}
        self._derived: dict[Hashable, pl.DataFrame] = {}

    def __getitem__(self, table: str) -> pl.DataFrame:
        """All versions of a table's rows; without rows where it was not delivered."""
        if table not in self._rows:
            self._rows[table] = self.contract[table].empty_frame()
        return self._rows[table]

    def derived(self, name: Hashable, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """A frame that rests on these tables alone, made at the first asking and kept under its name."""
        if name not in self._derived:
            self._derived[name] = make()
        return self._derived[name]

    def delivered_from(self, table: str) -> datetime | None:
        """The first `known_at` of a table, None where it has no row."""
        if table not in self._delivered:
            first = self[table]["known_at"].min()
            self._delivered[table] = first if isinstance(first, datetime) else None
        return self._delivered[table]

    def is_delivered(self, table: str, cutoff: datetime) -> bool:
        """Whether any row of the table is visible at the cut-off; only then is "no such row" a fact."""
        first = self.delivered_from(table)
        return first is not None and first <= cutoff
