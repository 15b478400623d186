"""How fast reports are cleaned, and silences and port visits found: real reports, tiled to some million rows.

    POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive python benchmarks/tracks/stays_speed.py AIS_DIR 5

The files and the rates are those of events_speed.py; port visits are looked for at all shipped ports and anchorages.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl
from events_speed import FILES, measured, read

from features.tracks.clean import clean
from features.tracks.columns import as_positions
from features.tracks.gaps import gaps
from features.tracks.port_visits import port_visits
from features.tracks.ports import port_points
from features.tracks.reception import reception

FIRST_MMSI = 200_000_000


def tiled(folder: Path, millions: float) -> pl.DataFrame:
    """Copies of the files, each with vessels of its own and some days later, in order of vessel and instant."""
    base = pl.concat([read(folder / f"{name}.parquet") for name in FILES])
    base = base.with_columns(vessel=pl.col("mmsi").rank("dense").cast(pl.Int64), receiver=pl.lit("terrestrial"))
    times = max(1, round(millions * 1e6 / base.height))
    copies = [
        base.with_columns(
            mmsi=(FIRST_MMSI + pl.col("vessel") * times + copy).cast(pl.String),
            at=pl.col("at") + pl.duration(days=copy % 300),
        )
        for copy in range(times)
    ]
    return as_positions(pl.concat(copies).with_columns(known_at="at")).sort("mmsi", "at").rechunk()


def main() -> None:
    """Reads the folder and the millions of rows from the command line and prints a line per kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("millions", type=float)
    arguments = parser.parse_args()
    rows = tiled(arguments.folder, arguments.millions)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=1)
    print(f"{rows.height:,} reports of {rows['mmsi'].n_unique():,} vessels")
    measured("cleaning, in order", lambda: clean(rows).positions.height, rows.height)
    measured("cleaning, shuffled", lambda: clean(shuffled).positions.height, rows.height)
    tracks = clean(rows).positions
    points = port_points()
    measured("gaps", lambda: gaps(tracks).height, rows.height)
    measured("reception", lambda: reception(tracks).height, rows.height)
    heard = reception(tracks)
    measured("gaps, with others heard", lambda: gaps(tracks, heard=heard).height, rows.height)
    measured("port visits", lambda: port_visits(tracks, points).height, rows.height)


if __name__ == "__main__":
    main()
