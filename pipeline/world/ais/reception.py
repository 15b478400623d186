"""Which reports are received, by whom, and when they become known."""

from __future__ import annotations

import numpy as np

from pipeline.world.ais.coverage import coverage_map
from pipeline.world.calendar import DAY, HOUR, SECOND, Span, in_seconds
from pipeline.world.randomness import Floats, Integers, between
from pipeline.world.scenario.ais import Ais, Coverage, Silences

RECEIVERS = ("terrestrial", "satellite", "dynamic", "vms")
TERRESTRIAL, SATELLITE, DYNAMIC, VMS = range(len(RECEIVERS))
LOST = -1


def receivers(
    generator: np.random.Generator,
    coverage: Coverage,
    silence: Silences,
    ais_class: str,
    span: Span,
    at: Integers,
    lat: Floats,
    lon: Floats,
) -> Integers:
    """Who receives each AIS report of one hull: a position in RECEIVERS, or LOST. A coast station goes first."""
    coast, sky = coverage_map(coverage).heard(ais_class, lat, lon)
    step = int(silence.unheard_hours * HOUR)
    unheard = generator.random((span.end - span.start) // step + 1) < silence.unheard
    sky = np.where(unheard[(at - span.start) // step], 0.0, sky)
    draw = generator.random(len(at))
    heard_by_sky = coast + (1 - coast) * sky
    heard_at_all = heard_by_sky + (1 - heard_by_sky) * coverage.dynamic.of(ais_class)
    return np.where(
        draw < coast,
        TERRESTRIAL,
        np.where(draw < heard_by_sky, SATELLITE, np.where(draw < heard_at_all, DYNAMIC, LOST)),
    )


def known_at(generator: np.random.Generator, scenario: Ais, at: Integers, receiver: Integers) -> Integers:
    """When each received report becomes known: minutes to hours later by its receiver, some of them days later."""
    lags = scenario.lags.each()
    minutes = np.array([lag.minutes for lag in lags])[receiver]
    spread = np.array([lag.spread for lag in lags])[receiver]
    late = generator.random(len(at)) < np.array([lag.late for lag in lags])[receiver]
    lag = minutes * np.exp(spread * generator.standard_normal(len(at)))
    lag[late] += between(generator, scenario.late_days, int(late.sum())) * (DAY / (60 * SECOND))
    return np.asarray(at + np.maximum(in_seconds(lag, 60 * SECOND), SECOND), dtype=np.int64)


def sources(generator: np.random.Generator, scenario: Ais, receiver: Integers) -> Integers:
    """The feed that each received report came from: a position in `source_names`."""
    shares = [np.cumsum(list(weights.values())) for weights in scenario.sources.each()]
    # The feeds of receiver r share the stretch from r to r + 1, in the order of their names.
    edges = np.concatenate([number + share / share[-1] for number, share in enumerate(shares)])
    drawn = np.searchsorted(edges, receiver + generator.random(len(receiver)), side="right")
    return np.asarray(drawn, dtype=np.int64)


def source_names(scenario: Ais) -> list[str]:
    """The names of all feeds, receiver by receiver."""
    return [name for shares in scenario.sources.each() for name in shares]
