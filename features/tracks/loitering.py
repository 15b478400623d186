"""Loitering: a vessel far from shore that for hours hardly moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.bounded import Measure, at_least
from features.tracks.geodesy import KM_PER_NM, FloatArray, distance_km, spread
from features.tracks.grouped import latest, mean_degrees, sums
from features.tracks.resample import ResampleOptions, Slots, slots_of
from features.tracks.shore import shore_km
from features.windows_keys import BoolArray, IntArray

HOUR = 3_600_000_000  # microseconds

LOITERING: dict[str, pl.DataType] = {
    "track": pl.String(),
    "mmsi": pl.String(),
    "start": INSTANT,
    "end": INSTANT,
    "hours": pl.Float64(),
    "lat": pl.Float64(),
    "lon": pl.Float64(),
    "start_lat": pl.Float64(),
    "start_lon": pl.Float64(),
    "end_lat": pl.Float64(),
    "end_lon": pl.Float64(),
    "mean_speed_kn": pl.Float64(),
    "shore_km": pl.Float64(),
    "known_at": INSTANT,
}


@dataclass(frozen=True)
class LoiteringOptions:
    """Positions are taken at every full hour, between reports less than `max_gap_minutes` apart. A vessel loiters
    through an hour if from its begin to its end it moves at less than `max_speed_kn` and both are at least
    `min_shore_nm` from shore; it is an event from `min_hours` such hours in a row. The rule is that of Global Fishing
    Watch (Miller and others 2018), which takes the means of speed and distance over the whole event. Its variant
    nearer to the coast has a `min_shore_nm` of 12.
    """

    max_speed_kn: float = 2.0
    min_hours: int = 4
    min_shore_nm: float = 20.0
    max_gap_minutes: float = 120.0

    def __post_init__(self) -> None:
        if not (self.max_speed_kn > 0 and self.min_hours >= 1 and self.min_shore_nm >= 0):
            raise ValueError(
                "needed a max_speed_kn above 0, min_hours of at least 1 and a min_shore_nm of at least 0, found "
                f"{self.max_speed_kn!r}, {self.min_hours!r} and {self.min_shore_nm!r}"
            )


def loitering(
    positions: pl.DataFrame, options: LoiteringOptions | None = None, *, from_shore: Measure = shore_km
) -> pl.DataFrame:
    """The loitering events of each track, with the columns of LOITERING, by `track` and `start`.

    `positions` has the columns of POSITION and `track` (without one, a vessel is a track). `lat` and `lon` are the
    mean of the hourly positions, `shore_km` is the distance of that place from shore, `known_at` is when the last of
    the reports that the event rests on was known. A silence is no loitering: it ends the event. Raises ValueError on
    missing columns and on two reports of a track at an instant.
    """
    options = options or LoiteringOptions()
    slots = slots_of(positions, ResampleOptions(step_minutes=60, max_gap_minutes=options.max_gap_minutes))
    step_km = distance_km(slots.lat[:-1], slots.lon[:-1], slots.lat[1:], slots.lon[1:])
    slow = (np.diff(slots.track) == 0) & (np.diff(slots.slot) == 1) & (step_km < options.max_speed_kn * KM_PER_NM)
    first, last = _long_runs(slow, options.min_hours)
    run, step = spread(last - first + 1)
    place = first[run] + step
    offshore = np.zeros(slots.slot.size, dtype=np.bool_)
    least_km = options.min_shore_nm * KM_PER_NM
    offshore[place] = at_least(from_shore, least_km, slots.lat[place], slots.lon[place], run)
    first, last = _long_runs(slow & offshore[:-1] & offshore[1:], options.min_hours)
    return _events(slots, step_km, first, last, from_shore)


def _long_runs(steps: BoolArray, least: int) -> tuple[IntArray, IntArray]:
    """First and last position of each run of at least `least` steps; step n leads from position n to the next."""
    edges = np.diff(np.concatenate([[False], steps, [False]]).astype(np.int8))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    long = last - first >= least
    return first[long], last[long]


def _events(slots: Slots, step_km: FloatArray, first: IntArray, last: IntArray, from_shore: Measure) -> pl.DataFrame:
    event, step = spread(last - first + 1)
    place = first[event] + step
    lat, lon = mean_degrees(event, slots.lat[place], slots.lon[place])
    # Metres as whole numbers, so that the sum does not depend on its order.
    metres = np.rint(np.where(place == last[event], 0, np.append(step_km, 0.0)[place]) * 1000).astype(np.int64)
    hours = last - first
    names = slots.names[slots.track[first]]
    frame = pl.DataFrame(
        {
            "track": names["track"],
            "mmsi": names["mmsi"],
            "start": pl.Series(slots.slot[first] * HOUR).cast(INSTANT),
            "end": pl.Series(slots.slot[last] * HOUR).cast(INSTANT),
            "hours": hours,
            "lat": lat,
            "lon": lon,
            "start_lat": slots.lat[first],
            "start_lon": slots.lon[first],
            "end_lat": slots.lat[last],
            "end_lon": slots.lon[last],
            "mean_speed_kn": sums(event, metres) / 1000 / KM_PER_NM / hours,
            "shore_km": from_shore(lat, lon),
            "known_at": pl.Series(latest(event, slots.known_at[place])).cast(INSTANT),
        }
    )
    return frame.select(pl.col(name).cast(kind) for name, kind in LOITERING.items())
