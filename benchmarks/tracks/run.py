"""Gaps, port visits and encounters together, beside the scan of their table: writes README.md.

python -m benchmarks.tracks.run [--positions 1 5 50] [--jobs 2] [--ais ../shared/data/ais]
python -m benchmarks.tracks.run --movingpandas PYTHON    # one that has benchmarks/tracks/requirements.lock
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.tracks.measured import Cost, measured
from benchmarks.tracks.tiled import FILES, real, write_tables
from benchmarks.tracks.work import SAMPLE

HERE = Path(__file__).parent
PANDAS_MOST = 5.0  # millions
ENVIRONMENT = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
ABOUT = """# Events of vessels: how fast

Gaps, port visits and encounters together, in one pass, as `tidewaiter tracks events` makes them; beside the scan of the
same table (each column of each report read, nothing done) and gaps alone in pandas. Real reports
({files}), tiled: every copy has vessels and days of its own. Made by
`python -m benchmarks.tracks.run`, with {jobs} processes{load}.

movingpandas cuts tracks at gaps and finds stops, of the first {sample:,} reports of the smallest table{absent}.

| Million positions | Table | What | Wall s | CPU s | Million positions/s (wall) | Peak GB | CPU of the scan's | Found |
|---|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Reads the command line, measures, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--positions", type=float, nargs="+", default=[1, 5, 50], help="in millions")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--movingpandas", metavar="PYTHON", help="the Python that has it, to be measured too")
    parser.add_argument("--ais", type=Path, default=Path("../shared/data/ais"))
    parser.add_argument("--out", type=Path, default=HERE / "README.md")
    arguments = parser.parse_args()
    missing = [name for name in FILES if not (arguments.ais / f"{name}.parquet").exists()]
    if missing:
        parser.error(
            f"needed {', '.join(missing)} (.parquet) below {arguments.ais}, found none; give the folder: --ais"
        )
    lines = []
    for millions in sorted(arguments.positions):
        with tempfile.TemporaryDirectory() as name:
            rows = write_tables(Path(name), real(arguments.ais), millions)
            if arguments.movingpandas and not lines:
                lines.append(_of_sample(arguments.movingpandas, Path(name) / "sorted" / "position.parquet"))
            for order in ("sorted", "shuffled"):
                lines += _lines(Path(name) / order / "position.parquet", order, rows, arguments.jobs)
    busy = f"; load of the machine at the end {os.getloadavg()[2]:.1f} on {os.cpu_count()} cores"
    page = ABOUT.format(
        files=" and ".join(f"`{name}`" for name in FILES),
        jobs=arguments.jobs,
        load=busy,
        sample=SAMPLE,
        absent="" if arguments.movingpandas else "; it was not at hand in this run",
    )
    arguments.out.write_text(page + "\n".join(lines) + "\n")


def _of_sample(python: str, table: Path) -> str:
    command = [python, "-m", "benchmarks.tracks.work", "movingpandas", str(table), "1"]
    found, cost = measured(command, {**os.environ, **ENVIRONMENT})
    rate = SAMPLE / cost.wall / 1e6
    figures = f"{cost.wall:.1f} | {cost.cpu:.1f} | {rate:.4f} | {cost.peak_mb / 1000:.2f} | -"
    line = f"| {SAMPLE / 1e6:.2f} | sorted | movingpandas | {figures} | {found} |"
    sys.stdout.write(line + "\n")
    return line


def _lines(table: Path, order: str, rows: int, jobs: int) -> list[str]:
    floor = None
    lines = []
    for what in ("scan", "events", "pandas"):
        if what == "pandas" and rows > PANDAS_MOST * 1.1e6:
            continue
        command = [sys.executable, "-m", "benchmarks.tracks.work", what, str(table), str(jobs)]
        found, cost = measured(command, {**os.environ, **ENVIRONMENT})
        floor = floor or cost
        lines.append(_line(order, rows, what, cost, cost.cpu / floor.cpu, found))
        sys.stdout.write(lines[-1] + "\n")
        sys.stdout.flush()
    return lines


def _line(order: str, rows: int, what: str, cost: Cost, ratio: float, found: str) -> str:
    rate = rows / cost.wall / 1e6
    figures = f"{cost.wall:.1f} | {cost.cpu:.1f} | {rate:.2f} | {cost.peak_mb / 1000:.2f} | {ratio:.1f}"
    return f"| {rows / 1e6:.1f} | {order} | {what} | {figures} | {found} |"


if __name__ == "__main__":
    main()
