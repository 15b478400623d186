"""True tracks: speeds that fit places, ends that meet, meetings that stay together, the 180th meridian."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ais_frames import BEGIN, GROUND, NEMURO, ROUTES, a_trip, hours_after, miles, stage, stages_frame
from hypothesis import given, settings
from hypothesis import strategies as st
from sections import load_ais

from pipeline.world.ais.hull_stages import HullStages, stages_by_hull
from pipeline.world.ais.movement import Fixes, move
from pipeline.world.ais.routes import make_routes
from pipeline.world.calendar import HOUR
from pipeline.world.randomness import Integers

MOVEMENT = load_ais().movement
TABLE = make_routes(ROUTES)


def _stages(hulls: dict[int, list[dict[str, Any]]]) -> dict[int, HullStages]:
    return stages_by_hull(stages_frame(hulls), MOVEMENT.patterns)


def _at(stages: HullStages, hull: int, at: Integers) -> Fixes:
    place = np.searchsorted(stages.begins, at, side="right") - 1
    return move(7, hull, MOVEMENT, TABLE, stages, at, place)


@pytest.mark.parametrize("pattern", list(MOVEMENT.patterns))
def test_speeds_and_courses_fit_the_places(pattern: str) -> None:
    stages = _stages({3: a_trip(pattern)})[3]
    last = (stages.ends[-1] - stages.begins[0]) / HOUR
    at = hours_after(BEGIN, np.arange(0.01, last - 0.1, 0.13))
    now, soon = _at(stages, 3, at), _at(stages, 3, at + 10 * 1_000_000)
    north = (soon.lat - now.lat) * 60 * 360
    east = (soon.lon - now.lon) * 60 * 360 * np.cos(np.radians(now.lat))
    off = np.hypot(north - now.north_kn, east - now.east_kn)
    # A turn between the two instants shows as a difference; few of the instants lie so close before one.
    assert np.quantile(off, 0.97) < 0.05
    assert np.hypot(now.north_kn, now.east_kn).max() < 16


def test_a_stage_ends_where_the_next_begins() -> None:
    trip = a_trip("longline")
    stages = _stages({3: trip})[3]
    before, after = _at(stages, 3, stages.ends[:-1] - 1_000_000), _at(stages, 3, stages.begins[1:])
    assert miles(before.lat, before.lon, after.lat, after.lon).max() < 0.2
    arrived = _at(stages, 3, stages.ends[[1, 3, 5]] - 1_000_000)
    assert arrived.lat == pytest.approx([GROUND[0], NEMURO[0], 43.0], abs=1e-3)
    assert arrived.lon == pytest.approx([GROUND[1], NEMURO[1], 132.0], abs=1e-3)


def test_a_passage_keeps_to_its_route_in_both_directions() -> None:
    there = stage("transit", 80, (43.0, 132.0), end=GROUND, route=0)
    back = stage("transit", 80, GROUND, end=(43.0, 132.0), route=0, reverse=True)
    stages = _stages({3: [there, back]})[3]
    fixes = _at(stages, 3, hours_after(BEGIN, np.arange(0, 160, 0.2)))
    legs = [np.linspace(a, b, 400) for a, b in zip(ROUTES[0][:-1], ROUTES[0][1:], strict=True)]
    lane = np.concatenate(legs)
    away = [miles(lane[:, 0], lane[:, 1], lat, lon).min() for lat, lon in zip(fixes.lat, fixes.lon, strict=True)]
    assert max(away) < 2 * MOVEMENT.lane_nm + 0.3


def test_a_vessel_that_fishes_stays_on_its_ground() -> None:
    for pattern, told in MOVEMENT.patterns.items():
        stages = _stages({3: a_trip(pattern, 400.0)})[3]
        at = hours_after(int(stages.begins[2]), np.arange(0, 399.9, 0.25))
        fixes = _at(stages, 3, at)
        away = miles(fixes.lat, fixes.lon, *(np.full(len(at), value) for value in GROUND))
        assert away.max() <= 15 * np.hypot(1, told.breadth) + 0.1
        assert away.max() > 3


@settings(deadline=None, max_examples=40)
@given(
    first=st.integers(0, 3000),
    second=st.integers(0, 3000),
    hours=st.floats(0.5, 60),
    lon=st.sampled_from([150.0, 179.99, -179.99]),
)
def test_vessels_that_meet_stay_together(first: int, second: int, hours: float, lon: float) -> None:
    if first == second:
        return
    one = stage("meeting", hours, (46.0, lon), other=second)
    other = stage("meeting", hours, (46.0, lon), other=first)
    told = _stages({first: [one], second: [other]})
    at = hours_after(BEGIN, np.linspace(0, hours * 0.999, 50))
    a, b = _at(told[first], first, at), _at(told[second], second, at)
    apart = miles(a.lat, a.lon, b.lat, b.lon) * 1852
    assert apart.max() < 320
    assert apart.min() > 40
    assert np.hypot(a.north_kn, a.east_kn).max() <= 1.5


def test_longitudes_run_on_across_the_180th_meridian() -> None:
    by_lane = stage("transit", 150, (43.0, 145.0), end=(53.9, -166.5), route=2)
    home = stage("transit", 150, (53.9, -166.5), end=(43.0, 145.0), route=2, reverse=True)
    straight = stage("transit", 20, (50.0, 178.0), end=(50.0, -178.0))
    stages = _stages({1: [by_lane, home], 2: [straight]})
    for hull, hours in ((1, 149), (2, 19)):
        fixes = _at(stages[hull], hull, hours_after(BEGIN, np.arange(0, hours, 0.25)))
        step = miles(fixes.lat[:-1], fixes.lon[:-1], fixes.lat[1:], fixes.lon[1:])
        assert step.max() < 4
        knots = np.hypot(fixes.north_kn, fixes.east_kn)
        assert step * 4 == pytest.approx(knots[:-1], rel=0.08, abs=0.4)


def test_the_track_does_not_depend_on_which_instants_are_asked() -> None:
    stages = _stages({3: a_trip()})[3]
    at = hours_after(BEGIN, np.arange(0, 330, 0.7))
    whole, part = _at(stages, 3, at), _at(stages, 3, at[50:80])
    assert part.lat == pytest.approx(whole.lat[50:80], abs=1e-12)
    assert part.lon == pytest.approx(whole.lon[50:80], abs=1e-12)
