"""What is measured over contacts of two vessels, by run or by encounter."""

from __future__ import annotations

import numpy as np

from features.tracks.contacts import Contacts
from features.tracks.geodesy import KM_PER_NM, FloatArray, distance_km, spread, wrapped
from features.tracks.resample import Slots
from features.windows_keys import IntArray

FRACTION = 10_000_000  # of a degree, 1 cm: degrees are summed as whole numbers, so that their order does not matter


def edges(run: IntArray) -> tuple[IntArray, IntArray]:
    """The places of the first and the last contact of each run."""
    first = np.flatnonzero(np.diff(run, prepend=-1))
    return first, np.append(first[1:], run.size)[: first.size] - 1


def speeds_of(slots: Slots, pairs: Contacts, run: IntArray, step_minutes: int) -> tuple[IntArray, FloatArray]:
    """Speeds of both vessels between contacts that follow each other, in knots, and the run of each."""
    follows = np.flatnonzero(np.diff(run) == 0)
    speeds = []
    for place in (pairs.one, pairs.other):
        a, b = place[follows], place[follows + 1]
        away = distance_km(slots.lat[a], slots.lon[a], slots.lat[b], slots.lon[b])
        hours = (slots.slot[b] - slots.slot[a]) * step_minutes / 60
        speeds.append(away / KM_PER_NM / hours)
    return np.tile(run[follows], 2), np.concatenate(speeds)


def medians(group: IntArray, values: FloatArray) -> FloatArray:
    """The median of the values of each group; groups are numbered from 0 without a hole."""
    order = np.lexsort((values, group))
    values = values[order]
    count = np.bincount(group)
    begin = np.cumsum(count) - count
    middle: FloatArray = (values[begin + (count - 1) // 2] + values[begin + count // 2]) / 2
    return middle


def mean_degrees(group: IntArray, lat: FloatArray, lon: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean position per group, numbered from 0 without a hole and in order; exact, whatever the order within."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    count = np.bincount(group)
    turn = np.rint(wrapped(lon - lon[first][group]) * FRACTION).astype(np.int64)
    north = np.add.reduceat(np.rint(lat * FRACTION).astype(np.int64), first) if first.size else first
    east = np.add.reduceat(turn, first) if first.size else first
    return north / count / FRACTION, wrapped(lon[first] + east / count / FRACTION)


def reports_of(slots: Slots, place: IntArray, group: IntArray) -> IntArray:
    """About how many reports the positions of each group rest on; groups are numbered from 0 without a hole."""
    hundredths = np.rint(slots.density[place] * 100).astype(np.int64)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    total = np.add.reduceat(hundredths, first) if first.size else first
    return np.rint(total / 100).astype(np.int64)


def observed_share(slots: Slots, one: IntArray, other: IntArray, start: IntArray, end: IntArray) -> FloatArray:
    """Per encounter, from its first contact to its last, the share of instants at which both have a position."""
    width = int(slots.slot.max()) + 1 if slots.slot.size else 1
    seen = []
    for place in (one, other):
        event, step = spread(place[end] - place[start] + 1)
        seen.append(event * width + slots.slot[place[start][event] + step])
    both = seen[0][np.isin(seen[0], seen[1])]
    instants = slots.slot[one[end]] - slots.slot[one[start]] + 1
    share: FloatArray = np.bincount(both // width, minlength=start.size) / instants
    return share
