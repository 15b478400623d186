"""What is measured over contacts of two vessels, by run or by encounter."""

from __future__ import annotations

import numpy as np

from features.tracks.contacts import Contacts
from features.tracks.geodesy import KM_PER_NM, FloatArray, distance_km, spread
from features.tracks.grouped import sums
from features.tracks.sightings import Sightings
from features.windows_keys import IntArray


def speeds_of(seen: Sightings, pairs: Contacts, run: IntArray, step_minutes: int) -> tuple[IntArray, FloatArray]:
    """Speeds of both vessels between contacts that follow each other, in knots, and the run of each."""
    follows = np.flatnonzero(np.diff(run) == 0)
    speeds = []
    for place in (pairs.one, pairs.other):
        a, b = place[follows], place[follows + 1]
        away = distance_km(seen.lat[a], seen.lon[a], seen.lat[b], seen.lon[b])
        hours = (seen.slot[b] - seen.slot[a]) * step_minutes / 60
        speeds.append(away / KM_PER_NM / hours)
    return np.tile(run[follows], 2), np.concatenate(speeds)


def reports_of(seen: Sightings, place: IntArray, group: IntArray) -> IntArray:
    """About how many reports the positions of each group rest on; groups are numbered from 0 without a hole."""
    hundredths = np.rint(seen.density[place] * 100).astype(np.int64)
    return np.rint(sums(group, hundredths) / 100).astype(np.int64)


def observed_share(seen: Sightings, one: IntArray, other: IntArray, start: IntArray, end: IntArray) -> FloatArray:
    """Per encounter, from its first contact to its last, the share of instants at which both have a position."""
    instants = seen.slot[one[end]] - seen.slot[one[start]] + 1
    share = np.ones(start.size)
    # Where either has as many positions as there are instants, the other has them all in common with it.
    own, others = one[end] - one[start] + 1, other[end] - other[start] + 1
    full = (own == instants) | (others == instants)
    share[full] = (np.minimum(own, others) / instants)[full]
    rest = np.flatnonzero(~full)
    width = int(seen.slot.max()) + 1 if seen.slot.size else 1
    keys = []
    for place in (one, other):
        event, step = spread(place[end[rest]] - place[start[rest]] + 1)
        keys.append(event * width + seen.slot[place[start[rest]][event] + step])
    both = keys[0][np.isin(keys[0], keys[1])]
    share[rest] = np.bincount(both // width, minlength=rest.size) / instants[rest]
    return share
