"""Distances, bearings and grid cells on a sphere, on arrays of degrees. Positive is north and east.

The sphere has the mean radius of the Earth (IUGG R1, 6,371.0088 km); distances on it differ from those on the
ellipsoid by at most 0.6 percent.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.windows_keys import IntArray

FloatArray = npt.NDArray[np.float64]

EARTH_KM = 6371.0088
KM_PER_NM = 1.852
MARGIN_DEG = 1e-9  # a tenth of a millimetre: what rounding may do to the edge of a circle


def distance_km(lat: FloatArray, lon: FloatArray, other_lat: FloatArray, other_lon: FloatArray) -> FloatArray:
    """Great-circle distance in km, by the haversine formula (Sinnott, Sky and Telescope 68, 1984)."""
    north, other_north = np.radians(lat), np.radians(other_lat)
    half_north, half_east = (other_north - north) / 2, np.radians(other_lon - lon) / 2
    part = np.sin(half_north) ** 2 + np.cos(north) * np.cos(other_north) * np.sin(half_east) ** 2
    distance: FloatArray = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(part, 1.0)))
    return distance


def distance_nm(lat: FloatArray, lon: FloatArray, other_lat: FloatArray, other_lon: FloatArray) -> FloatArray:
    """Great-circle distance in nautical miles."""
    return distance_km(lat, lon, other_lat, other_lon) / KM_PER_NM


def bearing_deg(lat: FloatArray, lon: FloatArray, other_lat: FloatArray, other_lon: FloatArray) -> FloatArray:
    """The bearing in [0, 360) in which the great circle to the other point begins; 0 is north, 90 east."""
    north, other_north, east = np.radians(lat), np.radians(other_lat), np.radians(other_lon - lon)
    ahead = np.cos(north) * np.sin(other_north) - np.sin(north) * np.cos(other_north) * np.cos(east)
    bearing: FloatArray = np.degrees(np.arctan2(np.sin(east) * np.cos(other_north), ahead)) % 360
    return np.where(bearing >= 360, 0.0, bearing)  # -1e-15 % 360 rounds to 360


def destination(
    lat: FloatArray, lon: FloatArray, bearing: FloatArray, distance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude (in [-180, 180)) of the point `distance` km away on a great circle that starts in
    `bearing` degrees."""
    north, angle, course = np.radians(lat), distance / EARTH_KM, np.radians(bearing)
    sine = np.sin(north) * np.cos(angle) + np.cos(north) * np.sin(angle) * np.cos(course)
    east = np.arctan2(np.sin(course) * np.sin(angle) * np.cos(north), np.cos(angle) - np.sin(north) * sine)
    return np.degrees(np.arcsin(np.clip(sine, -1, 1))), wrapped(lon + np.degrees(east))


def wrapped(lon: FloatArray) -> FloatArray:
    """The same meridians, in [-180, 180)."""
    turned: FloatArray = (lon + 180) % 360 - 180
    return np.where(turned >= 180, -180.0, turned)


class Grid:
    """Cells of at least `side_km` from north to south and from west to east, numbered from the South Pole.

    Every row of cells has as many columns as fit at its end towards the pole, at the pole itself one: so cells stay
    about as wide everywhere, and the 180th meridian is an edge like any other.
    """

    def __init__(self, side_km: float) -> None:
        if not 0.1 <= side_km <= 2000:
            raise ValueError(f"needed cells of 0.1 to 2000 km, found {side_km!r} km; choose a side between them")
        self.rows = int(180 // np.degrees(side_km / EARTH_KM))
        edges = np.linspace(-90, 90, self.rows + 1)
        poleward = np.maximum(np.abs(edges[:-1]), np.abs(edges[1:]))
        around_km = 2 * np.pi * EARTH_KM * np.cos(np.radians(poleward))
        self._columns = np.maximum(around_km // side_km, 1).astype(np.int64)
        self._first = np.concatenate([[0], np.cumsum(self._columns)[:-1]])

    def cell(self, lat: FloatArray, lon: FloatArray) -> IntArray:
        """The number of the cell that holds each point."""
        row = self._row(lat)
        columns = self._columns[row]
        number: IntArray = self._first[row] + _column(lon, columns) % columns
        return number

    def touched(self, lat: FloatArray, lon: FloatArray, radius_km: float) -> tuple[IntArray, IntArray]:
        """All cells that a circle about each point may touch: the place of the point in the arrays, and the cell.

        Whatever lies within `radius_km` of a point lies in one of its cells, also across the 180th meridian and at
        the poles; no pair comes twice. To find all pairs of points within a radius, join the cells of the one side
        with the touched cells of the other, with a side of about twice the radius.
        """
        reach = np.degrees(radius_km / EARTH_KM) + MARGIN_DEG
        low, high = self._row(lat - reach), self._row(lat + reach)
        point, step = spread(high - low + 1)
        row = low[point] + step
        columns = self._columns[row]
        half_width = _half_width(lat, reach)[point]
        first = _column(lon[point] - half_width, columns)
        last = _column(lon[point] + half_width, columns)
        strip, step = spread(np.minimum(last - first + 1, columns))
        columns = columns[strip]
        return point[strip], self._first[row[strip]] + (first[strip] + step) % columns

    def _row(self, lat: FloatArray) -> IntArray:
        return np.clip(np.floor((lat + 90) / 180 * self.rows), 0, self.rows - 1).astype(np.int64)


def _column(lon: FloatArray, columns: IntArray) -> IntArray:
    return np.floor((lon + 180) / 360 * columns).astype(np.int64)


def _half_width(lat: FloatArray, reach: float) -> FloatArray:
    """Degrees of longitude from the middle of a circle to its easternmost point; 180 where it holds a pole."""
    ratio = np.sin(np.radians(reach)) / np.maximum(np.cos(np.radians(lat)), 1e-12)
    width = np.degrees(np.arcsin(np.minimum(ratio, 1))) + MARGIN_DEG
    return np.where(np.abs(lat) + reach >= 90, 180.0, width)


def spread(counts: IntArray) -> tuple[IntArray, IntArray]:
    """Every place as often as its count says, and a running number from 0 within the place."""
    place = np.repeat(np.arange(counts.size), counts)
    return place, np.arange(place.size) - np.repeat(np.cumsum(counts) - counts, counts)
