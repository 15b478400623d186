"""Medians, means and sums of arrays by group: exact, so that neither order nor cut matters.

Groups are numbered from 0 without a hole, and come in order.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from features.tracks.geodesy import FloatArray, wrapped
from features.windows_keys import IntArray

FRACTION = 10_000_000  # of a degree, 1 cm: degrees are summed as whole numbers


def group_edges(group: IntArray) -> tuple[IntArray, IntArray]:
    """The places of the first and the last value of each group."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    return first, np.append(first[1:], group.size)[: first.size] - 1


def sums(group: IntArray, values: IntArray) -> IntArray:
    """The sum of the values of each group."""
    first, _ = group_edges(group)
    return np.add.reduceat(values, first) if first.size else np.zeros(0, dtype=np.int64)


def latest(group: IntArray, values: IntArray) -> IntArray:
    """The greatest value of each group."""
    first, _ = group_edges(group)
    return np.maximum.reduceat(values, first) if first.size else np.zeros(0, dtype=np.int64)


def medians(group: IntArray, values: FloatArray) -> FloatArray:
    """The median of the values of each group; groups need not be in order."""
    frame = pl.DataFrame({"group": group, "value": values})
    return frame.group_by("group").agg(pl.col("value").median()).sort("group")["value"].to_numpy()


def mean_degrees(group: IntArray, lat: FloatArray, lon: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean position of each group, also across the 180th meridian, to a centimetre."""
    first, _ = group_edges(group)
    count = np.bincount(group)
    turn = np.rint(wrapped(lon - lon[first][group]) * FRACTION).astype(np.int64)
    north = sums(group, np.rint(lat * FRACTION).astype(np.int64))
    return north / count / FRACTION, wrapped(lon[first] + sums(group, turn) / count / FRACTION)
