"""Where vessels were hour by hour, as boxes, and which of those boxes touch: a bound of whom a vessel can have met.

All versions of all reports are in the boxes, so that the bound holds for every cut-off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.tracks.geodesy import EARTH_KM, FloatArray, spread, wrapped
from features.voyage_reports import Reports
from features.windows_keys import BoolArray, IntArray

HOUR = 3_600_000_000  # microseconds
ROWS, COLUMNS = 180, 360  # cells of one degree
WIDEST = 3.0  # degrees: what a ship does not leave in three hours, but near the poles
HOURS_WAY_KM = 48.0  # as far as features.tracks.segments lets a ship get in an hour, clocks and positions being wrong
AT_ONCE = 1 << 20  # reports, or pairs of boxes, looked at together, to bound memory; no result depends on it


@dataclass(frozen=True)
class Hours:
    """Hours (from the epoch) in which vessels (codes of MMSIs) were heard, and the box about the reports of that hour
    and of those before and after it. What lies between two reports less than an hour apart, at an instant of the hour,
    lies in the box. By vessel and hour. `east` is `west` and more, and may be over 180."""

    vessel: IntArray
    hour: IntArray
    south: FloatArray
    north: FloatArray
    west: FloatArray
    east: FloatArray

    def of(self, chosen: BoolArray | IntArray) -> Hours:
        """Some of the hours."""
        return Hours(*(column[chosen] for column in self.columns()))

    def columns(self) -> tuple[Any, ...]:
        """The columns, in their order."""
        return self.vessel, self.hour, self.south, self.north, self.west, self.east

    def smaller_than(self, degrees: float) -> BoolArray:
        """Whether a box is smaller than that from south to north and from west to east."""
        small: BoolArray = (self.north - self.south < degrees) & (self.east - self.west < degrees)
        return small


def hours_of(reports: Reports, code: IntArray, span: tuple[int, int]) -> Hours:
    """The hours of some MMSIs, in order of their codes, between two instants (microseconds)."""
    low, high = reports.between(code, np.full(code.size, span[0]), np.full(code.size, span[1]))
    parts = [_boxes(reports, code[part], low[part], high[part]) for part in _parts(high - low)]
    empty = [np.zeros(0, dtype=np.int64)] * 2 + [np.zeros(0)] * 4
    columns = zip(*([empty, *parts]), strict=True)
    return Hours(*(np.concatenate(column) for column in columns))


def _parts(counts: IntArray) -> Iterator[IntArray]:
    """Places of counts, so many as make up about AT_ONCE together."""
    yield from np.split(np.arange(counts.size), np.flatnonzero(np.diff(np.cumsum(counts) // AT_ONCE)) + 1)


def _boxes(reports: Reports, code: IntArray, low: IntArray, high: IntArray) -> list[IntArray | FloatArray]:
    of, step = spread(high - low)
    place = low[of] + step
    hour = reports.at[place] // HOUR
    first = np.flatnonzero((np.diff(of, prepend=-1) != 0) | (np.diff(hour, prepend=-1) != 0))
    if not first.size:
        return [code[:0], code[:0], *[np.zeros(0)] * 4]
    of, hour = of[first], hour[first]
    follows = np.append(False, (np.diff(of) == 0) & (np.diff(hour) == 1))
    lat, lon = reports.rows["lat"].to_numpy()[place], reports.rows["lon"].to_numpy()[place]
    south, north = _lowest(lat, first, follows), -_lowest(-lat, first, follows)
    west, east = _lowest(lon, first, follows), -_lowest(-lon, first, follows)
    # Where a box is narrower across the 180th meridian, it lies across it.
    turned = lon % 360
    far_west, far_east = _lowest(turned, first, follows), -_lowest(-turned, first, follows)
    across = far_east - far_west < east - west
    west, east = np.where(across, far_west, west), np.where(across, far_east, east)
    around = east - west >= 180  # the short way between two of the reports may lead anywhere
    west, east = np.where(around, -180.0, west), np.where(around, 180.0, east)
    return [code[of], hour, south, north, west, east]


def _lowest(values: FloatArray, first: IntArray, follows: BoolArray) -> FloatArray:
    """The lowest value of each hour and of those beside it; `follows` says which is an hour after the one before."""
    each = np.minimum.reduceat(values, first)
    lowest = each.copy()
    after = np.flatnonzero(follows)
    lowest[after] = np.minimum(lowest[after], each[after - 1])
    lowest[after - 1] = np.minimum(lowest[after - 1], each[after])
    return lowest


def touching(reports: Reports, one: Hours, other: Hours, within_km: float) -> Iterator[tuple[IntArray, IntArray]]:
    """Pairs of places of hours of different vessels whose boxes are at most `within_km` apart; some come twice.

    A vessel whose reports are too far from each other for a ship is sought as far about each of them as a ship gets in
    an hour, not between them.
    """
    place, boxes = _split(reports, one)
    place_other, boxes_other = _split(reports, other)
    box, key = _cells(boxes, within_km)
    box_other, key_other = _cells(boxes_other, 0.0)
    for left, right in _equal(box, key, box_other, key_other):
        kept = boxes.vessel[left] != boxes_other.vessel[right]
        left, right = left[kept], right[kept]
        kept = _apart_km_at_most(boxes.of(left), boxes_other.of(right), within_km)
        yield place[left[kept]], place_other[right[kept]]


def _split(reports: Reports, hours: Hours) -> tuple[IntArray, Hours]:
    """The hours, with their places; where a box is wider than WIDEST, a box about each report of the three hours."""
    wide = np.flatnonzero(~hours.smaller_than(WIDEST))
    place = np.flatnonzero(hours.smaller_than(WIDEST))
    vessel, hour = hours.vessel[wide], hours.hour[wide]
    low, high = reports.between(vessel, (hour - 1) * HOUR, (hour + 2) * HOUR)
    of, step = spread(high - low)
    lat, lon = (reports.rows[name].to_numpy()[low[of] + step] for name in ("lat", "lon"))
    up, aside = _degrees(lat, lat, HOURS_WAY_KM)
    about = Hours(vessel[of], hour[of], lat - up, lat + up, lon - aside, lon + aside)
    small = hours.of(place)
    columns = zip(small.columns(), about.columns(), strict=True)
    return np.concatenate([place, wide[of]]), Hours(*(np.concatenate(column) for column in columns))


def _cells(hours: Hours, margin_km: float) -> tuple[IntArray, IntArray]:
    """The place of each hour as often as its box, with a margin about it, touches a cell, and hour and cell as one."""
    up, aside = _degrees(hours.south, hours.north, margin_km)
    row = np.clip(np.floor(hours.south - up) + ROWS // 2, 0, ROWS - 1).astype(np.int64)
    last_row = np.clip(np.floor(hours.north + up) + ROWS // 2, 0, ROWS - 1).astype(np.int64)
    column, last_column = (
        np.floor(edge).astype(np.int64) + COLUMNS // 2 for edge in (hours.west - aside, hours.east + aside)
    )
    rows, columns = last_row - row + 1, np.minimum(last_column - column + 1, COLUMNS)
    place, step = spread(rows * columns)
    columns = columns[place]
    cell = (row[place] + step // columns) * COLUMNS + (column[place] + step % columns) % COLUMNS
    return place, hours.hour[place] * (ROWS * COLUMNS) + cell


def _degrees(south: FloatArray, north: FloatArray, km: float) -> tuple[FloatArray, FloatArray]:
    """A bound of how many degrees of latitude and of longitude so many km are, between two latitudes."""
    up = np.degrees(km / EARTH_KM) * 1.001
    poleward = np.maximum(np.abs(south), np.abs(north)) + up
    return np.full(south.size, up), np.where(poleward >= 89, 360.0, up / np.cos(np.radians(np.minimum(poleward, 89))))


def _equal(one: IntArray, key: IntArray, other: IntArray, other_key: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Pairs of values of `one` and `other` whose keys are equal."""
    order, other_order = np.argsort(key), np.argsort(other_key)
    key, other_key = key[order], other_key[other_order]
    begin = np.searchsorted(other_key, key, side="left")
    count = np.searchsorted(other_key, key, side="right") - begin
    for part in _parts(count):
        pair, step = spread(count[part])
        yield one[order[part]][pair], other[other_order[begin[part][pair] + step]]


def _apart_km_at_most(one: Hours, other: Hours, km: float) -> BoolArray:
    up, aside = _degrees(np.minimum(one.south, other.south), np.maximum(one.north, other.north), km)
    level = np.maximum(one.south - other.north, other.south - one.north) <= up
    middles = np.abs(wrapped((one.west + one.east) / 2 - (other.west + other.east) / 2))
    beside: BoolArray = middles - (one.east - one.west + other.east - other.west) / 2 <= aside
    return level & beside
