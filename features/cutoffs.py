"""Daily cut-offs: the instants at which lists are made and at which features of the past are computed."""

from __future__ import annotations

from datetime import UTC, datetime, time

import polars as pl

from features.contract import INSTANT


def at_or_before(instant: pl.Expr, daily: time) -> pl.Expr:
    """The last daily cut-off at or before an instant. `daily` is a time of day in UTC, to the minute."""
    offset = pl.duration(hours=daily.hour, minutes=daily.minute)
    return ((instant - offset).dt.truncate("1d") + offset).cast(INSTANT)


def at_or_after(instant: pl.Expr, daily: time) -> pl.Expr:
    """The first daily cut-off at or after an instant."""
    before = at_or_before(instant, daily)
    return pl.when(before == instant).then(before).otherwise(before + pl.duration(days=1)).cast(INSTANT)


def own_cutoffs(consignments: pl.DataFrame, daily: time) -> pl.DataFrame:
    """The own cut-off of every consignment: the first daily one at or after the `known_at` of its first version.

    `consignments` holds versions (`consignment_id`, `known_at`). Returns `consignment_id`, `own_cutoff`, by id.
    """
    return (
        consignments.group_by("consignment_id")
        .agg(own_cutoff=at_or_after(pl.col("known_at").min(), daily))
        .sort("consignment_id")
    )


def cutoff_of(text: str, daily: time) -> datetime:
    """The instant that a date or an instant with a zone names; a date means that day's cut-off.

    Raises ValueError for anything else.
    """
    needed = f"needed a date (2024-06-01) or an instant with its zone (2024-06-01T20:00Z), found {text!r}"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(needed) from error
    if len(text) == len("2024-06-01"):
        return datetime.combine(instant.date(), daily, tzinfo=UTC)
    if instant.tzinfo is None:
        raise ValueError(f"{needed}: an instant without a zone is not guessed")
    return instant.astimezone(UTC)
