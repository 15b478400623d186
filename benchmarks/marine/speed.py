"""How fast papers, catch, identity and calls are worked out for a million consignments: the figures of README.md.

python -m benchmarks.marine.speed                             # 125 thousand to a million; some 20 minutes, 10 GB
python -m benchmarks.marine.speed --consignments 100000       # and an eighth, a quarter and a half of them

Writes speed.json and README.md. Every figure comes from a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.marine.measured import FLOOR
from benchmarks.marine.million import tile
from benchmarks.marine.page import write_page
from pipeline.terminal import progress
from pipeline.world import make_world

STORED = Path(__file__).resolve().parent / "speed.json"
PARTS = (8, 4, 2, 1)
SEED, WORLD = 7, 8_000
FAMILIES = ("documents", "catch", "identity", "calls")
TOGETHER = ("documents", "catch")
# What is computed in one process, and the threads of polars.
RUNS = ((FLOOR,), 1), *(((family,), 1) for family in FAMILIES), ((FLOOR,), 2), (TOGETHER, 2)


def main(arguments: list[str]) -> int:
    """Makes speed.json and README.md; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--consignments", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    with TemporaryDirectory() as place, progress("runs", len(PARTS) * len(RUNS)) as step:
        world = Path(place) / "world"
        make_world(SEED, WORLD, world)
        sizes = []
        for part in PARTS:
            home = Path(place) / "tables"
            rows = tile(world, options.consignments // part, home)
            runs = []
            for run in _runs(home):
                runs.append(run)
                step(1)
            sizes.append({"consignments": options.consignments // part, "rows": rows, "runs": runs})
            STORED.write_text(json.dumps(sizes, indent=1) + "\n", encoding="utf-8")
    write_page()
    return 0


def _runs(home: Path) -> Iterator[dict[str, Any]]:
    """What each of RUNS took. Raises ValueError where one thread and two, or one family and two, answer differently."""
    answers: dict[str, str] = {}
    for families, threads in RUNS:
        run = _run(home, families, threads)
        for family, digest in run.pop("told").items():
            if answers.setdefault(family, digest) != digest:
                raise ValueError(f"needed the same answers in every run, found others for {family}; find out why")
        yield {"families": " and ".join(families), "threads": threads, **run}


def _run(home: Path, families: tuple[str, ...], threads: int) -> dict[str, Any]:
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.marine.measured", str(home), *families]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
