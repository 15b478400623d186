"""How hard a world is: what random order, hand rules, plain and full models find of its truth in the last months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from features.asked import Asked
from features.contract import load_contract
from features.cutoffs import own_cutoffs
from features.rules import apply_rules
from features.scope import applies
from features.tables import Tables
from models.learner import Labelled, fit, raw_scores
from models.matrix import Column, conform, learn
from pipeline.house import House
from pipeline.options import rules_of
from pipeline.registry import columns_of
from pipeline.score import matrix_of

SCHEMES = ("marine_smuggling", "brand_diversion")
SHARE = 0.05
ROUNDS = 150
CONSIGNMENT = (
    *("office", "mode", "dispatch_country", "loading_port", "discharge_port", "gross_kg", "packages", "procedure"),
    *("payment", "importer_id", "exporter_id", "declarant_id", "carrier_id", "vessel_id"),
)
GOODS = (
    *("hs6", "origin_country", "net_kg", "quantity", "value_usd", "duty_rate", "duty_regime", "origin_mark", "species"),
    *("product_form", "catch_area", "brand_id", "model", "description"),
)
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Of one scheme: rows and cases of the test period, then by approach average precision and precision at 5 %."""

    rows: int
    cases: int
    by_approach: dict[str, tuple[float, float]]


def figures(house: House, truth: pl.DataFrame, ends: datetime, test_days: int, seed: int) -> dict[str, Figures]:
    """The figures by scheme. Every consignment is judged once, at its own cut-off, inspected or not.

    The full model is given, in place of the findings, the truth of every consignment declared before the test period;
    the plain one learns from the same truth by columns of the declaration alone; the product's own model has nothing
    but the findings. All are fitted with the shipped parameters and a number of rounds that no test row chose.
    """
    tables = house.read(None, "train").tables
    begins = ends - timedelta(days=test_days)
    questions = own_cutoffs(tables["consignment"], house.settings.cutoff).rename({"own_cutoff": "cutoff"})
    heads = tables["consignment"].unique("consignment_id", keep="first", maintain_order=True)
    rows = questions.join(heads, on="consignment_id", how="left", maintain_order="left")
    scope = applies(Asked(tables, questions), house.catalogue.options)
    found = house.catalogue.build(tables, questions)
    told = house.catalogue.build(_with_truth(tables, rows, truth, begins), questions)
    plain = _plain(tables, rows)
    rules = apply_rules(found, rules_of(house.settings), ends)["rule_share"].to_numpy()
    before = (rows["declared_at"] < begins).to_numpy()
    draw = np.random.default_rng(seed)
    out = {}
    for scheme in SCHEMES:
        label = rows["consignment_id"].is_in(truth.filter(pl.col("scheme") == scheme)["consignment_id"].implode())
        case = label.cast(pl.Int64).to_numpy()
        mine = scope[scheme].to_numpy()
        train, test = mine & before, mine & ~before
        findings = _findings(tables, rows, scheme, begins)
        columns = columns_of(house.catalogue, house.settings)[scheme]
        scores = {
            "random order": draw.random(len(case)),
            "hand rules": rules + 1e-9 * draw.random(len(case)),
            "plain model on the declaration": _score(plain, _columns(plain), case, train, house),
            "the product, with its findings": _score(
                matrix_of(found, house.catalogue, scheme), columns, findings, mine & (findings >= 0), house
            ),
            "the product, with all truth before": _score(
                matrix_of(told, house.catalogue, scheme), columns, case, train, house
            ),
        }
        judged = {name: _judge(case[test], score[test]) for name, score in scores.items()}
        out[scheme] = Figures(int(test.sum()), int(case[test].sum()), judged)
    return out


def scope_of(house: House, scheme: str) -> pl.DataFrame:
    """The consignments to which a scheme applies at their own cut-off: consignment_id."""
    tables = house.read(None, "train").tables
    questions = own_cutoffs(tables["consignment"], house.settings.cutoff).rename({"own_cutoff": "cutoff"})
    return questions.select("consignment_id").filter(applies(Asked(tables, questions), house.catalogue.options)[scheme])


def _with_truth(tables: Tables, rows: pl.DataFrame, truth: pl.DataFrame, begins: datetime) -> Tables:
    """The tables with a finding on every consignment declared before the test period, known two days after."""
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


def _findings(tables: Tables, rows: pl.DataFrame, scheme: str, begins: datetime) -> NDArray[np.int64]:
    """1, 0, or -1 for no finding known before the test period begins."""
    known = tables["inspection"].filter((pl.col("scheme") == scheme) & (pl.col("known_at") < begins))
    newest = known.sort("known_at").unique("consignment_id", keep="last", maintain_order=True)
    value = pl.when(pl.col("result") == "confirmed").then(1).when(pl.col("result") == "unfounded").then(0).otherwise(-1)
    joined = rows.join(
        newest.select("consignment_id", value.alias("_label")), on="consignment_id", how="left", maintain_order="left"
    )
    return joined["_label"].fill_null(-1).cast(pl.Int64).to_numpy()


def _plain(tables: Tables, rows: pl.DataFrame) -> pd.DataFrame:
    """Columns of the declaration as first lodged, with its first line of goods; texts as categories."""
    goods = tables["goods_item"].filter(pl.col("item_no") == 1)
    goods = goods.unique("consignment_id", keep="first", maintain_order=True).select("consignment_id", *GOODS)
    frame = rows.select("consignment_id", *CONSIGNMENT).join(
        goods, on="consignment_id", how="left", maintain_order="left"
    )
    return frame.drop("consignment_id").to_pandas()


def _columns(frame: pd.DataFrame) -> list[Column]:
    return [
        Column(name=name, kind="category" if frame[name].dtype.kind not in "fiu" else "number", direction=0)
        for name in frame.columns
    ]


def _score(frame, columns: list[Column], labels: NDArray[np.int64], train: NDArray[np.bool_], house: House) -> Numbers:
    params = house.settings.training.learner.model_copy(update={"threads": 1})
    spec = learn(frame.iloc[np.flatnonzero(train)], columns)
    conformed = conform(frame, spec).frame
    rows = Labelled(conformed.iloc[np.flatnonzero(train)], labels[train])
    return raw_scores(fit(rows, spec, params, ROUNDS), conformed, spec)


def _judge(labels: NDArray[np.int64], scores: Numbers) -> tuple[float, float]:
    """Average precision, and the share of cases among the first 5 %."""
    first = np.argsort(-scores, kind="stable")[: max(1, round(len(scores) * SHARE))]
    return float(average_precision_score(labels, scores)), float(labels[first].mean())
