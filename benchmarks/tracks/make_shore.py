"""Makes features/tracks/data/coastline.npz and boundaries.npz from Natural Earth 1:10m (GeoJSON, gzip).

    python benchmarks/tracks/make_shore.py coastline ne_10m_land_5dp.geojson.gz ne_10m_minor_islands.geojson.gz
    python benchmarks/tracks/make_shore.py boundaries ne_10m_maritime_indicator.geojson.gz

Vertices are rounded to 0.0001 degrees (5.6 m at most, less than the map's own accuracy), rings turned so that land lies
to the left. They are written as differences from vertex to vertex: whole numbers, made small and positive, their four
bytes apart, which is what makes them compress to a quarter.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

from features.tracks.boundaries import BOUNDARIES
from features.tracks.coastline import COASTLINE
from features.tracks.lines import STEPS_PER_DEGREE

# How Natural Earth calls what it draws, and how it is called here.
KINDS = {
    "Marine Indicator Median": "median",
    "Marine Indicator Treaty": "treaty",
    "Marine Indicator Treaty Map Unit": "treaty",
    "Boundary Treaty": "treaty",
    "Marine Indicator 200 mi nl": "200 nm",
    "Marine Indicator Disputed": "disputed",
}


def rings_of(path: Path) -> list[np.ndarray]:
    """Rings of all polygons as arrays (vertices, 2) of lon and lat steps, outer rings counterclockwise, holes not."""
    rings = []
    for feature in features_of(path):
        shape = feature["geometry"]
        for polygon in shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]:
            for place, ring in enumerate(polygon):
                steps = steps_of(ring)
                if len(steps) >= 4:
                    rings.append(steps if (doubled_area(steps) > 0) == (place == 0) else steps[::-1])
    return rings


def lines_of(path: Path) -> tuple[list[np.ndarray], list[str]]:
    """All lines as arrays (vertices, 2) of lon and lat steps, and the kind of each."""
    found = [
        (steps_of(feature["geometry"]["coordinates"]), KINDS[feature["properties"]["featurecla"]])
        for feature in features_of(path)
    ]
    lines = [(steps, kind) for steps, kind in found if len(steps) >= 2]
    return [steps for steps, _ in lines], [kind for _, kind in lines]


def features_of(path: Path) -> list[dict[str, Any]]:
    """The features of a GeoJSON file."""
    features: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))["features"]
    return features


def steps_of(vertices: list[list[float]]) -> np.ndarray:
    """Vertices as whole steps, those that fall together as one."""
    steps = np.round(np.array(vertices)[:, :2] * STEPS_PER_DEGREE).astype(np.int64)
    return steps[np.r_[True, (np.diff(steps, axis=0) != 0).any(axis=1)]]


def doubled_area(steps: np.ndarray) -> int:
    """Twice the area that a ring encloses in the plane, positive where it runs counterclockwise."""
    x, y = steps[:, 0], steps[:, 1]
    return int(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def packed(lines: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of a file: `lengths` of the lines, and `planes`, the bytes of the differences."""
    vertices = np.concatenate(lines)
    differences = np.diff(vertices, axis=0, prepend=0).T.ravel().astype(np.int32)
    positive = ((differences << 1) ^ (differences >> 31)).astype("<u4")
    return {
        "lengths": np.array([len(line) for line in lines], dtype=np.int32),
        "planes": positive.view(np.uint8).reshape(-1, 4).T.copy(),
    }


def main() -> None:
    """Reads the sources named on the command line, writes the file and says how large it became."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["coastline", "boundaries"])
    parser.add_argument("source", type=Path, nargs="+", help="GeoJSON, gzip")
    asked = parser.parse_args()
    if asked.what == "coastline":
        path, lines = COASTLINE, [ring for source in asked.source for ring in rings_of(source)]
        np.savez_compressed(path, **packed(lines))
    else:
        path, (lines, kinds) = BOUNDARIES, lines_of(asked.source[0])
        np.savez_compressed(path, **packed(lines), kinds=np.array(kinds))
    print(f"{path.name}: {len(lines)} lines, {sum(map(len, lines))} vertices, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
