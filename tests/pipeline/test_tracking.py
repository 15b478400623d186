"""MLflow says what the home says; where it cannot, nothing is lost and no password is told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import AS_OF, Demo, tidewaiter

from pipeline import registry
from pipeline.settings_parts import Tracking
from pipeline.tracking import metrics_of, mirror, tags_of

DOWN = "postgresql://me:geheim@127.0.0.1:1/tracking"


def test_measures_are_flat_and_what_is_undefined_is_left_out() -> None:
    precision = {"best": 1.0, "worst": 0.5, "expected": 0.75, "interval": [0.5, 1.0]}
    part = {"rows": 4, "positives": 0, "auc": None, "average_precision": None, "brier": 0.25, "intervals": {}}
    metrics = {
        "rows": 10,
        "positives": 2,
        "base_rate": 0.2,
        "auc": 0.75,
        "average_precision": None,
        "intervals": {"auc": [0.5, 1.0]},
        "at_share": {"0.05": {"rows": 1, "precision": precision, "recall": None}},
        "at_capacity": None,
        "novelty": {"flags": [], "keys": {"HS code": {"new": part}}},
    }
    assert metrics_of(metrics) == {
        "rows": 10,
        "positives": 2,
        "base_rate": 0.2,
        "auc": 0.75,
        "auc_low": 0.5,
        "auc_high": 1.0,
        "at_share_0.05/precision": 0.75,
        "at_share_0.05/precision_low": 0.5,
        "at_share_0.05/precision_high": 1.0,
        "new_HS_code/rows": 4,
        "new_HS_code/positives": 0,
        "new_HS_code/brier": 0.25,
    }


def test_tags_say_what_a_run_rests_on() -> None:
    manifest = {
        "feature_fingerprint": "f",
        "schemes": {"a": {"metrics": {"novelty": {"flags": ["Memory."]}}}, "b": {"metrics": {}}},
    }
    tags = tags_of("name", manifest, {"configuration": "c", "code": {"sha256": "s"}, "inputs": {"party": {"rows": 1}}})
    assert tags.pop("tidewaiter.inputs") != ""
    assert tags == {
        "tidewaiter.bundle": "name",
        "tidewaiter.features": "f",
        "tidewaiter.configuration": "c",
        "tidewaiter.code.sha256": "s",
        "novelty.a": "Memory.",
        "novelty.b": "no flag",
    }


def test_off_logs_nothing(own_home: Path) -> None:
    assert mirror(own_home, Tracking(uri="off")) is None
    assert not (own_home / "mlflow.db").exists()


def test_a_home_without_models_makes_no_store(tmp_path: Path) -> None:
    assert mirror(tmp_path, Tracking()) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("uri", [DOWN, "sqlite:////proc/none/mlflow.db", "http://me:geheim@127.0.0.1:1"])
def test_a_store_that_fails_loses_nothing_and_tells_no_password(own_home: Path, uri: str) -> None:
    before = registry.names(own_home)
    told = mirror(own_home, Tracking(uri=uri))
    assert told is not None
    assert "run `tidewaiter runs --log`" in told
    assert "geheim" not in told
    assert registry.names(own_home) == before


def test_a_training_whose_store_is_down_keeps_its_model_and_exits_with_1(
    demo: Demo, own_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "tidewaiter.yaml").write_text(f"tracking: {{uri: '{DOWN}'}}\n")
    arguments = ["--until", "2024-12-03", *demo.arguments(home=own_home), "--config", str(tmp_path)]
    done = tidewaiter("train", *arguments)
    assert done.returncode == 1, done.stderr
    assert "MLflow was not brought up to date" in done.stderr
    assert "geheim" not in done.stdout + done.stderr
    assert len(registry.names(own_home)) == 2
    kept = [path for path in own_home.rglob("*") if path.is_file() and b"geheim" in path.read_bytes()]
    assert not kept


def test_logging_that_is_off_is_told(demo: Demo, own_home: Path) -> None:
    done = tidewaiter("runs", "--log", "--home", str(own_home), "--config", str(demo.config))
    assert done.returncode == 1
    assert "nothing was logged: tracking.uri is off" in done.stderr


@pytest.mark.slow
def test_mlflow_says_what_the_home_says(own_home: Path, tmp_path: Path) -> None:
    import lightgbm
    import mlflow.lightgbm
    from mlflow import MlflowClient

    name = registry.alias(own_home, "champion")
    assert name is not None
    assert mirror(own_home, Tracking()) is None
    uri = f"sqlite:///{own_home / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    champion = client.get_model_version_by_alias("tidewaiter", "champion")
    assert champion.tags["tidewaiter.bundle"] == name
    run = client.get_run(champion.run_id)
    assert (run.info.run_name, run.info.status) == (name, "FINISHED")
    assert run.data.params["training.learner.rounds"] == "30"
    assert run.data.params["maturity_days"] == "60"
    manifest = json.loads((own_home / "models" / name / "bundle.json").read_text())
    assert run.data.metrics["marine_smuggling/auc"] == manifest["schemes"]["marine_smuggling"]["metrics"]["auc"]
    assert run.data.tags["novelty.marine_smuggling"]
    logged = Path(client.download_artifacts(run.info.run_id, "", dst_path=str(tmp_path)))
    for path in (own_home / "models" / name).iterdir():
        assert (logged / "bundle" / path.name).read_bytes() == path.read_bytes()
    assert (logged / "evaluation/marine_smuggling_gains.png").is_file()
    # Nothing that has to be unpickled.
    assert {path.suffix for path in (logged / "boosters").rglob("*")} == {"", ".lgb", ".yaml", ".txt"}
    booster = mlflow.lightgbm.load_model(str(logged / "boosters/marine_smuggling"))
    own = lightgbm.Booster(model_file=own_home / "models" / name / "marine_smuggling.lgb.txt")
    rows = np.random.default_rng(1).normal(size=(20, own.num_feature()))
    assert np.array_equal(booster.predict(rows), own.predict(rows))


@pytest.mark.slow
def test_what_stands_is_not_logged_again_and_aliases_follow_the_home(own_home: Path, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    name = registry.alias(own_home, "champion")
    assert name is not None
    shutil.copytree(own_home / "models" / name, own_home / "models/20300101T2000Z-00000000")
    assert mirror(own_home, Tracking()) is None
    registry.register(own_home, "20300101T2000Z-00000000")
    registry.crown(own_home, "20300101T2000Z-00000000")
    assert mirror(own_home, Tracking()) is None
    uri = f"sqlite:///{own_home / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    assert len(client.search_model_versions("name = 'tidewaiter'")) == 2
    champion = client.get_model_version_by_alias("tidewaiter", "champion")
    assert champion.tags["tidewaiter.bundle"] == "20300101T2000Z-00000000"
    assert "challenger" not in client.get_registered_model("tidewaiter").aliases
    # A home that has moved keeps its artifacts with it, in an experiment of its own.
    moved = tmp_path / "moved"
    own_home.rename(moved)
    assert mirror(moved, Tracking()) is None
    client = MlflowClient(tracking_uri=f"sqlite:///{moved / 'mlflow.db'}")
    places = {experiment.name: experiment.artifact_location for experiment in client.search_experiments()}
    assert [place for name, place in places.items() if name.startswith("tidewaiter-")] == [
        (moved / "mlartifacts").as_uri()
    ]
    assert not own_home.exists()


@pytest.mark.slow
def test_a_run_that_was_broken_off_is_made_anew(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow import MlflowClient

    def broken(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.tracking._save_booster", broken)
        assert "OSError: disk full" in (mirror(own_home, Tracking()) or "")
    assert mirror(own_home, Tracking()) is None
    client = MlflowClient(tracking_uri=f"sqlite:///{own_home / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("tidewaiter")
    assert experiment is not None
    assert [run.info.status for run in client.search_runs([experiment.experiment_id])] == ["FINISHED"]


def test_a_missing_driver_is_named(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "the extra tidewaiter[postgres]" in (mirror(own_home, Tracking(uri=DOWN)) or "")


def test_ranking_loads_neither_mlflow_nor_matplotlib(demo: Demo, own_home: Path) -> None:
    for verb in ("rank", "replay"):
        arguments = ["tidewaiter", verb, "--as-of", AS_OF, *demo.arguments(home=own_home)]
        code = (
            "import sys; from pipeline import cli\n"
            f"sys.argv = {arguments!r}\n"
            "try: cli.main()\n"
            "except SystemExit as end: assert end.code in (0, 1), end.code\n"
            "print('loaded', {'mlflow', 'matplotlib', 'sqlalchemy'} & set(sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "loaded set()"
