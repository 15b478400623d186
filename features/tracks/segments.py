"""Which reports of one MMSI are of one ship: a report that the ship could not have reached is of another."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, exp, hypot, radians, sin, sqrt

import numpy as np

from features.tracks.geodesy import EARTH_KM, KM_PER_NM, FloatArray, distance_nm
from features.windows_keys import BoolArray, IntArray

HOUR = 3_600_000_000  # microseconds
NM_PER_DEGREE = radians(1) * EARTH_KM / KM_PER_NM
SHORTEST_STEP, LONGEST_STEP = 30 / 3600, 1.0  # hours between two reports that tell how fast a ship is moving
SHORT_TRACK = 10  # reports


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
    other, they are one track, and that is told for all vessels at once; from its first jump on, a vessel is walked
    through report by report, in O(reports * most_open).
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
        walked = _walk(at[here], lat[here], lon[here], float(fastest[begin]), options)
        number[here] = walked
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


class _Track:
    """The last report of a track, how many it has, and how fast it was moving, in degrees an hour.

    The motion is taken from its positions, since courses are often missing where an MMSI is shared.
    """

    __slots__ = ("at", "cosine", "east", "lat", "lon", "north", "number", "size")

    def __init__(self, number: int, at: int, lat: float, lon: float) -> None:
        self.number, self.size, self.north, self.east = number, 1, 0.0, 0.0
        self.at, self.lat, self.lon, self.cosine = at, lat, lon, cos(radians(lat))

    def take(self, at: int, lat: float, lon: float) -> None:
        hours = (at - self.at) / HOUR
        if hours > LONGEST_STEP:
            self.north = self.east = 0.0
        elif hours >= SHORTEST_STEP:
            self.north, self.east = (lat - self.lat) / hours, _turn(lon - self.lon) / hours
        self.at, self.lat, self.lon, self.cosine = at, lat, lon, cos(radians(lat))
        self.size += 1

    def fit(self, at: int, lat: float, lon: float, fastest: float, options: SegmentOptions) -> float:
        """How well a report fits the track; 0 where it is not of a later instant, or could not be reached.

        That of gpsdio-segment, exp(-(5 d / a)^2) / hypot(h, margin), less for a track of few reports: d is the
        distance from where the ship was or, if that is less, from where it was going (for a time that grows ever less
        than h, since ships turn), out of a that could have been sailed in h hours.
        """
        hours = (at - self.at) / HOUR
        if hours <= 0 or hours > options.max_hours:
            return 0.0
        padded = hypot(hours, options.margin_hours)
        half_north, half_east = radians(lat - self.lat) / 2, radians(lon - self.lon) / 2
        part = sin(half_north) ** 2 + cos(radians(lat)) * self.cosine * sin(half_east) ** 2
        distance = 2 * EARTH_KM / KM_PER_NM * asin(sqrt(min(part, 1.0)))
        if distance > fastest * padded:
            return 0.0
        ahead = hours / (1 + sqrt(hours / 4))
        north, east = lat - self.lat - self.north * ahead, _turn(lon - self.lon - self.east * ahead)
        missed = min(distance, NM_PER_DEGREE * hypot(north, east * self.cosine))
        weight = self.size / hypot(self.size, SHORT_TRACK)
        return exp(-((5 * missed / (fastest * padded)) ** 2)) / padded * weight


def _turn(degrees: float) -> float:
    return (degrees + 180) % 360 - 180


def _walk(at: IntArray, lat: FloatArray, lon: FloatArray, fastest: float, options: SegmentOptions) -> list[int]:
    """Tracks of the reports of one vessel: each joins the open track that fits it best, or begins another. Of equal
    fits, that of the track heard last counts."""
    tracks: list[_Track] = []  # the one heard last is at the end
    numbers, made = [], 0
    for report in zip(at.tolist(), lat.tolist(), lon.tolist(), strict=True):
        fits = [track.fit(*report, fastest, options) for track in tracks]
        best = max(fits, default=0.0)
        close = [
            track
            for track, fit in zip(tracks, fits, strict=True)
            if best > 0 and fit * options.ambiguity >= best and track.size >= options.established
        ]
        if len(close) > 1:
            tracks = [track for track in tracks if track not in close]
            best = 0.0
        if best > 0:
            track = tracks.pop(len(fits) - 1 - fits[::-1].index(best))
            track.take(*report)
        else:
            made += 1
            track = _Track(made, *report)
        tracks.append(track)
        del tracks[: -options.most_open]
        numbers.append(track.number)
    return numbers
