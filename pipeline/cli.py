"""The command line: one function per verb, each of which only reads its arguments, calls the verb and tells the result.

Imports of the verbs stand inside the functions, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import cli_models, cli_reconcile, cli_tracks
from pipeline.cli_options import (
    HOME,
    INPUTS,
    ConfigDirs,
    HomeDir,
    InputsDir,
    WarningsOk,
    cutoff,
    house_of,
    leave,
    settings_of,
)

if TYPE_CHECKING:
    from pipeline.ingest_report import IngestReport
    from pipeline.withdraw import WithdrawReport

# A spinning wait of OpenMP costs seven-fold on a busy machine; it is read when the libraries are loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

app = typer.Typer(
    name="tidewaiter",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Ranks consignments by the likelihood of smuggling or brand diversion, with reasons that can be checked.",
)


def main() -> None:
    """Runs a verb; every outcome has its exit code: 0 done, 1 warnings, 2 usage, 3 refused, 4 internal fault."""
    from pipeline.errors import TidewaiterError

    try:
        app()
    except TidewaiterError as error:
        _say_error(str(error))
        sys.exit(error.exit_code)
    except Exception:
        traceback.print_exc()
        _say_error("an internal fault: nothing was published. The lines above say where; please report them.")
        sys.exit(4)


@app.command()
def world(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the tables go; the truth goes to <DIR>.truth.parquet.")
    ],
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal bytes.")] = 1,
    consignments: Annotated[int, typer.Option(min=1, help="How many consignments.")] = 8000,
    months: Annotated[int, typer.Option(min=1, help="How many months, the last one ending on 2024-12-31.")] = 12,
    scenario: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A scenario, laid over the shipped one key by key.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also draw the flows and one vessel's year, as PNG.")
    ] = None,
) -> None:
    """Make a demonstration world: all tables under DIR, and what is true of them beside it.

    Examples: tidewaiter world --seed 7 --consignments 8000 --out demo/inputs ·
    tidewaiter world --scenario configs/world/no_adaptation.yaml --picture pictures --out inputs
    """
    from pipeline.terminal import stages
    from pipeline.world import load_scenario, make_world

    with stages() as tell:
        report = make_world(seed, consignments, out, months, load_scenario(scenario), tell)
    typer.echo(str(report))
    if picture is not None:
        from pipeline.world.picture import draw_pictures

        typer.echo("Pictures: " + ", ".join(str(path) for path in draw_pictures(out, picture)))


@app.command()
def check(
    inputs: InputsDir = INPUTS,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
) -> None:
    """Hold inputs against the contract and print all that is wrong: 0 clean, 1 rows would be quarantined, 3 refused.

    Example: tidewaiter check --inputs inputs
    """
    from pipeline.check import check as run

    settings = settings_of(config)
    report = run(inputs, {s.label for s in settings.schemes.values()}, set(settings.not_delivered))
    report.show()
    leave(report.exit_code, warnings_ok)


@app.command()
def ingest(
    inputs: InputsDir = INPUTS,
    home: HomeDir = HOME,
    source: Annotated[str | None, typer.Option(metavar="FEED", help="A folder of configs/sources.")] = None,
    raw: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the raw files of the delivery lie.")] = None,
    received_at: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="When it was received; now by default.")
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="First load: keep the feed's own known_at.")] = False,
    withdraw: Annotated[str | None, typer.Option(metavar="DELIVERY", help="Take a delivery back.")] = None,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
) -> None:
    """Run a feed's SQL over raw files and append to the tables; or take a delivery back.

    Examples: tidewaiter ingest --source korea_customs --raw raw --history · tidewaiter ingest --withdraw DELIVERY
    """
    from pipeline.errors import Usage
    from pipeline.ingest import ingest as run
    from pipeline.withdraw import withdraw as take_back

    settings = settings_of(config)
    received = _instant(received_at) if received_at else datetime.now(UTC)
    report: IngestReport | WithdrawReport
    if withdraw is not None and source is None and raw is None:
        report = take_back(withdraw, inputs, received_at=received, home=home)
    elif withdraw is not None or source is None or raw is None:
        raise Usage("needed either --source FEED with --raw DIR, or --withdraw DELIVERY alone")
    else:
        report = run(
            source,
            raw,
            inputs,
            config_dirs=settings.directories,
            received_at=received,
            history=history,
            home=home,
            threads=settings.threads,
        )
    report.show()
    leave(report.exit_code, warnings_ok)


@app.command()
def features(
    until: Annotated[str, typer.Option(metavar="T", help="A date or an instant with its zone.")],
    inputs: InputsDir = INPUTS,
    home: HomeDir = HOME,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
) -> None:
    """Write the training matrix: features of every labelled consignment at the night on which it was chosen.

    Example: tidewaiter features --inputs inputs --home home --until 2024-12-31
    """
    from pipeline.matrix import write_matrix
    from pipeline.terminal import tell_warnings

    house = house_of(inputs, home, config)
    place, matrix, read = write_matrix(house, cutoff(until, house.settings))
    typer.echo(f"{matrix.rows.height} rows, {len(house.catalogue.indicators)} indicators: {place / 'matrix.parquet'}")
    warnings = [str(violation) for violation in (*read.violations, *read.notices)]
    tell_warnings(warnings)
    leave(1 if warnings else 0, warnings_ok)


@app.command()
def train(
    until: Annotated[str, typer.Option(metavar="T", help="A date or an instant with its zone.")],
    inputs: InputsDir = INPUTS,
    home: HomeDir = HOME,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write figures and pictures there, under fixed names.")
    ] = None,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
) -> None:
    """Learn from the findings known at T, judge out of time, and register a bundle.

    The first bundle of a home becomes its champion, a later one its challenger.

    Example: tidewaiter train --inputs inputs --home home --until 2024-12-01
    """
    from pipeline.report import write_report
    from pipeline.tell import tell_training
    from pipeline.train import train as run

    house = house_of(inputs, home, config)
    result = run(house, cutoff(until, house.settings))
    if report is not None:
        write_report(house.home, result.bundle, report)
    tell_training(house, result)
    leave(1 if result.warnings else 0, warnings_ok)


@app.command()
def rank(
    as_of: Annotated[str, typer.Option("--as-of", metavar="T", help="A date or an instant with its zone.")],
    inputs: InputsDir = INPUTS,
    home: HomeDir = HOME,
    to: Annotated[str | None, typer.Option("--to", metavar="T2", help="Rank every night from T to T2.")] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="A model of this home; the champion by default.")
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="How many rows of the list to print.")] = 10,
    force: Annotated[bool, typer.Option("--force", help="Move a night that differs to superseded/ first.")] = False,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
) -> None:
    """Make the ranked list of one night, or of each night of a range.

    Example: tidewaiter rank --inputs inputs --home home --as-of 2024-12-20
    """
    from pipeline.rank import nights
    from pipeline.rank import rank as run
    from pipeline.tell import tell_night
    from pipeline.terminal import progress

    house = house_of(inputs, home, config)
    first = cutoff(as_of, house.settings)
    wanted = nights(first, cutoff(to, house.settings)) if to else [first]
    warned = False
    with progress("ranking", len(wanted)) as step:
        for night in wanted:
            result = run(house, night, model, force)
            warned = warned or bool(result.warnings)
            step(1)
            if len(wanted) == 1 or night == wanted[-1]:
                last = result
    tell_night(house, last, top)
    leave(1 if warned else 0, warnings_ok)


@app.command()
def replay(
    as_of: Annotated[str, typer.Option("--as-of", metavar="T", help="A night that was made.")],
    inputs: InputsDir = INPUTS,
    home: HomeDir = HOME,
    config: ConfigDirs = None,
) -> None:
    """Make a past night again and compare every byte; 3 where it differs, with what caused it.

    Example: tidewaiter replay --inputs inputs --home home --as-of 2024-12-20
    """
    from pipeline.replay import refuse
    from pipeline.replay import replay as run

    house = house_of(inputs, home, config)
    night = cutoff(as_of, house.settings)
    refuse(night, run(house, night))
    typer.echo(f"the night {as_of} was made again: equal in every byte")


app.add_typer(cli_models.app)
app.add_typer(cli_reconcile.app)
app.add_typer(cli_tracks.app, name="tracks")


@app.command()
def explain(
    consignment: Annotated[str, typer.Argument(metavar="CONSIGNMENT", help="Its identifier.")],
    as_of: Annotated[str, typer.Option("--as-of", metavar="T", help="A date or an instant with its zone.")],
    inputs: InputsDir = INPUTS,
    home: HomeDir = HOME,
    everything: Annotated[bool, typer.Option("--all", help="Every indicator, with the rows that it rests on.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a page too.")] = None,
    config: ConfigDirs = None,
) -> None:
    """Tell all that the list rests on for one consignment, or why it is not on the list.

    Example: tidewaiter explain C00007695 --as-of 2024-12-17 --inputs inputs --home home --all
    """
    from pipeline.explain import explain as run
    from pipeline.page.explanation import write
    from pipeline.tell_explanation import tell_explanation

    house = house_of(inputs, home, config)
    found = run(house, consignment, cutoff(as_of, house.settings))
    tell_explanation(found, house.settings, everything)
    if html is not None:
        write(found, house.settings, html)
        typer.echo(f"page: {html}")


def _instant(text: str) -> datetime:
    from pipeline.errors import Usage

    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Usage(f"needed an instant with its zone (2024-06-01T20:00Z), found {text!r}") from error
    if instant.tzinfo is None:
        raise Usage(f"needed an instant with its zone (2024-06-01T20:00Z), found {text!r} without one")
    return instant.astimezone(UTC)


def _say_error(message: str) -> None:
    print(f"tidewaiter: {message}", file=sys.stderr)
