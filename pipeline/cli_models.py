"""The verbs about models that stand already: promote, runs, compare."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli_options import HOME, INPUTS, ConfigDirs, HomeDir, WarningsOk, house_of, leave, settings_of

app = typer.Typer()

ModelName = Annotated[str, typer.Argument(metavar="NAME", help="A model of this home, as `runs` lists them.")]


@app.command()
def promote(
    name: ModelName,
    home: HomeDir = HOME,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
) -> None:
    """Make a model the champion, by which the next nights are ranked, if it passes the gates of tidewaiter.yaml.

    A former champion comes back without gates. 3 where a gate is failed, with each of them and how to mend it.

    Example: tidewaiter promote 20241201T2000Z-1a2b3c4d --home home
    """
    from pipeline.promote import promote as run
    from pipeline.tell_models import tell_promotion

    done = run(house_of(INPUTS, home, config), name)
    tell_promotion(done)
    leave(1 if done.warnings else 0, warnings_ok)


@app.command()
def runs(
    home: HomeDir = HOME,
    log: Annotated[bool, typer.Option("--log", help="Log in MLflow what it lacks, and move its aliases.")] = False,
    config: ConfigDirs = None,
    warnings_ok: WarningsOk = False,
) -> None:
    """List the models of a home: role, and how well each did out of time, on new goods first.

    Examples: tidewaiter runs --home home · tidewaiter runs --home home --log
    """
    from pipeline.model_changes import runs as run
    from pipeline.tell_models import tell_runs
    from pipeline.terminal import tell_warnings
    from pipeline.tracking import mirror

    fault = None
    if log:
        tracking = settings_of(config).tracking
        fault = "nothing was logged: tracking.uri is off" if tracking.off else mirror(home, tracking)
    tell_runs(run(home))
    tell_warnings([fault] if fault else [])
    leave(1 if fault else 0, warnings_ok)


@app.command()
def compare(
    one: Annotated[str, typer.Argument(metavar="A", help="A model of this home.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    home: HomeDir = HOME,
    config: ConfigDirs = None,
) -> None:
    """Tell two models apart: parameters, indicators, figures side by side, and both on the same rows.

    Example: tidewaiter compare 20241201T2000Z-1a2b3c4d 20241215T2000Z-5e6f7a8b --home home
    """
    from pipeline.model_changes import compare as run
    from pipeline.tell_models import tell_comparison

    tell_comparison(run(home, one, other, settings_of(config).seed))
