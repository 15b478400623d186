"""Lines of maps as the package ships them, packed by benchmarks/tracks/make_shore.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from features.tracks.geodesy import FloatArray
from features.windows_keys import IntArray

STEPS_PER_DEGREE = 10_000


def stored_lines(path: Path) -> tuple[FloatArray, FloatArray, IntArray]:
    """The vertices of all lines in their order: latitudes, longitudes, and the number of the line of each.

    Raises FileNotFoundError where the package was installed without its data.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"needed the lines of {path}, found no file; install the package with its data, or make the file with "
            "benchmarks/tracks/make_shore.py"
        )
    with np.load(path) as stored:
        lengths, planes = stored["lengths"].astype(np.int64), stored["planes"]
    positive = np.ascontiguousarray(planes.T).view("<u4").ravel().astype(np.int64)
    differences = ((positive >> 1) ^ -(positive & 1)).reshape(2, -1)
    lon, lat = np.cumsum(differences, axis=1) / STEPS_PER_DEGREE
    return lat, lon, np.repeat(np.arange(lengths.size), lengths)
