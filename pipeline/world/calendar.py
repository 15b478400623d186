"""The world's time: a fixed last day, whole seconds, instants as microseconds since 1970 (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from pipeline.world.randomness import Floats, Integers
from pipeline.world.scenario.trade import Times

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


def on_office_days(generator: np.random.Generator, times: Times, span: Span, instants: Integers) -> Integers:
    """The instants moved into office hours of their day, most of a weekend's to the Monday after.

    All lie in the span, a day before its end at the latest, so that all are known by the end.
    """
    days = np.clip(instants, span.start, span.end - 2 * DAY) // DAY
    weekday = (days + 3) % 7
    moved = (weekday >= SATURDAY) & (generator.random(len(days)) < times.weekend_moved)
    days = np.where(moved, days + 7 - weekday, days)
    days = np.where(days * DAY > span.end - 2 * DAY, (span.end - 2 * DAY) // DAY, days)
    return days * DAY + in_seconds(generator.uniform(*times.office_hours, len(days)), HOUR)


def next_decision(instants: Integers, hour: int) -> Integers:
    """The first nightly decision at or after each instant."""
    return -(-(instants - hour * HOUR) // DAY) * DAY + hour * HOUR
