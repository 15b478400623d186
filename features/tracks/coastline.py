"""The shipped coastline: Natural Earth 1:10m, land and minor islands (public domain; data/coastline.md says more)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from features.tracks.geodesy import FloatArray
from features.tracks.lines import stored_lines
from features.windows_keys import BoolArray, IntArray

COASTLINE = Path(__file__).parent / "data" / "coastline.npz"


@dataclass(frozen=True)
class Coastline:
    """Edges of the outlines of all land in their order, each from (`lat`, `lon`) to (`to_lat`, `to_lon`).

    Land lies to the left of an edge. `shore` is false where an edge only closes a polygon of the map: along the 180th
    meridian, where it cuts Chukotka or Fiji in two, and along the South Pole. `ring` numbers the outlines.
    """

    lat: FloatArray
    lon: FloatArray
    to_lat: FloatArray
    to_lon: FloatArray
    ring: IntArray
    shore: BoolArray


@cache
def coastline() -> Coastline:
    """The shipped coastline, read once. Raises FileNotFoundError where the package was installed without its data."""
    lat, lon, ring = stored_lines(COASTLINE)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    begin_lat, begin_lon, end_lat, end_lon = lat[edge], lon[edge], lat[edge + 1], lon[edge + 1]
    cut = (np.abs(begin_lon) == 180) & (np.abs(end_lon) == 180) | (begin_lat == -90) | (end_lat == -90)
    return Coastline(begin_lat, begin_lon, end_lat, end_lon, ring[edge], ~cut)


def coast_lines(south: float, west: float, north: float, east: float) -> list[tuple[FloatArray, FloatArray]]:
    """The coast within a box, for drawing: lines as pairs of latitudes and longitudes in degrees.

    `west` may be greater than `east`: the box then runs across the 180th meridian, and longitudes go on beyond 180.
    A line keeps every edge whose own box touches the box, so that it reaches the frame. Raises ValueError on a box
    that is upside down or not on the Earth.
    """
    if not (-90 <= south < north <= 90 and -180 <= west <= 180 and -180 <= east <= 180 and west != east):
        raise ValueError(
            "needed -90 <= south < north <= 90, and west and east within -180 to 180 and different, found "
            f"south {south!r}, west {west!r}, north {north!r}, east {east!r}; give degrees in this order"
        )
    coast = coastline()
    lines = []
    for shift in (0.0, 360.0) if west > east else (0.0,):
        right = east + 360 if west > east else east
        low, high = np.minimum(coast.lon, coast.to_lon) + shift, np.maximum(coast.lon, coast.to_lon) + shift
        inside = coast.shore & (np.minimum(coast.lat, coast.to_lat) <= north) & (low <= right)
        inside &= (np.maximum(coast.lat, coast.to_lat) >= south) & (high >= west)
        edges = np.flatnonzero(inside)
        breaks = (np.diff(edges) > 1) | (np.diff(coast.ring[edges]) != 0)
        for line in np.split(edges, np.flatnonzero(breaks) + 1) if edges.size else []:
            last = line[-1]
            lines.append(
                (np.append(coast.lat[line], coast.to_lat[last]), np.append(coast.lon[line], coast.to_lon[last]) + shift)
            )
    return lines
