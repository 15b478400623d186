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
RUNS = ((FLOOR,), ("documents",), ("catch",), ("identity",), ("calls",), ("documents", "catch"))


def main(arguments: list[str]) -> int:
    """Makes speed.json and README.md; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--consignments", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    with TemporaryDirectory() as place, progress("runs", len(PARTS) * len(RUNS) * 2) as step:
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
    """What each of RUNS took with one thread of polars and with two; raises ValueError where their answers differ."""
    for families in RUNS:
        digests = []
        for threads in (1, 2):
            run = _run(home, families, threads)
            digests.append(run.pop("told"))
            yield {"families": " and ".join(families), "threads": threads, **run}
        if digests[0] != digests[1]:
            raise ValueError(
                f"needed the same answers of one thread and of two, found others in {families}; find out why"
            )


def _run(home: Path, families: tuple[str, ...], threads: int) -> dict[str, Any]:
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.marine.measured", str(home), *families]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
