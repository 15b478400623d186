"""The terminal: a progress bar while work goes on, and warnings on the error stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A progress bar where there is a terminal, else nothing. Yields a function that takes the steps done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda steps: bar.advance(task, steps)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar per stage where there is a terminal, else nothing.

    Yields a function that takes the name of the stage, the steps done since it was last told, and all its steps.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.advance(tasks[stage], done)

        yield tell


def tell_warnings(warnings: Sequence[str]) -> None:
    """Warnings on the error stream, one a line."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for warning in warnings:
        console.print(Text(f"warning: {printable(warning)}"))


def printable(text: str) -> str:
    """Text from data with every character that does not print - controls, direction marks - shown as its escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
