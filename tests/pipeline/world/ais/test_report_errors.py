"""Errors of reports: noise, jumps, values not available."""

from __future__ import annotations

import numpy as np
import pytest
from ais_frames import miles
from sections import load_ais

from pipeline.world.ais.movement import Fixes
from pipeline.world.ais.report_errors import (
    Jumps,
    interferences,
    jumps,
    reported_courses,
    reported_places,
    reported_speeds,
    spoofs,
)
from pipeline.world.ais.silences import YEAR
from pipeline.world.calendar import DAY, HOUR, Span
from pipeline.world.randomness import Floats

ERRORS = load_ais().errors
SPAN = Span(0, int(YEAR))
NONE = Jumps(*(np.zeros(0, dtype=np.int64) for _ in range(2)), *(np.zeros(0) for _ in range(2)))
CALM = [NONE for _ in ERRORS.interference]
COUNT = 20_000
AT = np.linspace(0, SPAN.end - 1, COUNT).astype(np.int64)


def _fixes(lat: float, lon: float, north: float = 0.0, east: float = 0.0) -> Fixes:
    return Fixes(*(np.full(COUNT, value) for value in (lat, lon, north, east)))


def _off_km(fixes: Fixes, spoofed: Jumps, disturbed: list[Jumps], own: bool = True) -> Floats:
    told = reported_places(
        np.random.default_rng(1), ERRORS, np.zeros(COUNT), disturbed, spoofed, AT, fixes, np.full(COUNT, own)
    )
    return miles(fixes.lat, fixes.lon, *told) * 1.852


def test_places_are_off_by_metres() -> None:
    away = _off_km(_fixes(55.0, 150.0), NONE, CALM) * 1000
    assert np.median(away) == pytest.approx(ERRORS.gnss_m * np.sqrt(2 * np.log(2)), rel=0.05)
    assert away.max() < 60


def test_places_wrap_and_keep_five_decimals() -> None:
    lat, lon = reported_places(
        np.random.default_rng(1), ERRORS, np.zeros(COUNT), CALM, NONE, AT, _fixes(50.0, 180.00002), np.full(COUNT, True)
    )
    assert lon.max() <= 180
    assert lon.min() >= -180
    assert {lon.max() > 179, lon.min() < -179} == {True}
    assert np.abs(lat * 1e5 - np.round(lat * 1e5)).max() < 1e-6


def test_a_false_place_is_hundreds_of_kilometres_away_and_vms_tells_the_true_one() -> None:
    spoofed = Jumps(np.array([100 * DAY]), np.array([110 * DAY]), np.array([300.0]), np.array([0.0]))
    during = (AT >= 100 * DAY) & (AT < 110 * DAY)
    away = _off_km(_fixes(55.0, 150.0), spoofed, CALM)
    assert away[during] == pytest.approx(300, rel=0.01)
    assert away[~during].max() < 0.1
    assert _off_km(_fixes(55.0, 150.0), spoofed, CALM, own=False).max() < 0.1


def test_few_hulls_send_false_places_and_those_that_launder_more_often() -> None:
    for launders_from, share in ((None, ERRORS.spoof.honest), (int(YEAR) // 2, ERRORS.spoof.launders)):
        drawn = [spoofs(np.random.default_rng(seed), ERRORS, SPAN, launders_from) for seed in range(1500)]
        ever = np.mean([len(one.begins) > 0 for one in drawn])
        rate = ERRORS.spoofs_per_year * (1 if launders_from is None else 0.5)
        assert ever == pytest.approx(share * (1 - np.exp(-rate)), abs=0.04)
        assert all((one.begins >= (launders_from or 0)).all() for one in drawn)


def test_interference_moves_a_share_of_a_box_for_some_hours() -> None:
    disturbed = interferences(7, ERRORS, SPAN)
    box = ERRORS.interference[0]
    spells = disturbed[0]
    assert len(spells.begins) == pytest.approx(box.spells_per_year, abs=4 * np.sqrt(box.spells_per_year))
    held = np.array([((spells.begins <= at) & (at < spells.ends)).any() for at in AT])
    inside = _off_km(_fixes(42.5, 132.0), NONE, disturbed)
    moved = inside > 1
    assert not moved[~held].any()
    assert np.mean(moved[held]) == pytest.approx(box.share, abs=0.08)
    assert inside.max() < box.km[1] * 1.02
    assert _off_km(_fixes(48.0, 160.0), NONE, disturbed).max() < 0.1
    again = interferences(7, ERRORS, SPAN)
    assert again[0].begins.tolist() == spells.begins.tolist()


def test_one_jump_ends_the_one_before() -> None:
    drawn = jumps(np.random.default_rng(1), 2000, (10.0, 20.0), (1.0, 2.0), SPAN)
    assert (np.diff(drawn.begins) >= 0).all()
    assert ((drawn.ends - drawn.begins) >= 10 * HOUR - 1).all()


def test_speeds_have_noise_and_missing_and_absurd_values() -> None:
    told = reported_speeds(np.random.default_rng(1), ERRORS, np.full(COUNT, 9.0))
    assert np.mean(told == 102.3) == pytest.approx(ERRORS.speed_missing, abs=0.003)
    usual = told[told < 30]
    assert usual.std() == pytest.approx(np.hypot(ERRORS.speed_kn, 0.1 / np.sqrt(12)), rel=0.1)
    assert usual.mean() == pytest.approx(9, abs=0.01)
    assert reported_speeds(np.random.default_rng(1), ERRORS, np.zeros(COUNT)).min() == 0


@pytest.mark.parametrize(
    ("north", "east", "course"), [(8.0, 0.0, 0.0), (0.0, 8.0, 90.0), (-8.0, 0.0, 180.0), (0.0, -8.0, 270.0)]
)
def test_courses_point_where_the_vessel_goes(north: float, east: float, course: float) -> None:
    fixes = _fixes(45.0, 150.0, north, east)
    told = reported_courses(np.random.default_rng(1), ERRORS, "B", fixes, np.full(COUNT, 8.0))
    missing = told == 360
    assert np.mean(missing) == pytest.approx(ERRORS.course_missing.B, abs=0.006)
    off = (told[~missing] - course + 180) % 360 - 180
    assert off.mean() == pytest.approx(0, abs=0.1)
    assert off.std() == pytest.approx(ERRORS.course_deg, rel=0.05)
    assert told[~missing].max() < 360


def test_a_course_at_rest_says_nothing() -> None:
    told = reported_courses(np.random.default_rng(1), ERRORS, "A", _fixes(45.0, 150.0), np.zeros(COUNT))
    assert np.histogram(told[told < 360], 4, (0, 360))[0].min() > COUNT / 5
