"""Training: repeatable, order-free, honest out of time, and refusing in words."""

import json
from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import pytest

from models.evaluation import evaluate
from models.judging import Beside
from models.learner import LearnerParams, raw_scores
from models.matrix import MatrixMismatch, conform
from models.selection import SelectionPolicy
from models.training import NotTrainable, TrainedScheme, TrainingParams, train_scheme

PARAMS = TrainingParams(learner=LearnerParams(rounds=60, early_stopping=10, learning_rate=0.1), maturity_days=5)


@pytest.fixture(scope="module")
def trained(table):
    result = train_scheme(table.frame, table.labels, table.when, table.columns, PARAMS)
    assert isinstance(result, TrainedScheme)
    return result


def probabilities(trained, table):
    frame = conform(table.frame, trained.spec).frame
    return trained.calibration.probabilities(raw_scores(trained.booster, frame, trained.spec))


def test_train_scheme_orders_and_estimates_rows_it_never_saw(table_of, trained):
    fresh = table_of(3000, seed=77)
    judged = evaluate(fresh.labels, probabilities(trained, fresh))
    best = evaluate(fresh.labels, fresh.truth)
    assert judged["auc"] > best["auc"] - 0.05
    assert judged["calibration_error"] < 0.04
    assert trained.metrics["auc"] == pytest.approx(judged["auc"], abs=0.06)
    assert trained.metrics["rounds_chosen_by"] == "earlier folds"
    json.dumps(trained.metrics, allow_nan=False)


def test_train_scheme_does_not_depend_on_the_order_of_rows(table, trained):
    shuffled = table.take(np.random.default_rng(5).permutation(len(table.labels)))
    again = train_scheme(shuffled.frame, shuffled.labels, shuffled.when, shuffled.columns, PARAMS)
    assert again.booster.model_to_string() == trained.booster.model_to_string()
    assert replace(again, booster=None) == replace(trained, booster=None)
    pd.testing.assert_frame_equal(again.judged, trained.judged)


def test_train_scheme_does_not_depend_on_how_many_folds_run_at_once(table, trained, monkeypatch):
    monkeypatch.setattr("models.training.Parallel", lambda n_jobs, prefer: joblib.Parallel(n_jobs=3, prefer=prefer))
    again = train_scheme(table.frame, table.labels, table.when, table.columns, PARAMS)
    assert again.booster.model_to_string() == trained.booster.model_to_string()
    assert replace(again, booster=None) == replace(trained, booster=None)


def test_the_judged_block_is_kept_for_plots_and_gives_the_metrics_again(trained):
    judged = evaluate(trained.judged["label"].to_numpy(), trained.judged["probability"].to_numpy())
    assert judged["auc"] == trained.metrics["auc"]
    assert trained.judged["id"].is_unique
    low, high = trained.metrics["intervals"]["average_precision"]
    assert low < trained.metrics["average_precision"] < high


def test_with_offices_and_identities_capacity_and_novelty_are_reported(table):
    offices = np.where(np.arange(len(table.labels)) % 3 == 0, "JPWKJ", "RUVVO")
    identity = pd.DataFrame({"goods": np.arange(len(table.labels)) % 700, "firm": np.arange(len(table.labels)) % 7})
    policy = SelectionPolicy(seed=1, capacity={"default": 0.1, "RUVVO": 1})
    beside = Beside(offices, policy, identity, {"firm": ["firm"]})
    result = train_scheme(table.frame, table.labels, table.when, table.columns, PARAMS, beside=beside)
    nights = len(set(result.judged["when"]))
    opened = result.metrics["at_capacity"]["rows"]
    assert nights < opened < nights + 0.2 * len(result.judged)
    assert result.metrics["novelty"]["keys"]["firm"]["seen_share"] == 1.0
    assert result.metrics["novelty"]["flags"] == []
    json.dumps(result.metrics, allow_nan=False)


def test_train_scheme_fits_all_rows_with_the_rounds_that_the_folds_chose(table, trained):
    assert trained.booster.num_trees() == trained.rounds
    assert trained.booster.trees_to_dataframe()["count"].iloc[0] == len(table.labels)
    assert trained.counts["rows"] == len(table.labels)
    assert trained.base_rate == pytest.approx(np.log(table.labels.mean() / (1 - table.labels.mean())))
    assert len(trained.metrics["folds"]) == 4
    assert all(fold["rounds"] <= 60 for fold in trained.metrics["folds"])


def test_train_scheme_with_a_share_of_the_negatives_still_means_what_it_says(table, table_of):
    params = PARAMS.model_copy(update={"learner": PARAMS.learner.model_copy(update={"negative_share": 0.3})})
    result = train_scheme(table.frame, table.labels, table.when, table.columns, params)
    fresh = table_of(3000, seed=78)
    assert probabilities(result, fresh).mean() == pytest.approx(fresh.labels.mean(), abs=0.03)


def test_train_scheme_finds_nothing_in_labels_without_a_cause(table):
    labels = np.random.default_rng(3).permutation(table.labels)
    result = train_scheme(table.frame, labels, table.when, table.columns, PARAMS)
    assert result.metrics["auc"] == pytest.approx(0.5, abs=0.08)
    spread = probabilities(result, table)
    assert np.abs(spread - labels.mean()).mean() < 0.1


def test_train_scheme_keeps_groups_on_one_side(table):
    groups = np.array([f"G{i % 7}" for i in range(len(table.labels))])
    result = train_scheme(table.frame, table.labels, table.when, table.columns, PARAMS, groups=groups)
    assert isinstance(result, NotTrainable)
    assert "'group_in_test'" in result.reason
    pairs = np.array([f"G{i // 2}" for i in range(len(table.labels))])
    assert isinstance(
        train_scheme(table.frame, table.labels, table.when, table.columns, PARAMS, groups=pairs), TrainedScheme
    )


def test_train_scheme_reads_series_by_position(small):
    params = PARAMS.model_copy(update={"folds": 1})
    plain = train_scheme(small.frame, small.labels, small.when, small.columns, params)
    series = train_scheme(small.frame, pd.Series(small.labels), pd.Series(small.when), small.columns, params)
    assert series.booster.model_to_string() == plain.booster.model_to_string()


def test_train_scheme_refuses_too_few_labels_in_words(small):
    labels = np.zeros(600, dtype=np.int64)
    labels[:7] = 1
    result = train_scheme(small.frame, labels, small.when, small.columns, PARAMS)
    assert isinstance(result, NotTrainable)
    assert result.counts == {"rows": 600, "positives": 7, "negatives": 593}
    assert result.reason.startswith("A scheme needs at least 20 mature findings that were confirmed and 20")
    assert "Found 7 and 593 in 600 rows" in result.reason


def test_train_scheme_of_no_rows_is_not_trainable(small):
    none = small.take(slice(0, 0))
    result = train_scheme(none.frame, none.labels, none.when, none.columns, PARAMS)
    assert isinstance(result, NotTrainable)


def test_train_scheme_refuses_a_history_shorter_than_the_gap(small):
    params = PARAMS.model_copy(update={"maturity_days": 300})
    result = train_scheme(small.frame, small.labels, small.when, small.columns, params)
    assert isinstance(result, NotTrainable)
    assert "a gap of 300 days" in result.reason


def test_train_scheme_learns_from_no_label_before_it_was_known(small):
    late = np.full(600, small.when.max() + np.timedelta64(1, "D"))
    result = train_scheme(small.frame, small.labels, small.when, small.columns, PARAMS, label_known_at=late)
    assert isinstance(result, NotTrainable)
    assert "'label_not_known': 4" in result.reason


def test_train_scheme_refuses_labels_that_are_all_younger_than_the_judged_block(small):
    labels = small.labels.copy()
    labels[:400] = 0
    params = PARAMS.model_copy(update={"folds": 1})
    result = train_scheme(small.frame, labels, small.when, small.columns, params)
    assert isinstance(result, NotTrainable)
    assert "The training rows of the last fold need 5 of either label. Found 0 with" in result.reason


def test_train_scheme_takes_fewer_folds_where_the_history_has_fewer_nights(table):
    nights = np.arange(len(table.labels)) // 750 * 20
    result = train_scheme(table.frame, table.labels, nights.astype("datetime64[D]"), table.columns, PARAMS)
    assert [fold["test_from"] for fold in result.metrics["folds"]] == ["1970-02-10T00:00:00Z", "1970-03-02T00:00:00Z"]
    alone = table.take(slice(0, 1500))
    result = train_scheme(alone.frame, alone.labels, nights[:1500].astype("datetime64[D]"), alone.columns, PARAMS)
    assert len(result.metrics["folds"]) == 1
    assert result.metrics["rounds_chosen_by"] == "the judged block"
    assert result.metrics["calibrated_by"] == "none"
    assert result.calibration.method != "none"


def test_train_scheme_refuses_arrays_of_another_length_and_other_labels(small):
    with pytest.raises(ValueError, match=r"need one value for each of the 600 rows\. Found \[599, 600\]"):
        train_scheme(small.frame, small.labels[:-1], small.when, small.columns, PARAMS)
    labels = small.labels.copy()
    labels[3] = 2
    with pytest.raises(ValueError, match=r"Found 1 others, in rows C00003\. Leave out rows whose finding"):
        train_scheme(small.frame, labels, small.when, small.columns, PARAMS)


def test_train_scheme_is_not_shown_what_is_left_out(table):
    params = PARAMS.model_copy(update={"leave_out": ("age_days", "origin", "of_another_scheme")})
    result = train_scheme(table.frame, table.labels, table.when, table.columns, params)
    assert result.spec.names == ["price_gap", "noise", "trusted"]
    narrow = [column for column in table.columns if column.name in result.spec.names]
    alone = train_scheme(table.frame[result.spec.names], table.labels, table.when, narrow, PARAMS)
    assert result.booster.model_to_string() == alone.booster.model_to_string()
    assert result.metrics == alone.metrics


def test_train_scheme_refuses_to_leave_out_all(small):
    params = PARAMS.model_copy(update={"leave_out": tuple(small.frame.columns)})
    with pytest.raises(ValueError, match=r"Found none of 5 that `leave_out` leaves\. Take names out"):
        train_scheme(small.frame, small.labels, small.when, small.columns, params)


def test_train_scheme_refuses_a_matrix_that_differs_from_its_description(small):
    with pytest.raises(MatrixMismatch, match="column noise is missing"):
        train_scheme(small.frame.drop(columns="noise"), small.labels, small.when, small.columns, PARAMS)
