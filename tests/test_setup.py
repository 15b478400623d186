"""The set-up: what is locked, what the Makefile offers, and what a person is told when it cannot be done."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

PROJECT = Path(__file__).parents[1]
LOCK = PROJECT / "requirements.lock"
TARGETS = {"demo", "test", "korea", "picture", "lint", "docs", "setup", "clean"}


def locked() -> dict[str, list[str]]:
    """Name to the locked versions (one for each Python where they differ)."""
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", LOCK.read_text("utf-8"), re.MULTILINE):
        versions.setdefault(normal(name), []).append(version)
    return versions


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_names_no_index_and_no_place() -> None:
    text = LOCK.read_text("utf-8")
    for word in ("http://", "https://", "--index-url", "--extra-index-url", "--find-links", "file:", "/"):
        lines = [line for line in text.splitlines() if word in line and not line.lstrip().startswith("#")]
        assert not lines, (word, lines[:3])


def test_every_locked_version_has_hashes() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.read_text("utf-8").strip())
    pinned = [entry for entry in entries if not entry.startswith("#")]
    assert len(pinned) > 30
    assert [entry.split()[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def test_every_direct_dependency_has_a_floor_that_the_lock_meets() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    versions = locked()
    for text in wanted:
        requirement = Requirement(text)
        assert ">=" in str(requirement.specifier), f"{text} has no floor"
        found = versions.get(normal(requirement.name), [])
        assert found, f"{text} is not locked"
        assert all(Version(version) in requirement.specifier for version in found), (text, found)


def test_the_makefile_has_few_targets_and_every_one_that_needs_a_python_sets_itself_up() -> None:
    text = (PROJECT / "Makefile").read_text("utf-8")
    rules = dict(re.findall(r"^([a-z]+):(.*)$", text, re.MULTILINE))
    assert set(rules) == TARGETS
    assert all("setup" in rules[target].split() for target in TARGETS - {"setup", "clean"})
    assert ".venv/.ready: requirements.lock pyproject.toml" in text


@pytest.mark.parametrize("script", [".ci/run", ".ci/setup"])
def test_the_scripts_can_be_run_and_are_sound(script: str) -> None:
    assert os.access(PROJECT / script, os.X_OK)
    shell = "bash" if script == ".ci/run" else "sh"
    subprocess.run([shell, "-n", str(PROJECT / script)], check=True, timeout=30)


def test_the_gate_calls_the_tests_first_and_then_lint_format_types_and_pages() -> None:
    calls = re.findall(r'^run "[^"]+" (.+)$', (PROJECT / ".ci/run").read_text("utf-8"), re.MULTILINE)
    assert calls[0] == "make test"
    assert [call.split("/")[-1] for call in calls[1:4]] == ["ruff check .", "ruff format --check .", "mypy"]
    assert "pipeline.docs --check" in calls[4]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A place with the set-up alone and one small package to install."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(PROJECT / ".ci/setup", tmp_path / ".ci/setup")
    (tmp_path / "requirements.lock").write_text(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    return tmp_path


def set_up(place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    home = place / "home"
    home.mkdir(exist_ok=True)
    clean = {"PATH": os.environ["PATH"], "HOME": str(home), "PIP_CONFIG_FILE": os.devnull, **environment}
    return subprocess.run(
        ["sh", str(place / ".ci/setup")], env=clean, capture_output=True, text=True, timeout=180, check=False
    )


@pytest.mark.parametrize(
    ("body", "found"),
    [("""[ "$1" = --version ] && echo Python 3.9.2 || exit 1""", "Python 3.9.2"), ("exit 127", "that runs")],
)
def test_a_python_that_is_too_old_is_told_in_one_line(copy: Path, body: str, found: str) -> None:
    python = copy / "old-python"
    python.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    python.chmod(0o755)
    done = set_up(copy, PYTHON=str(python))
    assert done.returncode != 0
    told = rf"setup: needed Python 3\.11 or newer, found .*{found}.*make setup PYTHON=.*\n"
    assert re.fullmatch(told, done.stderr)
    assert not (copy / ".venv").exists()


@pytest.mark.slow
def test_a_missing_network_is_told_in_one_line_and_pips_words_are_kept(copy: Path) -> None:
    done = set_up(copy, http_proxy="http://127.0.0.1:9", https_proxy="http://127.0.0.1:9")
    assert done.returncode != 0
    assert re.fullmatch(r"setup: needed the network .* found no way .* Connect, .*setup\.log\n", done.stderr)
    assert "no-such-package" in (copy / ".venv/setup.log").read_text("utf-8")
    assert not (copy / ".venv/.ready").exists()
