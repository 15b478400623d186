"""What `promote`, `runs` and `compare` say on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline import against
from pipeline.model_changes import Comparison, Run
from pipeline.promote import Promoted
from pipeline.tell_novelty import with_interval
from pipeline.terminal import printable, tell_warnings

MEASURES = {
    "auc": "AUC",
    "average_precision": "average precision",
    "brier": "Brier score",
    "calibration_error": "calibration error",
}
_LONGEST = 46  # characters of a value in a table


def tell_promotion(done: Promoted) -> None:
    """Who is champion now, who was, and how to take it back."""
    console = Console(soft_wrap=True, highlight=False)
    if done.stood:
        console.print(Text(f"{printable(done.name)} is the champion already; nothing was changed."))
    else:
        came = "came back as" if done.came_back else "passed every gate and is"
        console.print(Text(f"{printable(done.name)} {came} the champion"))
        if done.before:
            console.print(Text(f"before it: {printable(done.before)}; promote that one to take this back"))
    tell_warnings(done.warnings)


def tell_runs(runs: Sequence[Run]) -> None:
    """Per model its role, and per scheme how well it did, on new goods first."""
    console = Console(soft_wrap=True, highlight=False)
    if not runs:
        console.print("This home has no model yet: see `tidewaiter train --help`.")
        return
    for run in runs:
        roles = ", ".join(run.roles) or "no role"
        console.print(Text(printable(f"{run.name}  until {run.as_of}  {roles}"), style="bold"))
        table = _table("  scheme", "found", "avg prec, new", "avg prec, all", "precision 5 %")
        for scheme, metrics in sorted(run.metrics.items()):
            table.add_row(*_texts(f"  {scheme}", *headline(metrics)))
        console.print(table)
    console.print(
        "Of rows judged out of time (found/rows), with 95 % intervals; new: goods never seen; -: nothing to measure."
    )


def headline(metrics: dict[str, Any]) -> list[str]:
    """Finds of rows, average precision on new goods and on all, precision of the first 5 %."""
    new = (metrics.get("novelty") or {}).get("keys", {}).get("goods", {}).get("new", {})
    at_five = ((metrics.get("at_share") or {}).get("0.05") or {}).get("precision") or {}
    flat = {"precision": at_five.get("expected"), "intervals": {"precision": at_five.get("interval")}}
    return [
        f"{metrics.get('positives')}/{metrics.get('rows')}",
        with_interval(new, "average_precision"),
        with_interval(metrics, "average_precision"),
        with_interval(flat, "precision"),
    ]


def tell_comparison(found: Comparison) -> None:
    """What differs between two models, then their figures side by side, then both on the same rows."""
    console = Console(soft_wrap=True, highlight=False)
    one, other = found.one, found.other
    _tell_parameters(console, found)
    for scheme, columns in found.columns.items():
        told = "; ".join(
            f"{len(names)} {how}: {', '.join(names)}" if names else f"{len(names)} {how}"
            for how, names in columns.items()
        )
        console.print(Text(f"indicators of {scheme}: {printable(told)}"))
    for scheme in sorted(one.metrics.keys() | other.metrics.keys()):
        table = _table(scheme, one.name, other.name)
        for row in _measured([run.metrics.get(scheme) for run in (one, other)]):
            table.add_row(*_texts(*row))
        console.print(table)
    for run in (one, other):
        for scheme, why in run.untrained.items():
            console.print(Text(printable(f"{run.name} has no model of {scheme}: {why}")))
    console.print(Text(printable(f"On the same rows, {one.name} -> {other.name} (difference, 95 % interval):")))
    for scheme, paired in found.head_to_head.items():
        console.print(Text(f"  {scheme}, {printable(against.told(paired))}"))


def _tell_parameters(console: Console, found: Comparison) -> None:
    if not found.parameters:
        console.print("No parameter differs.")
        return
    table = _table("parameter", found.one.name, found.other.name)
    for name, values in found.parameters.items():
        table.add_row(*_texts(name, *(_short(value) for value in values)))
    console.print(table)


def _measured(both: list[dict[str, Any] | None]) -> list[list[str]]:
    """The measures of both, on new goods first; - where a model has none."""
    parts = {
        "new goods": [((m or {}).get("novelty") or {}).get("keys", {}).get("goods", {}).get("new", {}) for m in both],
        "all rows": [m or {} for m in both],
    }
    rows: list[list[str]] = []
    for part, metrics in parts.items():
        rows.append([f"{part}: rows", *(str(m.get("rows", "-")) for m in metrics)])
        for name, title in MEASURES.items():
            rows.append([f"{part}: {title}", *(with_interval(m, name) for m in metrics)])
    return rows


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for place, title in enumerate(titles):
        table.add_column(Text(printable(title)), no_wrap=place == 0, overflow="fold")
    return table


def _texts(*values: str) -> list[Text]:
    return [Text(printable(value)) for value in values]


def _short(value: str) -> str:
    longest = _LONGEST if len(value) != 64 or " " in value else 13  # a digest is told apart by its beginning
    return value if len(value) <= longest else value[: longest - 1] + "…"
