"""The sea as a graph of places: where ships go, by which way points, and how far that is."""

from __future__ import annotations

import heapq
import math
from itertools import pairwise

import numpy as np

from pipeline.world.randomness import Floats
from pipeline.world.scenario.sea import Position, SeaScenario, Water

EARTH_NM = 3440.065
NM_PER_DEGREE = 60.0
# Turning by this angle from spot to spot covers a disc evenly (Vogel's sunflower).
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


class SeaLanes:
    """Places at sea by number, and the shortest ways between them.

    `names[place]` is a port, a way point, a ground or a meeting place, or a spot of one of the latter three
    (`ground#7`); `lat` and `lon` are its position in degrees, the longitude within -180..180.
    Only way points are passed through: ports and waters are the ends of a way.
    """

    def __init__(self, sea: SeaScenario) -> None:
        self._waters: dict[str, Water] = {**sea.grounds, **sea.meeting_places}
        positions: dict[str, Position] = {**sea.ports, **sea.way_points}
        positions |= {name: (water.lat, water.lon) for name, water in self._waters.items()}
        spots = {
            name: _spots((water.lat, water.lon), water.extent_nm, sea.spots) for name, water in self._waters.items()
        }
        spots |= {name: _spots(at, sea.roads.extent_nm, sea.roads.spots) for name, at in sea.way_points.items()}
        positions |= {f"{name}#{number}": spot for name, own in spots.items() for number, spot in enumerate(own)}
        self.names = list(positions)
        self._number = {name: number for number, name in enumerate(self.names)}
        self.lat: Floats = np.array([position[0] for position in positions.values()])
        self.lon: Floats = _wrapped(np.array([position[1] for position in positions.values()]))
        self._spots = {
            name: [self._number[f"{name}#{number}"] for number in range(len(own))] for name, own in spots.items()
        }
        # A spot is reached as its centre is.
        self._node = [self._number[name.partition("#")[0]] for name in self.names]
        self._passed = {self._number[name] for name in sea.way_points}
        self._narrow = {self._number[name] for name in sea.narrows}
        self._steps = self._edges(sea)
        self._trees: dict[int, dict[int, int]] = {}
        self._way: dict[tuple[int, int], tuple[int, ...]] = {}
        self._length: dict[tuple[int, int], float] = {}

    def place(self, name: str) -> int:
        """The number of a place. Raises KeyError on a name that is not in the scenario."""
        return self._number[name]

    def spots(self, water: str) -> list[int]:
        """The places of a ground or meeting place at which vessels work, or of a way point at which they wait."""
        return self._spots[water]

    def way(self, start: int, end: int) -> tuple[int, ...]:
        """The places from start to end, both included. Raises ValueError where no way leads there."""
        low, high = min(start, end), max(start, end)
        known = self._way.get((low, high))
        if known is None:
            known = self._way[low, high] = self._found(low, high)
        return known if start == low else known[::-1]

    def length_nm(self, start: int, end: int) -> float:
        """Nautical miles from start to end along the way."""
        key = (min(start, end), max(start, end))
        known = self._length.get(key)
        if known is None:
            way = self.way(*key)
            known = sum(self._distance(one, other) for one, other in pairwise(way))
            self._length[key] = known
        return known

    def before(self, start: int, end: int) -> str | None:
        """The last way point before the end on the way from start, off which ships wait; None where they do not."""
        return self._off(self.way(start, end)[-2])

    def halfway(self, start: int, end: int) -> str | None:
        """The way point amid the way; None where ships do not lie and wait."""
        way = self.way(start, end)
        return self._off(way[len(way) // 2])

    def _off(self, place: int) -> str | None:
        return self.names[place] if place in self._passed - self._narrow else None

    def line(self, start: int, end: int) -> Floats:
        """The way as an array (n, 2) of latitudes and longitudes, the latter continuous across 180."""
        way = list(self.way(start, end))
        lon = np.degrees(np.unwrap(np.radians(self.lon[way])))
        return np.column_stack([self.lat[way], lon])

    def _edges(self, sea: SeaScenario) -> dict[int, dict[int, float]]:
        pairs = [(one, other) for chain in sea.chains for one, other in pairwise(chain)]
        pairs += [(name, join) for name, water in self._waters.items() for join in water.joins]
        steps: dict[int, dict[int, float]] = {}
        for one, other in pairs:
            a, b = self._number[one], self._number[other]
            steps.setdefault(a, {})[b] = steps.setdefault(b, {})[a] = self._distance(a, b)
        return steps

    def _found(self, start: int, end: int) -> tuple[int, ...]:
        first, last = self._node[start], self._node[end]
        if first == last:
            return (start, end)
        tree = self._tree(first)
        if last not in tree:
            raise ValueError(
                f"needed a way from {self.names[start]} to {self.names[end]}, found none: "
                "join them by a chain of way points"
            )
        way = [last]
        while way[-1] != first:
            way.append(tree[way[-1]])
        way.reverse()
        return (start, *way[1:-1], end)

    def _tree(self, source: int) -> dict[int, int]:
        """The place before each place on the shortest way from the source (Dijkstra)."""
        if source in self._trees:
            return self._trees[source]
        before: dict[int, int] = {}
        best = {source: 0.0}
        queue = [(0.0, source)]
        while queue:
            far, place = heapq.heappop(queue)
            if far > best[place] or (place != source and place not in self._passed):
                continue
            for after, step in self._steps.get(place, {}).items():
                if far + step < best.get(after, math.inf):
                    best[after] = far + step
                    before[after] = place
                    heapq.heappush(queue, (far + step, after))
        self._trees[source] = before
        return before

    def _distance(self, one: int, other: int) -> float:
        return great_circle_nm(
            float(self.lat[one]), float(self.lon[one]), float(self.lat[other]), float(self.lon[other])
        )


def great_circle_nm(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Nautical miles between two points in degrees (haversine)."""
    north, east = math.radians(to_lat - lat), math.radians(to_lon - lon)
    chord = math.sin(north / 2) ** 2 + math.cos(math.radians(lat)) * math.cos(math.radians(to_lat)) * (
        math.sin(east / 2) ** 2
    )
    return 2 * EARTH_NM * math.asin(math.sqrt(chord))


def _spots(centre: Position, extent_nm: float, count: int) -> list[Position]:
    """Positions spread evenly over a disc."""
    steps = np.arange(count)
    radius = extent_nm / NM_PER_DEGREE * np.sqrt((steps + 0.5) / count)
    lat = centre[0] + radius * np.sin(_GOLDEN_ANGLE * steps)
    lon = centre[1] + radius * np.cos(_GOLDEN_ANGLE * steps) / np.cos(np.radians(lat))
    return list(zip(lat.tolist(), lon.tolist(), strict=True))


def _wrapped(lon: Floats) -> Floats:
    return (lon + 180) % 360 - 180
