"""How long the reconciliation takes on very many consignments, and how much memory.

    python -m benchmarks.marine.reconcile --world DIR [--consignments 1000000] [--home DIR]

`--world` is a demonstration world; it is tiled once into `--home` (see `million`). The reconciliation of 365 days runs
in a process of its own, of which the seconds of the processor, those of the clock and the peak of memory are told,
reading and matching apart, with a digest of all tables: a change for speed leaves the digest as it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from benchmarks.marine.million import tile
from features.contract import load_contract
from features.reconciliation import READS, Reconciled, ReconcileOptions, reconcile
from features.tables import Tables
from pipeline.options import options_of
from pipeline.settings import load_settings

AS_OF = datetime(2024, 12, 31, 20, tzinfo=UTC)
DAYS = 365


def measure(home: Path) -> dict[str, object]:
    """Reads the tables that `home` has of those that the reconciliation reads, and matches them."""
    marks = [_now()]
    tables = _read(home)
    marks.append(_now())
    made = reconcile(tables, AS_OF, options_of(load_settings([])), ReconcileOptions(days=DAYS))
    marks.append(_now())
    whole = made.tables["totals"].filter(by="all")
    return {
        "rows": {name: tables[name].height for name in READS},
        "read_cpu_s": round(marks[1][0] - marks[0][0], 1),
        "match_cpu_s": round(marks[2][0] - marks[1][0], 1),
        "match_wall_s": round(marks[2][1] - marks[1][1], 1),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2),
        "states": {f"{row['table']}: {row['state']}": row["rows"] for row in whole.iter_rows(named=True)},
        "digest": _digest(made),
    }


def _read(home: Path) -> Tables:
    contract, rows = load_contract(), {}
    for name in READS:
        if (home / f"{name}.parquet").is_file():
            frame = pl.read_parquet(home / f"{name}.parquet")
            rows[name] = frame.select(pl.col(column).cast(dtype) for column, dtype in contract[name].schema.items())
    return Tables(rows, contract)


def _digest(made: Reconciled) -> str:
    told = hashlib.sha256()
    for name, frame in sorted(made.tables.items()):
        told.update(name.encode())
        told.update(frame.rechunk().hash_rows(seed=0).to_numpy().tobytes())
    return told.hexdigest()[:16]


def _now() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--consignments", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, help="where the tiled tables are kept; a temporary folder by default")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder)
        if not (home / "consignment.parquet").is_file():
            tile(asked.world, asked.consignments, home)
        # A process of its own: the peak of memory is that of the matching, not of the tiling.
        done = subprocess.run([sys.executable, "-m", __spec__.name, "--measure", str(home)], check=True, text=True,
                              stdout=subprocess.PIPE)  # fmt: skip
    print(done.stdout, end="")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(Path(sys.argv[2])), indent=1))
    else:
        sys.exit(main(sys.argv[1:]))
