"""Row rules: which rows of a table hold, which go to quarantine and why, which say the same thing twice."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.contract import Table
from features.violation import Violation

REASON = {"rule": pl.String(), "column": pl.String(), "message": pl.String()}


@dataclass(frozen=True)
class Sifted:
    """`rows` hold and are sorted by key and `known_at`; `quarantined` are as delivered with rule, column, message.

    Rows in = rows + quarantined + duplicates.
    """

    rows: pl.DataFrame
    quarantined: pl.DataFrame
    duplicates: int
    violations: tuple[Violation, ...] = ()


def sift(rows: pl.DataFrame, table: Table) -> Sifted:
    """Hold rows in the contract's columns (see `conform.cast`) against every row rule of their table.

    Equal rows count once; rows of one key and `known_at` with different content are all quarantined unless the table
    keeps conflicts. References, unknown `use` and configured schemes are not row rules: they are held when a run reads.
    """
    raise NotImplementedError
