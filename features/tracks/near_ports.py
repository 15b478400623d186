"""The nearest port point of each position, where one is in reach."""

from __future__ import annotations

import numpy as np

from features.tracks.geodesy import EARTH_KM, FloatArray, Grid, spread
from features.windows_keys import IntArray

CELL_KM = 0.5
BLOCK = 1 << 18  # positions that are looked at together, to bound memory; results do not depend on it
NOWHERE = -1


class NearPorts:
    """Port points, prepared for questions about which is nearest within `reach_km`."""

    def __init__(self, lat: FloatArray, lon: FloatArray, reach_km: float) -> None:
        """`lat` and `lon` are the degrees of the points, at least one. Of those equally near, the first counts."""
        self._points = _unit_vectors(lat, lon)
        self._reach = reach_km
        self._fine = Grid(CELL_KM)
        self._coarse = Grid(reach_km)
        point, cell = self._coarse.touched(lat, lon, reach_km + 3 * CELL_KM)
        order = np.lexsort((point, cell))
        self._cells, self._starts = np.unique(cell[order], return_index=True)
        self._ends = np.append(self._starts[1:], cell.size)
        self._inside = point[order]

    def nearest(self, lat: FloatArray, lon: FloatArray) -> tuple[IntArray, FloatArray]:
        """Per position the place of the nearest port point within reach, NOWHERE if none, and its distance in km.

        The distance is infinite where none is in reach. For each small cell that holds a position, the points
        are sought that may be nearest somewhere in it; only those are compared.
        """
        nearest = np.full(lat.size, NOWHERE, dtype=np.int64)
        distance = np.full(lat.size, np.inf)
        for begin in range(0, lat.size, BLOCK):
            part = slice(begin, begin + BLOCK)
            nearest[part], distance[part] = self._nearest(lat[part], lon[part])
        return nearest, distance

    def _nearest(self, lat: FloatArray, lon: FloatArray) -> tuple[IntArray, FloatArray]:
        _, one_of_each, cell = np.unique(self._fine.cell(lat, lon), return_index=True, return_inverse=True)
        begin, end, candidates = self._candidates(lat[one_of_each], lon[one_of_each])
        close = np.flatnonzero(end[cell] > begin[cell])
        nearest = np.full(lat.size, NOWHERE, dtype=np.int64)
        distance = np.full(lat.size, np.inf)
        if not close.size:
            return nearest, distance
        counts = (end - begin)[cell[close]]
        pair, step = spread(counts)
        point = candidates[begin[cell[close]][pair] + step]
        chord = _squared_chord(_unit_vectors(lat[close], lon[close]), pair, self._points, point)
        first = np.cumsum(counts) - counts
        least = np.minimum.reduceat(chord, first)
        best = np.minimum.reduceat(np.where(chord == least[pair], np.arange(point.size), point.size), first)
        km = 2 * EARTH_KM * np.arcsin(np.minimum(np.sqrt(least) / 2, 1))
        reached = km <= self._reach
        nearest[close[reached]], distance[close[reached]] = point[best[reached]], km[reached]
        return nearest, distance

    def _candidates(self, lat: FloatArray, lon: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
        """Per cell, given by some position in it, where its candidates begin and end in the array of candidates.

        Nothing in the cell is farther from that position than the cell's diagonal: what is nearest to any place in it
        is at most two diagonals farther from that position than what is nearest to the position itself.
        """
        coarse = self._coarse.cell(lat, lon)
        place = np.minimum(np.searchsorted(self._cells, coarse), self._cells.size - 1)
        known = self._cells[place] == coarse
        begin, end = np.where(known, self._starts[place], 0), np.where(known, self._ends[place], 0)
        some = np.flatnonzero(known)
        cell, step = spread(end[some] - begin[some])
        point = self._inside[begin[some][cell] + step]
        chord = np.sqrt(_squared_chord(_unit_vectors(lat[some], lon[some]), cell, self._points, point))
        least = np.minimum.reduceat(chord, np.flatnonzero(step == 0)) if some.size else chord
        # A bound of the diagonal; at the poles, cells are longer. No chord is longer than its arc.
        diagonal = CELL_KM / EARTH_KM * np.where(np.abs(lat[some]) > 89, 3.0, 1.5)
        limit = np.minimum(least + 2 * diagonal, self._reach / EARTH_KM + diagonal)
        kept = chord <= limit[cell]
        counts = np.bincount(some[cell[kept]], minlength=lat.size)
        ends = np.cumsum(counts)
        return ends - counts, ends, point[kept]


def _squared_chord(one: FloatArray, place: IntArray, other: FloatArray, other_place: IntArray) -> FloatArray:
    """Squared straight distances between unit vectors, given by their places."""
    squared = np.zeros(place.size)
    for axis in range(3):
        squared += (one[axis][place] - other[axis][other_place]) ** 2
    return squared


def _unit_vectors(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Points on the unit sphere, an array per axis."""
    north, east = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])
