"""What the verbs of the command line share: the options that several take, and how these become settings."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.house import House
    from pipeline.settings import Settings

InputsDir = Annotated[Path, typer.Option("--inputs", metavar="DIR", help="Where the tables lie.")]
HomeDir = Annotated[Path, typer.Option("--home", metavar="DIR", help="Where lists, models and matrices are kept.")]
ConfigDirs = Annotated[
    list[Path] | None,
    typer.Option("--config", metavar="DIR", help="Laid over the shipped configuration; may be given more than once."),
]
WarningsOk = Annotated[bool, typer.Option("--warnings-ok", help="Exit 0 where warnings would give 1.")]

INPUTS, HOME = Path("inputs"), Path("home")


def settings_of(config: list[Path] | None) -> Settings:
    """The shipped settings with each overlay laid over."""
    from pipeline.settings import load_settings

    return load_settings(config or [])


def house_of(inputs: Path, home: Path, config: list[Path] | None) -> House:
    """A house under these settings."""
    from pipeline.house import House

    return House(inputs, home, settings_of(config))


def cutoff(text: str, settings: Settings) -> datetime:
    """The instant of a date, which means that day's cut-off, or of an instant with its zone. Raises Usage."""
    from features.cutoffs import cutoff_of
    from pipeline.errors import Usage

    try:
        return cutoff_of(text, settings.cutoff)
    except ValueError as error:
        raise Usage(str(error)) from error


def leave(code: int, warnings_ok: bool) -> None:
    """Ends a verb with its exit code; `warnings_ok` turns 1 into 0."""
    raise typer.Exit(0 if code == 1 and warnings_ok else code)
