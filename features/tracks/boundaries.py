"""How far positions are from lines where one zone of the sea ends: those that ship, and 200 nm from the nearest shore.

The lines are indicators on a map, not legal limits (data/boundaries.md). Natural Earth draws those between states only
in straits and along short stretches, and for the rest draws none: between Japan, Russia and Korea most are absent. What
bounds zones against the high seas is therefore measured, not drawn: no exclusive economic zone reaches farther than
200 nm from the baselines (United Nations Convention on the Law of the Sea, article 57), which are taken to be the
shipped coastline. A place far from all these may still be near a boundary; a house adds those that it knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

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


def boundary_nm(lat: FloatArray, lon: FloatArray, more: pl.DataFrame | None = None) -> FloatArray:
    """Per position the distance in nm to the nearest of both kinds; NaN where a coordinate is NaN.

    `more` adds lines to those that ship: their vertices by `line` and `place`, in degrees as `lat` and `lon`. Raises
    ValueError on arrays of different lengths and on coordinates out of range.
    """
    away = np.minimum(line_nm(lat, lon), zone_limit_nm(lat, lon))
    own = None if more is None else _added(more)
    if own is None:
        return away
    return np.minimum(away, for_each(lat, lon, lambda points: nearest(own, points).km) / KM_PER_NM)


def _added(vertices: pl.DataFrame) -> Arcs | None:
    """The arcs of lines that are given; None where there are none."""
    ends = [pl.col(name).shift(-1).over("line").alias(f"to_{name}") for name in ("lat", "lon")]
    steps = vertices.sort("line", "place").with_columns(ends).drop_nulls()
    steps = steps.filter((pl.col("lat") != pl.col("to_lat")) | (pl.col("lon") != pl.col("to_lon")))
    return arcs(*(steps[name].to_numpy() for name in ("lat", "lon", "to_lat", "to_lon"))) if steps.height else None


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
