"""The map of reception against the distance to stations and the boxes of zones."""

from __future__ import annotations

import numpy as np
import pytest
from ais_frames import miles
from hypothesis import given, settings
from hypothesis import strategies as st
from sections import load_ais

from pipeline.world.ais.coverage import coverage_map
from pipeline.world.scenario.ais import Coverage

COVERAGE = load_ais().coverage
MAP = coverage_map(COVERAGE)


def _plain(coverage: Coverage, ais_class: str, lat: float, lon: float) -> tuple[float, float]:
    best = 0.0
    for station in coverage.stations:
        reach = station.range_nm * (1 if ais_class == "A" else coverage.range_B)
        away = float(miles(np.array(lat), np.array(lon), np.array(station.lat), np.array(station.lon)))
        best = max(best, min(1.0, (1 - away / reach) / (1 - coverage.close)))
    coast, sky = coverage.terrestrial * max(best, 0.0), coverage.satellite.of(ais_class)
    for zone in coverage.zones:
        south, west, north, east = zone.box
        if south <= lat < north and (lon - west) % 360 < east - west:
            coast, sky = coast * zone.terrestrial, sky * zone.satellite
    return coast, sky


@settings(deadline=None, max_examples=150)
@given(
    ais_class=st.sampled_from(["A", "B"]),
    row=st.integers(0, 459),
    column=st.integers(0, 1099),
    turn=st.sampled_from([-360, 0, 360]),
)
def test_cells_say_what_stations_and_zones_say(ais_class: str, row: int, column: int, turn: int) -> None:
    lat, lon = 20 + (row + 0.5) * 0.1, 105 + (column + 0.5) * 0.1
    coast, sky = MAP.heard(ais_class, np.array([lat]), np.array([lon + turn]))
    wanted = _plain(COVERAGE, ais_class, lat, lon)
    # The map is flat about each station, so a little off on the rim of its range.
    assert coast[0] == pytest.approx(wanted[0], abs=0.05)
    assert sky[0] == pytest.approx(wanted[1])


@pytest.mark.parametrize(
    "place", [(54.0, 8.0), (-80.0, 140.0), (19.99, 140.0), (66.01, 140.0), (40.0, -144.9), (0.0, 0.0)]
)
def test_beyond_the_map_there_are_satellites_alone(place: tuple[float, float]) -> None:
    coast, sky = MAP.heard("A", np.array([place[0]]), np.array([place[1]]))
    assert (coast[0], sky[0]) == (0, COVERAGE.satellite.A)


def test_a_station_across_the_180th_meridian_is_heard() -> None:
    coast, _ = MAP.heard("A", np.array([53.9, 53.9]), np.array([-166.5, 193.5]))
    assert (coast > 0.9).all()
