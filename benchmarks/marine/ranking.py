"""What the families of papers, catch and vessels add to the ranking of sea products, by the truth of some worlds.

python -m benchmarks.marine.ranking                       # seeds 1, 2 and 3; some 10 minutes
python -m benchmarks.marine.ranking --seeds 4 --consignments 8000

Writes ranking.json and README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Read when the libraries are loaded.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.update(OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from benchmarks.marine.page import write_page
from benchmarks.world.judged import Judged, Numbers, judged
from models.evaluation import Rooms, at_capacity
from pipeline.house import House
from pipeline.options import policy_of
from pipeline.settings import load_settings
from pipeline.terminal import progress
from pipeline.world import make_world

HERE = Path(__file__).resolve().parent
STORED = HERE / "ranking.json"
SCHEME = "marine_smuggling"
ENDS, TEST_DAYS = datetime(2025, 1, 1, tzinfo=UTC), 92
PAPERS = frozenset({"documents", "catch"})
VESSELS = frozenset({"identity", "calls", "voyage"})
# What is left out, by the name of the row.
WITHOUT = {
    "all families": frozenset[str](),
    "without documents": frozenset({"documents"}),
    "without catch": frozenset({"catch"}),
    "without documents and catch": PAPERS,
    "without identity, calls and voyage": VESSELS,
    "without all five": PAPERS | VESSELS,
}


def main(arguments: list[str]) -> int:
    """Makes ranking.json; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--consignments", type=int, default=30_000)
    options = parser.parse_args(arguments)
    seeds = {}
    with progress("worlds", len(options.seeds)) as step, TemporaryDirectory() as place:
        for seed in options.seeds:
            out = Path(place) / f"world{seed}"
            report = make_world(seed, options.consignments, out)
            house = House(out, out / "home", load_settings([]))
            seeds[seed] = ranking(judged(house, pl.read_parquet(report.truth), ENDS, TEST_DAYS))
            step(1)
    told = {"consignments": options.consignments, "seeds": seeds}
    STORED.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    write_page()
    return 0


def ranking(world: Judged) -> dict[str, Any]:
    """Rows, cases and rows opened of the judged period, and by what the model knew and what was left out average
    precision and precision at office capacity."""
    case = world.cases(SCHEME)
    test = world.scope[SCHEME].to_numpy() & ~world.before()
    rooms = _rooms(world, test)
    by_labels: dict[str, dict[str, list[float]]] = {"findings": {}, "truth": {}}
    for name, families in WITHOUT.items():
        for labels, scores in (
            ("findings", world.by_findings(SCHEME, families)),
            ("truth", world.by_truth(SCHEME, families)),
        ):
            by_labels[labels][name] = _measured(case[test], scores[test], rooms)
    chance = float(case[test].mean())
    return {
        "rows": int(test.sum()),
        "cases": int(case[test].sum()),
        "opened": int(rooms.rows.sum()),
        "chance": chance,
        "by_labels": by_labels,
    }


def _rooms(world: Judged, test: NDArray[np.bool_]) -> Rooms:
    """What each office opens of the judged rows: the share that the shipped settings give it."""
    policy = policy_of(world.house.settings)
    offices = world.rows["office"].to_numpy()[test].astype(str)
    names, blocks, counts = np.unique(offices, return_inverse=True, return_counts=True)
    rows = [policy.rows(str(name), int(count)) for name, count in zip(names, counts, strict=True)]
    return Rooms(blocks.astype(np.int64), np.array(rows, dtype=np.int64))


def _measured(labels: NDArray[np.int64], scores: Numbers, rooms: Rooms) -> list[float]:
    opened = at_capacity(labels, scores, rooms)
    return [float(average_precision_score(labels, scores)), float(opened["precision"]["expected"])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
