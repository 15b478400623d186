"""When a hull sends nothing: by choice, by a fault, at the quay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.world.ais.hull_stages import PORT, HullStages
from pipeline.world.calendar import DAY, HOUR, SECOND, Span, in_seconds
from pipeline.world.randomness import Booleans, Integers, between
from pipeline.world.scenario.ais import Silences

YEAR = 365.25 * DAY


@dataclass(frozen=True)
class Spells:
    """Stretches of time, as begins in order and the latest end so far (microseconds): they may overlap."""

    begins: Integers
    ends: Integers

    def hold(self, at: Integers) -> Booleans:
        """Whether each instant lies in a stretch (its end excluded)."""
        place = np.searchsorted(self.begins, at, side="right") - 1
        return np.asarray((place >= 0) & (at < self.ends[place]) if len(self.begins) else np.zeros(len(at), dtype=bool))


def make_spells(begins: Integers, ends: Integers) -> Spells:
    """Stretches in any order."""
    order = np.argsort(begins, kind="stable")
    return Spells(begins[order], np.maximum.accumulate(ends[order]))


def spells_at_rate(generator: np.random.Generator, per_year: float, span: Span) -> Integers:
    """Instants at which something begins that happens so many times a year, spread evenly over the span."""
    count = generator.poisson(per_year * max(span.end - span.start, 0) / YEAR)
    return span.start + np.asarray(generator.random(count) * (span.end - span.start), dtype=np.int64)


@dataclass(frozen=True)
class Silence:
    """When the transponder is silent, and when VMS is."""

    ais: Spells
    vms: Spells


def silences(
    generator: np.random.Generator, silence: Silences, ais_class: str, stages: HullStages, span: Span
) -> Silence:
    """The silences of one hull. Dark stages silence both; a fault silences VMS where it is of the power supply."""
    dark = np.flatnonzero(stages.dark)
    minute = 60 * SECOND
    begins = stages.begins[dark] - in_seconds(between(generator, silence.early_minutes, len(dark)), minute)
    ends = stages.ends[dark] + in_seconds(between(generator, silence.late_minutes, len(dark)), minute)
    faults = spells_at_rate(generator, silence.faults_per_year, span)
    lasts = silence.fault_hours * np.exp(silence.fault_spread * generator.standard_normal(len(faults)))
    mended = faults + in_seconds(lasts, HOUR)
    power = generator.random(len(faults)) < silence.power
    quay = (stages.kind == PORT) & (stages.hours >= silence.quay_hours)
    quay &= generator.random(len(quay)) < silence.quay_off.of(ais_class)
    return Silence(
        ais=make_spells(
            np.concatenate([begins, faults, stages.begins[quay]]), np.concatenate([ends, mended, stages.ends[quay]])
        ),
        vms=make_spells(np.concatenate([begins, faults[power]]), np.concatenate([ends, mended[power]])),
    )
