"""A written world and a drawn one that the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from worlds import CONSIGNMENTS, Drawn, Written

from pipeline.world import load_scenario, make_world
from pipeline.world.calendar import world_span
from pipeline.world.chunks import chunks_of, declare
from pipeline.world.make import make_all_bookings, make_backdrop


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Written:
    place: Path = tmp_path_factory.mktemp("world")
    return Written(make_world(7, CONSIGNMENTS, place / "inputs", months=6))


@pytest.fixture(scope="package")
def drawn() -> Drawn:
    backdrop = make_backdrop(3, 40_000, world_span(12), load_scenario())
    bookings = make_all_bookings(backdrop, 40_000)
    pieces = [declare(backdrop, number, piece) for number, piece in chunks_of(bookings)]
    cases = [cases.with_columns(chunk=pl.lit(number)) for number, (cases, _) in enumerate(pieces)]
    lines = [lines.with_columns(chunk=pl.lit(number)) for number, (_, lines) in enumerate(pieces)]
    return Drawn(backdrop, bookings, pl.concat(cases), pl.concat(lines))
