"""Rows that refer to others: from when each can be used, which wait for a parent, which point at nothing visible."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl

from features.contract import Column, Contract, Table
from features.sift import Rule, any_of, example_keys, in_full_order, printable, set_aside, starts
from features.violation import Violation

USE_TABLE = "use_restriction"


@dataclass
class Referred:
    """Per table: `rows` with `known_at` moved to the instant from which each can be used, and what became of others.

    `overtaken` counts rows that hold, but that a newer version had replaced before they could be used.
    """

    rows: dict[str, pl.DataFrame] = field(default_factory=dict)
    overtaken: dict[str, int] = field(default_factory=dict)
    orphans: dict[str, pl.DataFrame] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)


def refer(rows: Mapping[str, pl.DataFrame], contract: Contract, refused: Collection[str] = ()) -> Referred:
    """Hold the references of rows that are visible and hold by themselves (sorted by key and `known_at`).

    A row that refers to a consignment, a document or a use can be used from the first version of that parent on, and
    is an orphan while there is none. A reference to another table that is there is only counted. References to
    tables in `refused` are not held, since their rows could not be read.
    """
    outcome = Referred()
    for name in _parents_first(list(rows), contract):
        outcome.rows[name] = _waited(rows[name], contract[name], contract, outcome, refused)
    for name in rows:
        outcome.violations += _pointing_at_nothing(outcome.rows, contract[name], contract)
    return outcome


def waiting_columns(table: Table, contract: Contract) -> list[Column]:
    """The columns whose parent a row waits for."""
    waits = {*contract.waits_for, USE_TABLE}
    return [column for column in table.columns.values() if column.ref in waits]


def _parents_first(names: Collection[str], contract: Contract) -> list[str]:
    ordered: list[str] = []

    def add(name: str) -> None:
        for column in waiting_columns(contract[name], contract):
            if column.ref in names and column.ref not in ordered:
                add(str(column.ref))
        if name not in ordered:
            ordered.append(name)

    for name in sorted(names):
        add(name)
    return ordered


def _waited(
    rows: pl.DataFrame, table: Table, contract: Contract, outcome: Referred, refused: Collection[str]
) -> pl.DataFrame:
    """The rows that can be used, known from the instant on at which they can; the others go to `outcome`."""
    usable, broken = rows["known_at"], []
    for column in waiting_columns(table, contract):
        if column.ref in refused or rows[column.name].null_count() == len(rows):
            continue
        parent = contract[str(column.ref)]
        first = _first_known(rows[column.name], outcome.rows.get(parent.name, parent.empty_frame()), parent)
        orphan = first.is_null() & rows[column.name].is_not_null()
        if orphan.any():
            broken.append((_orphan_rule(column), orphan))
        usable = pl.select(pl.max_horizontal(usable, first)).to_series()
    if broken:
        orphans, violations = set_aside(rows, broken, table)
        outcome.orphans[table.name] = orphans
        outcome.violations += violations
        kept = ~any_of(broken)
        rows, usable = rows.filter(kept), usable.filter(kept)
    if (usable == rows["known_at"]).all():
        return rows
    return _overtake(rows, usable.alias("known_at"), table, outcome)


def _first_known(keys: pl.Series, parents: pl.DataFrame, parent: Table) -> pl.Series:
    """Per key, when its parent's first version can be used; null where there is none. `parents` is in key order."""
    key = parent.key[0]
    firsts = parents.select(key, first="known_at").filter(starts(parents, [key]))
    return keys.to_frame(key).join(firsts, on=key, how="left", maintain_order="left")["first"]


def _orphan_rule(column: Column) -> Rule:
    if column.ref == USE_TABLE:
        return Rule(
            column=column.name,
            name="use",
            broken=pl.lit(False),
            needed=f"a {USE_TABLE} row of that use",
            mend=f"deliver it in {USE_TABLE}; the row then comes back by itself",
        )
    return Rule(
        column=column.name,
        name="orphan",
        broken=pl.lit(False),
        needed=f"a {column.ref} of that id",
        mend="deliver it; the row then comes back by itself",
    )


def _overtake(rows: pl.DataFrame, usable: pl.Series, table: Table, outcome: Referred) -> pl.DataFrame:
    """Leave out versions that a newer one overtook while they waited, and move the others to when they can be used."""
    version = starts(rows, [*table.key, "known_at"]).cast(pl.UInt32).cum_sum()
    key = starts(rows, list(table.key)).cast(pl.UInt32).cum_sum()
    numbered = pl.DataFrame({"version": version, "key": key, "usable": usable})
    soonest = numbered.group_by("version", maintain_order=True).agg(pl.col("key").first(), pl.col("usable").min())
    newer = pl.col("usable").reverse().cum_min().reverse().shift(-1).over("key")
    overtaken_by = soonest.select("version", newer=newer)
    by_newer = numbered.join(overtaken_by, on="version", how="left", maintain_order="left")["newer"]
    kept = (usable < by_newer).fill_null(True)
    outcome.overtaken[table.name] = len(rows) - int(kept.sum())
    return in_full_order(rows.with_columns(usable).filter(kept), table)


def _pointing_at_nothing(rows: Mapping[str, pl.DataFrame], table: Table, contract: Contract) -> list[Violation]:
    """A warning for each reference that is only counted and whose parent is not there."""
    found = []
    waiting = waiting_columns(table, contract)
    for column in table.columns.values():
        if column.ref is None or column in waiting or rows.get(column.ref, pl.DataFrame()).is_empty():
            continue
        parent = contract[column.ref]
        known = rows[column.ref][parent.key[0]].unique()
        lost = rows[table.name].filter(~pl.col(column.name).is_in(known.implode()))
        if len(lost):
            found.append(
                Violation(
                    table=table.name,
                    column=column.name,
                    rule="reference",
                    severity="warning",
                    needed=f"a {column.ref} of that {parent.key[0]}",
                    found=printable(lost[column.name].head(1))[0],
                    mend=f"deliver it in {column.ref}; the row is kept",
                    count=len(lost),
                    examples=example_keys(lost, table),
                )
            )
    return found
