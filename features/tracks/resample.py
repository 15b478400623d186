"""Positions of tracks at the full ten minutes, between reports that are near enough in time.

What is not observed stays empty: nothing is laid across a silence of an hour or more, and nothing before the first
report of a track or after its last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.columns import NEEDED, in_order, require
from features.tracks.extrapolate import beyond_ends
from features.tracks.geodesy import FloatArray, spread, wrapped
from features.windows_keys import BoolArray, IntArray

MINUTE = 60_000_000  # microseconds
DAY = 24 * 60 * MINUTE
BLOCK = 1 << 22  # reports looked at together, to bound memory

RESAMPLED: dict[str, pl.DataType] = {
    "track": pl.String(),
    "mmsi": pl.String(),
    "at": INSTANT,
    "lat": pl.Float64(),
    "lon": pl.Float64(),
    "speed_kn": pl.Float64(),
    "density": pl.Float64(),
    "known_at": INSTANT,
}


@dataclass(frozen=True)
class ResampleOptions:
    """How reports become positions on a grid of instants, which begins at the Unix epoch.

    Between two reports less than `max_gap_minutes` apart, positions are laid. A report exactly on the grid stands for
    itself, unless `lone_reports` is false: then only where it also ends or begins such a pair. With `days_apart`,
    every UTC day is taken by itself. With `extrapolate`, a track goes on as it was heard last, up to the largest gap
    and within the day, and also before it was heard first.
    """

    step_minutes: int = 10
    max_gap_minutes: float = 60.0
    lone_reports: bool = True
    days_apart: bool = False
    extrapolate: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.step_minutes <= 1440 or 1440 % self.step_minutes:
            raise ValueError(
                f"needed a step of whole minutes that divides a day, found step_minutes={self.step_minutes!r}; give 10"
            )
        if not self.max_gap_minutes > 0:
            raise ValueError(f"needed a max_gap_minutes above 0, found {self.max_gap_minutes!r}; give 60")

    @classmethod
    def compatible(cls, max_gap_minutes: float = 60.0, *, extrapolate: bool = True) -> Self:
        """The definition of pipe-encounters. It reads courses as radians where we read degrees, and interpolates
        across the 180th meridian the long way round; neither is reproduced."""
        return cls(max_gap_minutes=max_gap_minutes, lone_reports=False, days_apart=True, extrapolate=extrapolate)


@dataclass(frozen=True)
class Slots:
    """Positions on the grid by track and instant: `track` is a number in the order of the names in `names` (track and
    mmsi), `slot` counts steps from the epoch, `left` and `right` are the places of the reports that a position lies
    between in `rows` (the same place twice where it rests on one), `share` is how far it is on the way."""

    rows: pl.DataFrame
    names: pl.DataFrame
    track: IntArray
    slot: IntArray
    left: IntArray
    right: IntArray
    share: FloatArray
    lat: FloatArray
    lon: FloatArray
    known_at: IntArray
    density: FloatArray

    def take(self, name: str) -> FloatArray:
        """A column of numbers, between the two reports as the position is; NaN where either is empty."""
        values = self.rows[name].cast(pl.Float64).to_numpy()
        left, right = values[self.left], values[self.right]
        between: FloatArray = right * self.share + left * (1 - self.share)
        return np.where(self.share == 0, left, np.where(self.share == 1, right, between))


def resample(positions: pl.DataFrame, options: ResampleOptions | None = None) -> pl.DataFrame:
    """Positions of each track on the grid, with the columns of RESAMPLED, by `track` and `at`.

    `positions` has the columns of POSITION and `track` (without one, a vessel is a track). `speed_kn` lies between
    those that the two reports gave. `density` is the number of reports that stand for a position, at most 1: the step
    over the time between the reports, to two decimals. `known_at` is when the later known of the two was known.
    Raises ValueError on missing columns and on two reports of a track at an instant.
    """
    options = options or ResampleOptions()
    slots = slots_of(positions, options)
    speed = slots.take("speed_kn") if "speed_kn" in slots.rows.columns else np.full(slots.slot.size, np.nan)
    frame = pl.DataFrame(
        {
            **slots.names[slots.track].to_dict(),
            "at": pl.Series(slots.slot * (options.step_minutes * MINUTE)).cast(INSTANT),
            "lat": slots.lat,
            "lon": slots.lon,
            "speed_kn": pl.Series(speed, nan_to_null=True),
            "density": slots.density,
            "known_at": pl.Series(slots.known_at).cast(INSTANT),
        }
    )
    if options.extrapolate:
        frame = pl.concat([frame, beyond_ends(slots.rows, options)]).sort("track", "at")
    return frame.select(pl.col(name).cast(kind) for name, kind in RESAMPLED.items())


def slots_of(positions: pl.DataFrame, options: ResampleOptions) -> Slots:
    """Positions on the grid as arrays; `extrapolate` is left to `resample`. Raises as `resample` does."""
    require(positions, NEEDED)
    rows = in_order(positions)
    first = (rows["track"] != rows["track"].shift()).fill_null(True).to_numpy()
    at = rows["at"].to_physical().to_numpy()
    group = first
    if options.days_apart:
        group = first | (np.diff(at // DAY, prepend=0) != 0)
    parts = [_between(at, group, begin, options) for begin in range(0, max(rows.height, 1), BLOCK)]
    left, right, slot = (np.concatenate([part[axis] for part in parts]) for axis in range(3))
    step = options.step_minutes * MINUTE
    length = np.where(left == right, step, at[right] - at[left])
    share = np.where(left == right, 0.0, (slot * step - at[left]) / length)
    lat, lon, known = rows["lat"].to_numpy(), rows["lon"].to_numpy(), rows["known_at"].to_physical().to_numpy()
    turn = wrapped(lon[right] - lon[left])
    return Slots(
        rows=rows,
        names=rows.select("track", "mmsi").filter(pl.Series(first)),
        track=(np.cumsum(first, dtype=np.int32)[right] - 1).astype(np.int64),
        slot=slot,
        left=left,
        right=right,
        share=share,
        lat=lat[right] * share + lat[left] * (1 - share),
        lon=np.where(turn == 0, lon[left], wrapped(lon[left] + share * turn)),
        # On the very instant of a report, only that one counts.
        known_at=np.where(share == 1, known[right], np.maximum(known[right], known[left])),
        density=np.round(step / np.maximum(length, step), 2),
    )


def _between(
    at: IntArray, group: BoolArray, begin: int, options: ResampleOptions
) -> tuple[IntArray, IntArray, IntArray]:
    """Left report, right report and slot of all positions after the report before place `begin`, up to a block's last.

    A pair of reports answers for the instants after its first report, up to and with its second.
    """
    step = options.step_minutes * MINUTE
    stop = min(begin + BLOCK, at.size)
    right = np.arange(begin, stop)
    left = np.maximum(right - 1, 0)
    length = at[right] - at[left]
    paired = ~group[begin:stop] & (length < round(options.max_gap_minutes * MINUTE))
    slot = at[max(begin - 1, 0) : stop] // step
    slot = slot if begin else np.append(slot[:1], slot)
    count = np.where(paired, np.diff(slot), 0)
    # A report on the grid that no pair before it answers for: it stands for itself.
    alone = ~paired & (at[right] == slot[1:] * step)
    if not options.lone_reports:
        follows = np.append(right[1:], min(stop, at.size - 1)) if right.size else right
        alone &= group[begin:stop] & (follows > right) & ~group[follows]
        alone &= at[follows] - at[right] < round(options.max_gap_minutes * MINUTE)
    count[alone] = 1
    kept = np.flatnonzero(count)
    place, number = spread(count[kept])
    place = kept[place]
    left, right = left[place], right[place]
    left = np.where(alone[place], right, left)
    return left, right, np.where(alone[place], slot[1:][place], slot[:-1][place] + 1 + number)
