"""A sea for the tests of this folder: invented firms, and what goes with a number of consignments."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import numpy as np
import polars as pl
from sections import load_sea

from pipeline.world.calendar import Span, microseconds
from pipeline.world.sea.sea import Sea, make_sea

SPAN = Span(microseconds(datetime(2024, 1, 1, tzinfo=UTC)), microseconds(datetime(2025, 1, 1, tzinfo=UTC)))
# Consignments of the sea that most tests share: so many ships that shares can be told.
MANY = 80_000


def firms(count: int = 240) -> pl.DataFrame:
    """Owners and carriers, some of them rogues, some not active before the world ends."""
    draw = np.random.default_rng(5)
    return pl.DataFrame({
        "party": np.arange(count),
        "party_id": [f"P{number:05d}" for number in draw.permutation(count)],
        "role": np.array(["owner", "carrier"])[np.arange(count) % 2],
        "country": np.array(["RU", "RU", "PA", "KR", "CN", "JP"])[draw.integers(0, 6, count)],
        "leaning": np.where(draw.random(count) < 0.12, 2.2, 0.0) + draw.normal(0, 0.5, count),
        "active_from": np.where(draw.random(count) < 0.1, SPAN.end, 0),
        "weight": 1 / (1.0 + np.arange(count) % 60),
    })  # fmt: skip


@cache
def sea_of(consignments: int, seed: int = 3) -> Sea:
    """The shipped scenario's sea for a number of consignments."""
    return make_sea(seed, load_sea(), SPAN, firms(), consignments)


def share_holds(hits: int, cases: int, share: float) -> bool:
    """Whether a count lies within five standard deviations of what a share gives."""
    return abs(hits - cases * share) <= 5 * np.sqrt(cases * share * (1 - share)) + 1
