"""Draws docs/boundaries.png: maritime boundaries as they ship, and 200 nm from shore, in the North Pacific.

Run: python benchmarks/tracks/draw_boundaries.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl

from features.tracks.boundaries import ZONE_NM, boundaries
from features.tracks.geodesy import KM_PER_NM, wrapped
from features.tracks.shore import shore_km
from pipeline.chart import BLUE, GREEN, ORANGE, PURPLE, RED, draw_coast
from pipeline.settings import SHIPPED

mpl.use("Agg")
from matplotlib import pyplot as plt

OUT = Path(__file__).parents[2] / "docs" / "boundaries.png"
SOUTH, WEST, NORTH, EAST = 20.0, 116.0, 67.0, 206.0
STEP = 0.25  # degrees
BLACK = "#000000"
COLORS = {"median": BLUE, "treaty": GREEN, "200 nm": PURPLE, "disputed": RED}


def main() -> None:
    """Draws the map and writes it."""
    figure, axes = plt.subplots(figsize=(11, 7.6), layout="constrained")
    draw_coast(axes, SOUTH, WEST, NORTH, EAST)
    lat, lon = np.arange(SOUTH, NORTH + STEP, STEP), np.arange(WEST, EAST + STEP, STEP)
    places = np.meshgrid(lat, lon, indexing="ij")
    shore_nm = shore_km(places[0].ravel(), wrapped(places[1].ravel())) / KM_PER_NM
    axes.contour(lon, lat, shore_nm.reshape(places[0].shape), levels=[ZONE_NM], colors=[ORANGE], linewidths=0.8)
    lines = boundaries()
    for kind, color in COLORS.items():
        here = np.isin(lines.line, [number for number, other in enumerate(lines.kinds) if other == kind])
        ends = (lines.lon[here] % 360, lines.to_lon[here] % 360)
        axes.plot(ends, (lines.lat[here], lines.to_lat[here]), color=color, lw=2)
        axes.plot([], [], color=color, lw=2, label=kind)
    for _, line in pl.read_csv(SHIPPED / "reference" / "boundary_lines.csv").group_by("line"):
        axes.plot(line["lon"] % 360, line["lat"], color=BLACK, lw=0.8, ls="--")
    axes.plot([], [], color=BLACK, lw=0.8, ls="--", label="reference/boundary_lines.csv")
    axes.plot([], [], color=ORANGE, lw=0.8, label="200 nm from the nearest shore")
    axes.legend(loc="upper left", fontsize=8, title="indicators, not legal limits")
    figure.savefig(OUT, dpi=90, metadata={"Software": None})


if __name__ == "__main__":
    main()
