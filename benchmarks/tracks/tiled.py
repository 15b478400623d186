"""Real reports, tiled to some million: a position table in the order of vessels, and one that is shuffled.

Every copy of the real reports has vessels of its own and days of its own. Every fourth is moved around the Earth too,
so that what lay at its quay lies at sea, where encounters are looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as parquet

FILES = ("noaa_marinecadastre_20220103", "dma_kattegat_20251101_1min")
FIRST_MMSI = 200_000_000
DAYS = 3  # that the files span
ROW_GROUP = 1 << 19
AT_ONCE = 20  # copies that are shuffled together


def real(folder: Path) -> pl.DataFrame:
    """The reports of the files that are on the map, by vessel and instant; `vessel` numbers their MMSIs."""
    parts = [
        pl.read_parquet(folder / f"{name}.parquet").select(
            pl.col("mmsi").cast(pl.Int64),
            pl.col("lat", "lon"),
            at=pl.col("ts").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
            speed_kn=pl.col("sog").cast(pl.Float64),
            course_deg=pl.col("cog").cast(pl.Float64),
        )
        for name in FILES
    ]
    rows = pl.concat(parts).filter((pl.col("lat").abs() <= 90) & (pl.col("lon").abs() <= 180))
    return rows.with_columns(vessel=pl.col("mmsi").rank("dense").cast(pl.Int64)).sort("vessel", "at")


def write_tables(folder: Path, base: pl.DataFrame, millions: float) -> int:
    """Writes `sorted/position.parquet` and `shuffled/position.parquet`; how many reports each has."""
    copies = -(-round(millions * 1e6) // base.height)
    _write(folder / "sorted", _by_vessel(base, copies))
    _write(folder / "shuffled", _shuffled(base, copies))
    return copies * base.height


def _copy(rows: pl.DataFrame, copy: int, copies: int) -> pl.DataFrame:
    at = pl.col("at") + pl.duration(days=DAYS * copy)
    return rows.select(
        mmsi=(FIRST_MMSI + pl.col("vessel") * copies + copy).cast(pl.String),
        at=at,
        lat="lat",
        lon=pl.col("lon") if copy % 4 else (pl.col("lon") + copy * 17 + 180) % 360 - 180,
        speed_kn="speed_kn",
        course_deg="course_deg",
        draught_m=pl.lit(None, pl.Float64),
        receiver=pl.lit("terrestrial"),
        source=pl.lit("ais"),
        known_at=at,
    )


def _by_vessel(base: pl.DataFrame, copies: int) -> Iterator[pl.DataFrame]:
    vessel, begin = base["vessel"].to_numpy(), 0
    while begin < base.height:
        last = vessel[min(begin + 2_000_000 // copies, base.height - 1)]
        end = int(np.searchsorted(vessel, last, side="right"))
        yield pl.concat([_copy(base[begin:end], copy, copies) for copy in range(copies)]).sort("mmsi", "at")
        begin = end


def _shuffled(base: pl.DataFrame, copies: int) -> Iterator[pl.DataFrame]:
    for begin in range(0, copies, AT_ONCE):
        some = range(begin, min(begin + AT_ONCE, copies))
        yield pl.concat([_copy(base, copy, copies) for copy in some]).sample(fraction=1, shuffle=True, seed=begin)


def _write(folder: Path, frames: Iterator[pl.DataFrame]) -> None:
    folder.mkdir(parents=True)
    writer = None
    for frame in frames:
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or parquet.ParquetWriter(folder / "position.parquet", table.schema, compression="zstd")
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer:
        writer.close()
