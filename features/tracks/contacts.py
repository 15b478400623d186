"""Pairs of vessels within some distance of each other at one instant of the grid.

Positions stand in bands of latitude as high as the distance, by instant, band and longitude: what is near a position
lies in a stretch of its own band or of the next one, and two searches find where a stretch begins and ends. A stretch
that crosses the 180th meridian goes on at the other end of the band.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.tracks.geodesy import EARTH_KM, FloatArray, distance_km, spread
from features.tracks.sightings import Sightings
from features.windows_keys import IntArray

STEPS = 1 << 22  # of longitude, 10 m at the equator; instants and bands share the rest of 63 bits
BLOCK = 1 << 20  # pairs measured together, to bound memory


@dataclass(frozen=True)
class Contacts:
    """`one` and `other` are places in the sightings, of tracks of different vessels with `one` the lower; by both
    tracks and slot."""

    one: IntArray
    other: IntArray
    distance_km: FloatArray


def contacts(seen: Sightings, within_km: float) -> Contacts:
    """All pairs of positions of different vessels at one instant that are at most `within_km` apart.

    Only positions at sea are looked at. Two tracks of one MMSI are never a pair:
    they are the same vessel, or two that cannot be told apart.
    """
    chosen = np.flatnonzero(seen.at_sea)
    lat, lon, slot = seen.lat[chosen], seen.lon[chosen], seen.slot[chosen]
    reach = np.degrees(within_km / EARTH_KM) + 1e-9
    bands = int(180 // reach) + 1
    band = np.minimum(((lat + 90) // reach).astype(np.int64), bands - 1)
    strip = ((slot - (slot.min() if slot.size else 0)) * (bands + 1) + band) * STEPS
    place = np.clip(((lon + 180) / 360 * STEPS).astype(np.int64), 0, STEPS - 1)
    order = np.argsort(strip + place)
    strip, place = strip[order], place[order]
    keys = strip + place
    width = (_half_width(lat, reach)[order] / 360 * STEPS).astype(np.int64) + 2
    order = chosen[order]
    near = _Near(seen, order, within_km)
    here = np.arange(order.size)
    east, west = np.minimum(place + width, STEPS - 1), np.maximum(place - width, 0)
    near.add(here, here + 1, np.searchsorted(keys, strip + east, side="right"))
    above = strip + STEPS
    near.add(here, np.searchsorted(keys, above + west), np.searchsorted(keys, above + east, side="right"))
    over = np.flatnonzero(place + width >= STEPS)
    rest = place[over] + width[over] - STEPS
    for line in (strip[over], above[over]):
        near.add(over, np.searchsorted(keys, line), np.searchsorted(keys, line + rest, side="right"))
    over = np.flatnonzero(place < width)
    rest = place[over] - width[over] + STEPS
    near.add(over, np.searchsorted(keys, above[over] + rest), np.searchsorted(keys, above[over] + STEPS))
    return near.sorted()


def _half_width(lat: FloatArray, reach: float) -> FloatArray:
    """Degrees of longitude that a circle of `reach` degrees stretches to either side, at most; 180 near a pole."""
    poleward = np.abs(lat) + reach
    return np.where(poleward >= 89.9, 180.0, reach / np.cos(np.radians(np.minimum(poleward, 89.9))))


class _Near:
    """Collects pairs that are near enough, out of stretches of positions in the order of their keys."""

    def __init__(self, seen: Sightings, order: IntArray, within_km: float) -> None:
        self._seen, self._order, self._within_km = seen, order, within_km
        self._found: list[tuple[IntArray, IntArray, FloatArray]] = []

    def add(self, place: IntArray, begin: IntArray, end: IntArray) -> None:
        """Pairs of each place with those of its stretch [begin, end)."""
        count = np.maximum(end - begin, 0)
        some = np.flatnonzero(count)
        place, begin, count = place[some], begin[some], count[some]
        total = np.cumsum(count)
        cuts = np.searchsorted(total, np.arange(BLOCK, int(total[-1]) if total.size else 0, BLOCK))
        for part in np.split(np.arange(some.size), cuts):
            pair, step = spread(count[part])
            one, other = self._order[place[part][pair]], self._order[begin[part][pair] + step]
            different = self._seen.vessel[one] != self._seen.vessel[other]
            one, other = one[different], other[different]
            lat, lon = self._seen.lat, self._seen.lon
            away = distance_km(lat[one], lon[one], lat[other], lon[other])
            kept = away <= self._within_km
            one, other, away = one[kept], other[kept], away[kept]
            self._found.append((np.minimum(one, other), np.maximum(one, other), away))

    def sorted(self) -> Contacts:
        one, other, away = (np.concatenate([found[axis] for found in self._found]) for axis in range(3))
        track, slot = self._seen.track, self._seen.slot
        order = np.lexsort((slot[one], track[other], track[one]))
        one, other, away = one[order], other[order], away[order]
        # Near a pole, a stretch may go all the way around and meet itself.
        once = np.append(True, (np.diff(one) != 0) | (np.diff(other) != 0))[: one.size]
        return Contacts(one[once], other[once], away[once])
