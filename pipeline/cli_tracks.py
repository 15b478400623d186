"""The verb `tracks`: events of vessels out of position reports, and a picture of a vessel's track."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli_options import INPUTS, ConfigDirs, InputsDir, WarningsOk, cutoff, leave, settings_of
from pipeline.track_flags import options_with, with_flags

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")

Out = Annotated[Path, typer.Option(metavar="FILE", help="Where the events go: .parquet or .csv.")]
Until = Annotated[
    str | None,
    typer.Option(metavar="T", help="As known at a date or an instant with its zone; all reports by default."),
]
Compatible = Annotated[
    bool, typer.Option("--compatible", help="The public definition (docs/tracks.md) instead of ours.")
]
Settings = float | int | None


@app.callback()
def tracks() -> None:
    """Find events of vessels in the table position: what each is stands in docs/tracks.md.

    Examples: tidewaiter tracks gaps --inputs inputs --out gaps.parquet ·
    tidewaiter tracks picture --inputs inputs --vessel V000016 --out track.png
    """


@app.command()
@with_flags("clean")
def clean(
    out: Out,
    inputs: InputsDir = INPUTS,
    until: Until = None,
    compatible: Compatible = False,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
    **settings: Settings,
) -> None:
    """Write the reports that hold, each with its track: two ships on one MMSI are two tracks.

    Example: tidewaiter tracks clean --inputs inputs --out reports.parquet
    """
    _run("clean", out, inputs, until, compatible, config, warnings_ok, settings)


@app.command()
@with_flags("segments")
def segments(
    out: Out,
    inputs: InputsDir = INPUTS,
    until: Until = None,
    compatible: Compatible = False,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
    **settings: Settings,
) -> None:
    """Write the tracks themselves: when and where each begins and ends, and how many reports it has.

    Example: tidewaiter tracks segments --inputs inputs --out tracks.csv
    """
    _run("segments", out, inputs, until, compatible, config, warnings_ok, settings)


@app.command()
@with_flags("gaps")
def gaps(
    out: Out,
    inputs: InputsDir = INPUTS,
    until: Until = None,
    compatible: Compatible = False,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
    **settings: Settings,
) -> None:
    """Write the silences; with --until also those that had not ended by then.

    Example: tidewaiter tracks gaps --inputs inputs --until 2024-12-20 --min-hours 12 --out gaps.parquet
    """
    _run("gaps", out, inputs, until, compatible, config, warnings_ok, settings)


@app.command("port-visits")
@with_flags("port-visits")
def port_visits(
    out: Out,
    inputs: InputsDir = INPUTS,
    until: Until = None,
    compatible: Compatible = False,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
    **settings: Settings,
) -> None:
    """Write the visits to the shipped ports and anchorages.

    Example: tidewaiter tracks port-visits --inputs inputs --out visits.csv
    """
    _run("port-visits", out, inputs, until, compatible, config, warnings_ok, settings)


@app.command()
@with_flags("encounters")
def encounters(
    out: Out,
    inputs: InputsDir = INPUTS,
    until: Until = None,
    compatible: Compatible = False,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
    **settings: Settings,
) -> None:
    """Write where two vessels lay beside each other for hours, away from port.

    Example: tidewaiter tracks encounters --inputs inputs --within-km 1 --out encounters.parquet
    """
    _run("encounters", out, inputs, until, compatible, config, warnings_ok, settings)


@app.command()
@with_flags("loitering")
def loitering(
    out: Out,
    inputs: InputsDir = INPUTS,
    until: Until = None,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
    **settings: Settings,
) -> None:
    """Write where a vessel far from shore hardly moved for hours.

    Example: tidewaiter tracks loitering --inputs inputs --min-shore-nm 12 --out loitering.parquet
    """
    _run("loitering", out, inputs, until, False, config, warnings_ok, settings)


@app.command()
@with_flags("fishing")
def fishing(
    out: Out,
    inputs: InputsDir = INPUTS,
    until: Until = None,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
    **settings: Settings,
) -> None:
    """Write where vessels moved as they do when they fish with their gear, which the table vessel tells.

    Example: tidewaiter tracks fishing --inputs inputs --out fishing.parquet
    """
    _run("fishing", out, inputs, until, False, config, warnings_ok, settings)


@app.command()
@with_flags("draught")
def draught(
    out: Out,
    inputs: InputsDir = INPUTS,
    until: Until = None,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
    **settings: Settings,
) -> None:
    """Write the changes of draught, with the port visits and the silence between.

    Example: tidewaiter tracks draught --inputs inputs --out draught.csv
    """
    _run("draught", out, inputs, until, False, config, warnings_ok, settings)


def _run(
    kind: str,
    out: Path,
    inputs: Path,
    until: str | None,
    compatible: bool,
    config: list[Path] | None,
    warnings_ok: bool,
    flags: dict[str, Settings],
) -> None:
    from pipeline.errors import Usage
    from pipeline.event_kinds import KINDS
    from pipeline.terminal import stages, tell_warnings
    from pipeline.tracks import find_events

    as_of = cutoff(until, settings_of(config)) if until else None
    own = KINDS[kind]
    try:
        options = options_with(own.compatible() if compatible and own.compatible else own.options(), kind, flags)
    except ValueError as error:
        raise Usage(str(error)) from error
    with stages() as tell:
        report = find_events(kind, inputs, out, options, as_of, tell)
    typer.echo(str(report))
    tell_warnings([str(violation) for violation in (*report.violations, *report.notices)])
    leave(1 if report.violations or report.notices else 0, warnings_ok)


@app.command()
def picture(
    vessel: Annotated[str, typer.Option(metavar="ID", help="A vessel_id, or an MMSI.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the picture goes: .png.")],
    inputs: InputsDir = INPUTS,
    begin: Annotated[str | None, typer.Option("--from", metavar="T", help="Only what is at or after it.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="T", help="Only what is at or before it.")] = None,
    until: Until = None,
    config: ConfigDirs = None,
) -> None:
    """Draw a vessel's track over the coast, with all its events and the transfers that were declared.

    Example: tidewaiter tracks picture --inputs inputs --vessel V000016 --from 2024-06-01 --out track.png
    """
    from pipeline.events_file import check_suffix
    from pipeline.terminal import printable, stages
    from pipeline.track_picture import draw_track
    from pipeline.vessel_story import vessel_story

    check_suffix(out, (".png",))
    settings = settings_of(config)
    span = cutoff(begin, settings) if begin else None, cutoff(end, settings) if end else None
    with stages() as tell:
        story = vessel_story(inputs, vessel, span, cutoff(until, settings) if until else None, tell)
        draw_track(story, out)
    events = ("gaps", "visits", "encounters", "loitering", "fishing", "transfers")
    counts = ", ".join(f"{getattr(story, name).height:,} {name}" for name in events)
    typer.echo(f"{printable(str(story.identity))}: {story.reports.height:,} reports, {counts}: {out}")
