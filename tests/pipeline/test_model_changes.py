"""The verbs `runs` and `compare`: what the models of a home are, and in what two of them differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Demo, tidewaiter

from pipeline.model_changes import compare, runs


@pytest.fixture
def two(demo: Demo, own_home: Path) -> tuple[Path, str, str]:
    """The demonstration model, and one that is told to differ from it in a parameter, columns and a scheme."""
    (name,) = [run.name for run in runs(own_home)]
    other = "20300101T2000Z-00000000"
    for room in ("models", "evaluations"):
        folder = own_home / room / other
        folder.mkdir()
        for path in (own_home / room / name).iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
    path = own_home / "models" / other / "bundle.json"
    manifest = json.loads(path.read_text())
    spec = manifest["schemes"]["marine_smuggling"]["spec"]
    spec["columns"][0]["name"] = "invented"
    spec["columns"][1]["direction"] = 1 if spec["columns"][1]["direction"] != 1 else 0
    manifest["untrained"]["brand_diversion"] = {"reason": "[bold]too few\x1b[31m", "counts": {}}
    del manifest["schemes"]["brand_diversion"]
    path.write_text(json.dumps(manifest))
    path = own_home / "evaluations" / other / "training.json"
    training = json.loads(path.read_text())
    training["parameters"]["training.learner.rounds"] = 31
    path.write_text(json.dumps(training))
    return own_home, name, other


def test_two_models_are_told_apart(two: tuple[Path, str, str]) -> None:
    home, name, other = two
    found = compare(home, name, other, seed=1)
    assert found.parameters == {"training.learner.rounds": ("30", "31")}
    columns = found.columns["marine_smuggling"]
    assert (columns["more"], len(columns["fewer"]), len(columns["otherwise"])) == (["invented"], 1, 1)
    assert list(found.columns) == ["marine_smuggling"]
    figures = found.head_to_head["marine_smuggling"]["average_precision"]
    assert (figures["difference"], figures["interval"]) == (0.0, [0.0, 0.0])


def test_a_model_differs_from_itself_in_nothing(two: tuple[Path, str, str]) -> None:
    home, name, _ = two
    found = compare(home, name, name, seed=1)
    assert found.parameters == {}
    assert not any(names for columns in found.columns.values() for names in columns.values())


def test_runs_lists_every_model_with_its_role_and_figures(demo: Demo, two: tuple[Path, str, str]) -> None:
    home, name, other = two
    done = tidewaiter("runs", "--home", str(home))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert f"{name}  until 2024-11-30T20:00:00Z  champion" in lines
    assert any(line.startswith(other) and line.endswith("no role") for line in lines)
    metrics = runs(home)[0].metrics["marine_smuggling"]
    assert f"{metrics['positives']}/{metrics['rows']}" in done.stdout
    assert f"{metrics['average_precision']:.3f} [" in done.stdout


def test_compare_prints_what_differs_and_no_control_character(demo: Demo, two: tuple[Path, str, str]) -> None:
    home, name, other = two
    done = tidewaiter("compare", name, other, "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert "training.learner.rounds" in done.stdout
    assert "indicators of marine_smuggling: 1 more: invented; 1 fewer: " in done.stdout
    assert "has no model of brand_diversion: [bold]too few\\x1b[31m" in done.stdout
    assert "\x1b" not in done.stdout
    assert "average precision" in done.stdout


@pytest.mark.parametrize("content", [b"{", b"\xff"])
def test_a_file_that_is_broken_is_named(two: tuple[Path, str, str], content: bytes) -> None:
    home, _, other = two
    for place, verb in ((f"models/{other}/bundle.json", ["runs"]), ("models/aliases.json", ["promote", other])):
        path = home / place
        whole = path.read_bytes()
        path.write_bytes(content)
        done = tidewaiter(*verb, "--home", str(home))
        assert done.returncode == 3
        assert "needed JSON in" in done.stderr or "altered" in done.stderr
        assert "Traceback" not in done.stderr
        path.write_bytes(whole)


def test_a_home_without_models(tmp_path: Path) -> None:
    done = tidewaiter("runs", "--home", str(tmp_path))
    assert done.returncode == 0
    assert "This home has no model yet" in done.stdout
    done = tidewaiter("compare", "a", "b", "--home", str(tmp_path))
    assert done.returncode == 2
    assert "needed a model of" in done.stderr
