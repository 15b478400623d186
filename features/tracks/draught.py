"""Changes of draught: a vessel that lies deeper or higher than it said before, and whether a port explains it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.columns import NEEDED, in_order, require
from features.tracks.geodesy import KM_PER_NM, distance_km, spread
from features.tracks.grouped import latest
from features.windows_keys import IntArray

HOUR = 3_600_000_000  # microseconds
PER_METRE = 10  # AIS sends draught in decimetres

DRAUGHT_CHANGE: dict[str, pl.DataType] = {
    "track": pl.String(),
    "mmsi": pl.String(),
    "start": INSTANT,
    "end": INSTANT,
    "hours": pl.Float64(),
    "draught_before_m": pl.Float64(),
    "draught_after_m": pl.Float64(),
    "change_m": pl.Float64(),
    "longest_silence_hours": pl.Float64(),
    "start_lat": pl.Float64(),
    "start_lon": pl.Float64(),
    "end_lat": pl.Float64(),
    "end_lon": pl.Float64(),
    "distance_nm": pl.Float64(),
    "visits_between": pl.Int64(),
    "visits_since_set": pl.Int64(),
    "known_at": INSTANT,
}


@dataclass(frozen=True)
class DraughtOptions:
    """A draught counts once `min_reports` reports in a row agree on it: a single one between others is an error. A
    change is a difference of at least `min_change_m` between two draughts that count, one after the other. Zero, and
    more than `max_draught_m`, mean that nobody entered one."""

    min_change_m: float = 0.5
    min_reports: int = 2
    max_draught_m: float = 25.5

    def __post_init__(self) -> None:
        if not (self.min_change_m > 0 and self.min_reports >= 1):
            raise ValueError(
                "needed a min_change_m above 0 and min_reports of at least 1, found "
                f"{self.min_change_m!r} and {self.min_reports!r}"
            )


def draught_changes(
    positions: pl.DataFrame, options: DraughtOptions | None = None, *, visits: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The changes of draught of each track, with the columns of DRAUGHT_CHANGE, by `track` and `start`.

    `positions` has the columns of POSITION and `track` (without one, a vessel is a track). `start` is the last report
    with the draught before, `end` the first with that after; the silence is the longest between two reports of the
    track from `start` to `end`. `visits` are port visits with `track`, `start`, `end` (null while it lasts) and
    `known_at`: those that touch the time from `start` to `end` are counted as `visits_between`, those since the
    draught before was first sent (crews enter it late, often at sea) as `visits_since_set`; without them both are null.
    `known_at` is when the last of the reports that settle the two draughts, and of the visits counted, was known.
    Raises ValueError on missing columns and on two reports of a track at an instant.
    """
    options = options or DraughtOptions()
    require(positions, (*NEEDED, "draught_m"))
    rows = in_order(positions)
    said = rows["draught_m"].cast(pl.Float64).fill_nan(None).fill_null(0)
    draught = (said * PER_METRE).round().cast(pl.Int64).to_numpy()
    number = (rows["track"] != rows["track"].shift()).fill_null(True).cum_sum().cast(pl.Int64).to_numpy()
    place = np.flatnonzero((draught > 0) & (draught <= round(options.max_draught_m * PER_METRE)))
    track, value = number[place], draught[place]
    first, last = _stretches(track, value)
    settled = last - first + 1 >= options.min_reports
    first, last = first[settled], last[settled]
    # What was left out between two stretches of one draught makes them one.
    begin, end = _stretches(track[first], value[first])
    first, last = first[begin], last[end]
    least = round(options.min_change_m * PER_METRE)
    changes = np.flatnonzero((np.diff(track[first]) == 0) & (np.abs(np.diff(value[first])) >= least))
    after = changes + 1
    # The reports that settle the two: as many as it takes of the last stretch before and of the first one after.
    settling, step = spread(np.full(2 * changes.size, options.min_reports))
    settled_by = place[np.concatenate([last[changes] - options.min_reports + 1, first[after]])[settling] + step]
    known = latest(settling, rows["known_at"].to_physical().to_numpy()[settled_by]).reshape(2, -1).max(axis=0)
    frame = _frame(rows, place[last[changes]], place[first[after]]).with_columns(
        draught_before_m=pl.Series(value[first[changes]] / PER_METRE),
        draught_after_m=pl.Series(value[first[after]] / PER_METRE),
        change_m=pl.Series((value[first[after]] - value[first[changes]]) / PER_METRE),
        set_at=rows["at"][place[first[changes]]],
        known_at=pl.Series(known).cast(INSTANT),
    )
    return _with_visits(frame, visits).select(pl.col(name).cast(kind) for name, kind in DRAUGHT_CHANGE.items())


def _stretches(track: IntArray, value: IntArray) -> tuple[IntArray, IntArray]:
    """The places of the first and the last of each stretch of equal values of one track."""
    changes = (np.diff(track, prepend=-1) != 0) | (np.diff(value, prepend=-1) != 0)
    first = np.flatnonzero(changes)
    return first, np.append(first[1:], value.size)[: first.size] - 1


def _frame(rows: pl.DataFrame, start: IntArray, end: IntArray) -> pl.DataFrame:
    begins, ends = rows.select("track", "mmsi", "at", "lat", "lon")[start], rows.select("at", "lat", "lon")[end]
    at = rows["at"].to_physical().to_numpy()
    change, step = spread(end - start)
    silence = latest(change, at[start[change] + step + 1] - at[start[change] + step])
    places = [frame[name].to_numpy() for frame in (begins, ends) for name in ("lat", "lon")]
    return begins.rename({"at": "start", "lat": "start_lat", "lon": "start_lon"}).with_columns(
        end=ends["at"],
        end_lat=ends["lat"],
        end_lon=ends["lon"],
        hours=pl.Series((at[end] - at[start]) / HOUR),
        longest_silence_hours=pl.Series(silence / HOUR),
        distance_nm=pl.Series(distance_km(*places) / KM_PER_NM),
    )


def _with_visits(frame: pl.DataFrame, visits: pl.DataFrame | None) -> pl.DataFrame:
    if visits is None:
        return frame.with_columns(visits_between=None, visits_since_set=None)
    over = pl.col("visit_end").is_null() | (pl.col("visit_end") >= pl.col("start"))
    counted = (
        frame.with_row_index("change")
        .select("change", "track", "start", "end", "set_at")
        .join(visits.select("track", "known_at", visit="start", visit_end="end"), on="track")
        .filter(pl.col("visit") <= pl.col("end"))
        .filter(pl.col("visit_end").is_null() | (pl.col("visit_end") >= pl.col("set_at")))
        .group_by("change")
        .agg(
            visits_between=over.sum(),
            visits_since_set=pl.len(),
            visits_known_at=pl.col("known_at").max(),
        )
    )
    joined = frame.with_row_index("change").join(counted, on="change", how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("visits_between", "visits_since_set").fill_null(0),
        known_at=pl.max_horizontal("known_at", "visits_known_at"),
    )
