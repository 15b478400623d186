"""A world as its readers find it, and one before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from features.contract import load_contract
from pipeline.world import WorldReport
from pipeline.world.backdrop import Backdrop

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
