"""How far positions are from the nearest shore: exact against the shipped coastline, at any distance.

The edges of the coastline stand in a tree of boxes in space, four to a box, so that neither the poles nor the 180th
meridian is a special place. Going down, a box is left out as soon as some corner of the coast in another box is nearer
than all of it; what remains is measured edge by edge.

Accuracy: against the shipped outline, on a sphere, within a metre. The outline itself is that of a map 1:10,000,000
(Natural Earth states no error; against larger maps some hundred metres are usual, and islets under about a kilometre
are absent), and a sphere differs from the ellipsoid by at most 0.6 percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from features.tracks.coastline import coastline
from features.tracks.geodesy import EARTH_KM, FloatArray
from features.windows_keys import IntArray

FANOUT = 4
AT_ONCE = 1_024  # positions whose candidates are held in memory together
# A margin for rounding of squared distances, 0.6 mm on the Earth.
EQUAL = 1e-20
MORTON_BITS = 20  # steps of 12 m


@dataclass(frozen=True)
class _Tree:
    """Edges as points of the unit sphere with what measuring needs, and boxes about them.

    `pole` is the unit normal of the great circle of an edge, on the left, where land lies; `start_side` and `end_side`
    are the normals of the planes through its begin and its end, towards each other; `corner` numbers the meeting
    points of edges by their begin and end, `corner_pole` is the sum of the poles of the edges that meet there: a point
    nearest to a corner lies on the side that this sum tells (Baerentzen and Aanaes 2005).
    """

    begin: FloatArray
    end: FloatArray
    pole: FloatArray
    start_side: FloatArray
    end_side: FloatArray
    corner: IntArray
    corner_pole: FloatArray
    boxes: list[FloatArray]


def shore_km(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Per position the great-circle distance in km to the nearest shore, 0 on land; NaN where a coordinate is NaN.

    Lakes other than the Caspian Sea are land, and so are rivers. Raises ValueError on arrays of different lengths and
    on coordinates out of range.
    """
    distance = signed_shore_km(lat, lon)
    return np.where(distance < 0, 0.0, distance)


def signed_shore_km(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """As `shore_km`, but on land the distance to the nearest shore is negative."""
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
        result[chunk] = _signed_km(_unit(lat[chunk], lon[chunk]))
    return result


def _signed_km(points: FloatArray) -> FloatArray:
    tree = _tree()
    point, edge = _candidates(tree, points)
    square, place = _measure(tree, points[point], edge)
    starts = np.flatnonzero(np.diff(point, prepend=-1))
    nearest = np.minimum.reduceat(square, starts)
    chosen = square <= nearest[point]
    _, first = np.unique(point[chosen], return_index=True)
    edge, place = edge[chosen][first], place[chosen][first]
    corner = tree.corner[edge, np.maximum(place - 1, 0)]
    pole = np.where((place == 0)[:, None], tree.pole[edge], tree.corner_pole[corner])
    on_land = np.einsum("ij,ij->i", points, pole) > 0
    distance: FloatArray = 2 * EARTH_KM * np.arcsin(np.sqrt(nearest) / 2)
    return np.where(on_land, -distance, distance)


def _candidates(tree: _Tree, points: FloatArray) -> tuple[IntArray, IntArray]:
    """Pairs of a point and an edge, by point: at least all edges that may be the nearest one of the point."""
    widest = len(tree.boxes[0])
    point, node = np.repeat(np.arange(len(points)), widest), np.tile(np.arange(widest), len(points))
    for level, boxes in enumerate(tree.boxes):
        here, box = points[point], boxes[node]
        # The nearest edge is no farther away than any one corner of the coast, so also than one out of each box.
        bound = np.minimum.reduceat(_squares(here - box[:, 6:]), np.flatnonzero(np.diff(point, prepend=-1)))
        outside = np.maximum(box[:, :3] - here, here - box[:, 3:6])
        np.maximum(outside, 0, out=outside)
        near = np.flatnonzero(_squares(outside) <= bound[point] + EQUAL)
        children = FANOUT * node[near][:, None] + np.arange(FANOUT)
        there = (children < len(tree.boxes[level + 1] if level + 1 < len(tree.boxes) else tree.begin)).ravel()
        point, node = np.repeat(point[near], FANOUT)[there], children.ravel()[there]
    return point, node


def _measure(tree: _Tree, points: FloatArray, edge: IntArray) -> tuple[FloatArray, IntArray]:
    """Squared straight distance of each point to its edge, an arc; where: 0 within, 1 at the begin, 2 at the end."""
    sine = np.einsum("ij,ij->i", points, tree.pole[edge])
    within = np.einsum("ij,ij->i", points, tree.start_side[edge]) > 0
    within &= np.einsum("ij,ij->i", points, tree.end_side[edge]) > 0
    to_begin, to_end = points - tree.begin[edge], points - tree.end[edge]
    begin_square, end_square = np.einsum("ij,ij->i", to_begin, to_begin), np.einsum("ij,ij->i", to_end, to_end)
    across = 2 * sine**2 / (1 + np.sqrt(np.maximum(1 - sine**2, 0)))
    square = np.where(within, across, np.minimum(begin_square, end_square))
    place = np.where(within, 0, np.where(begin_square <= end_square, 1, 2))
    return square, place


@cache
def _tree() -> _Tree:
    coast = coastline()
    kept = coast.shore
    begin, end = _unit(coast.lat[kept], coast.lon[kept]), _unit(coast.to_lat[kept], coast.to_lon[kept])
    order = np.argsort(_interleaved((begin + end) / 2), kind="stable")
    begin, end = begin[order], end[order]
    pole = np.cross(begin, end)
    pole /= np.linalg.norm(pole, axis=1)[:, None]
    corner, corner_pole = _corners(begin, end, pole)
    boxes = _boxes(begin, end)
    return _Tree(begin, end, pole, np.cross(pole, begin), np.cross(end, pole), corner, corner_pole, boxes)


def _boxes(begin: FloatArray, end: FloatArray) -> list[FloatArray]:
    """Boxes about every FANOUT edges, about every FANOUT of those boxes, and so on, the widest first: arrays
    (boxes, 9) of the lowest coordinates, the highest, and those of a corner of the coast that lies within."""
    # An arc leaves the box of its ends by an eighth of its squared length at most.
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


def _corners(begin: FloatArray, end: FloatArray, pole: FloatArray) -> tuple[IntArray, FloatArray]:
    ends = np.concatenate([begin, end])
    # Across the 180th meridian the outlines of two polygons meet: the same place, though not the same longitude.
    _, number = np.unique(np.round(ends * 1e9).astype(np.int64), axis=0, return_inverse=True)
    number = number.ravel()
    total = np.zeros((int(number.max()) + 1, 3))
    np.add.at(total, number, np.concatenate([pole, pole]))
    return number.reshape(2, -1).T.copy(), total


def _interleaved(points: FloatArray) -> IntArray:
    """A number per point whose bits are those of its coordinates in turn (Morton 1966), so that points with near
    numbers lie near each other."""
    number = np.zeros(len(points), dtype=np.int64)
    steps = ((points + 1) / 2 * ((1 << MORTON_BITS) - 1)).astype(np.int64)
    for bit in range(MORTON_BITS):
        for axis in range(3):
            number |= (steps[:, axis] >> bit & 1) << 3 * bit + axis
    return number


def _unit(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Points of the unit sphere, an array (points, 3)."""
    north, east = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
