"""A world's consignments, each at its own cut-off, with all its features and with what is true of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from features.asked import Asked
from features.catalogue import Catalogue
from features.contract import load_contract
from features.cutoffs import own_cutoffs
from features.scope import applies
from features.tables import Tables
from models.learner import Labelled, fit, raw_scores
from models.matrix import Column, conform, learn
from pipeline.house import House
from pipeline.registry import columns_of
from pipeline.score import matrix_of

SCHEMES = ("marine_smuggling", "brand_diversion")
ROUNDS = 150
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Consignments of a world, of which those declared from `begins` to `ends` are judged.

    `rows`: consignment_id, cutoff (its own) and the columns of the consignment as first lodged; in their order `scope`
    (a boolean column per scheme), `found` (features, with findings as officers reported them) and `told` (features,
    where in place of the findings the truth of all that was declared before `begins` is known).
    """

    house: House
    tables: Tables
    truth: pl.DataFrame
    begins: datetime
    ends: datetime
    rows: pl.DataFrame
    scope: pl.DataFrame
    found: pl.DataFrame
    told: pl.DataFrame

    def cases(self, scheme: str) -> NDArray[np.int64]:
        """1 for a case of the scheme, else 0."""
        cases = self.truth.filter(pl.col("scheme") == scheme)["consignment_id"]
        return self.rows["consignment_id"].is_in(cases.implode()).cast(pl.Int64).to_numpy()

    def findings(self, scheme: str) -> NDArray[np.int64]:
        """1 or 0 for a finding, -1 for none known before the judged period begins."""
        mine, early = pl.col("scheme") == scheme, pl.col("known_at") < self.begins
        known = self.tables["inspection"].filter(mine & early).sort("known_at")
        newest = known.unique("consignment_id", keep="last", maintain_order=True)
        labels = newest.select("consignment_id", label=pl.col("result").replace_strict(_RESULTS, default=-1))
        joined = self.rows.join(labels, on="consignment_id", how="left", maintain_order="left")
        return joined["label"].fill_null(-1).cast(pl.Int64).to_numpy()

    def before(self) -> NDArray[np.bool_]:
        """Which were declared before the judged period."""
        return (self.rows["declared_at"] < self.begins).to_numpy()

    def by_truth(self, scheme: str, without: frozenset[str] = frozenset()) -> Numbers:
        """Scores of a model of all features, but those of some families, that knows the truth of all before."""
        train = self.scope[scheme].to_numpy() & self.before()
        return self._by(self.told, scheme, self.cases(scheme), train, without)

    def by_findings(self, scheme: str, without: frozenset[str] = frozenset()) -> Numbers:
        """Scores of a model of all features, but those of some families, that knows the findings of all before."""
        labels = self.findings(scheme)
        return self._by(self.found, scheme, labels, self.scope[scheme].to_numpy() & (labels >= 0), without)

    def _by(
        self,
        features: pl.DataFrame,
        scheme: str,
        labels: NDArray[np.int64],
        train: NDArray[np.bool_],
        without: frozenset[str],
    ) -> Numbers:
        catalogue = self.house.catalogue
        absent = {indicator.name for family in without for indicator in catalogue.declared(family)}
        columns = [one for one in columns_of(catalogue, self.house.settings)[scheme] if one.name not in absent]
        shown = matrix_of(features, catalogue, scheme)[[column.name for column in columns]]
        return score(shown, columns, labels, train, self.house)


_RESULTS = {"confirmed": 1, "unfounded": 0}


def judged(house: House, truth: pl.DataFrame, ends: datetime, test_days: int) -> Judged:
    """The consignments of a world whose last `test_days` before `ends` are judged."""
    tables = house.read(None, "train").tables
    begins = ends - timedelta(days=test_days)
    questions = own_cutoffs(tables["consignment"], house.settings.cutoff).rename({"own_cutoff": "cutoff"})
    heads = tables["consignment"].unique("consignment_id", keep="first", maintain_order=True)
    rows = questions.join(heads, on="consignment_id", how="left", maintain_order="left")
    found = house.catalogue.build(tables, questions)
    return Judged(
        house=house,
        tables=tables,
        truth=truth,
        begins=begins,
        ends=ends,
        rows=rows,
        scope=applies(Asked(tables, questions), house.catalogue.options),
        found=found,
        told=_told(house.catalogue, found, _with_truth(tables, rows, truth, begins), questions),
    )


def _told(catalogue: Catalogue, found: pl.DataFrame, tables: Tables, questions: pl.DataFrame) -> pl.DataFrame:
    """The features where other findings are known: only the families that read findings are worked out again."""
    reads = {
        family.name: {table for i in catalogue.declared(family.name) for table in i.reads}
        for family in catalogue.families
    }
    again = Catalogue(
        [family for family in catalogue.families if "inspection" in reads[family.name]], catalogue.options
    )
    return found.with_columns(again.build(tables, questions).drop("consignment_id", "cutoff").get_columns())


def score(
    frame: pd.DataFrame, columns: list[Column], labels: NDArray[np.int64], train: NDArray[np.bool_], house: House
) -> Numbers:
    """Scores of all rows by a model that learned from those of `train`, with the shipped parameters and a number of
    rounds that no judged row chose."""
    params = house.settings.training.learner.model_copy(update={"threads": 1})
    spec = learn(frame.iloc[np.flatnonzero(train)], columns)
    conformed = conform(frame, spec).frame
    rows = Labelled(conformed.iloc[np.flatnonzero(train)], labels[train])
    return raw_scores(fit(rows, spec, params, ROUNDS), conformed, spec)


def _with_truth(tables: Tables, rows: pl.DataFrame, truth: pl.DataFrame, begins: datetime) -> Tables:
    """The tables with a finding on every consignment declared before the judged period, known two days after."""
    table = load_contract()["inspection"]
    schemes = pl.DataFrame({"scheme": SCHEMES})
    cases = truth.select("consignment_id", "scheme", case=pl.lit(True))
    known = rows.filter(pl.col("declared_at") < begins).join(schemes, how="cross")
    known = known.join(cases, on=["consignment_id", "scheme"], how="left", maintain_order="left")
    findings = known.select(
        inspection_id=pl.format("T{}{}", "consignment_id", pl.col("scheme").str.head(1)),
        consignment_id="consignment_id",
        scheme="scheme",
        inspected_at=pl.col("cutoff") + pl.duration(days=1),
        selected_by=pl.lit("officer"),
        result=pl.when(pl.col("case").fill_null(False)).then(pl.lit("confirmed")).otherwise(pl.lit("unfounded")),
        known_at=pl.col("cutoff") + pl.duration(days=2),
        withdrawn=pl.lit(False),
    )
    whole = findings.select(
        (pl.col(name) if name in findings.columns else pl.lit(None)).cast(column.dtype).alias(name)
        for name, column in table.columns.items()
    ).sort(*table.key, "known_at")
    return Tables(
        {**{name: tables[name] for name in tables.contract.tables}, "inspection": whole},
        tables.contract,
    )
