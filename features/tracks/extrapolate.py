"""Positions past the ends of what was heard of a track, as the public definition of encounters lays them.

We do not use them: a vessel that fell silent is not known to have gone on. They are here to compare with others.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.geodesy import spread, wrapped

MINUTE = 60_000_000  # microseconds
DAY = 24 * 60 * MINUTE
LEAST_COSINE = 0.1


class Reach(Protocol):
    """The options of resampling that matter past the ends."""

    @property
    def step_minutes(self) -> int: ...
    @property
    def max_gap_minutes(self) -> float: ...


def beyond_ends(rows: pl.DataFrame, options: Reach) -> pl.DataFrame:
    """Positions before the first report of each track and UTC day and after the last, with the columns of RESAMPLED.

    `rows` are reports in order, with `speed_kn` and `course_deg`; reports without either are not gone on from. The
    formula is that of pipe-encounters (resample.py): a plane with a cosine of at least 0.1.
    """
    day = pl.col("at").dt.truncate("1d")
    changes = (pl.col("track") != pl.col("track").shift()) | (day != day.shift())
    ends = rows.with_columns(first=changes.fill_null(True), last=changes.shift(-1).fill_null(True))
    before = ends.filter("first").with_columns(sign=pl.lit(-1))
    after = ends.filter("last").with_columns(sign=pl.lit(1))
    ends = pl.concat([before, after]).filter(pl.col("speed_kn").is_not_null() & pl.col("course_deg").is_not_null())
    at, sign = ends["at"].to_physical().to_numpy(), ends["sign"].to_numpy()
    step, reach = options.step_minutes * MINUTE, round(options.max_gap_minutes * MINUTE)
    midnight = at // DAY * DAY
    low = np.where(sign < 0, -(-np.maximum(midnight, at - reach) // step), at // step + 1)
    high = np.where(sign < 0, -(-at // step) - 1, np.minimum(midnight + DAY - 1, at + reach) // step)
    place, number = spread(np.maximum(high - low + 1, 0))
    instant = (low[place] + number) * step
    ends = ends[place]
    hours = (instant - at[place]) / (60 * MINUTE)
    course, lat = np.radians(ends["course_deg"].to_numpy()), ends["lat"].to_numpy()
    degrees = ends["speed_kn"].to_numpy() / 60 * hours
    east = degrees * np.sin(course) / np.maximum(np.cos(np.radians(lat)), LEAST_COSINE)
    return ends.select(
        "track",
        "mmsi",
        at=pl.Series(instant).cast(INSTANT),
        lat=pl.Series(lat + degrees * np.cos(course)),
        lon=pl.Series(wrapped(ends["lon"].to_numpy() + east)),
        speed_kn="speed_kn",
        density=pl.Series(np.round(step / np.maximum(instant - at[place], step), 2)),
        known_at="known_at",
    )
