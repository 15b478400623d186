"""A written world and a drawn one that the tests of this folder share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl
import pytest

from features.contract import load_contract
from pipeline.world import WorldReport, load_scenario, make_world
from pipeline.world.backdrop import Backdrop
from pipeline.world.calendar import world_span
from pipeline.world.chunks import chunks_of, declare
from pipeline.world.make import make_all_bookings, make_backdrop

CONSIGNMENTS = 6000


@dataclass(frozen=True)
class Written:
    """A world as its readers find it."""

    report: WorldReport

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table of the contract."""
        return {name: self._read(name) for name in load_contract().tables}

    def _read(self, name: str) -> pl.DataFrame:
        one = self.report.inputs / f"{name}.parquet"
        parts = f"{self.report.inputs}/{name}/**/*.parquet"
        return pl.read_parquet(one if one.exists() else parts, hive_partitioning=False)

    @cached_property
    def truth(self) -> pl.DataFrame:
        """A row per case."""
        return pl.read_parquet(self.report.truth)

    @cached_property
    def first(self) -> pl.DataFrame:
        """The first version of each consignment."""
        rows = self.tables["consignment"].sort("known_at")
        return rows.unique("consignment_id", keep="first", maintain_order=True)

    @cached_property
    def last(self) -> pl.DataFrame:
        """The last version of each consignment."""
        rows = self.tables["consignment"].sort("known_at")
        return rows.unique("consignment_id", keep="last", maintain_order=True)


@dataclass(frozen=True)
class Drawn:
    """A world before it is written: bookings, and the cases and lines of all chunks with what is latent in them."""

    backdrop: Backdrop
    bookings: pl.DataFrame
    cases: pl.DataFrame
    lines: pl.DataFrame


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
