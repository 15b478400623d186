"""What others do with these declarations: the publishers' learners with their settings, and the usual short cuts.

Encoding and settings are those of the publishers' notebooks (GitHub Seondong/Customs-Declaration-Datasets, codes/
fraud_detection/1_Preprocess_data, 2_Fraud_detection, codes/50_Compare_multi_algorithm): 18 columns; each code numbered
by its first appearance, later parts going on where training ended; mass and price scaled to the range of training.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

NUMBERS = ("Net Mass", "Item Price")
NOT_USED = ("Declaration ID", "Date", "Fraud", "Critical Fraud")
PARTS = ("train", "valid", "test")

Floats = NDArray[np.float64]


def raw_declarations(raw: Path) -> pl.DataFrame:
    """The publishers' files, one below the other, all columns as text, with `part`."""
    parts = []
    for part in PARTS:
        file = next(raw.glob(f"df_syn_{part}_eng.csv*"))
        parts.append(pl.read_csv(file, infer_schema=False).with_columns(part=pl.lit(part)))
    return pl.concat(parts)


def encoded(rows: pl.DataFrame) -> Floats:
    """The publishers' matrix, a row per declaration."""
    train = (rows["part"] == "train").to_numpy()
    columns = []
    for name in _columns(rows):
        if name in NUMBERS:
            value = rows[name].cast(pl.Float64).to_numpy()
            low, high = value[train].min(), value[train].max()
            columns.append((value - low) / (high - low))
        else:
            order = rows[name].unique(maintain_order=True)
            columns.append(rows[name].replace_strict(order, range(1, len(order) + 1)).cast(pl.Float64).to_numpy())
    return np.column_stack(columns)


def codes(rows: pl.DataFrame) -> list[int]:
    """Which columns of the matrix are codes, not numbers."""
    return [place for place, name in enumerate(_columns(rows)) if name not in NUMBERS]


def _columns(rows: pl.DataFrame) -> list[str]:
    return [name for name in rows.columns if name not in (*NOT_USED, "part")]


def learners() -> dict[str, Callable[[], Any]]:
    """The publishers' learners with their settings; XGBoost and CatBoost come with the extra `korea`."""
    from catboost import CatBoostClassifier
    from xgboost import XGBClassifier

    return {
        "logistic regression": lambda: LogisticRegression(solver="lbfgs"),
        "AdaBoost": lambda: AdaBoostClassifier(random_state=0),
        "decision tree": lambda: DecisionTreeClassifier(max_depth=4, random_state=0),
        "random forest": lambda: RandomForestClassifier(n_estimators=100, max_depth=4, random_state=0),
        "CatBoost": lambda: CatBoostClassifier(depth=4, verbose=False, random_seed=0, allow_writing_files=False),
        "XGBoost": lambda: XGBClassifier(n_estimators=100, max_depth=4, eval_metric="logloss", random_state=0),
        "LightGBM": lambda: lightgbm.LGBMClassifier(verbose=-1, random_state=0),
    }


def notebook_xgboost(matrix: Floats, labels: NDArray[np.int64], train: NDArray[np.bool_]) -> Floats:
    """XGBoost with the settings of 2_Fraud_detection, on training rows sampled to as many finds as others."""
    from xgboost import XGBClassifier

    rows = np.flatnonzero(train)
    few = rows[labels[rows] == 1]
    # As imblearn's RandomOverSampler(random_state=11): the rarer label is drawn again until both are equal.
    again = np.random.RandomState(11).randint(0, len(few), size=len(rows) - 2 * len(few))
    sampled = np.concatenate([rows, few[again]])
    model = XGBClassifier(
        n_estimators=424,
        learning_rate=0.5994130001745845,
        max_depth=4,
        colsample_bytree=0.6,
        gamma=1,
        min_child_weight=2,
        tree_method="exact",
        base_score=0.5,
        random_state=0,
        eval_metric="logloss",
    )
    return _found(model.fit(matrix[sampled], labels[sampled]), matrix)


def fitted(model: Any, matrix: Floats, labels: NDArray[np.int64], train: NDArray[np.bool_]) -> Floats:
    """Probabilities of all rows from a model of the training rows."""
    with warnings.catch_warnings():
        # The publishers stop the logistic regression at its default of 100 rounds, before it has converged.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return _found(model.fit(matrix[train], labels[train]), matrix)


def leaking_target_encoding(
    matrix: Floats, columns: list[int], labels: NDArray[np.int64], train: NDArray[np.bool_]
) -> Floats:
    """The classic leak: every code replaced by the mean label of its training rows, own label included."""
    means = []
    for column in matrix[:, columns].T:
        code = np.unique(column, return_inverse=True)[1]
        size = int(code.max()) + 1
        rows = np.bincount(code[train], minlength=size)
        hits = np.bincount(code[train], weights=labels[train], minlength=size)
        means.append(np.divide(hits, rows, out=np.full(size, labels[train].mean()), where=rows > 0)[code])
    return fitted(lightgbm.LGBMClassifier(verbose=-1, random_state=0), np.column_stack(means), labels, train)


def _found(model: Any, matrix: Floats) -> Floats:
    return np.asarray(model.predict_proba(matrix)[:, 1], dtype=np.float64)
