"""The demonstration world, behind the verb `world`: tables under one folder, the truth beside it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import polars as pl
import pyarrow.parquet as pq

from features.contract import load_contract
from pipeline.errors import Usage
from pipeline.world.adaptation import with_moves
from pipeline.world.ais.positions import positions
from pipeline.world.backdrop import Backdrop
from pipeline.world.bookings import make_bookings, with_parts
from pipeline.world.calendar import SECOND, Span, world_span
from pipeline.world.chunks import chunks_of, make_chunk
from pipeline.world.dealings import with_parties
from pipeline.world.firms.brands import make_brands
from pipeline.world.firms.firms import make_firms
from pipeline.world.offences import with_mechanisms
from pipeline.world.scenario.load import Scenario, load_scenario
from pipeline.world.sea.sea import make_sea
from pipeline.world.signals.statistics import Flows
from pipeline.world.standing import standing_tables
from pipeline.world.tables import BY_MONTH, TRUTH, TableWriter

# Names that begin with `_` are not tables: this one says that the folder may be replaced.
MARK = "_world.json"
HULLS = 32  # per block of positions; the world does not depend on it

# Takes what is being made, the steps done since it was last called, and how many there are of it in all.
Progress = Callable[[str, int, int], None]


@dataclass
class WorldReport:
    """What was written: rows by table, cases and confirmed findings by scheme, and the days that the world spans."""

    inputs: Path
    truth: Path
    begins: datetime
    ends: datetime
    rows: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    confirmed: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        rows = ", ".join(f"{name} {count}" for name, count in self.rows.items())
        cases = ", ".join(
            f"{scheme} {count} ({self.confirmed.get(scheme, 0)} found)" for scheme, count in sorted(self.cases.items())
        )
        return (
            f"World from {self.begins:%Y-%m-%d} until before {self.ends:%Y-%m-%d}\n"
            f"Rows: {rows}\nCases: {cases or 'none'}\n"
            f"Tables: {self.inputs}; the truth: {self.truth}"
        )


def make_world(
    seed: int,
    consignments: int,
    out: Path,
    months: int = 12,
    scenario: Scenario | None = None,
    progress: Progress | None = None,
) -> WorldReport:
    """Writes every table of the contract under `out` and the truth as `<out>.truth.parquet`, whole or not at all.

    Equal arguments give equal bytes. The world ends with 2024, whatever the day; what becomes known later is not in it.
    `scenario` is the shipped one by default. An earlier world at `out` is replaced; raises Usage for arguments that
    make no world and where `out` holds anything else. Memory is that of bookings and itineraries (some hundred
    bytes a consignment), and of one chunk.
    """
    _refuse_impossible(seed, consignments, months)
    _refuse_foreign(out)
    span = world_span(months)
    truth = out.with_name(f"{out.name}.truth.parquet")
    report = WorldReport(out, truth, _instant(span.start), _instant(span.end))
    tell = progress or (lambda what, done, total: None)
    tell("drawing firms, ships and bookings", 0, 1)
    backdrop = make_backdrop(seed, consignments, span, scenario or load_scenario())
    bookings = make_all_bookings(backdrop, consignments)
    tell("drawing firms, ships and bookings", 1, 1)
    with _work_beside(out) as work:
        _write_all(backdrop, bookings, work, report, tell)
        told = {"seed": seed, "consignments": consignments, "months": months}
        (work / "fresh" / MARK).write_text(json.dumps(told, sort_keys=True) + "\n", encoding="utf-8")
        _exchange([(work / "truth.parquet", truth), (work / "fresh", out)], work)
    return report


def make_backdrop(seed: int, consignments: int, span: Span, scenario: Scenario) -> Backdrop:
    """Everything but the consignments: firms, marks and ships."""
    firms = make_firms(seed, scenario.firms, scenario.lanes_of_firms(), consignments, span)
    brands = make_brands(seed, scenario.brands, firms, span)
    return Backdrop(seed, span, scenario, firms, brands, make_sea(seed, scenario.sea, span, firms.rows, consignments))


def make_all_bookings(backdrop: Backdrop, consignments: int) -> pl.DataFrame:
    """The bookings with parties, mechanisms, and where offenders move to when a rule changes."""
    bookings = with_parties(backdrop, make_bookings(backdrop, consignments))
    return with_parts(with_moves(backdrop, with_mechanisms(backdrop, bookings)))


def _write_all(backdrop: Backdrop, bookings: pl.DataFrame, work: Path, report: WorldReport, tell: Progress) -> None:
    flows = Flows(backdrop.seed, backdrop.scenario.signals.statistics, backdrop.span)
    with TableWriter(work / "fresh", backdrop.span) as tables:
        for name, frame in standing_tables(backdrop):
            tables.write(name, frame)
        with pq.ParquetWriter(work / "truth.parquet", pl.DataFrame(schema=TRUTH).to_arrow().schema) as truth:
            for number, piece in chunks_of(bookings):
                chunk = make_chunk(backdrop, number, piece)
                for name, frame in chunk.tables.items():
                    tables.write(name, frame)
                flows.add(chunk.cases, chunk.lines)
                truth.write_table(chunk.truth.to_arrow())
                _count(report.cases, chunk.truth["scheme"])
                findings = tables_known(chunk.tables["inspection"], backdrop.span)
                _count(report.confirmed, findings.filter(pl.col("result") == "confirmed")["scheme"])
                tell("consignments", piece.height, bookings.height)
        tables.write("trade_stat", flows.table())
        _write_positions(backdrop, tables, tell)
        contract = load_contract()
        report.rows = {name: tables.rows[name] for name in contract.tables}


def tables_known(inspections: pl.DataFrame, span: Span) -> pl.DataFrame:
    """The newest version of each finding that is known before the world ends."""
    known = inspections.filter(pl.col("known_at") < span.end).sort("known_at")
    return known.unique("inspection_id", keep="last", maintain_order=True)


def _write_positions(backdrop: Backdrop, tables: TableWriter, tell: Progress) -> None:
    sea, count = backdrop.sea, backdrop.sea.hulls.height
    for first in range(0, count, HULLS):
        block = range(first, min(count, first + HULLS))
        rows = positions(
            backdrop.seed, backdrop.scenario.ais, sea.hulls, sea.stages, sea.mmsi, sea.routes, backdrop.span, block
        )
        tables.write("position", rows)
        tell("positions of vessels", len(block), count)


def _count(counts: dict[str, int], schemes: pl.Series) -> None:
    for name in schemes.unique().sort():
        counts[name] = counts.get(name, 0) + int((schemes == name).sum())


def _instant(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds // SECOND, UTC)


def _refuse_impossible(seed: int, consignments: int, months: int) -> None:
    least = {"seed": (seed, 0), "consignments": (consignments, 1), "months": (months, 1)}
    faults = [
        f"needed {name} of at least {low}, found {value}: give --{name} {low} or more"
        for name, (value, low) in least.items()
        if value < low
    ]
    if faults:
        raise Usage("; ".join(faults))


def _refuse_foreign(out: Path) -> None:
    """A folder is replaced only when it is a world and holds nothing that a world does not write."""
    if not out.name or out.name.startswith((".", "_")):
        raise Usage(f"needed a folder with a plain name for the world, found {str(out)!r}: name another --out")
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    what = "a file" if not out.is_dir() else _foreign_names(out)
    if what:
        raise Usage(
            f"needed a place for the world that is free or holds an earlier one, found {what} at {out}: "
            "name another --out, or move away what is there"
        )


def _foreign_names(out: Path) -> str | None:
    own = {MARK, BY_MONTH, *(f"{name}.parquet" for name in load_contract().tables)}
    names = {path.name for path in out.iterdir()}
    others = sorted(names - own)
    if others:
        return ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
    return None if MARK in names else f"tables without {MARK}, which marks a world,"


@contextmanager
def _work_beside(out: Path) -> Iterator[Path]:
    """A temporary folder beside the place, so that a failure leaves an earlier world as it was."""
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    (work / "fresh").mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _exchange(moves: list[tuple[Path, Path]], work: Path) -> None:
    """Puts each fresh thing in its place; when one cannot be put, all that stood there before stands there again."""
    aside: list[tuple[Path, Path]] = []
    try:
        for number, (fresh, place) in enumerate(moves):
            if place.exists():
                os.replace(place, work / f"old{number}")
                aside.append((work / f"old{number}", place))
            os.replace(fresh, place)
    except BaseException:
        for old, place in aside:
            os.replace(old, place)
        raise
