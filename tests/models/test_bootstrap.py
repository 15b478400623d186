"""The bootstrap: weighted measures against scikit-learn, intervals that cover, and nothing that depends on order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from models.bootstrap import Resamples, differences, interval
from models.evaluation import Rooms, at_share, evaluate, judged

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.integers(0, 3)), min_size=2, max_size=30
)


@given(ROWS)
@settings(max_examples=200, deadline=None)
def test_weighted_measures_equal_those_of_scikit_learn(rows):
    labels, said, weights = (np.array(column) for column in zip(*rows, strict=True))
    drawn = weights > 0
    if len(set(labels[drawn])) < 2:
        return
    found = judged(labels, said.astype(float)).measures(weights[None].astype(float), (0.1, 0.5))
    assert found["auc"][0] == pytest.approx(roc_auc_score(labels, said, sample_weight=weights))
    assert found["average_precision"][0] == pytest.approx(average_precision_score(labels, said, sample_weight=weights))
    assert found["brier"][0] == pytest.approx(brier_score_loss(labels, said, sample_weight=weights))
    repeated = np.repeat(np.arange(len(labels)), weights)
    for share in (0.1, 0.5):
        plain = at_share(labels[repeated], said[repeated].astype(float), share)
        assert found[f"precision_{share}"][0] == pytest.approx(plain["precision"]["expected"])
        assert found[f"recall_{share}"][0] == pytest.approx(plain["recall"]["expected"])


def test_weights_of_one_give_the_measures_of_evaluate():
    random = np.random.default_rng(3)
    said = np.round(random.random(500), 2)
    labels = (random.random(500) < said).astype(np.int64)
    plain = evaluate(labels, said)
    weighted = judged(labels, said).measures(np.ones((1, 500)), (0.05,))
    for name in ("auc", "average_precision", "brier", "calibration_error"):
        assert weighted[name][0] == pytest.approx(plain[name])


def test_intervals_hold_the_figure_and_narrow_with_rows():
    widths = []
    for size in (200, 5000):
        random = np.random.default_rng(4)
        said = random.random(size)
        labels = (random.random(size) < said).astype(np.int64)
        result = evaluate(labels, said, draws=200)
        low, high = result["intervals"]["auc"]
        assert low < result["auc"] < high
        precision = result["at_share"]["0.1"]["precision"]
        assert precision["interval"][0] <= precision["expected"] <= precision["interval"][1]
        widths.append(high - low)
    assert widths[1] < widths[0] / 3


def test_rows_of_one_cluster_are_drawn_together():
    clusters = np.array(["b", "a", "b", "c"])
    for counts in Resamples(clusters, draws=50).counts():
        assert (counts[:, 0] == counts[:, 2]).all()
        assert (counts[:, 0] + counts[:, 1] + counts[:, 3] == 3).all()


def test_rows_that_repeat_widen_the_interval_only_when_not_clustered():
    random = np.random.default_rng(5)
    said = random.random(300)
    labels = (random.random(300) < said).astype(np.int64)
    once = evaluate(labels, said, clusters=np.arange(300), draws=200)["intervals"]["auc"]
    tenfold = evaluate(np.repeat(labels, 10), np.repeat(said, 10), clusters=np.repeat(np.arange(300), 10), draws=200)
    assert tenfold["intervals"]["auc"] == pytest.approx(once, abs=1e-9)


def test_order_of_rows_and_size_of_blocks_change_nothing(monkeypatch):
    random = np.random.default_rng(6)
    said, clusters = random.random(400), random.integers(0, 90, 400)
    labels = (random.random(400) < said).astype(np.int64)
    before = evaluate(labels, said, clusters=clusters, draws=60)
    order = random.permutation(400)
    assert evaluate(labels[order], said[order], clusters=clusters[order], draws=60) == before
    monkeypatch.setattr("models.bootstrap._ROWS_AT_ONCE", 1000)
    assert evaluate(labels, said, clusters=clusters, draws=60) == before


def test_difference_of_a_score_with_itself_is_nothing_and_with_noise_is_positive():
    random = np.random.default_rng(7)
    said = random.random(800)
    labels = (random.random(800) < said).astype(np.int64)
    good, noise = judged(labels, said), judged(labels, random.random(800))
    resamples = Resamples(np.arange(800), 100)
    assert differences(good, good, resamples, ())["auc"] == [0.0, 0.0]
    assert differences(good, noise, resamples, ())["average_precision"][0] > 0.1


def test_what_no_resample_defines_has_no_interval():
    assert interval(np.array([np.nan, np.inf])) is None
    assert evaluate(np.zeros(5, dtype=np.int64), np.linspace(0, 1, 5), draws=20)["intervals"]["auc"] is None


def test_capacity_opens_the_highest_rows_of_each_block():
    labels = np.array([1, 0, 1, 0, 1])
    said = np.array([0.9, 0.8, 0.2, 0.7, 0.7])
    rooms = Rooms(np.array([0, 0, 0, 1, 1]), np.array([1, 1]))
    found = evaluate(labels, said, rooms=rooms, draws=50)["at_capacity"]
    assert found["rows"] == 2
    assert {name: found["precision"][name] for name in ("best", "worst", "expected")} == {
        "best": 1.0,
        "worst": 0.5,
        "expected": 0.75,
    }
    assert found["recall"]["expected"] == pytest.approx(0.5)
    assert found["precision"]["interval"][1] <= 1.0


def test_a_block_without_room_opens_nothing():
    found = evaluate(np.array([1, 1]), np.array([0.5, 0.6]), rooms=Rooms(np.array([0, 1]), np.array([0, 5])))
    assert found["at_capacity"]["rows"] == 1
    assert evaluate(np.array([1]), np.array([0.5]))["undefined"]["at_capacity"] == "no capacity was given"
