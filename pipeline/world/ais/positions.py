"""The table `position`: what is known of where vessels were, hull by hull."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from pipeline.world.ais.hull_stages import PORT, HullStages, stages_by_hull
from pipeline.world.ais.movement import Fixes, move
from pipeline.world.ais.reception import LOST, RECEIVERS, VMS, known_at, receivers, source_names, sources
from pipeline.world.ais.report_errors import (
    Jumps,
    interferences,
    reported_courses,
    reported_places,
    reported_speeds,
    spoofs,
)
from pipeline.world.ais.report_times import report_times
from pipeline.world.ais.reported_draughts import reported_draughts
from pipeline.world.ais.routes import Routes, make_routes
from pipeline.world.ais.silences import silences
from pipeline.world.calendar import HOUR, SECOND, Span, in_seconds
from pipeline.world.randomness import Booleans, Floats, Integers, between, stream
from pipeline.world.scenario.ais import Ais


@dataclass(frozen=True)
class _Rows:
    """Reports as arrays of equal length; `mmsi` is a position in the block's list of numbers."""

    mmsi: Integers
    at: Integers
    lat: Floats
    lon: Floats
    speed_kn: Floats
    course_deg: Floats
    draught_m: Floats
    receiver: Integers
    source: Integers
    known_at: Integers

    def take(self, rows: Integers) -> _Rows:
        return _Rows(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


_WHOLE: Integers = np.zeros(0, dtype=np.int64)
_REAL: Floats = np.zeros(0)
_NO_ROWS = _Rows(_WHOLE, _WHOLE, _REAL, _REAL, _REAL, _REAL, _REAL, _WHOLE, _WHOLE, _WHOLE)


@dataclass(frozen=True)
class _Hull:
    """What of a hull its reports depend on; `launders_from` is null for an honest one."""

    hull: int
    ais_class: str
    fishes: bool
    launders_from: int | None


@dataclass(frozen=True)
class _World:
    """What all hulls share."""

    seed: int
    scenario: Ais
    span: Span
    routes: Routes
    disturbed: list[Jumps]


@dataclass(frozen=True)
class _Numbers:
    """What a hull's transponder says: from each instant, a position in the list of numbers (-1: nothing)."""

    begins: Integers
    ends: Integers
    mmsi: Integers

    def at(self, instants: Integers) -> Integers:
        place = np.searchsorted(self.begins, instants, side="right") - 1
        return np.where((place >= 0) & (instants < self.ends[place]), self.mmsi[place], -1)


def positions(
    seed: int,
    scenario: Ais,
    hulls: pl.DataFrame,
    stages: pl.DataFrame,
    mmsi: pl.DataFrame,
    routes: Sequence[Floats],
    span: Span,
    block: range,
) -> pl.DataFrame:
    """The position reports of the hulls whose numbers lie in `block`, sorted by mmsi, at, source.

    hulls: hull, ais_class, gear (null: does not fish), launders, launders_from. stages, routes: see HullStages and
    make_routes. mmsi: hull, begins, ends, mmsi. Columns as in the contract, instants as microseconds (Int64); reports
    lie within the span, some become known after it. A hull's rows do not depend on the other hulls of the block.
    Raises ValueError on stages that movement cannot follow and on a hull without stages.
    """
    wanted = pl.col("hull").is_between(block.start, block.stop, closed="left")
    told = stages_by_hull(stages.filter(wanted), scenario.movement.patterns)
    said = mmsi.filter(wanted, pl.col("mmsi").is_not_null())
    names = said["mmsi"].unique().sort().to_list()
    numbers = _numbers(said, names)
    world = _World(seed, scenario, span, make_routes(routes), interferences(seed, scenario.errors, span))
    rows = []
    for hull in _hulls(hulls.filter(wanted)):
        if hull.hull not in told:
            raise ValueError(f"needed stages for every hull, found none for hull {hull.hull}: mend the itineraries")
        # A hull without a transponder is never heard of.
        if hull.hull in numbers:
            rows.append(_reports(world, hull, told[hull.hull], numbers[hull.hull]))
    return _frame(scenario, names, rows)


def _hulls(hulls: pl.DataFrame) -> list[_Hull]:
    columns = hulls.sort("hull").select(
        "hull",
        "ais_class",
        pl.col("gear").is_not_null(),
        pl.when(pl.col("launders").fill_null(False)).then(pl.col("launders_from").cast(pl.Int64).fill_null(0)),
    )
    return [_Hull(*row) for row in columns.rows()]


def _numbers(mmsi: pl.DataFrame, names: list[str]) -> dict[int, _Numbers]:
    codes = {name: code for code, name in enumerate(names)}
    told = mmsi.sort("hull", "begins").with_columns(pl.col("mmsi").replace_strict(codes, return_dtype=pl.Int64))
    return {
        int(part["hull"][0]): _Numbers(*(part[name].cast(pl.Int64).to_numpy() for name in ("begins", "ends", "mmsi")))
        for part in told.partition_by("hull", maintain_order=True)
    }


def _reports(world: _World, hull: _Hull, stages: HullStages, numbers: _Numbers) -> _Rows:
    """The reports of one hull that are received, in time order but for those that come twice."""
    scenario, errors, span = world.scenario, world.scenario.errors, world.span
    generator = stream(world.seed, "reception", hull.hull)
    at, stage, by_vms = _sent(generator, world, hull, stages)
    fixes = move(world.seed, hull.hull, scenario.movement, world.routes, stages, at, stage)
    receiver = receivers(
        generator, scenario.coverage, scenario.silences, hull.ais_class, span, at, fixes.lat, fixes.lon
    )
    receiver[by_vms] = VMS
    number = numbers.at(at)
    kept = np.flatnonzero((receiver != LOST) & (number >= 0))
    at, receiver, by_vms = at[kept], receiver[kept], by_vms[kept]
    fixes = Fixes(*(getattr(fixes, field.name)[kept] for field in fields(fixes)))
    spoofed = spoofs(generator, errors, span, hull.launders_from)
    sway = np.where(stages.kind[stage[kept]] == PORT, scenario.movement.sway_m, 0.0)
    lat, lon = reported_places(generator, errors, sway, world.disturbed, spoofed, at, fixes, ~by_vms)
    knots = np.hypot(fixes.north_kn, fixes.east_kn)
    draught = reported_draughts(generator, scenario.draught, stages, at)
    rows = _Rows(
        mmsi=number[kept],
        at=at,
        lat=lat,
        lon=lon,
        speed_kn=reported_speeds(generator, errors, knots),
        course_deg=reported_courses(generator, errors, hull.ais_class, fixes, knots),
        draught_m=draught if hull.ais_class == "A" else np.full(len(at), np.nan),
        receiver=receiver,
        source=sources(generator, scenario, receiver),
        known_at=known_at(generator, scenario, at, receiver),
    )
    rows.draught_m[by_vms] = np.nan
    return _some_twice(generator, scenario, rows)


def _sent(
    generator: np.random.Generator, world: _World, hull: _Hull, stages: HullStages
) -> tuple[Integers, Integers, Booleans]:
    """Instants of the reports that are sent, in order, the stage of each, and whether it is one of VMS."""
    scenario, reports = world.scenario, world.scenario.reports
    silent = silences(generator, scenario.silences, hull.ais_class, stages, world.span)
    intervals = reports.A if hull.ais_class == "A" else reports.B
    at, stage = report_times(generator, intervals, reports.jitter, stages, world.span)
    sent = ~silent.ais.hold(at)
    at, stage = at[sent], stage[sent]
    if not hull.fishes or generator.random() >= scenario.vms.carries:
        return at, stage, np.zeros(len(at), dtype=bool)
    more, its_stage = report_times(generator, reports.vms, reports.jitter, stages, world.span)
    heard = ~silent.vms.hold(more) & (generator.random(len(more)) < scenario.vms.heard)
    both = np.concatenate([at, more[heard]])
    order = np.argsort(both, kind="stable")
    return both[order], np.concatenate([stage, its_stage[heard]])[order], order >= len(at)


def _some_twice(generator: np.random.Generator, scenario: Ais, rows: _Rows) -> _Rows:
    """The rows and, after them, the few that come again with the same content, known later."""
    count = len(rows.at)
    again = np.flatnonzero(generator.random(count) < scenario.twice)
    told = rows.take(np.concatenate([np.arange(count), again]))
    told.known_at[count:] += in_seconds(between(generator, scenario.twice_hours, len(again)), HOUR)
    return told


def _frame(scenario: Ais, names: list[str], parts: list[_Rows]) -> pl.DataFrame:
    feeds = source_names(scenario)
    whole = {
        field.name: np.concatenate([getattr(part, field.name) for part in (_NO_ROWS, *parts)])
        for field in fields(_Rows)
    }
    # One number per row, in the order of mmsi, at, source; equal ones stay as they are, first known first.
    rank = np.argsort(np.argsort(feeds))[whole["source"]]
    key = (whole["mmsi"] * 2**32 + whole["at"] // SECOND) * len(feeds) + rank
    order = np.argsort(key, kind="stable")
    texts = {"mmsi": names, "receiver": list(RECEIVERS), "source": feeds}
    return pl.DataFrame(
        [
            pl.Series(texts[name], dtype=pl.String).gather(values[order]).alias(name)
            if name in texts
            else pl.Series(name, values[order], nan_to_null=name == "draught_m")
            for name, values in whole.items()
        ]
    )
