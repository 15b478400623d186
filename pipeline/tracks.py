"""Events of vessels out of the position table: kinds of events, block by block, into a file each."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.violation import Violation, merged
from pipeline.block_events import BlockEvents, Wanted, block_events, with_others_heard
from pipeline.errors import Refused
from pipeline.event_kinds import KINDS, Beside
from pipeline.events_file import check_suffix, events_file
from pipeline.inputs import InputsRefused
from pipeline.meetings import meetings
from pipeline.position_blocks import BLOCK_ROWS, PositionBlocks, Tell, position_blocks, told
from pipeline.runs import instant_text
from pipeline.side_by_side import side_by_side
from pipeline.track_flags import plainly
from pipeline.vessel_identities import gears_of

KEY = ("track", "other_track", "start")
Add = Callable[..., None]


@dataclass
class TracksReport:
    """What was found and what became of every report: `total` = used + the sum of `left_out`. `odd` reports are kept.

    `rows` are those of the file, `tracks` the tracks that have any of them.
    """

    kind: str
    out: Path
    total: int = 0
    rows: int = 0
    tracks: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    notices: list[Violation] = field(default_factory=list)

    @property
    def used(self) -> int:
        """How many reports the events are made of."""
        return self.total - self.left_out.total()

    def __str__(self) -> str:
        what = {
            "clean": "reports",
            "loitering": "loitering events",
            "fishing": "fishing events",
            "draught": "changes of draught",
        }
        named = what.get(self.kind, self.kind.replace("-", " "))
        lines = [f"{self.rows:,} {named} of {self.tracks:,} tracks: {self.out}"]
        lines.append(f"{self.total:,} reports in = {self.used:,} used" + _counted(self.left_out, " + "))
        odd = _counted(self.odd, ", ").removeprefix(", ")
        return "\n".join([*lines, f"Odd but used: {odd}"] if odd else lines)


def find_events(
    kind: str,
    inputs: Path,
    out: Path,
    options: Any = None,
    until: datetime | None = None,
    tell: Tell = lambda *_: None,
    block_rows: int = BLOCK_ROWS,
    jobs: int = 1,
) -> TracksReport:
    """Finds the events of one of KINDS, as `find_several` does; options are those of the kind, the defaults if null."""
    given = {} if options is None else {kind: options}
    return find_several({kind: out}, inputs, given, until, tell, block_rows, jobs)[kind]


def find_several(
    outs: Mapping[str, Path],
    inputs: Path,
    options: Mapping[str, Any] | None = None,
    until: datetime | None = None,
    tell: Tell = lambda *_: None,
    block_rows: int = BLOCK_ROWS,
    jobs: int = 1,
) -> dict[str, TracksReport]:
    """Finds events of some of KINDS in the position table below `inputs`, as known at `until`, and writes the file of
    each; what became of the reports, by kind.

    Reports are read once for all kinds. `options` may give those of a kind, for others the defaults hold. `jobs`
    processes work side by side; neither their number nor `block_rows` changes what is found. Raises Usage on a file
    name without a form, Refused where there is no report to use, InputsRefused on tables that cannot be read.
    """
    for out in outs.values():
        check_suffix(out)
    options = {kind: (options or {}).get(kind) or KINDS[kind].options() for kind in outs}
    reports = {kind: TracksReport(kind, out) for kind, out in outs.items()}
    with (
        tempfile.TemporaryDirectory(prefix="tidewaiter-") as folder,
        position_blocks(inputs, until, tell, block_rows, jobs) as blocks,
    ):
        if not blocks.total:
            raise Refused(f"needed reports in the table position below {inputs}, found none; deliver it again")
        gears = gears_of(inputs, until) if "fishing" in outs else None
        wanted = Wanted(options, Beside(until, gears), Path(folder))
        with ExitStack() as files:
            abouts: dict[str, dict[str, Any]] = {}
            adds: dict[str, Add] = {}
            for kind, out in outs.items():
                abouts[kind] = {"kind": kind, "options": plainly(options[kind]), "until": until and instant_text(until)}
                adds[kind] = files.enter_context(events_file(out, KINDS[kind].columns, abouts[kind]))
            found = _of_blocks(blocks, wanted, reports, adds, tell, jobs)
            if "gaps" in outs:
                found["gaps"] = with_others_heard(found["gaps"], len(blocks), wanted)
            if "encounters" in outs:
                found["encounters"] = meetings(Path(folder), len(blocks), options["encounters"], block_rows, tell, jobs)
            for kind, events in found.items():
                key = [name for name in KEY if name in events.columns]
                _write(events.sort(key, maintain_order=True), reports[kind], adds[kind])
            for kind, report in reports.items():
                counts = {"in": report.total, "used": report.used, **report.left_out}
                abouts[kind] |= {"reports": counts, "odd": dict(report.odd)}
    return reports


def _of_blocks(
    blocks: PositionBlocks,
    wanted: Wanted,
    reports: Mapping[str, TracksReport],
    adds: Mapping[str, Add],
    tell: Tell,
    jobs: int,
) -> dict[str, pl.DataFrame]:
    """The events of all blocks, by kind, without encounters; cleaned reports are written at once."""
    found: dict[str, list[pl.DataFrame]] = {kind: [] for kind in reports if KINDS[kind].find and kind != "clean"}
    violations: list[Violation] = []
    refusals: list[Violation] = []
    tasks = [(number, share, wanted) for number, share in enumerate(blocks.shares)]
    results = side_by_side(block_events, tasks, jobs)
    events: BlockEvents
    for events in told(results, " and ".join(reports), len(tasks), tell):
        violations += events.violations
        refusals += events.refusals
        for kind, left_out in events.left_out.items():
            reports[kind].left_out.update(left_out)
            reports[kind].odd.update(events.odd[kind])
        for kind, rows in events.found.items():
            if kind == "clean":
                _write(rows, reports[kind], adds[kind])
            else:
                found[kind].append(rows)
    if refusals:
        raise InputsRefused(merged(refusals))
    for report in reports.values():
        report.total, report.notices, report.violations = blocks.total, list(blocks.notices), merged(violations)
    return {kind: pl.concat(parts) for kind, parts in found.items()}


def _write(events: pl.DataFrame, report: TracksReport, add: Add) -> None:
    add(events)
    report.rows += events.height
    report.tracks += events["track"].n_unique()


def _counted(counts: Counter[str], separator: str) -> str:
    return "".join(f"{separator}{number:,} {reason}" for reason, number in sorted(counts.items()) if number)
