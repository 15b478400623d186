"""How hard a world is: what random order, hand rules, plain and full models find of its truth in the last months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from benchmarks.world.judged import SCHEMES, Judged, Numbers, score
from features.rules import apply_rules
from features.tables import Tables
from models.matrix import Column
from pipeline.options import rules_of

SHARE = 0.05
CONSIGNMENT = (
    *("office", "mode", "dispatch_country", "loading_port", "discharge_port", "gross_kg", "packages", "procedure"),
    *("payment", "importer_id", "exporter_id", "declarant_id", "carrier_id", "vessel_id"),
)
GOODS = (
    *("hs6", "origin_country", "net_kg", "quantity", "value_usd", "duty_rate", "duty_regime", "origin_mark", "species"),
    *("product_form", "catch_area", "brand_id", "model", "description"),
)


@dataclass(frozen=True)
class Figures:
    """Of one scheme: rows and cases of the test period, then by approach average precision and precision at 5 %."""

    rows: int
    cases: int
    by_approach: dict[str, tuple[float, float]]


def figures(world: Judged, seed: int) -> dict[str, Figures]:
    """The figures by scheme. Every consignment is judged once, at its own cut-off, inspected or not.

    The full model is given, in place of the findings, the truth of every consignment declared before the test period;
    the plain one learns from the same truth by columns of the declaration alone; the product's own model has nothing
    but the findings.
    """
    house = world.house
    plain = _plain(world.tables, world.rows)
    rules = apply_rules(world.found, rules_of(house.settings), world.ends)["rule_share"].to_numpy()
    before = world.before()
    draw = np.random.default_rng(seed)
    out = {}
    for scheme in SCHEMES:
        case, mine = world.cases(scheme), world.scope[scheme].to_numpy()
        test = mine & ~before
        scores = {
            "random order": draw.random(len(case)),
            "hand rules": rules + 1e-9 * draw.random(len(case)),
            "plain model on the declaration": score(plain, _columns(plain), case, mine & before, house),
            "the product, with its findings": world.by_findings(scheme),
            "the product, with all truth before": world.by_truth(scheme),
        }
        measured = {name: _judge(case[test], of[test]) for name, of in scores.items()}
        out[scheme] = Figures(int(test.sum()), int(case[test].sum()), measured)
    return out


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


def _judge(labels: NDArray[np.int64], scores: Numbers) -> tuple[float, float]:
    """Average precision, and the share of cases among the first 5 %."""
    first = np.argsort(-scores, kind="stable")[: max(1, round(len(scores) * SHARE))]
    return float(average_precision_score(labels, scores)), float(labels[first].mean())
