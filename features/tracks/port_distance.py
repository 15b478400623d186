"""How far positions are from the shipped ports and anchorages."""

from __future__ import annotations

from functools import cache

from features.tracks.bounded import Measure
from features.tracks.geodesy import FloatArray
from features.tracks.near_ports import NearPorts
from features.tracks.ports import port_points


@cache
def port_km(reach_km: float = 10.0) -> Measure:
    """A function from latitudes and longitudes to distances in km from the nearest port point, infinite beyond
    `reach_km`; for the `from_port` of `encounters`."""
    points = port_points()
    near = NearPorts(points["lat"].to_numpy(), points["lon"].to_numpy(), reach_km)

    def measure(lat: FloatArray, lon: FloatArray) -> FloatArray:
        return near.nearest(lat, lon)[1]

    return measure
