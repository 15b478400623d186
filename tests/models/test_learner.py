"""The learner: equal twice, one row at a time or all, and true to its settings."""

import os
import subprocess
import sys
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from pydantic import ValidationError

from models.draws import uniform
from models.learner import Labelled, LearnerParams, fit, fit_early_stopped, raw_scores
from models.matrix import Column, conform, learn

QUICK = LearnerParams(rounds=30, early_stopping=5, learning_rate=0.2)


def test_fit_twice_is_equal_to_the_byte(small):
    texts = {fit(Labelled(small.conformed, small.labels), small.spec, QUICK, 20).model_to_string() for _ in range(2)}
    assert len(texts) == 1


def test_fit_with_another_seed_is_another_booster(small):
    one = fit(Labelled(small.conformed, small.labels), small.spec, QUICK, 20)
    other = fit(Labelled(small.conformed, small.labels), small.spec, QUICK.model_copy(update={"seed": 5}), 20)
    assert one.model_to_string() != other.model_to_string()


def test_fit_grows_the_rounds_it_is_told(small):
    assert fit(Labelled(small.conformed, small.labels), small.spec, QUICK, 7).num_trees() == 7


def test_fit_keeps_to_its_threads_and_to_determinism(small):
    text = fit(Labelled(small.conformed, small.labels), small.spec, QUICK, 2).model_to_string()
    assert "[num_threads: 1]" in text
    assert "[deterministic: 1]" in text
    assert "[force_row_wise: 1]" in text


def test_fit_splits_categories_as_sets_and_numbers_by_thresholds(table):
    trees = (
        fit(Labelled(table.conformed, table.labels), table.spec, QUICK, 20)
        .trees_to_dataframe()
        .dropna(subset="split_feature")
    )
    kinds = trees.groupby("split_feature")["decision_type"].unique()
    assert kinds["origin"].tolist() == ["=="]
    assert kinds["price_gap"].tolist() == ["<="]


def test_fit_respects_the_depth_cap(small):
    params = QUICK.model_copy(update={"max_depth": 2, "min_data_in_leaf": 2})
    trees = fit(Labelled(small.conformed, small.labels), small.spec, params, 10).trees_to_dataframe()
    assert trees["node_depth"].max() == 3


def test_raw_scores_of_a_row_do_not_depend_on_the_other_rows(small):
    booster = fit(Labelled(small.conformed, small.labels), small.spec, QUICK, 20)
    whole = raw_scores(booster, small.conformed, small.spec)
    order = np.random.default_rng(0).permutation(len(whole))
    assert np.array_equal(raw_scores(booster, small.conformed.iloc[order], small.spec), whole[order])
    assert np.array_equal(raw_scores(booster, small.conformed.iloc[:1], small.spec), whole[:1])
    assert raw_scores(booster, small.conformed.iloc[:0], small.spec).shape == (0,)


def test_raw_scores_do_not_depend_on_the_number_of_threads(small):
    booster = fit(Labelled(small.conformed, small.labels), small.spec, QUICK, 20)
    one, two = (raw_scores(booster, small.conformed, small.spec, threads) for threads in (1, 2))
    assert np.array_equal(one, two)


def test_fit_and_score_say_nothing(small, capfd):
    rows = Labelled(small.conformed.iloc[:30], small.labels[:30])
    booster, _ = fit_early_stopped(rows, rows, small.spec, QUICK)
    raw_scores(lightgbm.Booster(model_str=booster.model_to_string()), small.conformed, small.spec)
    assert capfd.readouterr() == ("", "")


def test_fit_early_stopped_returns_the_rounds_of_the_best_validation(table):
    train, validation = table.take(slice(0, 2000)), table.take(slice(2000, 3000))
    rows = [Labelled(conform(part.frame, table.spec).frame, part.labels) for part in (train, validation)]
    params = QUICK.model_copy(update={"rounds": 300, "learning_rate": 0.5})
    booster, rounds = fit_early_stopped(rows[0], rows[1], table.spec, params)
    assert 1 <= rounds < 300
    again = raw_scores(fit(rows[0], table.spec, params, rounds), rows[1].frame, table.spec)
    assert np.array_equal(raw_scores(booster, rows[1].frame, table.spec), again)


def test_fit_early_stopped_without_stopping_uses_all_rounds(small):
    rows = Labelled(small.conformed, small.labels)
    params = LearnerParams(rounds=12, early_stopping=0)
    booster, rounds = fit_early_stopped(rows, rows, small.spec, params)
    assert (booster.num_trees(), rounds) == (12, 12)


def test_fit_sees_all_positives_and_the_drawn_share_of_negatives(small):
    params = LearnerParams(negative_share=0.3, seed=4)
    booster = fit(Labelled(small.conformed, small.labels), small.spec, params, 1)
    root = booster.trees_to_dataframe()["count"].iloc[0]
    drawn = uniform(4, "negatives", small.frame.index) < 0.3
    assert root == (drawn | (small.labels == 1)).sum() < len(small.labels)


def test_fit_follows_the_declared_direction_of_monotone_columns(table):
    params = QUICK.model_copy(update={"monotone": ("price_gap", "age_days")})
    booster = fit(Labelled(table.conformed, table.labels), table.spec, params, 30)
    probe = table.conformed.iloc[[0] * 50].copy()
    probe["price_gap"] = np.linspace(-3, 3, 50)
    assert (np.diff(raw_scores(booster, probe, table.spec)) >= 0).all()
    probe["price_gap"], probe["age_days"] = 0.0, np.linspace(0, 500, 50)
    assert (np.diff(raw_scores(booster, probe, table.spec)) <= 0).all()


def test_fit_refuses_monotone_columns_without_direction(small):
    params = QUICK.model_copy(update={"monotone": ("noise", "origin", "unheard", "price_gap")})
    with pytest.raises(ValueError, match=r"Found none for: noise, origin, unheard\. Declare a direction"):
        fit(Labelled(small.conformed, small.labels), small.spec, params, 5)


def test_fit_bears_columns_without_any_value_or_difference(small):
    frame = small.frame.assign(empty=None, empty_category=None, constant=1.0)
    columns = [
        *small.columns,
        Column(name="empty", kind="number"),
        Column(name="empty_category", kind="category"),
        Column(name="constant", kind="number"),
    ]
    spec = learn(frame, columns)
    conformed = conform(frame, spec).frame
    booster = fit(Labelled(conformed, small.labels), spec, QUICK, 10)
    assert np.isfinite(raw_scores(booster, conformed, spec)).all()


def test_fit_of_nothing_but_constants_is_the_base_rate(small):
    frame = small.frame.assign(constant=1.0)[["constant"]]
    spec = learn(frame, [Column(name="constant", kind="number")])
    conformed = conform(frame, spec).frame
    scores = raw_scores(fit(Labelled(conformed, small.labels), spec, QUICK, 10), conformed, spec)
    share = small.labels.mean()
    assert scores == pytest.approx(np.log(share / (1 - share)))


@pytest.mark.parametrize(
    ("setting", "value"), [("negative_share", 0.0), ("rounds", 0), ("threads", 0), ("metric", "luck"), ("lambda", 1)]
)
def test_params_refuse_what_cannot_be_meant(setting, value):
    with pytest.raises(ValidationError, match=setting):
        LearnerParams(**{setting: value})


def test_importing_the_package_makes_openmp_wait_passively():
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    code = "import os, models; raise SystemExit(os.environ['OMP_WAIT_POLICY'] != 'passive')"
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 0
