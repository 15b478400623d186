"""The verb `tracks`: events of vessels out of position reports, and a picture of a vessel's track."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

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
Jobs = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Processes side by side, some 1.5 GB each; by default one a core, up to 4."),
]
Settings = float | int | None
MOST_JOBS = 4  # unless told


class Verb(NamedTuple):
    """What the command of a kind of event writes, the rest of an example, and whether it has a public definition."""

    about: str
    example: str
    public: bool = True


VERBS = {
    "clean": Verb(
        "Write the reports that hold, each with its track: two ships on one MMSI are two tracks.",
        "--out reports.parquet",
    ),
    "segments": Verb(
        "Write the tracks themselves: when and where each begins and ends, and how many reports it has.",
        "--out tracks.csv",
    ),
    "gaps": Verb(
        "Write the silences; with --until also those that had not ended by then.",
        "--until 2024-12-20 --min-hours 12 --out gaps.parquet",
    ),
    "port-visits": Verb("Write the visits to the shipped ports and anchorages.", "--out visits.csv"),
    "encounters": Verb(
        "Write where two vessels lay beside each other for hours, away from port.",
        "--within-km 1 --out encounters.parquet",
    ),
    "loitering": Verb(
        "Write where a vessel far from shore hardly moved for hours.",
        "--min-shore-nm 12 --out loitering.parquet",
        public=False,
    ),
    "fishing": Verb(
        "Write where vessels moved as they do when they fish with their gear, which the table vessel tells.",
        "--out fishing.parquet",
        public=False,
    ),
    "draught": Verb(
        "Write the changes of draught, with the port visits and the silence between.", "--out draught.csv", public=False
    ),
}


@app.callback()
def tracks() -> None:
    """Find events of vessels in the table position: what each is stands in docs/tracks.md.

    Examples: tidewaiter tracks gaps --inputs inputs --out gaps.parquet ·
    tidewaiter tracks events --inputs inputs --kinds gaps,encounters --out events ·
    tidewaiter tracks picture --inputs inputs --vessel V000016 --out track.png
    """


def _command(kind: str, verb: Verb) -> None:
    """Makes the command of a kind of event."""

    def command(
        out: Out,
        inputs: InputsDir = INPUTS,
        until: Until = None,
        compatible: Compatible = False,
        jobs: Jobs = None,
        config: ConfigDirs = None,
        warnings_ok: WarningsOk = False,
        **settings: Settings,
    ) -> None:
        _run({kind: out}, settings, inputs, until, compatible, jobs, config, warnings_ok)

    command.__doc__ = f"{verb.about}\n\nExample: tidewaiter tracks {kind} --inputs inputs {verb.example}\n"
    app.command(kind)(with_flags(kind, but=() if verb.public else ("compatible",))(command))


for _kind, _verb in VERBS.items():
    _command(_kind, _verb)


@app.command()
def events(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go, each named by its kind of event.")],
    inputs: InputsDir = INPUTS,
    kinds: Annotated[
        str, typer.Option(metavar="KIND,...", help=f"Of {', '.join(VERBS)}.")
    ] = "gaps,port-visits,encounters",
    form: Annotated[str, typer.Option(metavar="parquet|csv", help="The form of the files.")] = "parquet",
    until: Until = None,
    compatible: Compatible = False,
    jobs: Jobs = None,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
) -> None:
    """Write several kinds of events at once, each in a file of its own: reports are read and cleaned once for all.

    Settings are the defaults of each kind, or with --compatible those of the public definition where there is one.

    Example: tidewaiter tracks events --inputs inputs --kinds gaps,port-visits,encounters --out events
    """
    from pipeline.errors import Usage

    wanted = [kind.strip() for kind in kinds.split(",")]
    unknown = sorted(set(wanted) - set(VERBS))
    if unknown:
        raise Usage(f"needed kinds of events out of {', '.join(VERBS)}, found {', '.join(unknown)}; mend --kinds")
    outs = {kind: out / f"{kind}.{form}" for kind in wanted}
    _run(outs, {}, inputs, until, compatible, jobs, config, warnings_ok)


def _run(
    outs: dict[str, Path],
    flags: dict[str, Settings],
    inputs: Path,
    until: str | None,
    compatible: bool,
    jobs: int | None,
    config: list[Path] | None,
    warnings_ok: bool,
) -> None:
    from pipeline.errors import Usage
    from pipeline.event_kinds import KINDS
    from pipeline.side_by_side import cores
    from pipeline.terminal import stages, tell_warnings
    from pipeline.tracks import find_several

    as_of = cutoff(until, settings_of(config)) if until else None
    options = {}
    for kind in outs:
        own = KINDS[kind]
        try:
            options[kind] = options_with(
                own.compatible() if compatible and own.compatible else own.options(), kind, flags
            )
        except ValueError as error:
            raise Usage(str(error)) from error
    with stages() as tell:
        reports = find_several(outs, inputs, options, as_of, tell, jobs=jobs or min(cores(), MOST_JOBS))
    for report in reports.values():
        typer.echo(str(report))
    faults = [fault for report in list(reports.values())[:1] for fault in (*report.violations, *report.notices)]
    tell_warnings([str(fault) for fault in faults])
    leave(1 if faults else 0, warnings_ok)


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
