"""The Korean declarations as the product's own tables, cut into the publishers' three parts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.asked import Asked
from features.tables import Tables
from pipeline.house import House
from pipeline.ingest import ingest
from pipeline.novelty import KEYS
from pipeline.settings import PROJECT, load_settings

CONFIG = PROJECT / "configs" / "korea_customs"
LABELS = ("fraud", "critical_fraud")
VALIDATION = datetime(2021, 1, 1, tzinfo=UTC)
TEST = datetime(2021, 4, 1, tzinfo=UTC)
END = datetime(2021, 7, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Declarations:
    """Every declaration once, at its own cut-off, in order of cut-off and id."""

    house: House
    tables: Tables

    @cached_property
    def questions(self) -> pl.DataFrame:
        """consignment_id and cutoff (20:00 of the day of the declaration)."""
        at = pl.col("known_at").dt.truncate("1d").dt.offset_by("20h")
        return self.tables["consignment"].select("consignment_id", cutoff=at).sort("cutoff", "consignment_id")

    def labels(self, scheme: str) -> NDArray[np.int64]:
        """1 where the finding of the scheme is confirmed."""
        found = self.tables["inspection"].filter(pl.col("scheme") == scheme)
        truth = found.select("consignment_id", label=(pl.col("result") == "confirmed").cast(pl.Int64))
        joined = self.questions.join(truth, on="consignment_id", how="left", maintain_order="left")
        return joined["label"].to_numpy()

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        """The id of each question."""
        return self.questions["consignment_id"].to_numpy()

    @cached_property
    def tuples(self) -> NDArray[np.int64]:
        """A number per different goods tuple, as the novelty report understands it."""
        asked = Asked(self.tables, self.questions)
        goods = asked.main_item.select(name for name in KEYS["goods"] if name in asked.main_item.columns)
        rest = asked.consignment.select(name for name in KEYS["goods"] if name not in goods.columns)
        both = pl.concat([goods, rest], how="horizontal")
        return both.select(pl.struct(pl.all()).rank("dense")).to_series().to_numpy().astype(np.int64)

    def between(self, begin: datetime | None, end: datetime) -> NDArray[np.bool_]:
        """Which questions have their cut-off in [begin, end)."""
        cutoff = self.questions["cutoff"]
        late_enough = cutoff >= begin if begin else pl.Series([True]).new_from_index(0, len(cutoff))
        return (late_enough & (cutoff < end)).to_numpy()

    @property
    def train(self) -> NDArray[np.bool_]:
        """The first twelve months."""
        return self.between(None, VALIDATION)

    @property
    def validation(self) -> NDArray[np.bool_]:
        """The next three."""
        return self.between(VALIDATION, TEST)

    @property
    def test(self) -> NDArray[np.bool_]:
        """The last three."""
        return self.between(TEST, END)

    def new(self, before: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which questions have a goods tuple that stands nowhere among the rows `before`."""
        return ~np.isin(self.tuples, self.tuples[before])

    def findings(self, before: datetime = END, days_late: int = 0) -> Tables:
        """The tables with findings known so many days later than they were, and with none known from `before` on."""
        late = pl.col("known_at") + timedelta(days=days_late)
        inspections = self.tables["inspection"].with_columns(known_at=late).filter(pl.col("known_at") < before)
        return self._with(inspections)

    def findings_of(self, rows: NDArray[np.bool_], before: datetime) -> Tables:
        """The tables with the findings of some questions alone."""
        kept = self.questions.filter(pl.Series(rows)).select("consignment_id")
        inspections = self.tables["inspection"].join(kept, on="consignment_id", how="semi")
        return self._with(inspections.filter(pl.col("known_at") < before))

    def _with(self, inspections: pl.DataFrame) -> Tables:
        rest = {name: self.tables[name] for name in ("consignment", "goods_item")}
        return Tables({**rest, "inspection": inspections}, self.tables.contract)


def read_declarations(raw: Path, work: Path) -> Declarations:
    """Ingests the publishers' files into the folder `work`, as a first load, and reads them back."""
    settings = load_settings([CONFIG])
    inputs, home = work / "inputs", work / "home"
    # Made anew each time: what an earlier run left there may come from other files or other SQL.
    for folder in (inputs, home):
        shutil.rmtree(folder, ignore_errors=True)
    ingest(
        "korea_customs",
        raw,
        inputs,
        config_dirs=settings.directories,
        received_at=datetime.now(UTC),
        history=True,
        home=home,
        threads=settings.threads,
    )
    house = House(inputs, home, settings)
    return Declarations(house, house.read(END, "train").tables)
