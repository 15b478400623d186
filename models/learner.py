"""A LightGBM booster for one scheme: deterministic, with native nulls and categories, and a share of the negatives."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from models.draws import uniform
from models.matrix import MatrixSpec, values


class LearnerParams(BaseModel, frozen=True, extra="forbid"):
    """What a data scientist tunes; names follow LightGBM where it has the setting.

    `rounds` is the number of trees, or the most of them where `early_stopping` (rounds without improvement of `metric`
    on later rows, 0: off) ends the growth before. `negative_share` is the share of the rows without a find that a
    booster sees; calibration takes it back out. `monotone` names the columns whose direction the booster must follow.
    """

    seed: int = Field(0, ge=0, lt=2**31)
    threads: int = Field(1, ge=1)
    rounds: int = Field(500, ge=1)
    early_stopping: int = Field(40, ge=0)
    metric: Literal["auc", "average_precision", "binary_logloss"] = "auc"
    learning_rate: float = Field(0.1, gt=0)
    num_leaves: int = Field(31, ge=2)
    max_depth: int = Field(8, ge=1)
    min_data_in_leaf: int = Field(20, ge=1)
    feature_fraction: float = Field(0.8, gt=0, le=1)
    bagging_fraction: float = Field(1.0, gt=0, le=1)
    bagging_freq: int = Field(0, ge=0)
    lambda_l2: float = Field(1.0, ge=0)
    cat_smooth: float = Field(10.0, ge=0)
    negative_share: float = Field(1.0, gt=0, le=1)
    monotone: tuple[str, ...] = ()


class Labelled(NamedTuple):
    """A conformed frame whose index holds unique ids, and a label (0 or 1) per row."""

    frame: pd.DataFrame
    labels: NDArray[np.int64]


def fit(train: Labelled, spec: MatrixSpec, params: LearnerParams, rounds: int) -> lightgbm.Booster:
    """A booster of exactly `rounds` rounds."""
    return lightgbm.train(_settings(spec, params), _dataset(_sample(train, params), spec), num_boost_round=rounds)


def fit_early_stopped(
    train: Labelled, validation: Labelled, spec: MatrixSpec, params: LearnerParams
) -> tuple[lightgbm.Booster, int]:
    """A booster stopped where `metric` on the validation rows stops improving, and its number of rounds."""
    if params.early_stopping == 0:
        return fit(train, spec, params, params.rounds), params.rounds
    dataset = _dataset(_sample(train, params), spec)
    booster = lightgbm.train(
        _settings(spec, params),
        dataset,
        num_boost_round=params.rounds,
        valid_sets=[_dataset(validation, spec, reference=dataset)],
        callbacks=[lightgbm.early_stopping(params.early_stopping, verbose=False)],
    )
    return booster, int(booster.best_iteration)


def raw_scores(booster: lightgbm.Booster, frame: pd.DataFrame, spec: MatrixSpec, threads: int = 1) -> NDArray[Any]:
    """Log-odds (float64) of each row of a conformed frame, before calibration."""
    if frame.empty:
        return np.zeros(0)
    scores = booster.predict(values(frame, spec), raw_score=True, num_threads=threads)
    return np.asarray(scores, dtype=np.float64)


def _sample(train: Labelled, params: LearnerParams) -> Labelled:
    if params.negative_share == 1.0:
        return train
    drawn = uniform(params.seed, "negatives", train.frame.index) < params.negative_share
    kept = drawn | (train.labels == 1)
    return Labelled(train.frame[kept], train.labels[kept])


def _dataset(rows: Labelled, spec: MatrixSpec, reference: lightgbm.Dataset | None = None) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        values(rows.frame, spec),
        label=rows.labels,
        reference=reference,
        feature_name=spec.names,
        categorical_feature=[i for i, column in enumerate(spec.columns) if column.kind == "category"],
    )


def _settings(spec: MatrixSpec, params: LearnerParams) -> dict[str, Any]:
    settings = params.model_dump(exclude={"threads", "rounds", "early_stopping", "negative_share", "monotone"})
    settings |= {
        "objective": "binary",
        "num_threads": params.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    if params.monotone:
        settings["monotone_constraints"] = _constraints(spec, params.monotone)
    return settings


def _constraints(spec: MatrixSpec, monotone: tuple[str, ...]) -> list[int]:
    directions = {column.name: column.direction for column in spec.columns if column.kind != "category"}
    without = [name for name in monotone if not directions.get(name)]
    if without:
        raise ValueError(
            "A monotone column must be a number or boolean of the matrix that is declared with a direction. "
            f"Found none for: {', '.join(without)}. Declare a direction, or take the names out of `monotone`."
        )
    return [column.direction if column.name in monotone else 0 for column in spec.columns]
