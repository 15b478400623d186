"""The world's time: a fixed last day, whole seconds, instants as microseconds since 1970 (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from pipeline.world.parameters import Times
from pipeline.world.randomness import Floats, Integers, pick

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
END = datetime(2025, 1, 1, tzinfo=UTC)
SATURDAY = 5


@dataclass(frozen=True)
class Span:
    """From the first day to the end (exclusive), as microseconds. What becomes known later is not in it."""

    start: int
    end: int


def world_span(months: int) -> Span:
    """The given number of whole months up to the end of 2024."""
    whole = END.year * 12 + END.month - 1 - months
    return Span(microseconds(datetime(whole // 12, whole % 12 + 1, 1, tzinfo=UTC)), microseconds(END))


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970 of an instant in whole seconds."""
    return int(instant.timestamp()) * SECOND


def in_seconds(amount: Floats, unit: int) -> Integers:
    """An amount of a unit (DAY, HOUR) as microseconds, rounded to the second."""
    return np.asarray(np.round(amount * (unit // SECOND)), dtype=np.int64) * SECOND


def declared_instants(generator: np.random.Generator, times: Times, span: Span, count: int) -> Integers:
    """`count` instants in office hours, in order; the last day is left out, so that all are known by the end."""
    days = np.arange(span.start, span.end - DAY, DAY)
    weekday = (days // DAY + 3) % 7
    chosen = days[pick(generator, np.where(weekday >= SATURDAY, times.weekend, 1.0), count)]
    return np.sort(chosen + in_seconds(generator.uniform(*times.office_hours, count), HOUR))


def next_decision(instants: Integers, hour: int) -> Integers:
    """The first nightly decision at or after each instant."""
    return -(-(instants - hour * HOUR) // DAY) * DAY + hour * HOUR
