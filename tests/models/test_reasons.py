"""Reasons: contributions add up, before and after calibration, and are ordered in one way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.calibration import Calibration, uncalibrated
from models.learner import Labelled, LearnerParams, fit, raw_scores
from models.reasons import Contributions, calibrated_contributions, raw_contributions, strongest, waterfall


@pytest.fixture(scope="module")
def booster(small):
    return fit(Labelled(small.conformed, small.labels), small.spec, LearnerParams(), 40)


def test_raw_contributions_add_up_to_the_raw_score(small, booster):
    explained = raw_contributions(booster, small.conformed, small.spec)
    total = explained.base + explained.values.sum(axis=1)
    assert np.abs(total - raw_scores(booster, small.conformed, small.spec)).max() < 1e-9


def test_raw_contributions_of_a_row_do_not_depend_on_the_other_rows(small, booster):
    whole = raw_contributions(booster, small.conformed, small.spec)
    one = raw_contributions(booster, small.conformed.iloc[5:6], small.spec)
    assert np.array_equal(one.values[0], whole.values[5])
    assert one.base == whole.base


def test_raw_contributions_of_no_rows_still_know_the_base(small, booster):
    none = raw_contributions(booster, small.conformed.iloc[:0], small.spec)
    assert none.values.shape == (0, 5)
    assert none.base == raw_contributions(booster, small.conformed, small.spec).base


CALIBRATIONS = st.builds(
    Calibration,
    method=st.just("beta"),
    a=st.floats(0.05, 4),
    b=st.floats(0.05, 4),
    c=st.floats(-5, 5),
    sampling_offset=st.floats(-4, 0),
)


@settings(max_examples=100, deadline=None)
@given(
    values=arrays(np.float64, (6, 4), elements=st.floats(-5, 5) | st.sampled_from([0.0, 1e-7, -1e-9])),
    base=st.floats(-6, 3),
    calibration=CALIBRATIONS,
)
def test_calibrated_contributions_add_up_and_keep_signs_and_order(values, base, calibration):
    calibrated = calibrated_contributions(Contributions(values, base), calibration)
    total = calibrated.base + calibrated.values.sum(axis=1)
    assert np.abs(total - calibration.log_odds(base + values.sum(axis=1))).max() < 1e-9
    big = np.abs(values) > 1e-6
    assert (np.sign(calibrated.values)[big] == np.sign(values)[big]).all()
    for before, after in zip(values, calibrated.values, strict=True):
        assert (np.diff(np.abs(after)[np.argsort(np.abs(before))]) >= 0).all()


def test_calibrated_contributions_without_calibration_are_the_raw_ones():
    raw = Contributions(np.array([[1.0, -0.5], [0.0, 0.0]]), -2.0)
    same = calibrated_contributions(raw, uncalibrated())
    assert same.base == pytest.approx(-2.0)
    assert same.values == pytest.approx(raw.values)


@settings(max_examples=100, deadline=None)
@given(
    values=arrays(np.float64, (3, 6), elements=st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.0]) | st.floats(-3, 3)),
    k=st.integers(0, 8),
)
def test_strongest_orders_by_strength_then_by_feature(values, k):
    found = strongest(values, k)
    for row, features, contributions in zip(values, found.feature, found.contribution, strict=True):
        expected = sorted(range(6), key=lambda feature: (-abs(row[feature]), feature))[:k]
        assert features.tolist() == expected
        assert contributions.tolist() == [row[feature] for feature in expected]


def test_waterfall_tells_the_strongest_and_adds_up():
    steps = waterfall(-2.0, -1.5, np.array([0.1, -0.7, 0.4, 0.0]), ["a", "b", "c", "d"], 2)
    assert [step.name for step in steps] == ["base rate", "model", "b", "c", "all other columns", "total"]
    assert [step.feature for step in steps] == [None, None, 1, 2, None, None]
    assert [step.log_odds for step in steps] == pytest.approx([-2.0, 0.5, -0.7, 0.4, 0.1, -1.7])
    assert sum(step.log_odds for step in steps[:-1]) == pytest.approx(steps[-1].log_odds)
