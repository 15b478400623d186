"""How well ships were heard: reports per cell, day and vessel, to tell a silence from a place where none is heard."""

from __future__ import annotations

import polars as pl

from features.tracks.columns import require
from features.tracks.geodesy import Grid

CELL_KM = 111.195  # one degree of latitude, the cell of Welch and others (Science Advances 8, 2022)


def reception(positions: pl.DataFrame) -> pl.DataFrame:
    """The reports of each vessel in each cell on each day: `cell`, `day` (date, UTC), `mmsi`, `reports`, `known_at`.

    `cell` is numbered as by Grid(CELL_KM); `known_at` is when the last of those reports was known. In order of cell,
    day and mmsi. Give it the reports of all vessels.
    """
    require(positions, ("mmsi", "at", "lat", "lon", "known_at"))
    return (
        positions.lazy()
        .select(
            "mmsi",
            "known_at",
            cell=pl.Series(Grid(CELL_KM).cell(positions["lat"].to_numpy(), positions["lon"].to_numpy())),
            day=pl.col("at").dt.date(),
        )
        .group_by("cell", "day", "mmsi")
        .agg(reports=pl.len().cast(pl.Int64), known_at=pl.col("known_at").max())
        .sort("cell", "day", "mmsi")
        .collect()
    )
