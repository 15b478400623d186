"""Evaluation: ties by trying every order, blocks of one label, and nothing that JSON cannot hold."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation import at_share, calibration_error, evaluate


@settings(max_examples=120, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.1, 0.5, 0.9])), min_size=1, max_size=6),
    share=st.sampled_from([0.01, 0.2, 0.34, 0.5, 0.75, 1.0]),
)
def test_at_share_equals_trying_every_order_of_ties(rows, share):
    labels, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    chosen = max(1, math.ceil(round(share * len(rows), 9)))
    hits = []
    for order in itertools.permutations(range(len(rows))):
        if all(scores[a] >= scores[b] for a, b in itertools.pairwise(order)):
            hits.append(labels[list(order[:chosen])].sum())
    found = at_share(labels, scores, share)
    assert found["rows"] == chosen
    expected = {"best": max(hits), "worst": min(hits), "expected": np.mean(hits)}
    assert found["precision"] == pytest.approx({name: value / chosen for name, value in expected.items()})
    if labels.sum():
        assert found["recall"] == pytest.approx({name: value / labels.sum() for name, value in expected.items()})
    else:
        assert found["recall"] is None


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), max_size=30))
def test_evaluate_is_json_without_nan_and_explains_every_null(rows):
    labels = np.array([row[0] for row in rows], dtype=np.int64)
    result = evaluate(labels, np.array([row[1] for row in rows], dtype=float))
    json.dumps(result, allow_nan=False)
    nulls = {name for name, value in result.items() if value is None}
    assert nulls <= set(result["undefined"])
    if 0 < labels.sum() < len(labels):
        pairs = [(a, b) for (x, a), (y, b) in itertools.product(rows, rows) if x == 1 and y == 0]
        wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs]
        assert result["auc"] == pytest.approx(np.mean(wins))
        assert nulls == {"at_capacity"}


@pytest.mark.parametrize(("label", "reason"), [(0, "no row with a find"), (1, "no row without a find")])
def test_evaluate_of_one_label_alone(label, reason):
    result = evaluate(np.full(10, label), np.linspace(0, 1, 10))
    assert result["auc"] is None
    assert result["undefined"]["auc"] == reason
    assert result["brier"] == pytest.approx(np.mean((label - np.linspace(0, 1, 10)) ** 2))


def test_evaluate_of_nothing():
    result = evaluate(np.zeros(0, dtype=np.int64), np.zeros(0))
    assert result["rows"] == 0
    assert result["undefined"]["brier"] == "no rows"


def test_evaluate_has_the_four_shares_of_the_contract():
    labels = np.array([1] * 10 + [0] * 990)
    result = evaluate(labels, np.linspace(1, 0, 1000))
    assert list(result["at_share"]) == ["0.01", "0.02", "0.05", "0.1"]
    assert result["at_share"]["0.02"] == {
        "rows": 20,
        "precision": {"best": 0.5, "worst": 0.5, "expected": 0.5},
        "recall": {"best": 1.0, "worst": 1.0, "expected": 1.0},
    }


def test_calibration_error_is_small_where_said_is_found_and_large_where_not():
    random = np.random.default_rng(1)
    said = random.random(20000)
    labels = (random.random(20000) < said).astype(np.int64)
    assert calibration_error(labels, said) < 0.02
    assert calibration_error(labels, said**3) > 0.1
    assert calibration_error(np.array([1, 0]), np.array([0.5, 0.5])) == 0.0
