"""Makes features/tracks/data/coastline.npz from Natural Earth 1:10m land and minor islands (GeoJSON, gzip).

    python benchmarks/tracks/make_shore.py ne_10m_land_5dp.geojson.gz ne_10m_minor_islands.geojson.gz

The rings are rounded to 0.0001 degrees (5.6 m at most, less than the map's own accuracy), turned so that land lies to
the left, and written as differences from vertex to vertex: whole numbers, made small and positive, their four bytes
apart, which is what makes them compress to a quarter.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

from features.tracks.coastline import COASTLINE, STEPS_PER_DEGREE


def rings_of(path: Path) -> list[np.ndarray]:
    """Rings of all polygons as arrays (vertices, 2) of lon and lat steps, outer rings counterclockwise, holes not."""
    features: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))["features"]
    rings = []
    for feature in features:
        shape = feature["geometry"]
        for polygon in shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]:
            for place, ring in enumerate(polygon):
                steps = np.round(np.array(ring)[:, :2] * STEPS_PER_DEGREE).astype(np.int64)
                steps = steps[np.r_[True, (np.diff(steps, axis=0) != 0).any(axis=1)]]
                if len(steps) >= 4:
                    rings.append(steps if (doubled_area(steps) > 0) == (place == 0) else steps[::-1])
    return rings


def doubled_area(steps: np.ndarray) -> int:
    """Twice the area that a ring encloses in the plane, positive where it runs counterclockwise."""
    x, y = steps[:, 0], steps[:, 1]
    return int(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def packed(rings: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of the file: `lengths` of the rings, and `planes`, the bytes of the differences."""
    vertices = np.concatenate(rings)
    differences = np.diff(vertices, axis=0, prepend=0).T.ravel().astype(np.int32)
    positive = ((differences << 1) ^ (differences >> 31)).astype("<u4")
    return {
        "lengths": np.array([len(ring) for ring in rings], dtype=np.int32),
        "planes": positive.view(np.uint8).reshape(-1, 4).T.copy(),
    }


def main() -> None:
    """Reads the sources named on the command line, writes the file and says how large it became."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, nargs="+", help="GeoJSON of polygons, gzip")
    rings = [ring for path in parser.parse_args().source for ring in rings_of(path)]
    np.savez_compressed(COASTLINE, **packed(rings))
    print(f"{COASTLINE.name}: {len(rings)} rings, {sum(map(len, rings))} vertices, {COASTLINE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
