"""Distances from the shipped ports."""

from __future__ import annotations

import numpy as np
import pytest

from features.tracks.geodesy import distance_km
from features.tracks.port_distance import port_km
from features.tracks.ports import port_points


def test_a_port_is_near_itself_and_the_open_sea_is_near_none() -> None:
    point = port_points().filter(point="JPWKJ").row(0, named=True)
    away = port_km()(np.array([point["lat"], 0.0]), np.array([point["lon"], -140.0]))
    assert away.tolist() == [0.0, np.inf]


def test_the_distance_is_that_to_the_nearest_of_all_points() -> None:
    points, place = port_points(), (43.05, 131.9)
    every = distance_km(points["lat"].to_numpy(), points["lon"].to_numpy(), np.array(place[0]), np.array(place[1]))
    found = port_km()(np.array([place[0]]), np.array([place[1]]))[0]
    assert found == pytest.approx(every.min(), abs=1e-6)
    assert found < 10
