"""A map of who hears a transponder where: coast stations near them, satellites elsewhere, worse in crowded seas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.world.ais.routes import NM_PER_DEGREE
from pipeline.world.randomness import Floats
from pipeline.world.scenario.ais import Coverage

CLASSES = ("A", "B")


@dataclass(frozen=True)
class CoverageMap:
    """Shares of reports heard, by class and cell (row by row from the south-west); the last cell is all the rest."""

    scenario: Coverage
    columns: int
    rows: int
    terrestrial: Floats
    satellite: Floats

    def heard(self, ais_class: str, lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
        """The shares that coast stations and satellites hear, at places in degrees (any turn of longitude)."""
        south, west, _, _ = self.scenario.region
        row = ((lat - south) / self.scenario.cell_deg).astype(np.int64)
        column = (((lon - west) % 360.0) / self.scenario.cell_deg).astype(np.int64)
        inside = (lat >= south) & (row < self.rows) & (column < self.columns)
        cell = np.where(inside, row * self.columns + column, self.rows * self.columns)
        number = CLASSES.index(ais_class)
        return self.terrestrial[number][cell], self.satellite[number][cell]


@cache
def coverage_map(scenario: Coverage) -> CoverageMap:
    """The map of a scenario; a station hears best near it and nothing beyond its range."""
    south, west, north, east = scenario.region
    rows, columns = (int(np.ceil(extent / scenario.cell_deg)) for extent in (north - south, east - west))
    lat = _middles(south, rows, scenario.cell_deg)
    lon = _middles(west, columns, scenario.cell_deg)
    clear, sky = np.ones((rows, columns)), np.ones((rows, columns))
    for zone in scenario.zones:
        box = (lat[:, None] >= zone.box[0]) & (lat[:, None] < zone.box[2])
        box = box & ((lon[None, :] - zone.box[1]) % 360.0 < zone.box[3] - zone.box[1])
        clear[box] *= zone.terrestrial
        sky[box] *= zone.satellite
    coast = [_coast(scenario, lat, lon, reach) for reach in (1.0, scenario.range_B)]
    return CoverageMap(
        scenario,
        columns,
        rows,
        np.array([np.append(scenario.terrestrial * clear * heard, 0.0) for heard in coast]),
        np.array([np.append(scenario.satellite.of(name) * sky, scenario.satellite.of(name)) for name in CLASSES]),
    )


def _middles(start: float, count: int, step: float) -> Floats:
    return np.asarray(start + (np.arange(count) + 0.5) * step, dtype=np.float64)


def _coast(scenario: Coverage, lat: Floats, lon: Floats, reach: float) -> Floats:
    """How well the nearest station hears each cell, 0 to 1; `reach` is the share of its range that counts."""
    best = np.zeros((len(lat), len(lon)))
    for station in scenario.stations:
        heard_nm = station.range_nm * reach
        north = NM_PER_DEGREE * (lat - station.lat)
        east = NM_PER_DEGREE * np.cos(np.radians(station.lat)) * ((lon - station.lon + 180.0) % 360.0 - 180.0)
        rows, columns = np.flatnonzero(np.abs(north) <= heard_nm), np.flatnonzero(np.abs(east) <= heard_nm)
        away = np.hypot(north[rows][:, None], east[columns][None, :]) / heard_nm
        part = np.ix_(rows, columns)
        best[part] = np.maximum(best[part], np.clip((1 - away) / (1 - scenario.close), 0, 1))
    return best
