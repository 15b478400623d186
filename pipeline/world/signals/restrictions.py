"""Restrictions of use: what rows that carry a key may be used for, and who may read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import polars as pl

from pipeline.world.calendar import microseconds
from pipeline.world.scenario.signals import Restriction


def restrictions(scenario: Iterable[Restriction]) -> pl.DataFrame:
    """The table use_restriction: a row per entry of the scenario, known from its day on; instants in microseconds."""
    rows = [
        (one.use, one.basis, list(one.purposes), list(one.readers), _instant(one.expires), _instant(one.known))
        for one in scenario
    ]
    schema: dict[str, pl.DataType] = {
        "use": pl.String(),
        "basis": pl.String(),
        "purposes": pl.List(pl.String()),
        "readers": pl.List(pl.String()),
        "expires_at": pl.Int64(),
        "known_at": pl.Int64(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort("use", "known_at")


def _instant(day: date | None) -> int | None:
    return None if day is None else microseconds(datetime(day.year, day.month, day.day, tzinfo=UTC))
