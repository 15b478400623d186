"""Visits of vessels to ports, made of what they do there."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.port_events import PortOptions, port_events

HOUR = 3_600_000_000  # microseconds
VISIT: dict[str, pl.DataType] = {
    "track": pl.String(),
    "mmsi": pl.String(),
    "start": INSTANT,
    "end": INSTANT,
    "hours": pl.Float64(),
    "start_point": pl.String(),
    "start_lat": pl.Float64(),
    "start_lon": pl.Float64(),
    "end_point": pl.String(),
    "end_lat": pl.Float64(),
    "end_lon": pl.Float64(),
    "entered": pl.Boolean(),
    "stopped": pl.Boolean(),
    "silent": pl.Boolean(),
    "left": pl.Boolean(),
    "confidence": pl.Int64(),
    "events": pl.Int64(),
    "known_at": INSTANT,
}


def port_visits(
    positions: pl.DataFrame,
    points: pl.DataFrame,
    options: PortOptions | None = None,
    *,
    until: datetime | None = None,
) -> pl.DataFrame:
    """The port visits of each track, with the columns of VISIT, by `track` and `start`.

    The arguments, and what they raise, are those of `port_events`; the columns are those of `visits`.
    """
    return visits(port_events(positions, points, options, until=until))


def visits(events: pl.DataFrame) -> pl.DataFrame:
    """The visits that the events of `port_events`, in their order, make up, with the columns of VISIT.

    A visit lasts from an entry, or the first event of a track, to an exit, or the last event of a track; `hours` is
    the time between them. It starts and ends at the port points of its first and last event. `entered` and `left` say
    whether it was seen to come and to go, `stopped` whether it stopped there, `silent` whether it was not heard for
    some hours there. `confidence` (of pipe-anchorages): 4 stopped or silent, entered and left; 3 one of the latter two;
    2 neither; 1 neither stopped nor silent. `known_at` is when the last of its reports was known.
    """
    kind, track = pl.col("kind"), pl.col("track")
    begins = (kind == "entry") | (kind.shift() == "exit") | (track != track.shift()).fill_null(True)
    found = (
        events.lazy()
        .with_columns(visit=begins.cum_sum())
        .group_by("visit", maintain_order=True)
        .agg(
            pl.col("track", "mmsi").first(),
            start=pl.col("at").first(),
            end=pl.col("at").last(),
            start_point=pl.col("point").first(),
            start_lat=pl.col("port_lat").first(),
            start_lon=pl.col("port_lon").first(),
            end_point=pl.col("point").last(),
            end_lat=pl.col("port_lat").last(),
            end_lon=pl.col("port_lon").last(),
            entered=(kind == "entry").any(),
            stopped=kind.is_in(["stop_begin", "stop_end"]).any(),
            silent=kind.is_in(["gap_begin", "gap_end"]).any(),
            left=(kind == "exit").any(),
            events=pl.len(),
            known_at=pl.col("known_at").max(),
        )
        .with_columns(confidence=_confidence())
        .collect()
    )
    length = (found["end"] - found["start"]).to_physical().to_numpy() / HOUR
    return found.with_columns(hours=pl.Series(np.asarray(length, dtype=np.float64))).select(
        pl.col(name).cast(dtype) for name, dtype in VISIT.items()
    )


def _confidence() -> pl.Expr:
    stayed = pl.col("stopped") | pl.col("silent")
    seen_to_come_or_go = pl.col("entered").cast(pl.Int64) + pl.col("left").cast(pl.Int64)
    return pl.when(stayed).then(2 + seen_to_come_or_go).otherwise(1)
