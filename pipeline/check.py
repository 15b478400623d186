"""The verb `check`: hold inputs against the contract and tell all that is wrong, with an account of every row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from features.violation import Severity, Violation
from pipeline.inputs import Inputs, survey

ACCOUNT = ("in", "used", "quarantined", "duplicates", "ignored")
COLOURS: dict[Severity, str] = {"refuse": "red", "quarantine": "yellow", "warning": "cyan"}


@dataclass(frozen=True)
class CheckReport:
    """All violations (refusals, then quarantine, then warnings) and the account of each table that could be read."""

    violations: tuple[Violation, ...]
    inputs: Inputs

    @property
    def exit_code(self) -> int:
        """0 clean, 1 rows would be quarantined or there are warnings, 3 a run would be refused."""
        if any(violation.severity == "refuse" for violation in self.violations):
            return 3
        return 1 if self.violations else 0

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return {
            "exit_code": self.exit_code,
            "violations": [violation.as_dict() for violation in self.violations],
            "rows": self.inputs.counts,
            "not_yet_visible": self.inputs.not_yet_visible,
            "not_there": list(self.inputs.absent),
        }

    def show(self, console: Console | None = None) -> None:
        """Print the report: coloured with a grid on a terminal, else plain lines, one a violation and one a table."""
        console = console or Console(soft_wrap=True, highlight=False)
        for violation in _without_many_lines(self.violations):
            console.print(_line(violation), soft_wrap=True)
        if console.is_terminal:
            console.print(self._grid())
        else:
            for table in self.inputs.counts:
                console.print(Text(self._sentence(table)), soft_wrap=True)
        if self.inputs.absent:
            console.print(Text(f"not there: {', '.join(self.inputs.absent)}"), soft_wrap=True)
        console.print(Text(self._verdict()), soft_wrap=True)

    def _grid(self) -> Grid:
        grid = Grid("table", title="rows")
        for name in (*ACCOUNT, "not yet visible"):
            grid.add_column(name, justify="right")
        for table, counts in self.inputs.counts.items():
            grid.add_row(table, *(f"{counts[name]:,}" for name in ACCOUNT), f"{self.inputs.not_yet_visible[table]:,}")
        return grid

    def _sentence(self, table: str) -> str:
        counts = self.inputs.counts[table]
        parts = " + ".join(f"{counts[name]} {name}" for name in ACCOUNT[1:])
        later = self.inputs.not_yet_visible[table]
        return f"rows of {table}: {counts['in']} in = {parts}" + (f"; {later} not yet visible" if later else "")

    def _verdict(self) -> str:
        if self.exit_code == 3:
            return "refused: a run would not start on these inputs"
        if self.exit_code == 1:
            rows = sum(counts["quarantined"] for counts in self.inputs.counts.values())
            return f"readable: {rows} row{'s' * (rows != 1)} would be quarantined; see the lines above"
        return "clean"


def check(
    inputs: Path,
    schemes: Collection[str] | None,
    not_delivered: Collection[str] = (),
    *,
    needs: str | None = "rank",
    as_of: datetime | None = None,
) -> CheckReport:
    """Hold the tables below `inputs` against the contract, as a run would (arguments as in `inputs.survey`).

    Raises Usage where there is no such folder.
    """
    seen = survey(inputs, as_of, schemes, not_delivered, needs)
    violations = (*seen.refusals, *seen.inputs.violations, *seen.inputs.notices)
    return CheckReport(tuple(sorted(violations, key=_place)), seen.inputs)


def _place(violation: Violation) -> tuple[int, str, str, str]:
    return list(COLOURS).index(violation.severity), violation.table, violation.column, violation.rule


def _without_many_lines(violations: Sequence[Violation]) -> list[Violation]:
    """The optional columns that one table lacks in one violation, since feeds lack many; the others as they are."""
    lacking: dict[tuple[str, tuple[str, ...]], list[Violation]] = {}
    others = []
    for violation in violations:
        if (violation.rule, violation.severity) == ("missing column", "warning"):
            lacking.setdefault((violation.table, violation.files), []).append(violation)
        else:
            others.append(violation)
    return others + [
        replace(
            group[0],
            column="",
            needed=f"the optional columns {', '.join(one.column for one in group)}",
            found="none of these",
            mend="they are read as empty",
        )
        if len(group) > 1
        else group[0]
        for group in lacking.values()
    ]


def _line(violation: Violation) -> Text:
    return Text.assemble((violation.severity, COLOURS[violation.severity]), f" [{violation.rule}] {violation.message}")
