"""Where vessels truly are: a place and a velocity in closed form for any instant of a hull's stages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.world.ais.fishing_tracks import Drawn, fishing_track
from pipeline.world.ais.hull_stages import ADRIFT, FISHING, MEETING, PORT, TRANSIT, HullStages
from pipeline.world.ais.routes import NM_PER_DEGREE, Routes
from pipeline.world.calendar import SECOND
from pipeline.world.randomness import Floats, Integers, stream
from pipeline.world.scenario.ais import Movement

NM_PER_METRE = 1 / 1852


@dataclass(frozen=True)
class Fixes:
    """True places (degrees, longitude continuous across 180) and velocities (knots to the north and to the east)."""

    lat: Floats
    lon: Floats
    north_kn: Floats
    east_kn: Floats


@dataclass(frozen=True)
class _Asked:
    """The instants asked of one hull: `share` of their stage that has passed (0..1), and the stage's place in it."""

    stages: HullStages
    stage: Integers
    share: Floats
    draws: Floats


def move(
    seed: int, hull: int, movement: Movement, routes: Routes, stages: HullStages, at: Integers, stage: Integers
) -> Fixes:
    """The true track of one hull at instants (microseconds), each in the stage whose position is given, in time order.

    The answer depends on seed, hull, the stages and the instant alone: not on which other instants are asked.
    """
    generator = stream(seed, "movement", hull)
    draws = generator.random((len(stages.kind), 4))
    fishing_keys = generator.integers(0, 2**63, len(stages.kind))
    told = np.empty((4, len(at)))
    meetings = _meetings(seed, hull, stages)
    kinds = stages.kind[stage]
    share = (at - stages.begins[stage]) / (stages.ends - stages.begins)[stage]
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        asked = _Asked(stages, stage[rows], share[rows], draws)
        if kind == TRANSIT:
            told[:, rows] = _passage(movement, routes, asked)
        elif kind == PORT:
            told[:, rows] = _berth(movement, asked)
        elif kind == FISHING:
            told[:, rows] = _fishing(movement, asked, fishing_keys)
        elif kind in (MEETING, ADRIFT):
            told[:, rows] = _drift(movement, asked, meetings)
    return Fixes(*told)


def _passage(movement: Movement, routes: Routes, asked: _Asked) -> Floats:
    """Along a route at a speed that waves about its mean; the route is bent so that it meets the stage's two ends."""
    stages, stage, draws = asked.stages, asked.stage, asked.draws
    low, high = movement.waves
    turns = 2 * np.pi * np.floor(low + draws[:, 0] * (high + 1 - low)).clip(1)
    phase = 2 * np.pi * draws[:, 1]
    angle = turns[stage] * asked.share + phase[stage]
    wave = movement.speed_wobble / turns
    share = asked.share + wave[stage] * (np.sin(angle) - np.sin(phase)[stage])
    rate = (1 + movement.speed_wobble * np.cos(angle)) / stages.hours[stage]
    route = routes.along(stages.route[stage], stages.reverse[stage], share)
    gap, bend = _ends(routes, stages)
    # To one side of the route, most in the middle of the passage.
    aside = np.minimum(movement.lane_nm, movement.lane_share * _length_nm(routes, stages))
    side = (2 * draws[:, 2:4].T - 1) * aside / NM_PER_DEGREE
    rise, slope = np.sin(np.pi * share), np.pi * np.cos(np.pi * share) * rate
    lat = route.lat + gap[0][stage] + bend[0][stage] * share + side[0][stage] * rise
    lon = route.lon + gap[1][stage] + bend[1][stage] * share + side[1][stage] * rise
    north = (route.lat_slope + bend[0][stage]) * rate + side[0][stage] * slope
    east = (route.lon_slope + bend[1][stage]) * rate + side[1][stage] * slope
    return np.array([lat, lon, NM_PER_DEGREE * north, NM_PER_DEGREE * east * np.cos(np.radians(lat))])


def _ends(routes: Routes, stages: HullStages) -> tuple[Floats, Floats]:
    """From the route's start to the stage's, in degrees, and what the route must gain to meet the stage's end."""
    count = len(stages.kind)
    begin = routes.along(stages.route, stages.reverse, np.zeros(count))
    end = routes.along(stages.route, stages.reverse, np.ones(count))
    gap = np.array([stages.lat - begin.lat, _short_way(stages.lon - begin.lon)])
    onward = np.array([stages.to_lat - end.lat, _short_way(stages.to_lon - gap[1] - end.lon) + gap[1]])
    return gap, onward - gap


def _length_nm(routes: Routes, stages: HullStages) -> Floats:
    straight = np.hypot(
        stages.to_lat - stages.lat,
        _short_way(stages.to_lon - stages.lon) * np.cos(np.radians((stages.lat + stages.to_lat) / 2)),
    )
    return np.where(stages.route < 0, NM_PER_DEGREE * straight, routes.length_nm(stages.route))


def _short_way(degrees: Floats) -> Floats:
    return (degrees + 180.0) % 360.0 - 180.0


def _berth(movement: Movement, asked: _Asked) -> Floats:
    draws = asked.draws
    low, high = movement.berth_m
    away = (low + draws[:, 0] * (high - low)) * NM_PER_METRE
    angle = 2 * np.pi * draws[:, 1]
    still = np.zeros_like(asked.share)
    return _about(asked, (away * np.cos(angle))[asked.stage], (away * np.sin(angle))[asked.stage], still, still)


def _fishing(movement: Movement, asked: _Asked, keys: Integers) -> Floats:
    stages = asked.stages
    patterns = list(movement.patterns.values())
    onward = _onward_nm(stages)
    plane = np.empty((4, len(asked.stage)))
    known, first = np.unique(asked.stage, return_index=True)
    for index, begin, end in zip(known, first, [*first[1:], len(asked.stage)], strict=True):
        pattern = patterns[stages.pattern[index]]
        hours, extent = float(stages.hours[index]), float(stages.extent_nm[index])
        # The last part of the stage is the way back to where the next stage begins.
        back_nm = extent / 2 * np.hypot(1, pattern.breadth) + np.hypot(*onward[:, index])
        fished = hours - min(hours / 2, back_nm / movement.back_kn)
        elapsed = asked.share[begin:end] * hours
        count = int(np.searchsorted(elapsed, fished, side="right"))
        drawn = fishing_track(
            np.random.Generator(np.random.PCG64(int(keys[index]))),
            pattern,
            int(stages.begins[index]),
            float(stages.lon[index]),
            hours,
            extent,
            np.append(elapsed[:count], fished),
        )
        turned = _turned(np.radians(stages.axis_deg[index]), drawn)
        plane[:, begin : begin + count] = turned[:, :-1]
        last = turned[:2, -1:]
        speed = (onward[:, index : index + 1] - last) / (hours - fished)
        plane[:2, begin + count : end] = last + speed * (elapsed[count:] - fished)
        plane[2:, begin + count : end] = speed
    return _about(asked, *plane)


def _turned(axis: float, drawn: Drawn) -> Floats:
    """Along and across an axis (radians from north) to north and east: two rows of miles, then two of knots."""
    cosine, sine = np.cos(axis), np.sin(axis)
    return np.array(
        [
            turned
            for along, across in (drawn.miles, drawn.knots)
            for turned in (along * cosine - across * sine, along * sine + across * cosine)
        ]
    )


def _onward_nm(stages: HullStages) -> Floats:
    """From the start of each stage to its end: miles to the north and to the east."""
    east = _short_way(stages.to_lon - stages.lon) * np.cos(np.radians(stages.lat))
    return NM_PER_DEGREE * np.array([stages.to_lat - stages.lat, east])


@dataclass(frozen=True)
class _Meetings:
    """What the two hulls of a meeting share, by stage: 4 even draws, and which side of the other this hull keeps."""

    draws: Floats
    side: Floats


def _meetings(seed: int, hull: int, stages: HullStages) -> _Meetings:
    """A meeting is drawn from its pair and its begin alone, so that both hulls find the same in different blocks."""
    draws, side = np.full((len(stages.kind), 4), np.nan), np.zeros(len(stages.kind))
    for index in np.flatnonzero(stages.kind == MEETING):
        other = int(stages.other[index])
        pair = (hull, other) if hull < other else (max(other, 0), hull)
        draws[index] = stream(seed, "meeting", *pair, int(stages.begins[index]) // SECOND).random(4)
        side[index] = 0.5 if hull < other else -0.5
    return _Meetings(draws, side)


def _drift(movement: Movement, asked: _Asked, meetings: _Meetings) -> Floats:
    """To and fro with the tide about the straight way from the stage's start to its end; abeam of the other hull."""
    stages, stage = asked.stages, asked.stage
    draws = np.where(np.isnan(meetings.draws), asked.draws, meetings.draws)
    low, high = movement.drift_kn
    angle = 2 * np.pi * draws[:, 1]
    tides = np.pi * np.maximum(np.round(2 * stages.hours / movement.tide_hours), 1)
    peak = low + draws[:, 0] * (high - low)
    reach = peak * stages.hours / tides
    near, far = movement.apart_m
    apart = meetings.side * (near + draws[:, 2] * (far - near)) * NM_PER_METRE
    abeam = 2 * np.pi * draws[:, 3]
    to_north, to_east = _onward_nm(stages)
    sine, cosine = np.sin(tides[stage] * asked.share), np.cos(tides[stage] * asked.share)
    found = []
    for swing, beam, onward in (
        (np.cos(angle), np.cos(abeam), to_north),
        (np.sin(angle), np.sin(abeam), to_east),
    ):
        place = (swing * reach)[stage] * sine + onward[stage] * asked.share + (beam * apart)[stage]
        found.append((place, (swing * peak)[stage] * cosine + (onward / stages.hours)[stage]))
    (north, north_kn), (east, east_kn) = found
    return _about(asked, north, east, north_kn, east_kn)


def _about(asked: _Asked, north: Floats, east: Floats, north_kn: Floats, east_kn: Floats) -> Floats:
    """Miles from where the stage starts as places."""
    stages, stage = asked.stages, asked.stage
    shrink = np.cos(np.radians(stages.lat))[stage]
    lat, lon = stages.lat[stage] + north / NM_PER_DEGREE, stages.lon[stage] + east / (NM_PER_DEGREE * shrink)
    return np.array([lat, lon, north_kn, east_kn])
