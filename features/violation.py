"""What is wrong with an input, in words that name what was needed, what was found, which rows and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

Severity = Literal["refuse", "quarantine", "warning"]
EXAMPLES = 5
LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Violation:
    """One broken rule of one column of one table (`column` is "" where it is about the whole table).

    `refuse` means that the table cannot be used, `quarantine` that rows are set aside, `warning` that an operator
    should know. `count` counts rows, or files where the rule is about files. `examples` holds up to five keys.
    """

    table: str
    column: str
    rule: str
    severity: Severity
    needed: str
    found: str
    mend: str
    count: int = 1
    examples: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """One line: place, needed, found, which, how to mend."""
        place = f"{self.table}.{self.column}" if self.column else self.table
        start = f"{place}: " if place else ""
        return f"{start}needed {self.needed}, found {self.found}{self._which()}; {self.mend}"

    def __str__(self) -> str:
        return self.message

    def _which(self) -> str:
        rows = f" in {self.count} row{'s' * (self.count != 1)} ({', '.join(self.examples)})" if self.examples else ""
        if not self.files:
            return rows
        return f"{rows} in {', '.join(self.files[:EXAMPLES])}{', ...' * (len(self.files) > EXAMPLES)}"

    def as_dict(self) -> dict[str, Any]:
        """The violation for JSON."""
        return {
            "table": self.table,
            "column": self.column,
            "rule": self.rule,
            "severity": self.severity,
            "count": self.count,
            "examples": list(self.examples),
            "files": list(self.files),
            "message": self.message,
        }


def merged(violations: Iterable[Violation]) -> list[Violation]:
    """One violation per table, column, rule and severity, sorted by these: counts added, files and examples joined."""
    groups: dict[tuple[str, str, str, str], Violation] = {}
    for violation in violations:
        key = (violation.table, violation.column, violation.rule, violation.severity)
        groups[key] = _joined(groups[key], violation) if key in groups else violation
    return [groups[key] for key in sorted(groups)]


def _joined(first: Violation, second: Violation) -> Violation:
    return replace(
        first,
        count=first.count + second.count,
        examples=(first.examples + second.examples)[:EXAMPLES],
        files=first.files + second.files,
    )


def shown(value: object) -> str:
    """A value as one short printable text: control and direction characters are escaped, long ones are cut."""
    text = "empty" if value is None else str(value)
    cut = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + f"... ({len(text)} characters)"
    return "".join(character if character.isprintable() else _escaped(character) for character in cut)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", errors="backslashreplace").decode("ascii")
