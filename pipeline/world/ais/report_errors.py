"""What a report says of a true fix: noise, values not available, false places, disturbed navigation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.world.ais.movement import NM_PER_METRE, Fixes
from pipeline.world.ais.routes import NM_PER_DEGREE
from pipeline.world.ais.silences import spells_at_rate
from pipeline.world.calendar import HOUR, Span, in_seconds
from pipeline.world.randomness import Booleans, Floats, Integers, between, stream
from pipeline.world.scenario.ais import Errors

NO_SPEED, NO_COURSE = 102.3, 360.0
DEGREES_PER_METRE = NM_PER_METRE / NM_PER_DEGREE


@dataclass(frozen=True)
class Jumps:
    """Stretches of time in which places are off: begins in order, ends (microseconds), kilometres north and east."""

    begins: Integers
    ends: Integers
    north_km: Floats
    east_km: Floats


def jumps(
    generator: np.random.Generator,
    per_year: float,
    hours: tuple[float, float],
    km: tuple[float, float],
    span: Span,
) -> Jumps:
    """Jumps at a rate over a span; one that begins ends the one before."""
    begins = np.sort(spells_at_rate(generator, per_year, span))
    ends = begins + in_seconds(between(generator, hours, len(begins)), HOUR)
    away, angle = between(generator, km, len(begins)), 2 * np.pi * generator.random(len(begins))
    return Jumps(begins, ends, away * np.cos(angle), away * np.sin(angle))


def spoofs(generator: np.random.Generator, errors: Errors, span: Span, launders_from: int | None) -> Jumps:
    """The false places that one hull sends: few hulls do, more of those that launder (from the instant given)."""
    draw = generator.random()
    share = errors.spoof.honest if launders_from is None else errors.spoof.launders
    start = span.start if launders_from is None else min(max(span.start, launders_from), span.end)
    rate = errors.spoofs_per_year if draw < share else 0.0
    return jumps(generator, rate, errors.spoof_hours, errors.spoof_km, Span(start, span.end))


def interferences(seed: int, errors: Errors, span: Span) -> list[Jumps]:
    """The disturbances of each box, the same for every hull."""
    return [
        jumps(stream(seed, "interference", number), box.spells_per_year, box.hours, box.km, span)
        for number, box in enumerate(errors.interference)
    ]


def reported_places(
    generator: np.random.Generator,
    errors: Errors,
    sway_m: Floats,
    disturbed: list[Jumps],
    spoofed: Jumps,
    at: Integers,
    fixes: Fixes,
    own: Booleans,
) -> tuple[Floats, Floats]:
    """Latitudes and longitudes as sent, 5 decimals, within the bounds of the contract.

    `sway_m`: how far each vessel sways about its fix. `own`: reports that carry the vessel's own falsehood (not VMS).
    """
    noise = generator.standard_normal((2, len(at))) * (np.hypot(errors.gnss_m, sway_m) * DEGREES_PER_METRE)
    north, east = noise
    false = np.flatnonzero(own)
    _displace(spoofed, at, false, north, east)
    for box, spells in zip(errors.interference, disturbed, strict=True):
        south, west, top, right = box.box
        inside = (fixes.lat >= south) & (fixes.lat < top) & ((fixes.lon - west) % 360.0 < right - west)
        rows = np.flatnonzero(inside)
        _displace(spells, at, rows[generator.random(len(rows)) < box.share], north, east)
    lat = fixes.lat + north
    lon = fixes.lon + east / np.cos(np.radians(np.minimum(np.abs(fixes.lat), 89.0)))
    return np.clip(np.round(lat, 5), -90, 90), np.round((lon + 180.0) % 360.0 - 180.0, 5)


def _displace(spells: Jumps, at: Integers, rows: Integers, north: Floats, east: Floats) -> None:
    """Adds the jump that holds at each of the rows to its displacement (degrees of latitude)."""
    if not len(spells.begins) or not len(rows):
        return
    place = np.searchsorted(spells.begins, at[rows], side="right") - 1
    held = (place >= 0) & (at[rows] < spells.ends[place])
    north[rows[held]] += spells.north_km[place[held]] * 1000 * DEGREES_PER_METRE
    east[rows[held]] += spells.east_km[place[held]] * 1000 * DEGREES_PER_METRE


def reported_speeds(generator: np.random.Generator, errors: Errors, knots: Floats) -> Floats:
    """Speeds as sent, 0.1 knot: with noise, some not available, a few absurd."""
    noisy = knots + errors.speed_kn * generator.standard_normal(len(knots))
    told = np.asarray(np.round(np.abs(noisy), 1), dtype=np.float64)
    draw = generator.random(len(knots))
    absurd = np.flatnonzero(draw < errors.speed_absurd)
    told[absurd] = np.round(between(generator, errors.absurd_kn, len(absurd)), 1)
    told[draw >= 1 - errors.speed_missing] = NO_SPEED
    return told


def reported_courses(
    generator: np.random.Generator, errors: Errors, ais_class: str, fixes: Fixes, knots: Floats
) -> Floats:
    """Courses as sent, 0.1 degree below 360: with noise, meaningless where the vessel is still, some not available."""
    noise = errors.course_deg * generator.standard_normal(len(knots))
    still = np.flatnonzero(knots < errors.still_kn)
    noise[still] = 360.0 * generator.random(len(still))
    told = np.round(np.degrees(np.arctan2(fixes.east_kn, fixes.north_kn)) + noise, 1) % 360.0
    told[generator.random(len(knots)) < errors.course_missing.of(ais_class)] = NO_COURSE
    return told
