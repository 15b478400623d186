"""From a frame as delivered to the columns and types of the contract. What loses something is refused, not guessed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.contract import Table
from features.violation import Violation


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


def cast(frame: pl.DataFrame, table: Table) -> Cast:
    """A frame of any column types, cast to the contract, with every fault of its form at once."""
    raise NotImplementedError


def repeated_columns(names: list[str], table: Table) -> list[Violation]:
    """A refusal for every column name that stands twice, for readers whose frames cannot hold such a thing."""
    raise NotImplementedError
