"""The demonstration world, behind the verb `world`: tables under one folder, the truth beside it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import polars as pl

from features.contract import Table, load_contract
from pipeline.errors import Usage
from pipeline.world.calendar import SECOND, Span, world_span
from pipeline.world.cargo import make_lines, with_packing
from pipeline.world.cases import with_cases, with_route, with_symptoms
from pipeline.world.inspections import make_inspections, with_selection, with_times
from pipeline.world.parameters import Parameters, load_parameters
from pipeline.world.parties import make_parties
from pipeline.world.randomness import streams
from pipeline.world.trade import make_trade
from pipeline.world.versions import amendment_events, consignment_versions, goods_item_versions, party_versions

# Names that begin with `_` are not tables: this one says that the folder may be replaced.
MARK = "_world.json"
TRUTH = pl.Schema({"consignment_id": pl.String, "scheme": pl.String, "mechanism": pl.String, "value_usd": pl.Float64})

# Takes the number of steps done since it was last called; a step is a table.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class WorldReport:
    """What was written: rows by table, cases and confirmed findings by scheme, and the days that the world spans."""

    inputs: Path
    truth: Path
    rows: dict[str, int]
    cases: dict[str, int]
    confirmed: dict[str, int]
    begins: datetime
    ends: datetime

    def __str__(self) -> str:
        rows = ", ".join(f"{name} {count}" for name, count in self.rows.items())
        cases = ", ".join(
            f"{scheme} {count} ({self.confirmed.get(scheme, 0)} found)" for scheme, count in self.cases.items()
        )
        return (
            f"World from {self.begins:%Y-%m-%d} until before {self.ends:%Y-%m-%d}\n"
            f"Rows: {rows}\nCases: {cases or 'none'}\n"
            f"Tables: {self.inputs}; the truth: {self.truth}"
        )


@dataclass(frozen=True)
class World:
    """The tables in the form of the contract, and the truth: a row per case, whoever is not in it is honest."""

    tables: dict[str, pl.DataFrame]
    truth: pl.DataFrame


def make_world(
    seed: int,
    consignments: int,
    out: Path,
    months: int = 12,
    progress: Progress | None = None,
) -> WorldReport:
    """Writes `<out>/<table>.parquet` for each table of the world and `<out>.truth.parquet`, whole or not at all.

    Equal arguments give equal bytes. The world ends with 2024, whatever the day; what becomes known later is not in it.
    `progress` is called with 1 as each table is written. An earlier world at `out` is replaced; raises Usage for
    arguments that make no world and where `out` holds anything else.
    """
    _refuse_impossible(seed, consignments, months)
    _refuse_foreign(out)
    span = world_span(months)
    world = draw_world(seed, consignments, span, load_parameters())
    truth = _truth_beside(out)
    _publish(world, out, truth, {"seed": seed, "consignments": consignments, "months": months}, progress)
    findings = world.tables["inspection"].sort("known_at").unique("inspection_id", keep="last", maintain_order=True)
    return WorldReport(
        inputs=out,
        truth=truth,
        rows={name: table.height for name, table in world.tables.items()},
        cases=_counts(world.truth["scheme"]),
        confirmed=_counts(findings.filter(pl.col("result") == "confirmed")["scheme"]),
        begins=datetime.fromtimestamp(span.start // SECOND, UTC),
        ends=datetime.fromtimestamp(span.end // SECOND, UTC),
    )


def draw_world(seed: int, consignments: int, span: Span, parameters: Parameters) -> World:
    """The world as frames, nothing written."""
    draw = streams(seed)
    parties = make_parties(draw["party"], parameters, consignments)
    cases = make_trade(draw["trade"], parameters, parties, span, consignments)
    cases = with_cases(draw["truth"], parameters, parties, cases)
    cases = with_symptoms(draw["symptom"], parameters, cases)
    cases = with_route(draw["symptom"], parameters, cases)
    lines = make_lines(draw["cargo"], parameters, parties, cases)
    cases = with_packing(draw["cargo"], parameters, cases, lines)
    cases = with_selection(draw["policy"], parameters, parties, cases)
    cases = with_times(draw["policy"], parameters, cases)
    events = amendment_events(draw["consignment"], parameters, cases)
    versions = {
        "consignment": consignment_versions(draw["consignment"], parameters, parties, cases, events),
        "goods_item": goods_item_versions(draw["goods_item"], parameters, cases, lines, events),
        "party": party_versions(draw["party"], parameters, parties, span),
        "inspection": make_inspections(draw["inspection"], parameters, cases),
    }
    contract = load_contract()
    tables = {name: in_contract(frame, contract[name], span) for name, frame in versions.items()}
    cases_only = cases.filter(pl.col("mechanism").is_not_null())
    truth = cases_only.select("consignment_id", pl.col("lane").alias("scheme"), "mechanism", value_usd="true_usd")
    return World(tables, truth.cast(TRUTH).sort("consignment_id"))


def in_contract(frame: pl.DataFrame, table: Table, span: Span) -> pl.DataFrame:
    """The columns and types of the contract, in order of key and `known_at`, without what is known after the end."""
    given = frame.filter(pl.col("known_at") < span.end).with_columns(source=pl.lit("world"))
    told = set(given.columns)
    columns = [
        (pl.col(name) if name in told else pl.lit(None)).cast(column.dtype).alias(name)
        for name, column in table.columns.items()
    ]
    return given.select(columns).with_columns(pl.col("withdrawn").fill_null(False)).sort(*table.key, "known_at")


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
    own = {MARK, *(f"{name}.parquet" for name in ("consignment", "goods_item", "party", "inspection"))}
    names = {path.name for path in out.iterdir()}
    others = sorted(names - own)
    if others:
        return ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
    return None if MARK in names else f"tables without {MARK}, which marks a world,"


def _truth_beside(out: Path) -> Path:
    return out.with_name(f"{out.name}.truth.parquet")


def _publish(world: World, out: Path, truth: Path, told: dict[str, int], progress: Progress | None) -> None:
    """Writes into a temporary folder beside the place, then renames; a failure leaves an earlier world as it was."""
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        fresh = work / "fresh"
        fresh.mkdir()
        for name, table in world.tables.items():
            _write(table, fresh / f"{name}.parquet")
            if progress:
                progress(1)
        (fresh / MARK).write_text(json.dumps(told, sort_keys=True) + "\n", encoding="utf-8")
        _write(world.truth, work / "truth.parquet")
        _exchange([(work / "truth.parquet", truth), (fresh, out)], work)
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


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, metadata={"tidewaiter_contract_version": str(load_contract().version)})


def _counts(schemes: pl.Series) -> dict[str, int]:
    return {name: int((schemes == name).sum()) for name in schemes.unique().sort()}
