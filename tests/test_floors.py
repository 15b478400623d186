"""The floors of the house: who may import whom, and what is never written below the pipeline."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BELOW = {"features": {"models", "pipeline"}, "models": {"features", "pipeline"}}
CLOCKS = {"now", "utcnow", "today", "time", "perf_counter", "monotonic"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", BELOW)
def test_a_floor_knows_no_other(package: str) -> None:
    for path in modules(package):
        assert not imported(ast.parse(path.read_text("utf-8"))) & BELOW[package], path


@pytest.mark.parametrize("package", BELOW)
def test_no_clock_is_read_below_the_pipeline(package: str) -> None:
    for path in modules(package):
        tree = ast.parse(path.read_text("utf-8"))
        assert "time" not in imported(tree), path
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in CLOCKS - {"time"}, f"{path}:{node.lineno}"


OF_JOBLIB = {"Parallel", "delayed"}  # its load unpickles; these two run work side by side


@pytest.mark.parametrize("package", ["features", "models", "pipeline"])
def test_nothing_is_unpickled(package: str) -> None:
    for path in modules(package):
        tree = ast.parse(path.read_text("utf-8"))
        assert not imported(tree) & {"pickle", "dill", "cloudpickle", "shelve"}, path
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert "joblib" not in {alias.name for alias in node.names}, path
            elif isinstance(node, ast.ImportFrom) and node.module == "joblib":
                assert {alias.name for alias in node.names} <= OF_JOBLIB, path
