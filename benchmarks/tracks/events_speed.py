"""How fast events are found: real reports, tiled in space and time to some million rows, on one thread.

    POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive python benchmarks/tracks/events_speed.py AIS_DIR 5

AIS_DIR holds dma_kattegat_20251101_1min.parquet and noaa_marinecadastre_20220103.parquet. Rates are rows per second of
processor time; the first line of each kind that reads the coastline includes the second that this takes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from features.tracks.columns import as_positions
from features.tracks.draught import draught_changes
from features.tracks.encounters import encounters
from features.tracks.fishing import fishing
from features.tracks.loitering import loitering
from features.tracks.port_distance import port_km
from features.tracks.resample import resample
from features.tracks.shore import shore_km

FILES = ("dma_kattegat_20251101_1min", "noaa_marinecadastre_20220103")
ACROSS = 20  # copies side by side before the next three days


def tiled(folder: Path, millions: float) -> pl.DataFrame:
    """Copies of the files, each with vessels of its own, side by side around the Earth and then one after the other."""
    base = pl.concat([read(folder / f"{name}.parquet") for name in FILES])
    copies = [
        base.with_columns(
            mmsi=pl.format("{}{}", "mmsi", pl.lit(str(copy))),
            at=pl.col("at") + pl.duration(days=3 * (copy // ACROSS)),
            lon=(pl.col("lon") + copy % ACROSS * 17 + 180) % 360 - 180,
        )
        for copy in range(max(1, round(millions * 1e6 / base.height)))
    ]
    return as_positions(pl.concat(copies).with_columns(known_at="at")).sort("mmsi", "at").rechunk()


def read(path: Path) -> pl.DataFrame:
    """The reports of a file that are on the map, the first of each vessel and instant."""
    return (
        pl.read_parquet(path)
        .filter((pl.col("lat").abs() <= 90) & (pl.col("lon").abs() <= 180) & (pl.col("sog") < 102.3))
        .unique(["mmsi", "ts"], keep="first", maintain_order=True)
        .select(
            pl.col("mmsi").cast(pl.String),
            at=pl.col("ts").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
            lat="lat",
            lon="lon",
            speed_kn=pl.col("sog").cast(pl.Float64),
            draught_m=(pl.int_range(pl.len()) // 500 % 9 + 4).cast(pl.Float64),
        )
    )


def measured(name: str, find: Callable[[], int], rows: int) -> None:
    """Prints how many events a call found, and its rate."""
    begin = time.process_time()
    found = find()
    seconds = time.process_time() - begin
    print(f"{name:28} {found:>10,} found {seconds:8.2f} s {rows / seconds / 1e6:8.2f} million rows/s", flush=True)


def main() -> None:
    """Reads the folder and the millions of rows from the command line and prints a line per kind of event."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("millions", type=float)
    arguments = parser.parse_args()
    rows = tiled(arguments.folder, arguments.millions)
    gears = rows.select("mmsi").unique().with_columns(gear=pl.lit("OTB"))
    near_port = port_km()
    print(f"{rows.height:,} reports of {gears.height:,} vessels")
    measured("positions every 10 minutes", lambda: resample(rows).height, rows.height)
    measured("encounters, at sea", lambda: encounters(rows, from_port=near_port).height, rows.height)
    measured("encounters, in port too", lambda: encounters(rows).height, rows.height)
    measured("loitering", lambda: loitering(rows).height, rows.height)
    measured("fishing", lambda: fishing(rows, gears).height, rows.height)
    measured("changes of draught", lambda: draught_changes(rows).height, rows.height)
    some = rows.gather_every(100)
    measured("distance from shore", lambda: shore_km(some["lat"].to_numpy(), some["lon"].to_numpy()).size, some.height)


if __name__ == "__main__":
    main()
