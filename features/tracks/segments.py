"""Which reports of one MMSI are of one ship: a report that the ship could not have reached is of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.tracks.geodesy import FloatArray, distance_nm
from features.tracks.walk import HOUR, NM_PER_DEGREE, walk
from features.windows_keys import BoolArray, IntArray


@dataclass(frozen=True)
class SegmentOptions:
    """What a ship can reach, and when it cannot be told which of two ships a report is of.

    In h hours a ship gets at most `max_speed_kn` times hypot(h, `margin_hours`) nautical miles away: the margin covers
    what is wrong with clocks and positions, and counts less the longer the time. A report may belong to one of the
    `most_open` tracks of its MMSI that were heard last, each within the last `max_hours`. Where two tracks of at least
    `established` reports fit it so that the one is less than `ambiguity` times better, both end, and another begins.
    """

    max_speed_kn: float = 25.0
    margin_hours: float = 0.25
    max_hours: float = float("inf")
    most_open: int = 32
    ambiguity: float = 10.0
    established: int = 20

    @classmethod
    def compatible(cls) -> SegmentOptions:
        """As near as this comes to gpsdio-segment (Global Fishing Watch), which ends a segment after 24 hours of
        silence and takes every track for established. It also looks back past reports that fit badly, and predicts
        from the courses that were sent, so that its segments are not the same."""
        return cls(max_hours=24.0, established=1)


def segments(
    vessel: IntArray, at: IntArray, lat: FloatArray, lon: FloatArray, fastest: FloatArray, options: SegmentOptions
) -> IntArray:
    """Per report the number, from 1, of the track of its vessel that it belongs to.

    The reports are in order of `vessel` and `at` (microseconds); `fastest` is the speed in knots that the vessel of
    each can make. Tracks are numbered in the order in which they appear. Which track a report joins depends on earlier
    reports alone. A track takes one report an instant. While all reports of a vessel can be reached one from the
    other, they are one track, and that is told for all vessels at once; a vessel with a jump is walked through, in
    O(reports * most_open).
    """
    first = np.append([True], vessel[1:] != vessel[:-1])[: vessel.size]
    jump = ~first & ~_reached(at, lat, lon, fastest, options)
    number = np.ones(vessel.size, dtype=np.int64)
    if not jump.any():
        return number
    begins = np.flatnonzero(first)
    ends = np.append(begins[1:], vessel.size)
    which = np.cumsum(first) - 1
    for one in np.unique(which[jump]):
        begin, end = int(begins[one]), int(ends[one])
        here = slice(begin, end)
        number[here] = walk(at[here], lat[here], lon[here], float(fastest[begin]), options)
    return number


def _reached(at: IntArray, lat: FloatArray, lon: FloatArray, fastest: FloatArray, options: SegmentOptions) -> BoolArray:
    """Whether each report can be reached from the one before it, at a later instant; the distance is worked out only
    where a bound of it (the way along a meridian and a parallel of the equator's length) does not tell."""
    reached = np.ones(at.size, dtype=np.bool_)
    if at.size < 2:
        return reached
    hours = np.diff(at) / HOUR
    allowed = fastest[1:] * np.hypot(hours, options.margin_hours)
    east = np.abs(np.diff(lon))
    bound = NM_PER_DEGREE * (np.abs(np.diff(lat)) + np.minimum(east, 360 - east))
    reached[1:] = (bound <= allowed) & (hours > 0) & (hours <= options.max_hours)
    far = np.flatnonzero((bound > allowed) & (hours > 0) & (hours <= options.max_hours))
    distance = distance_nm(lat[far], lon[far], lat[far + 1], lon[far + 1])
    reached[far + 1] = distance <= allowed[far]
    return reached
