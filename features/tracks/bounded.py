"""Which positions are at least so far from something, without measuring each: most vessels lie at a quay or at anchor.

A position some km from another one is as many km nearer to shore, to a port, to whatever is fixed, or farther, at most.
Where that settles the question, nothing is measured.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from features.tracks.geodesy import FloatArray, distance_km
from features.tracks.grouped import group_edges
from features.windows_keys import BoolArray, IntArray

Measure = Callable[[FloatArray, FloatArray], FloatArray]
"""Distances in km of points, given as latitudes and longitudes; infinite beyond where it looks."""

MARGIN_KM = 0.01  # what rounding may do


def at_least(measure: Measure, least_km: float, lat: FloatArray, lon: FloatArray, group: IntArray) -> BoolArray:
    """Per position whether `measure` finds it at least `least_km` away.

    `measure` must look at least that far. `group` numbers, from 0 and in order, positions that are likely to be close
    to each other.
    """
    first, _ = group_edges(group)
    begin_km = measure(lat[first], lon[first])[group]
    moved = distance_km(lat, lon, lat[first][group], lon[first][group]) + MARGIN_KM
    far = np.isfinite(begin_km) & (begin_km - moved >= least_km)
    unclear = np.flatnonzero(~far & ~(begin_km + moved < least_km))
    far[unclear] = measure(lat[unclear], lon[unclear]) >= least_km
    return far
