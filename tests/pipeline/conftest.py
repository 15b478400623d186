"""A small demonstration world with a trained home, made once for all tests that need one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

AS_OF = "2024-12-10"


@dataclass(frozen=True)
class Demo:
    """Inputs, a home with a champion, and the overlay under which it was trained."""

    inputs: Path
    home: Path
    config: Path

    def arguments(self, inputs: Path | None = None, home: Path | None = None) -> list[str]:
        return ["--inputs", str(inputs or self.inputs), "--home", str(home or self.home), "--config", str(self.config)]


def tidewaiter(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the real command line."""
    command = [str(Path(sys.executable).parent / "tidewaiter"), *arguments]
    environment = {**os.environ, "COLUMNS": "200", "OMP_WAIT_POLICY": "passive"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    place = tmp_path_factory.mktemp("demo")
    world = Demo(place / "inputs", place / "home", place / "config")
    world.config.mkdir()
    (world.config / "params.yaml").write_text(
        "training: {min_positives: 10, min_negatives: 10, learner: {rounds: 30, min_data_in_leaf: 5}}\n"
    )
    (world.config / "features.yaml").write_text(
        "findings: {keys: [[importer_id], [office], [hs4], [importer_id, hs4], [net_kg]], days: [all, 90]}\n"
        # Seconds a run; the first hour builds the whole catalogue, and the families of vessels have tests of their own.
        "leave_out: [voyage, identity, calls, catch]\n"
    )
    # A store of MLflow takes seconds to set up; tests of it use their own.
    (world.config / "tidewaiter.yaml").write_text('tracking: {uri: "off"}\n')
    made = tidewaiter("world", "--seed", "3", "--consignments", "3000", "--months", "8", "--out", str(world.inputs))
    assert made.returncode == 0, made.stderr
    trained = tidewaiter("train", "--until", "2024-11-30", "--warnings-ok", *world.arguments())
    assert trained.returncode == 0, trained.stderr
    return world


@pytest.fixture
def own_home(demo: Demo, tmp_path: Path) -> Path:
    """A copy of the trained home that a test may change."""
    return Path(shutil.copytree(demo.home, tmp_path / "home"))


@pytest.fixture
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    return tidewaiter
