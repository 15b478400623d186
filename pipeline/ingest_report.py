"""What an ingest did: counts by table, what was set aside and why, and the exit code that follows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from features.violation import Violation
from pipeline.runs import instant_text
from pipeline.terminal import printable


@dataclass(frozen=True)
class RowCounts:
    """Rows of one table: in = appended + unchanged + duplicates + quarantined. Raises AssertionError otherwise."""

    rows_in: int
    appended: int
    unchanged: int
    duplicates: int
    quarantined: int

    def __post_init__(self) -> None:
        if self.rows_in != self.appended + self.unchanged + self.duplicates + self.quarantined:
            raise AssertionError(f"rows were lost or doubled: {self}")

    def as_dict(self) -> dict[str, int]:
        """The counts by name, `in` for the rows that the SELECT gave."""
        counts = asdict(self)
        return {"in": counts.pop("rows_in"), **counts}


@dataclass(frozen=True)
class IngestReport:
    """One delivery, or the notice that it had been taken before (`stood`); exit code 1 where rows were quarantined.

    `finished` names deliveries that an interruption had left half moved and that were completed first.
    """

    delivery: str
    received_at: datetime
    tables: dict[str, RowCounts]
    stood: bool = False
    violations: tuple[Violation, ...] = ()
    notices: tuple[Violation, ...] = ()
    finished: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        return 1 if any(counts.quarantined for counts in self.tables.values()) else 0

    def show(self, console: Console | None = None) -> None:
        """Tells it: a table on a terminal, plain lines elsewhere."""
        console = console or Console(soft_wrap=True, highlight=False)
        say(console, [f"finished the interrupted delivery {name}" for name in self.finished])
        if self.stood:
            say(console, [f"{self.delivery} was taken already; nothing was written"])
            return
        say(console, [f"{self.delivery}, received {instant_text(self.received_at)}"])
        show_counts(console, {table: counts.as_dict() for table, counts in self.tables.items()})
        say(console, [f"quarantined: {violation.message}" for violation in self.violations])
        say(console, [f"note: {line}" for line in _noted(self.notices)])


def show_counts(console: Console, counts: dict[str, dict[str, int]]) -> None:
    """Counts by table: a table on a terminal, else one line for each."""
    if not console.is_terminal:
        say(
            console,
            [f"{table}: " + ", ".join(f"{n} {name}" for name, n in row.items()) for table, row in counts.items()],
        )
        return
    grid = Table("table", *next(iter(counts.values()), {}))
    for table, row in counts.items():
        grid.add_row(table, *(f"{number:,}" for number in row.values()))
    console.print(grid)


def _noted(notices: tuple[Violation, ...]) -> list[str]:
    """One line for all columns that a SELECT leaves out, since most feeds have many; one for everything else."""
    missing: dict[str, list[str]] = {}
    for notice in notices:
        if notice.rule == "missing column":
            missing.setdefault(notice.table, []).append(notice.column)
    lines = [f"{table}: not in the feed, read as empty: {', '.join(names)}" for table, names in missing.items()]
    return lines + [notice.message for notice in notices if notice.rule != "missing column"]


def say(console: Console, lines: list[str]) -> None:
    """Lines as they are, without markup, with what a terminal would obey escaped."""
    for line in lines:
        console.print(Text(printable(line)))
