"""Events of vessels out of the position table: each kind of event, block by block, into a file."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from features.contract import INSTANT
from features.tracks.clean import CleanOptions, clean
from features.tracks.columns import POSITION
from features.tracks.draught import DRAUGHT_CHANGE, DraughtOptions, draught_changes
from features.tracks.encounters import ENCOUNTER, EncounterOptions
from features.tracks.fishing import FISHING, FishingOptions, fishing
from features.tracks.gaps import GAP, GapOptions, gaps
from features.tracks.loitering import LOITERING, LoiteringOptions, loitering
from features.tracks.port_events import PortOptions
from features.tracks.port_visits import VISIT, port_visits
from features.tracks.ports import port_points
from features.tracks.reception import reception
from features.tracks.segments import SegmentOptions
from features.tracks.shore import shore_km
from features.violation import Violation, merged
from pipeline.errors import Refused
from pipeline.events_file import check_suffix, events_file
from pipeline.meetings import meetings
from pipeline.position_blocks import BLOCK_ROWS, PositionBlocks, Tell, position_blocks
from pipeline.runs import instant_text
from pipeline.track_flags import told
from pipeline.vessel_identities import gears_of

KEY = ("track", "other_track", "start")
SEGMENT: dict[str, pl.DataType] = {
    "track": pl.String(),
    "mmsi": pl.String(),
    "start": INSTANT,
    "end": INSTANT,
    "reports": pl.Int64(),
    "start_lat": pl.Float64(),
    "start_lon": pl.Float64(),
    "end_lat": pl.Float64(),
    "end_lon": pl.Float64(),
    "known_at": INSTANT,
}


class Beside(NamedTuple):
    """What some kinds read beside the reports of a block: the instant as of which is asked, the reports of all vessels
    by cell and day, and the gears of vessels."""

    until: datetime | None
    heard: pl.DataFrame | None = None
    gears: pl.DataFrame | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of event: the columns of its file, its options, those of the public definition where there is one, and
    what finds it in cleaned reports of some vessels."""

    columns: dict[str, pl.DataType]
    options: Callable[[], Any]
    compatible: Callable[[], Any] | None
    find: Callable[[pl.DataFrame, Any, Beside], pl.DataFrame]


def _segments(rows: pl.DataFrame, _: Any, __: Beside) -> pl.DataFrame:
    places = {f"start_{name}": pl.col(name).first() for name in ("lat", "lon")}
    places |= {f"end_{name}": pl.col(name).last() for name in ("lat", "lon")}
    found = rows.group_by("track", maintain_order=True).agg(
        pl.col("mmsi").first(),
        start=pl.col("at").first(),
        end=pl.col("at").last(),
        reports=pl.len(),
        known_at=pl.col("known_at").max(),
        **places,
    )
    return found.select(pl.col(name).cast(kind) for name, kind in SEGMENT.items())


def _draught(rows: pl.DataFrame, options: DraughtOptions, beside: Beside) -> pl.DataFrame:
    return draught_changes(rows, options, visits=port_visits(rows, port_points(), until=beside.until))


def _fishing(rows: pl.DataFrame, options: FishingOptions, beside: Beside) -> pl.DataFrame:
    if beside.gears is None:
        raise ValueError("needed the gears of vessels to find fishing, found none; give them in `beside`")
    return fishing(rows, beside.gears, options)


def _compatible_clean() -> CleanOptions:
    return CleanOptions(segments=SegmentOptions.compatible())


KINDS: dict[str, Kind] = {
    "clean": Kind({"track": pl.String(), **POSITION}, CleanOptions, _compatible_clean, lambda rows, _, __: rows),
    "segments": Kind(SEGMENT, CleanOptions, _compatible_clean, _segments),
    "gaps": Kind(
        GAP,
        GapOptions,
        GapOptions.compatible,
        lambda rows, options, b: gaps(rows, options, until=b.until, from_shore=shore_km, heard=b.heard),
    ),
    "port-visits": Kind(
        VISIT,
        PortOptions,
        PortOptions.compatible,
        lambda rows, options, b: port_visits(rows, port_points(), options, until=b.until),
    ),
    "encounters": Kind(ENCOUNTER, EncounterOptions, EncounterOptions.compatible, lambda rows, _, __: rows),
    "loitering": Kind(LOITERING, LoiteringOptions, None, lambda rows, options, _: loitering(rows, options)),
    "fishing": Kind(FISHING, FishingOptions, None, _fishing),
    "draught": Kind(DRAUGHT_CHANGE, DraughtOptions, None, _draught),
}


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
) -> TracksReport:
    """Finds the events of one of KINDS in the position table below `inputs`, as known at `until`, and writes them.

    Options are those of the kind; the defaults where null. Raises Usage on a file name without a form, Refused where
    there is no report to use, InputsRefused on tables that cannot be read.
    """
    check_suffix(out)
    own = KINDS[kind]
    options = options or own.options()
    report = TracksReport(kind, out)
    about: dict[str, Any] = {"kind": kind, "options": told(options), "until": until and instant_text(until)}
    with (
        tempfile.TemporaryDirectory(prefix="tidewaiter-") as folder,
        position_blocks(inputs, until, tell, block_rows) as blocks,
    ):
        report.total, report.notices = blocks.total, list(blocks.notices)
        if not blocks.total:
            raise Refused(f"needed reports in the table position below {inputs}, found none; deliver it again")
        with events_file(out, own.columns, about) as add:
            own_cleaning = options if isinstance(options, CleanOptions) else None
            cleaned = _cleaned(blocks, own_cleaning, report, tell, "cleaning" if kind == "encounters" else kind)
            if kind == "encounters":
                parts: Iterator[pl.DataFrame] = iter(
                    [meetings(cleaned, len(blocks), blocks.rows_of_day, options, Path(folder), tell, block_rows)]
                )
            else:
                beside = _beside(kind, inputs, until, blocks, tell)
                parts = (own.find(rows, options, beside) for rows in cleaned)
            for found in parts if kind == "clean" else _in_order(parts):
                add(found)
                report.rows += found.height
                report.tracks += found["track"].n_unique()
            about |= {"reports": {"in": report.total, "used": report.used, **report.left_out}, "odd": dict(report.odd)}
    report.violations = merged(report.violations)
    return report


def _cleaned(
    blocks: PositionBlocks, options: CleanOptions | None, report: TracksReport, tell: Tell, stage: str
) -> Iterator[pl.DataFrame]:
    """The cleaned reports of each block; the report takes what becomes of the others."""
    for block in blocks:
        cleaned = clean(block.rows, options)
        report.left_out.update({reason: n for reason, n in (block.left_out | Counter(cleaned.dropped)).items() if n})
        report.odd.update({reason: n for reason, n in cleaned.odd.items() if n})
        report.violations += block.violations
        yield cleaned.positions
        tell(stage, 1, len(blocks))


def _beside(kind: str, inputs: Path, until: datetime | None, blocks: PositionBlocks, tell: Tell) -> Beside:
    if kind == "fishing":
        return Beside(until, gears=gears_of(inputs, until))
    if kind != "gaps":
        return Beside(until)
    # Whether others were heard where one fell silent hangs on the reports of all vessels: a pass of its own.
    uncounted = TracksReport(kind, Path())
    heard = [reception(rows) for rows in _cleaned(blocks, None, uncounted, tell, "reception")]
    return Beside(until, heard=pl.concat(heard).sort("cell", "day", "mmsi"))


def _in_order(parts: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    found = pl.concat(list(parts))
    yield found.sort([name for name in KEY if name in found.columns], maintain_order=True)


def _counted(counts: Counter[str], separator: str) -> str:
    return "".join(f"{separator}{number:,} {reason}" for reason, number in sorted(counts.items()) if number)
