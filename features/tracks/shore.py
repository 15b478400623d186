"""How far positions are from the nearest shore: exact against the shipped coastline, at any distance.

Accuracy: against the shipped outline, on a sphere, within a metre. The outline itself is that of a map 1:10,000,000
(Natural Earth states no error; against larger maps some hundred metres are usual, and islets under about a kilometre
are absent), and a sphere differs from the ellipsoid by at most 0.6 percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from features.tracks.arcs import Arcs, arcs, for_each, nearest
from features.tracks.coastline import coastline
from features.tracks.geodesy import FloatArray
from features.windows_keys import IntArray


@dataclass(frozen=True)
class _Shore:
    """The edges of the coastline, land on their left.

    `corner` numbers the meeting points of edges by their begin and end, `corner_pole` is the sum of the poles of the
    edges that meet there: a point nearest to a corner lies on the side that this sum tells (Baerentzen and Aanaes
    2005).
    """

    edges: Arcs
    corner: IntArray
    corner_pole: FloatArray


def shore_km(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Per position the great-circle distance in km to the nearest shore, 0 on land; NaN where a coordinate is NaN.

    Lakes other than the Caspian Sea are land, and so are rivers. Raises ValueError on arrays of different lengths and
    on coordinates out of range.
    """
    distance = signed_shore_km(lat, lon)
    return np.where(distance < 0, 0.0, distance)


def signed_shore_km(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """As `shore_km`, but on land the distance to the nearest shore is negative."""
    return for_each(lat, lon, _signed_km)


def _signed_km(points: FloatArray) -> FloatArray:
    shore = _shore()
    found = nearest(shore.edges, points)
    corner = shore.corner[found.arc, np.maximum(found.part - 1, 0)]
    pole = np.where((found.part == 0)[:, None], shore.edges.pole[found.arc], shore.corner_pole[corner])
    on_land = np.einsum("ij,ij->i", points, pole) > 0
    return np.where(on_land, -found.km, found.km)


@cache
def _shore() -> _Shore:
    coast = coastline()
    kept = coast.shore
    edges = arcs(coast.lat[kept], coast.lon[kept], coast.to_lat[kept], coast.to_lon[kept])
    return _Shore(edges, *_corners(edges))


def _corners(edges: Arcs) -> tuple[IntArray, FloatArray]:
    ends = np.concatenate([edges.begin, edges.end])
    # Across the 180th meridian the outlines of two polygons meet: the same place, though not the same longitude.
    _, number = np.unique(np.round(ends * 1e9).astype(np.int64), axis=0, return_inverse=True)
    number = number.ravel()
    total = np.zeros((int(number.max()) + 1, 3))
    np.add.at(total, number, np.concatenate([edges.pole, edges.pole]))
    return number.reshape(2, -1).T.copy(), total
