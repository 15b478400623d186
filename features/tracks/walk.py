"""The reports of one MMSI, given to its tracks one after the other: each to the one that it fits best.

Mostly the ship that was heard last is heard again, and no other comes in question. As long as that is clear, it is told
for many reports at once; the report for which it is not clear is looked at by itself. So a walk costs little more than
its doubtful reports, and finds what it would find going step by step.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, exp, hypot, radians, sin, sqrt
from typing import TYPE_CHECKING

import numpy as np

from features.tracks.geodesy import EARTH_KM, KM_PER_NM, FloatArray, distance_nm
from features.windows_keys import IntArray

if TYPE_CHECKING:
    from features.tracks.segments import SegmentOptions

HOUR = 3_600_000_000  # microseconds
NM_PER_DEGREE = radians(1) * EARTH_KM / KM_PER_NM
SHORTEST_STEP, LONGEST_STEP = 30 / 3600, 1.0  # hours between two reports that tell how fast a ship is moving
SHORT_TRACK = 10  # reports
CLEAR = 1 - 1e-9  # nearer to equal than that, rounding might decide: such reports are looked at one by one
FEW, MANY = 256, 4096  # reports looked at together, at first and at most
STRAY, DOUBTFUL = 2, 64  # reports gone through one by one where it is not clear, at first and at most
WORTH = 8  # reports told at once; where they were fewer, twice as many as before are gone through one by one


class Track:
    """The last report of a track, how many it has, and how fast it was moving, in degrees an hour.

    The motion is taken from its positions, since courses are often missing where an MMSI is shared.
    """

    __slots__ = ("at", "cosine", "east", "lat", "lon", "north", "number", "size")

    def __init__(self, number: int, at: int, lat: float, lon: float) -> None:
        self.number, self.size, self.north, self.east = number, 1, 0.0, 0.0
        self.at, self.lat, self.lon, self.cosine = at, lat, lon, cos(radians(lat))

    def take(self, at: int, lat: float, lon: float) -> None:
        """Go on with a report."""
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


def walk(at: IntArray, lat: FloatArray, lon: FloatArray, fastest: float, options: SegmentOptions) -> IntArray:
    """Tracks of the reports of one vessel: each joins the open track that fits it best, or begins another. Of equal
    fits, that of the track heard last counts."""
    tracks: list[Track] = []  # the one heard last is at the end
    numbers = np.zeros(at.size, dtype=np.int64)
    place, made, at_once, alone, doubt = 0, 0, FEW, 1, STRAY
    while place < at.size:
        if not alone:
            here = slice(place, place + at_once)
            joined = _go_on(tracks, at[here], lat[here], lon[here], fastest, options)
            numbers[place : place + joined] = tracks[-1].number
            place += joined
            doubt = STRAY if joined >= WORTH else min(2 * doubt, DOUBTFUL)
            at_once, alone = (min(2 * at_once, MANY), 0) if joined == at_once else (FEW, doubt)
            continue
        tracks, made = step(tracks, made, (int(at[place]), float(lat[place]), float(lon[place])), fastest, options)
        numbers[place] = tracks[-1].number
        place, alone = place + 1, alone - 1
    return numbers


def step(
    tracks: list[Track], made: int, report: tuple[int, float, float], fastest: float, options: SegmentOptions
) -> tuple[list[Track], int]:
    """The tracks after a report, that of the report at the end, and how many were made by then."""
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
        track = Track(made, *report)
    tracks.append(track)
    del tracks[: -options.most_open]
    return tracks, made


def _go_on(
    tracks: list[Track], at: IntArray, lat: FloatArray, lon: FloatArray, fastest: float, options: SegmentOptions
) -> int:
    """How many of the reports, from the first on, are beyond doubt of the track heard last, which takes them."""
    track = tracks[-1]
    last = _Reports(np.append(track.at, at), np.append(track.lat, lat), np.append(track.lon, lon))
    north, east = last.motion(track)
    size = track.size + np.arange(at.size)
    before = _Reports(last.at[:-1], last.lat[:-1], last.lon[:-1])
    fit = _fits(before, north[:-1], east[:-1], size, (at, lat, lon), fastest * CLEAR, fastest, options)
    clear = fit > 0
    for other in tracks[:-1]:
        where = _Reports(np.array([other.at]), np.array([other.lat]), np.array([other.lon]))
        motion = np.array([other.north]), np.array([other.east])
        rival = _fits(where, *motion, np.array([other.size]), (at, lat, lon), fastest / CLEAR, fastest, options)
        clear &= rival < fit * CLEAR
        if other.size >= options.established:
            clear &= rival * options.ambiguity < fit * CLEAR
    joined = int(at.size if clear.all() else clear.argmin())
    if joined:
        track.at, track.lat, track.lon = int(last.at[joined]), float(last.lat[joined]), float(last.lon[joined])
        track.north, track.east, track.cosine = float(north[joined]), float(east[joined]), cos(radians(track.lat))
        track.size += joined
    return joined


@dataclass(frozen=True)
class _Reports:
    at: IntArray
    lat: FloatArray
    lon: FloatArray

    def motion(self, track: Track) -> tuple[FloatArray, FloatArray]:
        """How fast the track was moving after each report, were all of them its own: degrees north and east an hour.
        The first report is the track's last."""
        hours = np.diff(self.at) / HOUR
        told = hours >= SHORTEST_STEP
        divisor = np.where(told, hours, 1.0)
        stopped = hours > LONGEST_STEP
        from_ = np.maximum.accumulate(np.append(0, np.where(told, np.arange(1, self.at.size), 0)))
        steps = np.diff(self.lat) / divisor, _turns(np.diff(self.lon)) / divisor
        north, east = (np.append(0.0, np.where(stopped, 0.0, step)) for step in steps)
        north[0], east[0] = track.north, track.east
        return north[from_], east[from_]


def _fits(
    last: _Reports,
    north: FloatArray,
    east: FloatArray,
    size: IntArray,
    report: tuple[IntArray, FloatArray, FloatArray],
    reach: float,
    fastest: float,
    options: SegmentOptions,
) -> FloatArray:
    """As Track.fit, of reports to the tracks that they would follow; `reach` in knots says which of them they can."""
    at, lat, lon = report
    hours = (at - last.at) / HOUR
    later = (hours > 0) & (hours <= options.max_hours)
    hours = np.where(later, hours, 1.0)
    padded = np.hypot(hours, options.margin_hours)
    distance = distance_nm(last.lat, last.lon, lat, lon)
    ahead = hours / (1 + np.sqrt(hours / 4))
    ahead_north, ahead_east = lat - last.lat - north * ahead, _turns(lon - last.lon - east * ahead)
    missed = np.minimum(distance, NM_PER_DEGREE * np.hypot(ahead_north, ahead_east * np.cos(np.radians(last.lat))))
    fit: FloatArray = np.exp(-((5 * missed / (fastest * padded)) ** 2)) / padded * (size / np.hypot(size, SHORT_TRACK))
    return np.where(later & (distance <= reach * padded), fit, 0.0)


def _turn(degrees: float) -> float:
    return (degrees + 180) % 360 - 180


def _turns(degrees: FloatArray) -> FloatArray:
    turned: FloatArray = (degrees + 180) % 360 - 180
    return turned
