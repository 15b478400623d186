"""What `reconcile` says on the terminal when it is done."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from features.reconciliation import FINDINGS
from pipeline.reconcile import Report
from pipeline.terminal import tell_warnings


def tell_reconciliation(report: Report) -> None:
    """How many rows of each table are in which state, what could not be made, and where the files are."""
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"[bold]Reconciliation {report.run['as_of']}[/bold] · the last {report.run['days']} days")
    table = Table("", "state", "rows", "t")
    for row in sorted(report.made.tables["totals"].filter(by="all").iter_rows(named=True), key=_place):
        finding = row["state"] in FINDINGS[row["table"]]
        tonnes = "-" if row["kg"] is None else f"{row['kg'] / 1000:,.1f}"
        table.add_row(row["table"], row["state"], f"{row['rows']:,}", tonnes, style="bold" if finding else "")
    console.print(table)
    for name, why in report.made.missing.items():
        console.print(f"{name}: not assessable, {why}")
    tell_warnings(report.warnings)
    if report.stood:
        console.print("An equal report stood already; nothing was written.")
    console.print(f"Files: {report.folder / 'reconciliation.html'} (to read), a .csv and .parquet per table, run.json")


def _place(row: dict[str, Any]) -> tuple[int, int, str]:
    """As on the page: table by table, what an officer should look at first."""
    findings = FINDINGS[row["table"]]
    place = findings.index(row["state"]) if row["state"] in findings else len(findings)
    return list(FINDINGS).index(row["table"]), place, row["state"]
