"""What is measured, each in a process of its own: `python -m benchmarks.tracks.work WHAT TABLE JOBS`.

WHAT is events, scan, pandas or movingpandas.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import polars as pl

KINDS = ("gaps", "port-visits", "encounters")
GAP_HOURS = 6
SAMPLE = 50_000  # reports, the first in the order of vessels, where all would take minutes


def events(table: Path, jobs: int) -> str:
    """Gaps, port visits and encounters of a table, in one pass; how many of each."""
    from pipeline.tracks import find_several  # here: what is not measured is not loaded

    with tempfile.TemporaryDirectory() as folder:
        outs = {kind: Path(folder) / f"{kind}.parquet" for kind in KINDS}
        reports = find_several(outs, table.parent, jobs=jobs)
    return ", ".join(f"{report.rows:,} {kind}" for kind, report in reports.items())


def scan(table: Path) -> str:
    """Every column of every report is read, one row group at a time, and nothing else done: the floor."""
    rows = 0
    file = pl.scan_parquet(table)
    for begin in range(0, file.select(pl.len()).collect().item(), 1 << 19):
        rows += file.slice(begin, 1 << 19).collect().height
    return f"{rows:,} reports"


def gaps_in_pandas(table: Path) -> str:
    """Gaps alone as one writes them by hand: sort, then the difference of instants within each vessel."""
    import pandas as pd

    rows = pd.read_parquet(table, columns=["mmsi", "at", "lat", "lon"]).sort_values(["mmsi", "at"])
    silent = rows.groupby("mmsi")["at"].diff() > pd.Timedelta(hours=GAP_HOURS)
    return f"{int(silent.sum()):,} gaps"


def gaps_and_stops_in_movingpandas(table: Path) -> str:
    """Tracks cut at gaps, and stops of an hour within 3 km, of SAMPLE reports."""
    from datetime import timedelta

    import movingpandas

    rows = pl.scan_parquet(table).select("mmsi", "at", "lat", "lon").head(SAMPLE).collect()
    rows = rows.with_columns(pl.col("at").dt.replace_time_zone(None))
    tracks = movingpandas.TrajectoryCollection(rows.to_pandas(), traj_id_col="mmsi", t="at", x="lon", y="lat")
    parts = movingpandas.ObservationGapSplitter(tracks).split(gap=timedelta(hours=GAP_HOURS))
    stops = movingpandas.TrajectoryStopDetector(tracks).get_stop_points(
        min_duration=timedelta(hours=1), max_diameter=3000
    )
    return f"{len(parts):,} tracks between gaps, {len(stops):,} stops"


if __name__ == "__main__":
    what, table, jobs = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    found = {
        "events": lambda: events(table, jobs),
        "scan": lambda: scan(table),
        "pandas": lambda: gaps_in_pandas(table),
        "movingpandas": lambda: gaps_and_stops_in_movingpandas(table),
    }
    sys.stdout.write(found[what]())
