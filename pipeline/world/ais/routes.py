"""Routes as one table of way points, on which any number of passages are placed at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.world.randomness import Booleans, Floats, Integers

NM_PER_DEGREE = 60.0


@dataclass(frozen=True)
class Along:
    """Places on routes (degrees, longitude continuous across 180) and degrees per whole route as it is travelled."""

    lat: Floats
    lon: Floats
    lat_slope: Floats
    lon_slope: Floats


@dataclass(frozen=True)
class Routes:
    """Way points of all routes one after the other; straight in latitude and longitude between them.

    lat, lon, distance (nautical miles, growing over all routes): per way point; first, last (of a route): per route.
    The last one is a point and stands for "no route": a passage on it runs straight from its start to its end.
    """

    lat: Floats
    lon: Floats
    distance: Floats
    first: Integers
    last: Integers

    def along(self, route: Integers, reverse: Booleans, share: Floats) -> Along:
        """The places at a share (0..1) of each route, walked backwards where `reverse` says so."""
        begin, end = self.first[route], self.last[route]
        length = self.distance[end] - self.distance[begin]
        target = self.distance[begin] + np.where(reverse, 1 - share, share) * length
        leg = np.clip(np.searchsorted(self.distance, target, side="right") - 1, begin, end - 1)
        span = self.distance[leg + 1] - self.distance[leg]
        within = (target - self.distance[leg]) / span
        lat_step, lon_step = self.lat[leg + 1] - self.lat[leg], self.lon[leg + 1] - self.lon[leg]
        slope = np.where(reverse, -length, length) / span
        return Along(
            self.lat[leg] + within * lat_step, self.lon[leg] + within * lon_step, lat_step * slope, lon_step * slope
        )

    def length_nm(self, route: Integers) -> Floats:
        """How long each route is."""
        return np.asarray(self.distance[self.last[route]] - self.distance[self.first[route]], dtype=np.float64)


def make_routes(routes: Sequence[Floats]) -> Routes:
    """The table of routes, each an array (n, 2) of latitudes and longitudes; -1 is then the passage without one.

    Raises ValueError on a route without way points.
    """
    listed = [*routes, np.zeros((2, 2))]
    sizes = np.array([len(route) for route in listed], dtype=np.int64)
    if not sizes.all():
        number = int(np.argmin(sizes))
        raise ValueError(f"needed routes of at least one way point, found none in route {number}: mend the ways at sea")
    points, sizes = _distinct(np.concatenate(listed), sizes)
    last = np.cumsum(sizes) - 1
    first = last - sizes + 1
    lat, lon = points.T
    middle = np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
    steps = NM_PER_DEGREE * np.hypot(np.diff(lat), np.diff(lon) * middle)
    # Between two routes, and on a route that is one point, a mile keeps the distances growing.
    steps[last[:-1]] = 1.0
    steps[steps == 0] = 1.0
    return Routes(lat, lon, np.concatenate([[0.0], np.cumsum(steps)]), first, last)


def _distinct(points: Floats, sizes: Integers) -> tuple[Floats, Integers]:
    """The points without those that repeat the one before, but at least two of each route; and their numbers."""
    route = np.repeat(np.arange(len(sizes)), sizes)
    same = (points[1:] == points[:-1]).all(axis=1) & (route[1:] == route[:-1])
    kept = np.flatnonzero(np.concatenate([[True], ~same]))
    counts = np.bincount(route[kept], minlength=len(sizes))
    times = np.where(counts[route[kept]] == 1, 2, 1)
    return points[np.repeat(kept, times)], np.maximum(counts, 2)
