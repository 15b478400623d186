"""The nearest of many arcs of great circles to positions, exact on a sphere, at any distance.

The arcs stand in a tree of boxes in space, four to a box, so that neither the poles nor the 180th meridian is a special
place. Going down, a box is left out as soon as some begin of an arc in another box is nearer than all of it; what
remains is measured arc by arc.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.tracks.geodesy import EARTH_KM, FloatArray
from features.windows_keys import IntArray

FANOUT = 4
AT_ONCE = 1_024  # positions whose candidates are held in memory together
# A margin for rounding of squared distances, 0.6 mm on the Earth.
EQUAL = 1e-20
MORTON_BITS = 20  # steps of 12 m


@dataclass(frozen=True)
class Arcs:
    """Arcs as points of the unit sphere with what measuring needs, and boxes about them.

    `pole` is the unit normal of the great circle of an arc, on its left; `start_side` and `end_side` are the normals of
    the planes through its begin and its end, towards each other.
    """

    begin: FloatArray
    end: FloatArray
    pole: FloatArray
    start_side: FloatArray
    end_side: FloatArray
    boxes: list[FloatArray]


@dataclass(frozen=True)
class Nearest:
    """Per point its nearest arc: the distance `km`, the number `arc` in the tree, and the `part` of the arc that is
    nearest: 0 within, 1 its begin, 2 its end. Of arcs equally near it is the first in the tree."""

    km: FloatArray
    arc: IntArray
    part: IntArray


def arcs(lat: FloatArray, lon: FloatArray, to_lat: FloatArray, to_lon: FloatArray) -> Arcs:
    """The tree of the arcs from (`lat`, `lon`) to (`to_lat`, `to_lon`), in degrees.

    None may be of no length, none longer than 80 degrees.
    """
    begin, end = unit(lat, lon), unit(to_lat, to_lon)
    order = np.argsort(_interleaved((begin + end) / 2), kind="stable")
    begin, end = begin[order], end[order]
    pole = np.cross(begin, end)
    pole /= np.linalg.norm(pole, axis=1)[:, None]
    return Arcs(begin, end, pole, np.cross(pole, begin), np.cross(end, pole), _boxes(begin, end))


def unit(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Points of the unit sphere, an array (points, 3)."""
    north, east = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)


def for_each(lat: FloatArray, lon: FloatArray, measure: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """What `measure` gives for the points of the unit sphere, some at a time; NaN where a coordinate is NaN.

    Raises ValueError on arrays of different lengths and on coordinates out of range.
    """
    lat, lon = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    if lat.shape != lon.shape or lat.ndim != 1:
        raise ValueError(f"needed as many latitudes as longitudes, found shapes {lat.shape} and {lon.shape}")
    known = np.flatnonzero(~(np.isnan(lat) | np.isnan(lon)))
    wrong = known[(np.abs(lat[known]) > 90) | (np.abs(lon[known]) > 180)]
    if wrong.size:
        first = wrong[0]
        raise ValueError(
            f"needed latitudes within 90 and longitudes within 180 degrees, found {wrong.size} outside, the first "
            f"{lat[first]}, {lon[first]} at place {first}; give the positions to features.tracks.clean first"
        )
    result = np.full(lat.size, np.nan)
    for start in range(0, known.size, AT_ONCE):
        chunk = known[start : start + AT_ONCE]
        result[chunk] = measure(unit(lat[chunk], lon[chunk]))
    return result


def nearest(tree: Arcs, points: FloatArray) -> Nearest:
    """The nearest arc of each point of the unit sphere."""
    point, arc = _candidates(tree, points)
    square, part = _measure(tree, points[point], arc)
    starts = np.flatnonzero(np.diff(point, prepend=-1))
    least = np.minimum.reduceat(square, starts)
    chosen = square <= least[point]
    _, first = np.unique(point[chosen], return_index=True)
    km: FloatArray = 2 * EARTH_KM * np.arcsin(np.sqrt(least) / 2)
    return Nearest(km, arc[chosen][first], part[chosen][first])


def _candidates(tree: Arcs, points: FloatArray) -> tuple[IntArray, IntArray]:
    """Pairs of a point and an arc, by point: at least all arcs that may be the nearest one of the point."""
    widest = len(tree.boxes[0] if tree.boxes else tree.begin)
    point, node = np.repeat(np.arange(len(points)), widest), np.tile(np.arange(widest), len(points))
    for level, boxes in enumerate(tree.boxes):
        here, box = points[point], boxes[node]
        # The nearest arc is no farther away than the begin of any one, so also than one out of each box.
        bound = np.minimum.reduceat(_squares(here - box[:, 6:]), np.flatnonzero(np.diff(point, prepend=-1)))
        outside = np.maximum(box[:, :3] - here, here - box[:, 3:6])
        np.maximum(outside, 0, out=outside)
        near = np.flatnonzero(_squares(outside) <= bound[point] + EQUAL)
        children = FANOUT * node[near][:, None] + np.arange(FANOUT)
        there = (children < len(tree.boxes[level + 1] if level + 1 < len(tree.boxes) else tree.begin)).ravel()
        point, node = np.repeat(point[near], FANOUT)[there], children.ravel()[there]
    return point, node


def _measure(tree: Arcs, points: FloatArray, arc: IntArray) -> tuple[FloatArray, IntArray]:
    """Squared straight distance of each point to its arc; where: 0 within, 1 at the begin, 2 at the end."""
    sine = np.einsum("ij,ij->i", points, tree.pole[arc])
    within = np.einsum("ij,ij->i", points, tree.start_side[arc]) > 0
    within &= np.einsum("ij,ij->i", points, tree.end_side[arc]) > 0
    begin_square, end_square = _squares(points - tree.begin[arc]), _squares(points - tree.end[arc])
    across = 2 * sine**2 / (1 + np.sqrt(np.maximum(1 - sine**2, 0)))
    square = np.where(within, across, np.minimum(begin_square, end_square))
    part = np.where(within, 0, np.where(begin_square <= end_square, 1, 2))
    return square, part


def _boxes(begin: FloatArray, end: FloatArray) -> list[FloatArray]:
    """Boxes about every FANOUT arcs, about every FANOUT of those boxes, and so on, the widest first: arrays
    (boxes, 9) of the lowest coordinates, the highest, and those of the begin of an arc that lies within."""
    # A short arc leaves the box of its ends by an eighth of its squared length at most, one of 80 degrees by a seventh.
    bulge = _squares(end - begin)[:, None] / 7
    low, high, corner = np.minimum(begin, end) - bulge, np.maximum(begin, end) + bulge, begin
    boxes: list[FloatArray] = []
    while len(low) > 64:
        starts = np.arange(0, len(low), FANOUT)
        low, high = np.minimum.reduceat(low, starts, axis=0), np.maximum.reduceat(high, starts, axis=0)
        corner = corner[np.minimum(starts + FANOUT // 2, len(corner) - 1)]
        boxes.insert(0, np.concatenate([low, high, corner], axis=1))
    return boxes


def _squares(vectors: FloatArray) -> FloatArray:
    squares: FloatArray = np.einsum("ij,ij->i", vectors, vectors)
    return squares


def _interleaved(points: FloatArray) -> IntArray:
    """A number per point whose bits are those of its coordinates in turn (Morton 1966), so that points with near
    numbers lie near each other."""
    number = np.zeros(len(points), dtype=np.int64)
    steps = ((points + 1) / 2 * ((1 << MORTON_BITS) - 1)).astype(np.int64)
    for bit in range(MORTON_BITS):
        for axis in range(3):
            number |= (steps[:, axis] >> bit & 1) << 3 * bit + axis
    return number
