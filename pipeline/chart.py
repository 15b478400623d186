"""Charts of the sea: the coast within a box, longitudes from 0 to 360, and places of ports."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes

from features.tracks.coastline import coast_lines
from features.tracks.ports import ports

BLUE, ORANGE, RED, GREY = "#0072B2", "#D55E00", "#CC0000", "#999999"
GREEN, PURPLE = "#009E73", "#CC79A7"


def draw_coast(axes: Axes, south: float, west: float, north: float, east: float) -> None:
    """The coast within a box, degrees; `west` and `east` run from 0 to 360."""
    south, north = max(south, -90.0), min(north, 90.0)
    for lat, lon in coast_lines(south, _signed(west), north, _signed(east)):
        axes.plot(np.asarray(lon) % 360, lat, color="#777777", lw=0.4)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(1 / np.cos(np.radians((south + north) / 2)))
    axes.set_xlabel("longitude, degrees east")
    axes.set_ylabel("latitude")


def _signed(lon: float) -> float:
    return lon - 360 if lon > 180 else lon


@cache
def port_places() -> dict[str, tuple[float, float]]:
    """Longitude (0 to 360) and latitude of each port by its UN/LOCODE."""
    rows = ports().drop_nulls("unlocode").select("unlocode", "lon", "lat").rows()
    return {code: (lon % 360, lat) for code, lon, lat in rows}


def label(axes: Axes, place: tuple[float, float], text: str) -> None:
    """A small text beside a place."""
    axes.annotate(text, place, fontsize=6, xytext=(3, 3), textcoords="offset points")
