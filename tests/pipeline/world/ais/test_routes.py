"""Places along routes, against a plain walk."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from ais_frames import ROUTES
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.world.ais.routes import make_routes
from pipeline.world.randomness import Floats

TABLE = make_routes(ROUTES)


def _walked(route: Floats, share: float) -> tuple[float, float]:
    steps = [
        60 * float(np.hypot(b[0] - a[0], (b[1] - a[1]) * np.cos(np.radians((a[0] + b[0]) / 2))))
        for a, b in pairwise(route)
    ]
    left = share * sum(steps)
    for a, b, step in zip(route[:-1], route[1:], steps, strict=True):
        if left <= step:
            return float(a[0] + (b[0] - a[0]) * left / step), float(a[1] + (b[1] - a[1]) * left / step)
        left -= step
    return float(route[-1][0]), float(route[-1][1])


@settings(deadline=None, max_examples=60)
@given(number=st.integers(0, len(ROUTES) - 1), share=st.floats(0, 1), reverse=st.booleans())
def test_places_are_those_of_a_walk(number: int, share: float, reverse: bool) -> None:
    found = TABLE.along(np.array([number]), np.array([reverse]), np.array([share]))
    lat, lon = _walked(ROUTES[number], 1 - share if reverse else share)
    assert found.lat[0] == pytest.approx(lat, abs=1e-6)
    assert found.lon[0] == pytest.approx(lon, abs=1e-6)
    soon = TABLE.along(np.array([number]), np.array([reverse]), np.array([share + 1e-7]))
    if share < 0.999:
        change = (soon.lat[0] - found.lat[0], soon.lon[0] - found.lon[0])
        assert change == pytest.approx((1e-7 * found.lat_slope[0], 1e-7 * found.lon_slope[0]), abs=1e-5)


def test_lengths_are_in_nautical_miles() -> None:
    assert make_routes([np.array([[40.0, 150.0], [42.0, 150.0]])]).length_nm(np.array([0])) == pytest.approx(120)


def test_no_route_is_a_point_without_slope() -> None:
    found = make_routes([]).along(np.array([-1, -1]), np.array([False, True]), np.array([0.3, 1.0]))
    assert found.lat.tolist() == found.lon_slope.tolist() == [0, 0]


def test_repeated_points_do_not_matter() -> None:
    twice = np.array([[40.0, 150.0], [40.0, 150.0], [42.0, 150.0]])
    found = make_routes([twice]).along(np.array([0]), np.array([False]), np.array([0.5]))
    assert found.lat[0] == pytest.approx(41)
    alone = make_routes([twice[:2], ROUTES[0]]).along(np.array([0]), np.array([False]), np.array([0.5]))
    assert (alone.lat[0], alone.lon[0]) == (40, 150)


def test_a_route_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="needed routes of at least one way point, found none in route 1"):
        make_routes([ROUTES[0], np.zeros((0, 2))])
