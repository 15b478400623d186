"""Calibration: order is never lost, the truth is found, few labels are borne."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calibration import (
    ENOUGH_FOR_BETA,
    ENOUGH_FOR_PLATT,
    Calibration,
    calibrate,
    choose,
    probability,
    uncalibrated,
)

GRID = np.linspace(-30, 30, 4001)


def drawn(log_odds: np.ndarray, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(len(log_odds)) < probability(log_odds)).astype(np.int64)


@settings(max_examples=50, deadline=None)
@given(
    rows=st.integers(1, 600),
    seed=st.integers(0, 10**6),
    slope=st.floats(-2, 3),
    shift=st.floats(-4, 4),
    share=st.floats(0.01, 1),
)
def test_calibrate_never_makes_ties_or_turns_the_order(rows, seed, slope, shift, share):
    raw = np.random.default_rng(seed).normal(scale=2, size=rows)
    calibration = calibrate(raw, drawn(slope * raw + shift, seed + 1), share)
    assert (np.diff(calibration.log_odds(GRID)) > 0).all()
    within = calibration.probabilities(GRID)
    assert ((within >= 0) & (within <= 1)).all()
    assert (np.diff(within) >= 0).all()


@pytest.mark.parametrize(("a", "b", "c"), [(1.0, 1.0, 0.0), (0.5, 0.5, -1.0), (2.0, 0.6, 0.5), (0.4, 1.5, -0.5)])
def test_calibrate_finds_a_known_beta_distortion(a, b, c):
    raw = np.random.default_rng(3).normal(scale=1.5, size=40000)
    truth = Calibration(method="beta", a=a, b=b, c=c, sampling_offset=0.0)
    found = calibrate(raw, drawn(truth.log_odds(raw), 4))
    assert found.method == "beta"
    assert np.abs(found.probabilities(raw) - truth.probabilities(raw)).max() < 0.03


def test_calibrate_takes_back_the_sampling_of_negatives():
    truth = np.random.default_rng(5).normal(loc=-2, size=20000)
    labels = drawn(truth, 6)
    raw = truth - math.log(0.2)
    assert np.abs(uncalibrated(0.2).probabilities(raw) - probability(truth)).max() < 1e-12
    assert calibrate(raw, labels, 0.2).sampling_offset == pytest.approx(math.log(0.2))
    assert np.abs(calibrate(raw, labels, 0.2).probabilities(raw) - probability(truth)).max() < 0.03


@pytest.mark.parametrize(
    ("positives", "method"),
    [(0, "shift"), (ENOUGH_FOR_PLATT - 1, "shift"), (ENOUGH_FOR_PLATT, "platt"), (ENOUGH_FOR_BETA - 1, "platt")],
)
def test_calibrate_learns_no_more_than_the_labels_carry(positives, method):
    raw = np.random.default_rng(7).normal(size=2000)
    labels = np.zeros(2000, dtype=np.int64)
    labels[np.argsort(-raw)[: positives * 2 : 2]] = 1
    found = calibrate(raw, labels)
    assert found.method == method
    assert found.probabilities(raw).mean() == pytest.approx(positives / 2000, abs=5e-4)


@pytest.mark.parametrize("label", [0, 1])
def test_calibrate_of_one_label_alone_stays_finite(label):
    found = calibrate(np.array([-1.0, 0.0, 2.0]), np.full(3, label))
    assert found.probabilities(np.zeros(3)) == pytest.approx([found.probabilities(np.zeros(1))[0]] * 3)
    assert 0 < found.probabilities(np.array([0.0]))[0] < 1


def test_calibrate_of_misleading_scores_keeps_their_order_but_hardly_believes_them():
    raw = np.random.default_rng(8).normal(scale=2, size=3000)
    found = calibrate(raw, drawn(-2 * raw, 9))
    spread = found.probabilities(np.array([-2.0, 2.0]))
    assert 0 < spread[1] - spread[0] < 0.1


def test_calibrate_of_perfectly_parted_labels_stays_finite():
    raw = np.concatenate([np.linspace(-3, -1, 200), np.linspace(1, 3, 200)])
    found = calibrate(raw, (raw > 0).astype(np.int64))
    assert np.isfinite(found.log_odds(GRID)).all()


def test_calibrate_needs_rows():
    with pytest.raises(ValueError, match=r"needs scored rows with labels\. Found none"):
        calibrate(np.zeros(0), np.zeros(0, dtype=np.int64))


def test_slope_is_the_derivative():
    calibration = Calibration(method="beta", a=0.7, b=1.4, c=0.2, sampling_offset=-0.5)
    points = np.linspace(-6, 6, 50)
    numeric = (calibration.log_odds(points + 1e-5) - calibration.log_odds(points - 1e-5)) / 2e-5
    assert calibration.slope(points) == pytest.approx(numeric, abs=1e-6)


def test_calibration_survives_json_exactly():
    calibration = calibrate(np.linspace(-2, 2, 500), drawn(np.linspace(-2, 2, 500), 1), 0.3)
    again = Calibration.model_validate_json(calibration.model_dump_json())
    assert again == calibration
    assert np.array_equal(again.probabilities(GRID), calibration.probabilities(GRID))


def test_probability_does_not_overflow():
    with np.errstate(all="raise", under="ignore"):
        assert probability(np.array([-1e4, -800.0, 0.0, 800.0, 1e4])).tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(500, 3000), seed=st.integers(0, 10**6), slope=st.floats(-2, 3))
def test_isotonic_never_makes_ties_or_turns_the_order(rows, seed, slope):
    raw = np.random.default_rng(seed).normal(scale=2, size=rows)
    calibration = calibrate(raw, drawn(slope * raw, seed + 1), 0.5, "isotonic")
    assert (np.diff(calibration.log_odds(GRID)) > 0).all()
    assert (calibration.slope(GRID) > 0).all()
    assert Calibration.model_validate_json(calibration.model_dump_json()) == calibration


def test_isotonic_follows_a_curve_that_beta_cannot():
    random = np.random.default_rng(11)
    raw = random.normal(scale=2, size=60000)
    truth = np.where(np.abs(raw) < 1.5, 0.1 * raw, raw) - np.where(raw < -1.5, -1.4, 0) - np.where(raw > 1.5, 1.4, 0)
    labels = drawn(truth, 12)
    isotonic, beta = (calibrate(raw, labels, method=method) for method in ("isotonic", "beta"))
    wrong = [np.abs(found.probabilities(raw) - probability(truth)).mean() for found in (isotonic, beta)]
    assert isotonic.method == "isotonic"
    assert wrong[0] < 0.01 < wrong[1]
    folds = [(raw[begin::3], labels[begin::3]) for begin in range(3)]
    assert choose(folds)[0] == "isotonic"


def test_the_choice_is_told_and_beta_stands_where_labels_are_few():
    raw = np.random.default_rng(13).normal(size=2000)
    labels = drawn(raw, 14)
    assert choose([(raw, labels)]) == ("beta", "one fold alone cannot compare")
    few = np.zeros(2000, dtype=np.int64)
    few[:50] = 1
    assert "too few for a free curve" in choose([(raw, few), (raw, labels)])[1]
    assert choose([(raw, labels), (raw, labels)])[1].startswith("log loss of the newest fold")
    assert calibrate(raw, few, method="isotonic").method == "platt"
