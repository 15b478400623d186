"""What is measured over contacts of two vessels, by run or by encounter."""

from __future__ import annotations

import numpy as np

from features.tracks.contacts import Contacts
from features.tracks.geodesy import KM_PER_NM, FloatArray, distance_km, spread
from features.tracks.grouped import sums
from features.tracks.resample import Slots
from features.windows_keys import IntArray


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


def reports_of(slots: Slots, place: IntArray, group: IntArray) -> IntArray:
    """About how many reports the positions of each group rest on; groups are numbered from 0 without a hole."""
    hundredths = np.rint(slots.density[place] * 100).astype(np.int64)
    return np.rint(sums(group, hundredths) / 100).astype(np.int64)


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
