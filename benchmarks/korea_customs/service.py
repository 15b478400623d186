"""The product's own model on the declarations: its features, its learner, its calibration."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from benchmarks.korea_customs.declarations import Declarations
from features.tables import Tables
from models.calibration import Calibration, calibrate, choose
from models.learner import Labelled, LearnerParams, fit, fit_early_stopped, raw_scores
from models.matrix import MatrixSpec, conform, learn
from pipeline.registry import columns_of
from pipeline.score import matrix_of


@dataclass
class Clock:
    """CPU seconds of each step, and the most memory that the process had held when it ended."""

    steps: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begun = time.process_time()
        yield
        self.steps.setdefault(name, []).append(time.process_time() - begun)
        self.memory[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Fitted(NamedTuple):
    """Probabilities of every question, raw scores, the rounds, and what turned the scores into probabilities."""

    probabilities: NDArray[np.float64]
    raw: NDArray[np.float64]
    rounds: int
    calibration: Calibration


class Features:
    """Features of every question from some tables, ready for any scheme."""

    def __init__(self, declarations: Declarations, tables: Tables, clock: Clock) -> None:
        self.declarations, self._clock = declarations, clock
        self._house = declarations.house
        with clock.step("features"):
            self.frame: pl.DataFrame = self._house.catalogue.build(tables, declarations.questions)

    def fitted(
        self,
        scheme: str,
        params: LearnerParams,
        train: NDArray[np.bool_],
        choosing: NDArray[np.bool_],
        as_before: Fitted | None = None,
    ) -> Fitted:
        """A model of the training rows, stopped and calibrated on the choosing rows, or with rounds and calibration
        as before: rows that a model has learned from can choose neither for it."""
        labels = self.declarations.labels(scheme)
        with self._clock.step(f"fit {scheme}"):
            matrix, spec = self._matrix(scheme, train)
            rows = _labelled(matrix, labels, train)
            if as_before is None:
                booster, rounds = fit_early_stopped(rows, _labelled(matrix, labels, choosing), spec, params)
            else:
                rounds = as_before.rounds
                booster = fit(rows, spec, params, rounds)
        with self._clock.step(f"score {scheme}"):
            raw = raw_scores(booster, matrix, spec, params.threads)
        calibration = as_before.calibration if as_before else _calibration(raw, labels, choosing)
        return Fitted(calibration.probabilities(raw), raw, rounds, calibration)

    def _matrix(self, scheme: str, train: NDArray[np.bool_]) -> tuple[pd.DataFrame, MatrixSpec]:
        frame = matrix_of(self.frame, self._house.catalogue, scheme)
        spec = learn(frame.iloc[np.flatnonzero(train)], columns_of(self._house.catalogue, self._house.settings)[scheme])
        return conform(frame, spec).frame, spec


def _labelled(matrix: pd.DataFrame, labels: NDArray[np.int64], rows: NDArray[np.bool_]) -> Labelled:
    return Labelled(matrix.iloc[np.flatnonzero(rows)], labels[rows])


def _calibration(raw: NDArray[np.float64], labels: NDArray[np.int64], rows: NDArray[np.bool_]) -> Calibration:
    at = np.array_split(np.flatnonzero(rows), 2)
    method, _ = choose([(raw[part], labels[part]) for part in at])
    return calibrate(raw[rows], labels[rows], method=method)


def params_of(declarations: Declarations, **changed: Any) -> LearnerParams:
    """The learner as configured, with one thread and some settings changed."""
    return declarations.house.settings.training.learner.model_copy(update={"threads": 1, **changed})
