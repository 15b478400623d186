"""Part A, where no finding of the last three months enters a rate or a model, and part B, where rates roll on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.korea_customs.declarations import END, LABELS, TEST, VALIDATION, Declarations
from benchmarks.korea_customs.service import Clock, Features, Fitted, params_of
from benchmarks.korea_customs.tables import judged
from models.draws import uniform
from models.evaluation import best_f1_threshold

# Settings of the learner that were tried; the first is as configured. All are compared on the validation part alone.
CANDIDATES: tuple[dict[str, Any], ...] = (
    {},
    {"num_leaves": 15},
    {"num_leaves": 63},
    {"learning_rate": 0.05},
    {"min_data_in_leaf": 50, "lambda_l2": 10.0},
    {"feature_fraction": 0.5},
    {"feature_fraction": 0.5, "num_leaves": 15, "min_data_in_leaf": 50},
)
AS_GOOD = 0.003  # average precision within which candidates count as equal, so that the new part decides
DELAYS = (0, 14, 30)

Bools = NDArray[np.bool_]


def choose(declarations: Declarations, features: Features) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The candidate for fraud: of those as good as the best on all validation rows, the best on new goods tuples."""
    validation, new = declarations.validation, declarations.new(declarations.train)
    labels = declarations.labels("fraud")
    tried = []
    for changed in CANDIDATES:
        said = features.fitted("fraud", params_of(declarations, **changed), declarations.train, validation).raw
        rows, unseen = validation, validation & new
        tried.append(
            {
                "changed": changed,
                "auc": float(roc_auc_score(labels[rows], said[rows])),
                "average_precision": float(average_precision_score(labels[rows], said[rows])),
                "new": float(roc_auc_score(labels[unseen], said[unseen])),
            }
        )
    best = max(each["average_precision"] for each in tried)
    as_good = [each for each in tried if each["average_precision"] >= best - AS_GOOD]
    return max(as_good, key=lambda each: each["new"])["changed"], tried


def part_a(
    declarations: Declarations, chosen: dict[str, Any], clock: Clock, features: Features | None = None
) -> dict[str, Fitted]:
    """Per label, trained on the first twelve months with what they found, stopped and calibrated on the next three."""
    features = features or Features(declarations, declarations.findings(before=VALIDATION), clock)
    params = params_of(declarations, **chosen)
    return {scheme: features.fitted(scheme, params, declarations.train, declarations.validation) for scheme in LABELS}


def fifteen_months(
    declarations: Declarations, chosen: dict[str, Any], twelve: dict[str, Fitted], clock: Clock
) -> dict[str, Fitted]:
    """As part A, with the findings of the first fifteen months; rounds and calibration stay as they were chosen."""
    features = Features(declarations, declarations.findings(before=TEST), clock)
    rows = declarations.train | declarations.validation
    params = params_of(declarations, **chosen)
    return {
        scheme: features.fitted(scheme, params, rows, declarations.validation, as_before=twelve[scheme])
        for scheme in LABELS
    }


def part_b(
    declarations: Declarations, chosen: dict[str, Any], twelve: dict[str, Fitted], days_late: int, clock: Clock
) -> dict[str, Fitted]:
    """A model of what was known on the last evening of March; rates roll on with findings so many days late."""
    features = Features(declarations, declarations.findings(before=END, days_late=days_late), clock)
    rows = declarations.between(None, TEST)
    known = declarations.questions["cutoff"].dt.offset_by(f"{days_late}d") < TEST
    params = params_of(declarations, **chosen)
    train = rows & known.to_numpy()
    return {
        scheme: features.fitted(scheme, params, train, declarations.validation, as_before=twelve[scheme])
        for scheme in LABELS
    }


def figures(
    declarations: Declarations, scheme: str, fitted: Fitted, before: Bools, chosen_on: Fitted | None = None
) -> dict[str, dict[str, Any]]:
    """Measures of the test part: of new goods tuples, by tuple, then of all, by declaration.

    The threshold of F1 is chosen on what `chosen_on` (default: the same model) says of the validation part: a model
    that did not learn from it.
    """
    labels, new = declarations.labels(scheme), declarations.new(before)
    test, validation = declarations.test, declarations.validation
    unseen = validation & declarations.new(declarations.train)
    said, choosing = fitted.probabilities, (chosen_on or fitted).probabilities
    at = {"new": best_f1_threshold(labels[unseen], choosing[unseen])}
    at["all"] = best_f1_threshold(labels[validation], choosing[validation])
    return {
        "new": judged(labels, said, test & new, at["new"], declarations.tuples),
        "all": judged(labels, said, test, at["all"], declarations.ids),
    }


def more_goods(declarations: Declarations, chosen: dict[str, Any], clock: Clock) -> list[dict[str, Any]]:
    """Fraud on the same new test rows, taught by a growing share of the goods tuples of the first twelve months."""
    labels, params = declarations.labels("fraud"), params_of(declarations, **chosen)
    draws = uniform(0, "tuples", [str(number) for number in declarations.tuples])
    test = declarations.test & declarations.new(declarations.train)
    unseen = declarations.validation & declarations.new(declarations.train)
    told = []
    for share in (0.125, 0.25, 0.5, 1.0):
        train = declarations.train & (draws < share)
        features = Features(declarations, declarations.findings_of(train, before=VALIDATION), clock)
        said = features.fitted("fraud", params, train, declarations.validation).raw
        told.append(
            {
                "share": share,
                "tuples": len(np.unique(declarations.tuples[train])),
                "validation": float(roc_auc_score(labels[unseen], said[unseen])),
                "test": float(roc_auc_score(labels[test], said[test])),
            }
        )
    return told
