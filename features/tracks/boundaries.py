"""How far positions are from lines where one zone of the sea ends: those that ship, and 200 nm from the nearest shore.

The lines are indicators on a map, not legal limits (data/boundaries.md). Natural Earth draws those between states only
in straits and along short stretches, and for the rest draws none: between Japan, Russia and Korea most are absent. What
bounds zones against the high seas is therefore measured, not drawn: no exclusive economic zone reaches farther than
200 nm from the baselines (United Nations Convention on the Law of the Sea, article 57), which are taken to be the
shipped coastline. A place far from all these may still be near a boundary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from features.tracks.arcs import Arcs, arcs, for_each, nearest
from features.tracks.geodesy import KM_PER_NM, FloatArray
from features.tracks.lines import stored_lines
from features.tracks.shore import shore_km
from features.windows_keys import IntArray

BOUNDARIES = Path(__file__).parent / "data" / "boundaries.npz"
ZONE_NM = 200.0


@dataclass(frozen=True)
class Boundaries:
    """The arcs of all lines in their order, from (`lat`, `lon`) to (`to_lat`, `to_lon`); `line` numbers the lines, and
    `kinds` says by that number what each is: median, treaty, 200 nm (a part of that limit) or disputed."""

    lat: FloatArray
    lon: FloatArray
    to_lat: FloatArray
    to_lon: FloatArray
    line: IntArray
    kinds: tuple[str, ...]


@cache
def boundaries() -> Boundaries:
    """The shipped lines, read once. Raises FileNotFoundError where the package was installed without its data."""
    lat, lon, line = stored_lines(BOUNDARIES)
    with np.load(BOUNDARIES) as stored:
        kinds = tuple(str(kind) for kind in stored["kinds"])
    arc = np.flatnonzero(line[1:] == line[:-1])
    return Boundaries(lat[arc], lon[arc], lat[arc + 1], lon[arc + 1], line[arc], kinds)


def boundary_nm(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Per position the distance in nm to the nearest of both kinds; NaN where a coordinate is NaN.

    Raises ValueError on arrays of different lengths and on coordinates out of range.
    """
    return np.minimum(line_nm(lat, lon), zone_limit_nm(lat, lon))


def line_nm(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Per position the great-circle distance in nm to the nearest shipped line, exact to its arcs."""
    return for_each(lat, lon, lambda points: nearest(_tree(), points).km) / KM_PER_NM


def zone_limit_nm(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Per position how much nearer to, or farther from, the nearest shore than 200 nm it is, in nm.

    Outside that limit this is the distance to it. Inside it is the least that this can be: in the middle between two
    shores that are hardly 400 nm apart there is no such line, or one farther away.
    """
    distance: FloatArray = np.abs(shore_km(lat, lon) / KM_PER_NM - ZONE_NM)
    return distance


@cache
def _tree() -> Arcs:
    all_lines = boundaries()
    return arcs(all_lines.lat, all_lines.lon, all_lines.to_lat, all_lines.to_lon)
