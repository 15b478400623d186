"""Every figure of README.md: how hard the demonstration world is, and how fast it is made.

python -m benchmarks.world.run                     # seeds 1, 2 and 3, 40,000 consignments each; some 10 minutes
python -m benchmarks.world.run --speed 20000 200000 2000000    # also how long it takes to make worlds of these sizes
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

# One thread, so that CPU seconds are those of one; read when the libraries are loaded.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.update(OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")

import polars as pl

from benchmarks.world.columns import separations
from benchmarks.world.figures import Figures, figures
from benchmarks.world.judged import SCHEMES, Judged, judged
from benchmarks.world.page import page
from features.contract import load_contract
from pipeline.house import House
from pipeline.settings import load_settings
from pipeline.terminal import progress
from pipeline.world import make_world

HERE = Path(__file__).resolve().parent
ENDS = datetime(2025, 1, 1, tzinfo=UTC)
TEST_DAYS = 92
# Makes a world in a process of its own and tells rows, CPU seconds and the most memory it held.
MAKER = """
import json, resource, sys, time
from pathlib import Path
from pipeline.world import make_world
stages, begun = {}, time.process_time()
def tell(stage, done, total):
    stages[stage] = time.process_time() - begun
report = make_world(1, int(sys.argv[1]), Path(sys.argv[2]), progress=tell)
used = resource.getrusage(resource.RUSAGE_SELF)
told = {"cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss / 1024}
print(json.dumps({"rows": report.rows, "stages": stages, **told}))
"""


def main(arguments: list[str]) -> int:
    """Makes README.md; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--consignments", type=int, default=40_000)
    parser.add_argument("--speed", type=int, nargs="*", default=[], metavar="CONSIGNMENTS")
    options = parser.parse_args(arguments)
    hard: dict[int, dict[str, Figures]] = {}
    columns: dict[int, dict[str, pl.DataFrame]] = {}
    with progress("worlds", len(options.seeds) + len(options.speed)) as step, TemporaryDirectory() as place:
        for seed in options.seeds:
            hard[seed], columns[seed] = _measured(seed, options.consignments, Path(place) / f"world{seed}")
            step(1)
        speeds = {}
        for size in options.speed:
            speeds[size] = _made(size, Path(place) / f"speed{size}")
            step(1)
    stored = HERE / "speed.json"
    if speeds:
        stored.write_text(json.dumps(speeds, indent=1) + "\n", encoding="utf-8")
    told = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
    (HERE / "README.md").write_text(page(options.consignments, hard, columns, told), encoding="utf-8")
    return 0


def _measured(seed: int, consignments: int, out: Path) -> tuple[dict[str, Figures], dict[str, pl.DataFrame]]:
    report = make_world(seed, consignments, out)
    world = judged(House(out, out / "home", load_settings([])), pl.read_parquet(report.truth), ENDS, TEST_DAYS)
    return figures(world, seed), best_columns(world, out)


def best_columns(world: Judged, inputs: Path) -> dict[str, pl.DataFrame]:
    """How well the columns of the tables under `inputs` separate the cases of each scheme (columns.separations)."""
    tables = {
        name: pl.read_parquet(inputs / f"{name}.parquet") for name in load_contract().tables if name != "position"
    }
    best = {}
    for scheme in SCHEMES:
        cases = world.rows.select("consignment_id", case=pl.Series(world.cases(scheme) == 1))
        best[scheme] = separations(tables, cases.filter(world.scope[scheme]))
    return best


def _made(size: int, out: Path) -> dict[str, object]:
    command = [sys.executable, "-c", MAKER, str(size), str(out)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE.parents[1])
    return dict(json.loads(told.stdout))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
