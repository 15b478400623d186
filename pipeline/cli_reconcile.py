"""The verb about the paper chain of sea products: reconcile."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli_options import HOME, INPUTS, ConfigDirs, HomeDir, InputsDir, WarningsOk, cutoff, house_of, leave

app = typer.Typer()


@app.command()
def reconcile(
    as_of: Annotated[str, typer.Option("--as-of", metavar="T", help="A date or an instant with its zone.")],
    inputs: InputsDir = INPUTS,
    home: HomeDir = HOME,
    days: Annotated[int, typer.Option(min=1, metavar="N", help="How many days before T the report covers.")] = 90,
    lag_hours: Annotated[
        float | None, typer.Option(min=0, help="Hours that partners' records may take; learned by default.")
    ] = None,
    voyage_hours: Annotated[
        float | None, typer.Option(min=0, help="Hours from clearing to landing; learned by default.")
    ] = None,
    relay_days: Annotated[
        int, typer.Option(min=0, metavar="N", help="How many days goods may take by a third country.")
    ] = 60,
    force: Annotated[bool, typer.Option("--force", help="Move a report that differs to superseded/ first.")] = False,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
) -> None:
    """Hold partner exports, port calls and landings of sea products against each other, as known at T.

    Example: tidewaiter reconcile --inputs inputs --home home --as-of 2024-12-31
    """
    from features.reconciliation import ReconcileOptions
    from pipeline.reconcile import reconcile as run
    from pipeline.tell_reconciliation import tell_reconciliation

    house = house_of(inputs, home, config)
    asked = ReconcileOptions(days, lag_hours, voyage_hours, relay_days)
    report = run(house, cutoff(as_of, house.settings), asked, force)
    tell_reconciliation(report)
    leave(1 if report.warnings else 0, warnings_ok)
