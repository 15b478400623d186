"""What a verb says on the terminal when it is done."""

from __future__ import annotations

from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipeline import against, registry
from pipeline.house import House
from pipeline.rank import Ranked
from pipeline.tell_novelty import tell_novelty
from pipeline.terminal import printable, tell_warnings
from pipeline.train import Training

NAMED = 20  # consignments that are named; all of them lie in the quarantine's consignment.parquet


def tell_training(house: House, result: Training) -> None:
    """What each scheme learned, how well out of time, and the name and role of the bundle."""
    console = Console(soft_wrap=True, highlight=False)
    table = Table(Column("scheme", no_wrap=True), "rows", "found", "rounds", "AUC", "avg prec", "prec 5 %", "base")
    for scheme in result.bundle.schemes:
        told = result.bundle.scheme(scheme)
        table.add_row(
            scheme,
            str(told.counts["rows"]),
            str(told.counts["positives"]),
            str(told.rounds),
            *[_figure(value) for value in _headline(told.metrics)],
        )
    console.print(table)
    console.print(
        "Judged out of time, on the newest labelled rows: AUC, average precision, precision of the first 5 %, base."
    )
    tell_novelty(console, result.bundle)
    for scheme, count in result.out_of_scope.items():
        if count:
            console.print(f"{scheme}: {count} findings of consignments outside its scope were left out")
    again = " (stood already, equal inputs and settings)" if result.stood else ""
    console.print(f"{result.role}: {result.bundle.name}{again}, in {house.home / 'models' / result.bundle.name}")
    if result.champion and result.role == "challenger":
        console.print(f"the champion stays {result.champion}; against it, each judged on its own newest rows:")
        for change in registry.changes(house.home, result.champion, result.bundle.name):
            console.print(f"  {change}")
        console.print("head to head on the same rows, champion -> challenger (difference and its 95 % interval):")
        for scheme, found in result.against["schemes"].items():
            console.print(Text(f"  {scheme}, {printable(against.told(found))}"))
    tell_warnings(result.warnings)


def _headline(metrics: dict[str, Any]) -> list[Any]:
    at_five = metrics.get("at_share", {}).get("0.05", {}) or {}
    precision = at_five.get("precision", {})
    expected = precision.get("expected") if isinstance(precision, dict) else precision
    return [metrics.get("auc"), metrics.get("average_precision"), expected, metrics.get("base_rate")]


def _figure(value: Any) -> str:
    return "-" if value is None else f"{value:.3f}"


def tell_night(house: House, night: Ranked, top: int) -> None:
    """The top of the list with its reasons, what the operator should read, and where the files are."""
    console = Console(soft_wrap=True, highlight=False)
    run = night.made.run
    _tell_set_aside(console, night)
    model = run["model"]["name"] if run["model"] else "no model: ordered by rules"
    console.print(
        f"[bold]Night {run['as_of']}[/bold] · {run['ranked']['rows']} open consignments, "
        f"{run['ranked']['selected']} selected · {model}"
    )
    for row in _top(night.made.ranked, top).iter_rows(named=True):
        _tell_row(console, row, house)
    tell_warnings(night.warnings)
    if night.stood:
        console.print("An equal list stood already; nothing was written.")
    console.print(f"Files: {night.folder / 'ranked.html'} (to read), .xlsx, .csv, .parquet, run.json")


def _tell_set_aside(console: Console, night: Ranked) -> None:
    ids = night.made.set_aside
    if ids:
        named = ", ".join(printable(name) for name in ids[:NAMED])
        more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
        console.print(
            Text(f"Set aside, since a row of theirs is in quarantine: {len(ids)} consignments: {named}{more}")
        )


def _top(ranked: pl.DataFrame, top: int) -> pl.DataFrame:
    order = ["priority", "tie", "consignment_id"]
    return ranked.sort(order, descending=[True, False, False]).head(top)


def _tell_row(console: Console, row: dict[str, Any], house: House) -> None:
    scheme = house.settings.schemes.get(row["scheme"] or "")
    title = (scheme.title or row["scheme"]) if scheme else "no scheme applies"
    chosen = f"selected by {row['selected_by']}" if row["selected"] else "not selected"
    head = (
        f"{row['office']} #{row['rank']}  {printable(row['consignment_id'])}  {title}  {row['priority']:.3f}  {chosen}"
    )
    console.print(Text(f"\n{head}", style="bold"))
    for referral in row["referrals"]:
        console.print(Text(f"   referred: {house.settings.rules[referral].sentence}"))
    if row["abstained"]:
        console.print(Text(f"   not scored: {row['abstained']}"))
    for reason in row["reasons"]:
        console.print(Text(f"  {reason['contribution']:+.2f}  {reason['text']}"))
    if row["reasons"]:
        console.print(Text(f"   first: {row['reasons'][0]['check']}"))
