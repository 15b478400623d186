"""Visibility and windows in the plainest way: filter the rows that are visible, then aggregate. Slow, and that is fine.

Rows are dicts. Everything that the fast code computes is held against this.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from features.asof import Aggregate

Row = dict[str, Any]
State = Callable[[datetime], list[Row]]


def versions_of(rows: Sequence[Row], key: Sequence[str]) -> dict[tuple[Any, ...], list[Row]]:
    """All versions by key, oldest first."""
    by_key: dict[tuple[Any, ...], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["known_at"]):
        by_key.setdefault(tuple(row[name] for name in key), []).append(row)
    return by_key


def visible(rows: Sequence[Row], key: Sequence[str], cutoff: datetime, keep_withdrawn: bool = False) -> list[Row]:
    """The newest visible version of every row that holds at the cut-off, with its `first_known_at`."""
    found = []
    for versions in versions_of(rows, key).values():
        known = [version for version in versions if version["known_at"] <= cutoff]
        if known and (keep_withdrawn or not known[-1]["withdrawn"]):
            found.append({**known[-1], "first_known_at": versions[0]["known_at"]})
    return found


def state_of(rows: Sequence[Row], key: Sequence[str], unit: str) -> State:
    """What a table says at a cut-off, each row with its `unit`."""
    return lambda cutoff: [{**row, "unit": row[unit]} for row in visible(rows, key, cutoff)]


def joined_state(child: State, parent: State, on: Sequence[str]) -> State:
    """Visible rows of the child with those of the parent that they belong to."""

    def state(cutoff: datetime) -> list[Row]:
        return [
            {**theirs, **ours, "first_known_at": max(ours["first_known_at"], theirs["first_known_at"])}
            for ours in child(cutoff)
            for theirs in parent(cutoff)
            if all(ours[name] is not None and ours[name] == theirs[name] for name in on)
        ]

    return state


def windows(
    state: State,
    questions: Sequence[Row],
    by: Sequence[str],
    aggregates: Mapping[str, Aggregate],
    widths: Sequence[timedelta | None],
) -> dict[str, list[Any]]:
    """The columns of the fast `windows`, as lists."""
    answers: dict[str, list[Any]] = {}
    for name, aggregate in aggregates.items():
        for width in widths:
            suffix = "all" if width is None else f"{width.days}d"
            answers[f"{name}_{suffix}"] = [
                _answer(state(question["cutoff"]), question, by, aggregate, width) for question in questions
            ]
    return answers


def _answer(rows: list[Row], question: Row, by: Sequence[str], aggregate: Aggregate, width: timedelta | None) -> Any:
    if any(question[name] is None for name in by):
        return None
    cutoff = question["cutoff"]
    inside = [
        row
        for row in rows
        if all(row[name] == question[name] for name in by)
        and row["unit"] != question["consignment_id"]
        and (width is None or row["first_known_at"] > cutoff - width)
    ]
    return aggregated(inside, aggregate, cutoff)


def aggregated(rows: list[Row], aggregate: Aggregate, cutoff: datetime) -> Any:
    """One aggregate over plain rows."""
    if aggregate.kind == "since_last":
        newest = max((row["first_known_at"] for row in rows), default=None)
        return None if newest is None else (cutoff - newest) / timedelta(days=1)
    if aggregate.column is None:
        return len(rows)
    values = [row[aggregate.column] for row in rows if row[aggregate.column] is not None]
    if aggregate.kind == "count":
        return len(values)
    if aggregate.kind == "distinct":
        return len(set(values))
    if aggregate.kind in ("min", "max"):
        return None if not values else float(min(values) if aggregate.kind == "min" else max(values))
    return _of_integers(aggregate, [round(value * aggregate.scale) for value in values], bool(rows))


def _of_integers(aggregate: Aggregate, integers: list[int], any_rows: bool) -> float | None:
    count, total = len(integers), sum(integers)
    if aggregate.kind == "sum":
        return None if any_rows and not integers else float(Fraction(total, aggregate.scale))
    if aggregate.kind == "mean":
        return float(Fraction(total, count * aggregate.scale)) if integers else None
    if count < 2:
        return None
    squares = sum((Fraction(value) - Fraction(total, count)) ** 2 for value in integers)
    return math.sqrt(squares / (count - 1) / aggregate.scale**2)
