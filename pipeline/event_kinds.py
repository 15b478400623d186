"""The kinds of events that the verb `tracks` finds in position reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from features.contract import INSTANT
from features.tracks.clean import CleanOptions
from features.tracks.columns import POSITION
from features.tracks.draught import DRAUGHT_CHANGE, DraughtOptions, draught_changes
from features.tracks.encounters import ENCOUNTER, EncounterOptions
from features.tracks.fishing import FISHING, FishingOptions, fishing
from features.tracks.gaps import GAP, GapOptions, gaps
from features.tracks.loitering import LOITERING, LoiteringOptions, loitering
from features.tracks.port_events import PortOptions
from features.tracks.port_visits import VISIT, port_visits
from features.tracks.ports import port_points
from features.tracks.segments import SegmentOptions
from features.tracks.shore import shore_km

SEGMENT: dict[str, pl.DataType] = {
    "track": pl.String(),
    "mmsi": pl.String(),
    "start": INSTANT,
    "end": INSTANT,
    "reports": pl.Int64(),
    "start_lat": pl.Float64(),
    "start_lon": pl.Float64(),
    "end_lat": pl.Float64(),
    "end_lon": pl.Float64(),
    "known_at": INSTANT,
}


class Beside(NamedTuple):
    """What some kinds read beside the reports of a block: the instant as of which is asked, the gears of vessels."""

    until: datetime | None
    gears: pl.DataFrame | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of event: the columns of its file, its options, those of the public definition where there is one, and
    what finds it in cleaned reports of some vessels: null for encounters, which need all vessels. What other vessels
    tell about gaps is missing too."""

    columns: dict[str, pl.DataType]
    options: Callable[[], Any]
    compatible: Callable[[], Any] | None
    find: Callable[[pl.DataFrame, Any, Beside], pl.DataFrame] | None


def _segments(rows: pl.DataFrame, _: Any, __: Beside) -> pl.DataFrame:
    places = {f"start_{name}": pl.col(name).first() for name in ("lat", "lon")}
    places |= {f"end_{name}": pl.col(name).last() for name in ("lat", "lon")}
    found = rows.group_by("track", maintain_order=True).agg(
        pl.col("mmsi").first(),
        start=pl.col("at").first(),
        end=pl.col("at").last(),
        reports=pl.len(),
        known_at=pl.col("known_at").max(),
        **places,
    )
    return found.select(pl.col(name).cast(kind) for name, kind in SEGMENT.items())


def _draught(rows: pl.DataFrame, options: DraughtOptions, beside: Beside) -> pl.DataFrame:
    return draught_changes(rows, options, visits=port_visits(rows, port_points(), until=beside.until))


def _fishing(rows: pl.DataFrame, options: FishingOptions, beside: Beside) -> pl.DataFrame:
    if beside.gears is None:
        raise ValueError("needed the gears of vessels to find fishing, found none; give them in `beside`")
    return fishing(rows, beside.gears, options)


def _compatible_clean() -> CleanOptions:
    return CleanOptions(segments=SegmentOptions.compatible())


KINDS: dict[str, Kind] = {
    "clean": Kind({"track": pl.String(), **POSITION}, CleanOptions, _compatible_clean, lambda rows, _, __: rows),
    "segments": Kind(SEGMENT, CleanOptions, _compatible_clean, _segments),
    "gaps": Kind(
        GAP,
        GapOptions,
        GapOptions.compatible,
        lambda rows, options, b: gaps(rows, options, until=b.until, from_shore=shore_km),
    ),
    "port-visits": Kind(
        VISIT,
        PortOptions,
        PortOptions.compatible,
        lambda rows, options, b: port_visits(rows, port_points(), options, until=b.until),
    ),
    "encounters": Kind(ENCOUNTER, EncounterOptions, EncounterOptions.compatible, None),
    "loitering": Kind(LOITERING, LoiteringOptions, None, lambda rows, options, _: loitering(rows, options)),
    "fishing": Kind(FISHING, FishingOptions, None, _fishing),
    "draught": Kind(DRAUGHT_CHANGE, DraughtOptions, None, _draught),
}
