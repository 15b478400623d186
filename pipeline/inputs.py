"""Reading inputs: every table that is there, held against the contract, with an account of every row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from features.contract import INSTANT, Contract, Table, load_contract
from features.sift import REASON, Sifted, in_full_order, sift
from features.tables import Tables
from features.violation import Violation, merged
from pipeline.errors import Refused
from pipeline.files import InputFile, find
from pipeline.fingerprint import fingerprint
from pipeline.reading import read
from pipeline.references import Referred, refer, waiting_columns

MAY_BE_WITHOUT_ROWS = ("inspection",)


class InputsRefused(Refused):
    """Inputs that no run may use; the message lists every reason."""

    def __init__(self, violations: list[Violation]) -> None:
        self.violations = violations
        lines = "\n".join(f"  - {violation.message}" for violation in violations)
        super().__init__(f"the inputs are refused:\n{lines}")


@dataclass(frozen=True)
class Inputs:
    """What a run reads, and what became of every row.

    `tables` holds the rows that can be used at `as_of` (all of them without it), sorted by key and `known_at`, where
    `known_at` is the instant from which a row could be used. `quarantine` has the rows set aside by table, as
    delivered with rule, column and message. `counts` accounts for the rows visible at `as_of`: `in` = `used` +
    `quarantined` + `duplicates` + `ignored`; `not_yet_visible` counts the others, and `older` those of long ago, to
    which nothing looks back: they are not held against the contract. `violations` are those of the rows in; `notices`
    are about files (unknown and missing columns, unknown tables). `absent` names the optional tables that are not there
    and that the configuration does not name as not delivered.
    """

    tables: Tables
    quarantine: dict[str, pl.DataFrame]
    counts: dict[str, dict[str, int]]
    not_yet_visible: dict[str, int]
    violations: list[Violation]
    notices: list[Violation]
    absent: tuple[str, ...] = ()
    older: dict[str, int] = field(default_factory=dict)

    @cached_property
    def _fingerprints(self) -> dict[str, dict[str, Any]]:
        contract = self.tables.contract
        return {name: fingerprint(self.tables[name], contract[name]) for name in sorted(self.counts)}

    def fingerprints(self) -> dict[str, dict[str, Any]]:
        """Per table that is there: `rows`, `newest_known_at`, `sha256` of the rows in `tables`."""
        return self._fingerprints


@dataclass(frozen=True)
class Survey:
    """Inputs as far as they could be read, and the refusals that forbid a run to use them."""

    inputs: Inputs
    refusals: list[Violation]


@dataclass
class _Read:
    """One table's rows as its files hold them, then as the row rules leave them."""

    total: int = 0
    ignored: int = 0
    older: int = 0
    visible: int = 0
    sifted: Sifted | None = None
    refusals: list[Violation] = field(default_factory=list)
    notices: list[Violation] = field(default_factory=list)


def read_inputs(
    inputs: Path,
    as_of: datetime | None,
    schemes: Collection[str] | None,
    not_delivered: Collection[str] = (),
    needs: str | None = None,
    wanted: Collection[str] | None = None,
    since: Mapping[str, datetime] | None = None,
) -> Inputs:
    """Read the tables below `inputs` as of an instant, as `survey`. Raises InputsRefused that lists every refusal."""
    seen = survey(inputs, as_of, schemes, not_delivered, needs, wanted, since)
    if seen.refusals:
        raise InputsRefused(seen.refusals)
    return seen.inputs


def survey(
    inputs: Path,
    as_of: datetime | None,
    schemes: Collection[str] | None,
    not_delivered: Collection[str] = (),
    needs: str | None = None,
    wanted: Collection[str] | None = None,
    since: Mapping[str, datetime] | None = None,
) -> Survey:
    """Read all that can be read and collect all that is wrong.

    `schemes` are the findings that the configuration names (None: all of them); `needs` names the verb whose required
    tables must be there; `wanted` the tables to read, with those that their rows wait for (None: all of them): what
    nothing rests on is not read, however large it is. `since` names tables of which only rows of events from an instant
    on are used. Raises Usage where there is no such folder.
    """
    contract = load_contract()
    found = find(inputs, contract.tables.values())
    there = set(found.files)
    if wanted is not None:
        read = _with_parents(wanted, contract)
        found = replace(found, files={name: files for name, files in found.files.items() if name in read})
    reach = since or {}
    tables = {
        name: _read_table(files, contract[name], as_of, schemes, reach.get(name))
        for name, files in sorted(found.files.items())
    }
    refusals = [violation for violation in found.violations if violation.severity == "refuse"]
    notices = [violation for violation in found.violations if violation.severity == "warning"]
    for read_table in tables.values():
        refusals += read_table.refusals
        notices += read_table.notices
    refused = {violation.table for violation in refusals}
    refusals += _required(tables, refused, contract, needs)
    whole = {name: read_table for name, read_table in tables.items() if name not in refused}
    there |= refused
    absent = tuple(name for name in contract.tables if name not in there and name not in not_delivered)
    return Survey(_assemble(whole, contract, refused, notices, absent), merged(refusals))


def _with_parents(wanted: Collection[str], contract: Contract) -> set[str]:
    """The tables, and every table that a row of theirs must wait for."""
    read: set[str] = set()
    ahead = list(wanted)
    while ahead:
        name = ahead.pop()
        if name not in read:
            read.add(name)
            ahead += [str(column.ref) for column in waiting_columns(contract[name], contract)]
    return read


def _read_table(
    files: list[InputFile],
    table: Table,
    as_of: datetime | None,
    schemes: Collection[str] | None,
    since: datetime | None,
) -> _Read:
    done, violations, parts = _Read(), list[Violation](), []
    for file in files:
        outcome = read(file, table)
        violations += outcome.violations
        done.total += len(outcome.rows)
        # File by file, so that what is left out is never held together.
        rows = _from(outcome.rows, "known_at", until=as_of)
        parts.append(_from(rows, str(table.event), since=since))
        done.visible, done.older = done.visible + len(rows), done.older + len(rows) - len(parts[-1])
    violations = merged(violations)
    done.refusals = [violation for violation in violations if violation.severity == "refuse"]
    done.notices = [violation for violation in violations if violation.severity == "warning"]
    if done.refusals:
        return done
    rows = pl.concat(parts, rechunk=True)
    parts.clear()
    if table.name == "inspection" and schemes is not None:
        rows = rows.filter(pl.col("scheme").is_in(list(schemes)).fill_null(True))
        done.ignored = done.visible - done.older - len(rows)
    done.sifted = sift(rows, table)
    return done


def _from(
    rows: pl.DataFrame, instant: str, since: datetime | None = None, until: datetime | None = None
) -> pl.DataFrame:
    """The rows of an instant in these bounds, and those without one: what is wrong with them is told."""
    bounds = [(pl.col(instant) >= pl.lit(since, INSTANT)), (pl.col(instant) <= pl.lit(until, INSTANT))]
    for bound, asked in zip(bounds, (since, until), strict=True):
        rows = rows if asked is None else rows.filter(bound.fill_null(True))
    return rows


def _required(
    tables: dict[str, _Read], refused: Collection[str], contract: Contract, needs: str | None
) -> list[Violation]:
    """A refusal for every table that the verb cannot do without."""
    if needs is None:
        return []
    names = dict.fromkeys([*contract.required["rank"], *contract.required[needs]])
    faults = []
    for name in names:
        if name in refused:
            continue
        if name not in tables:
            faults.append(_failed_delivery(name, "missing table", f"the table {name}", "none"))
        elif tables[name].total == 0 and name not in MAY_BE_WITHOUT_ROWS:
            faults.append(_failed_delivery(name, "no rows", f"rows in {name}", "none"))
    return faults


def _failed_delivery(table: str, rule: str, needed: str, found: str) -> Violation:
    mend = "deliver it again, or look whether --inputs is the right folder"
    return Violation(table, "", rule, "refuse", needed=needed, found=found, mend=mend)


def _assemble(
    whole: dict[str, _Read],
    contract: Contract,
    refused: Collection[str],
    notices: list[Violation],
    absent: tuple[str, ...],
) -> Inputs:
    sifted = {name: table.sifted for name, table in whole.items() if table.sifted is not None}
    referred = refer({name: outcome.rows for name, outcome in sifted.items()}, contract, refused)
    violations = [violation for outcome in sifted.values() for violation in outcome.violations]
    quarantine = {name: _quarantined(outcome, referred, contract[name]) for name, outcome in sifted.items()}
    counts = {
        name: _account(name, whole[name], outcome, referred, len(quarantine[name])) for name, outcome in sifted.items()
    }
    return Inputs(
        tables=Tables(referred.rows, contract),
        quarantine={name: rows for name, rows in quarantine.items() if len(rows)},
        counts=counts,
        not_yet_visible={name: whole[name].total - whole[name].visible for name in sifted},
        older={name: whole[name].older for name in sifted if whole[name].older},
        violations=merged([*violations, *referred.violations]),
        notices=merged(notices),
        absent=absent,
    )


def _quarantined(outcome: Sifted, referred: Referred, table: Table) -> pl.DataFrame:
    orphans = referred.orphans.get(table.name)
    if orphans is None:
        return outcome.quarantined
    columns = [*table.columns, *REASON]
    return in_full_order(pl.concat([outcome.quarantined.select(columns), orphans.select(columns)]), table)


def _account(name: str, table: _Read, outcome: Sifted, referred: Referred, quarantined: int) -> dict[str, int]:
    """What became of the visible rows. Raises RuntimeError where a row is unaccounted for."""
    counts = {
        "in": table.visible - table.older,
        "used": len(referred.rows[name]) + referred.overtaken.get(name, 0),
        "quarantined": quarantined,
        "duplicates": outcome.duplicates,
        "ignored": table.ignored,
    }
    if counts["in"] != sum(counts.values()) - counts["in"]:
        raise RuntimeError(f"needed an account of every row of {name}, found {counts}; this is a fault of the program")
    return counts
