"""The events of the vessels of one block, and what is laid by for those that hang on other vessels too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.tracks.clean import Cleaned, CleanOptions, clean
from features.tracks.gaps import among_others, place_and_day
from features.tracks.reception import reception
from features.violation import Violation
from pipeline.event_kinds import KINDS, Beside
from pipeline.inputs import InputsRefused
from pipeline.meetings import lay_by
from pipeline.position_blocks import Share, read_share


@dataclass(frozen=True)
class Wanted:
    """The options of each kind of event that is looked for, what they read beside the reports, and a folder for what is
    laid by."""

    options: dict[str, Any]
    beside: Beside
    folder: Path

    @property
    def until(self) -> datetime | None:
        """The instant as of which is asked; null for all reports."""
        return self.beside.until


@dataclass
class BlockEvents:
    """By kind, the events of a block, without encounters; how many reports were left out, by reason, and how many are
    odd; `refusals` are the faults for which nothing was read."""

    found: dict[str, pl.DataFrame] = field(default_factory=dict)
    left_out: dict[str, Counter[str]] = field(default_factory=dict)
    odd: dict[str, Counter[str]] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    refusals: tuple[Violation, ...] = ()


def block_events(number: int, share: Share, wanted: Wanted) -> BlockEvents:
    """Looks for all kinds in the block of a share; reports are read once, and cleaned once for all kinds that clean
    alike. `number` is the place of the block among all."""
    try:
        block = read_share(share, wanted.until)
    except InputsRefused as refused:
        return BlockEvents(refusals=tuple(refused.violations))
    events = BlockEvents(violations=block.violations)
    cleaned: dict[CleanOptions, Cleaned] = {}
    for kind, options in wanted.options.items():
        cleaning = options if isinstance(options, CleanOptions) else CleanOptions()
        if cleaning not in cleaned:
            cleaned[cleaning] = clean(block.rows, cleaning)
        rows, dropped, odd = cleaned[cleaning]
        events.left_out[kind] = +(block.left_out + Counter(dropped))
        events.odd[kind] = +Counter(odd)
        if kind == "gaps":
            reception(rows).write_ipc(_heard_path(wanted.folder, number))
        find = KINDS[kind].find
        if find is None:
            lay_by(rows, options, wanted.folder, number)
        else:
            events.found[kind] = find(rows, options, wanted.beside)
    return events


def with_others_heard(found: pl.DataFrame, blocks: int, wanted: Wanted) -> pl.DataFrame:
    """Gaps of all blocks, with what the reports of all vessels tell about each; there is one block at least."""
    there = place_and_day(found).unique().lazy()
    heard = [pl.scan_ipc(_heard_path(wanted.folder, number), glob=False) for number in range(blocks)]
    near = [own.join(there, on=["cell", "day"], how="semi").collect() for own in heard]
    return among_others(found, pl.concat(near), wanted.options["gaps"])


def _heard_path(folder: Path, number: int) -> Path:
    return folder / f"heard-{number}.arrow"
