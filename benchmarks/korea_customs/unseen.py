"""What was tried to lift goods tuples that were never met, each judged by AUC on new tuples of the validation part."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.korea_customs.declarations import Declarations
from benchmarks.korea_customs.service import Features
from features.asked import Asked

Floats = NDArray[np.float64]

TUPLE = "hs6_and_dispatch_country_and_origin_country_and_duty_rate_and_duty_regime_and_net_kg"
COARSER = (
    *("hs4", "hs6", "origin_country", "dispatch_country", "duty_rate", "duty_regime", "net_kg"),
    *("hs6_and_origin_country", "hs6_and_dispatch_country", "hs6_and_duty_regime", "hs6_and_net_kg"),
    *("net_kg_and_duty_rate", "hs6_and_dispatch_country_and_origin_country"),
    "hs6_and_dispatch_country_and_origin_country_and_duty_rate_and_duty_regime",
)
KEY_OF_SIBLINGS = ("hs6", "dispatch_country", "origin_country", "duty_rate", "duty_regime")
SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "metric": "auc",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "lambda_l2": 10.0,
    "feature_fraction": 0.5,
    "num_threads": 1,
    "seed": 1,
    "deterministic": True,
    "verbosity": -1,
}


def attempts(declarations: Declarations, features: Features, prior_strength: float) -> list[dict[str, Any]]:
    """Per attempt its name, and AUC on the new tuples of the validation and of the test part."""
    counted = _Counts(features, prior_strength)
    others = np.column_stack([counted.without_own_tuple(key) for key in COARSER])
    everything = counted.numbers()
    train = declarations.train
    first = train & (counted.of(TUPLE)[1] == 0)
    tried = {
        "all rates": (everything, train),
        "and rates that leave the own tuple out": (np.column_stack([everything, others]), train),
        "rates that leave the own tuple out, alone": (others, train),
        "all rates, taught by first occurrences of a tuple alone": (everything, first),
        "both": (np.column_stack([everything, others]), first),
    }
    return [{"name": name, **_judged(declarations, *each)} for name, each in tried.items()]


def siblings(declarations: Declarations) -> list[dict[str, Any]]:
    """How alike the labels of different goods tuples are that share a key, each tuple weighing the same.

    Per key: the tuples that share it with another, how often two that do have the same label, how often any two of
    these tuples would, the correlation that this makes, and AUC of the mean label of the others of the key.
    """
    asked = Asked(declarations.tables, declarations.questions)
    goods = asked.main_item.select("hs6", "origin_country", "duty_rate", "duty_regime")
    goods = goods.with_columns(
        dispatch_country=asked.consignment["dispatch_country"],
        tuple=pl.Series(declarations.tuples),
        label=pl.Series(declarations.labels("fraud")),
    )
    # About one tuple in a hundred has both labels; the commoner one stands for it.
    tuples = goods.group_by("tuple").agg(pl.first(*KEY_OF_SIBLINGS), (pl.col("label").mean() >= 0.5).cast(pl.Int64))
    told = []
    for name, width in {"HS code": 1, "and countries": 3, "and duty rate and regime": 5}.items():
        key = KEY_OF_SIBLINGS[:width]
        shared = tuples.with_columns(size=pl.len().over(key), hits=pl.col("label").sum().over(key))
        shared = shared.filter(pl.col("size") > 1).sort("tuple")
        label = shared["label"].to_numpy()
        others = ((shared["hits"] - shared["label"]) / (shared["size"] - 1)).to_numpy()
        agree = float((label * others + (1 - label) * (1 - others)).mean())
        chance = float(label.mean() ** 2 + (1 - label.mean()) ** 2)
        told.append(
            {
                "name": name,
                "tuples": len(label),
                "agree": agree,
                "chance": chance,
                "correlation": (agree - chance) / (1 - chance),
                "auc": float(roc_auc_score(label, others)),
            }
        )
    return told


class _Counts:
    """Hits and findings by key as of each cut-off, taken back out of the smoothed rates."""

    def __init__(self, features: Features, prior_strength: float) -> None:
        self._frame, self._strength = features.frame, prior_strength
        self._base = features.frame["fraud_base_rate"].to_numpy()
        self._own = self.of(TUPLE)

    def of(self, key: str) -> tuple[Floats, Floats]:
        count = self._frame[f"fraud_findings_by_{key}"].fill_null(0.0).to_numpy()
        rate = self._frame[f"fraud_rate_by_{key}"].fill_null(0.0).to_numpy()
        return np.where(count > 0, rate * (count + self._strength) - self._strength * self._base, 0.0), count

    def without_own_tuple(self, key: str) -> Floats:
        hits, count = self.of(key)
        rest = hits - self._own[0] + self._strength * self._base
        return np.asarray(rest / (count - self._own[1] + self._strength))

    def numbers(self) -> Floats:
        kept = [
            name
            for name, dtype in self._frame.schema.items()
            if (dtype.is_numeric() or str(dtype) == "Boolean") and not name.startswith("critical_fraud_")
        ]
        return self._frame.select(kept).cast(float).fill_null(float("nan")).to_numpy()


def _judged(declarations: Declarations, matrix: Floats, train: NDArray[np.bool_]) -> dict[str, float]:
    labels, new = declarations.labels("fraud"), declarations.new(declarations.train)
    parts = {"validation": declarations.validation & new, "test": declarations.test & new}
    rows = lightgbm.Dataset(matrix[train], labels[train])
    unseen = lightgbm.Dataset(matrix[parts["validation"]], labels[parts["validation"]], reference=rows)
    model = lightgbm.train(
        SETTINGS, rows, 400, valid_sets=[unseen], callbacks=[lightgbm.early_stopping(60, verbose=False)]
    )
    said = np.asarray(model.predict(matrix, num_threads=1))
    return {part: float(roc_auc_score(labels[where], said[where])) for part, where in parts.items()}
