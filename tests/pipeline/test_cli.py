from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import tidewaiter

VERBS = ["world", "check", "ingest", "features", "train", "rank", "replay", "promote", "runs", "compare", "tracks"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    done = tidewaiter(verb, "--help")
    assert done.returncode == 0
    assert f"tidewaiter {verb}" in done.stdout.replace("\n", " ")
    assert "Example" in done.stdout


def test_help_loads_no_heavy_library() -> None:
    heavy = "{'polars', 'pandas', 'lightgbm', 'duckdb', 'sklearn', 'mlflow', 'matplotlib'}"
    code = f"import sys; from pipeline import cli; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rank"], "--as-of"),
        (["ranks"], "No such command"),
        (["rank", "--as-of", "x"], "needed a date"),
        (["ingest", "--source", "x"], "needed either --source FEED with --raw DIR"),
        (["ingest", "--source", "x", "--raw", "y", "--received-at", "2024-01-01"], "without one"),
        (["check", "--config", "nowhere"], "needed a directory, found none at nowhere"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], message: str) -> None:
    done = tidewaiter(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_an_internal_fault_exits_with_4_and_says_that_nothing_was_published(tmp_path: Path) -> None:
    code = (
        "import sys; from pipeline import cli, settings\n"
        "def broken(*_): raise RuntimeError('broken on purpose')\n"
        "settings.load_settings = broken\n"
        f"sys.argv = ['tidewaiter', 'check', '--inputs', {str(tmp_path)!r}]\n"
        "cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "broken on purpose" in done.stderr
    assert "nothing was published" in done.stderr


def test_missing_inputs_are_refused_not_guessed(tmp_path: Path) -> None:
    done = tidewaiter(
        "rank", "--as-of", "2024-12-10", "--inputs", str(tmp_path / "none"), "--home", str(tmp_path / "h")
    )
    assert done.returncode == 2
    assert "needed a folder of tables, found none at" in done.stderr
    (tmp_path / "none").mkdir()
    done = tidewaiter(
        "rank", "--as-of", "2024-12-10", "--inputs", str(tmp_path / "none"), "--home", str(tmp_path / "h")
    )
    assert done.returncode == 3
    assert "consignment" in done.stderr
    assert not (tmp_path / "h" / "ranked").exists()


def test_features_writes_the_matrix_with_what_its_columns_mean(demo, own_home: Path) -> None:
    done = tidewaiter("features", "--until", "2024-11-30", "--warnings-ok", *demo.arguments(home=own_home))
    assert done.returncode == 0, done.stderr
    place = own_home / "matrix" / "20241130T2000Z"
    assert sorted(path.name for path in place.iterdir()) == ["matrix.json", "matrix.parquet"]
    assert '"declared_net_kg"' in (place / "matrix.json").read_text()
