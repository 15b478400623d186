"""What a vessel does at ports: it enters, stops, falls silent, leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.columns import NEEDED, in_order, require
from features.tracks.near_ports import NearPorts
from features.windows_keys import BoolArray, IntArray

HOUR = 3_600_000_000  # microseconds
KINDS = ("entry", "seen", "gap_begin", "gap_end", "stop_begin", "stop_end", "exit")
"""In the order in which they stand where they happen at one instant."""
POINT_COLUMNS = ("point", "lat", "lon")


@dataclass(frozen=True)
class PortOptions:
    """When a vessel is in port and when it has stopped there: definitions of pipe-anchorages (Global Fishing Watch).

    It enters within `enter_km` of a port point and leaves at `leave_km`; it stops at `stop_begin_kn` and no longer at
    `stop_end_kn`; in port, `gap_hours` without a report are a gap. With `from_the_first`, a track that begins in port
    is seen there from its first report to its last, and a stop that its first report shows counts; without, only what
    changes is an event.
    """

    enter_km: float = 3.0
    leave_km: float = 4.0
    stop_begin_kn: float = 0.2
    stop_end_kn: float = 0.5
    gap_hours: float = 4.0
    from_the_first: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.enter_km < self.leave_km or not 0 <= self.stop_begin_kn < self.stop_end_kn:
            raise ValueError(
                "needed 0 < enter_km < leave_km and 0 <= stop_begin_kn < stop_end_kn, found "
                f"{self.enter_km}, {self.leave_km}, {self.stop_begin_kn} and {self.stop_end_kn}; mend the settings"
            )

    @classmethod
    def compatible(cls) -> PortOptions:
        """The definition of pipe-anchorages."""
        return cls(from_the_first=False)


def port_events(
    positions: pl.DataFrame,
    points: pl.DataFrame,
    options: PortOptions | None = None,
    *,
    until: datetime | None = None,
) -> pl.DataFrame:
    """The port events of each track: `track`, `mmsi`, `at`, `kind` (one of KINDS), `point`, `port_lat`, `port_lon`,
    `known_at`; by track, instant and kind in the order of KINDS.

    `positions` has the columns of POSITION and `track` (without one, a vessel is a track). `points` are port points:
    `point` (a name of its own, text), `lat`, `lon`; of two equally near the one with the smaller name counts. A report
    without speed leaves a vessel stopped or moving, as it was. A gap begins `gap_hours` after the report before it.
    `until`, an instant with a zone, lets a gap begin after the last report too. Every event is at the point that was
    nearest when the vessel was last in port; it rests on the reports since the one before the vessel came there.
    Raises ValueError on missing columns or points, and on two reports of a track at an instant.
    """
    options = options or PortOptions()
    require(positions, (*NEEDED, "speed_kn"))
    points = _checked(points)
    rows = in_order(positions)
    near = NearPorts(points["lat"].to_numpy(), points["lon"].to_numpy(), options.leave_km)
    nearest, distance = near.nearest(rows["lat"].to_numpy(), rows["lon"].to_numpy())
    first = (rows["track"] != rows["track"].shift()).fill_null(True).to_numpy()
    inside = _held(distance <= options.enter_km, distance >= options.leave_km, first)
    speed = rows["speed_kn"].fill_null(np.nan).to_numpy()
    stopped = _held(inside & (speed <= options.stop_begin_kn), ~inside | (speed >= options.stop_end_kn), first)
    at = rows["at"].to_physical().to_numpy()
    stop = None if until is None else int(pl.Series([until], dtype=INSTANT).to_physical()[0])
    row, kind, instant = _changes(at, first, inside, stopped, options, stop)
    inside_at = np.where(inside[row], row, row - 1)
    place = nearest[inside_at]
    return pl.DataFrame(
        {
            "track": rows["track"][row],
            "mmsi": rows["mmsi"][row],
            "at": pl.Series(instant).cast(INSTANT),
            "kind": pl.Series(KINDS)[kind],
            "point": points["point"][place],
            "port_lat": points["lat"][place],
            "port_lon": points["lon"][place],
            "known_at": _known_at(rows, row, inside_at, _begun(first, inside)),
        }
    )


def _checked(points: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in POINT_COLUMNS if name not in points.columns]
    repeated = 0 if missing else points.height - points["point"].n_unique()
    if missing or repeated or not points.height:
        raise ValueError(
            f"needed port points, at least one, each `point` once, with {', '.join(POINT_COLUMNS)}; found "
            f"{points.height} with {', '.join(points.columns)}, {repeated} of them again; "
            "mend the points, or take those of features.tracks.ports"
        )
    return points.sort("point")


def _held(begins: BoolArray, ends: BoolArray, first: BoolArray) -> BoolArray:
    """Hysteresis: true from a row that begins it until one that ends it; a track starts with false."""
    told = begins | ends | first
    last_told = np.maximum.accumulate(np.where(told, np.arange(told.size), 0))
    return begins[last_told] if told.size else begins


def _changes(
    at: IntArray, first: BoolArray, inside: BoolArray, stopped: BoolArray, options: PortOptions, until: int | None
) -> tuple[IntArray, IntArray, IntArray]:
    """Row, kind and instant of every event, in order."""
    was_inside, was_stopped = _before(inside, first), _before(stopped, first)
    since = np.diff(at, prepend=at[:1])
    gap = round(options.gap_hours * HOUR)
    silent = was_inside & (since >= gap)
    last = np.append(first[1:], [True])[: at.size]
    seen = inside & options.from_the_first
    found = {
        "entry": inside & ~was_inside & ~first,
        "seen": seen & (first | last),
        "gap_begin": silent,
        "gap_end": silent,
        "stop_begin": stopped & ~was_stopped & (seen | ~first),
        "stop_end": was_stopped & ~stopped,
        "exit": was_inside & ~inside,
    }
    rows, kinds, instants = [], [], []
    for kind, name in enumerate(KINDS):
        row = np.flatnonzero(found[name])
        instant = at[row - 1] + gap if name == "gap_begin" else at[row]
        if name == "gap_begin" and until is not None:
            silent_since = np.flatnonzero(last & inside)
            silent_since = silent_since[until - at[silent_since] >= gap]
            row, instant = np.concatenate([row, silent_since]), np.concatenate([instant, at[silent_since] + gap])
        rows.append(row)
        kinds.append(np.full(row.size, kind))
        instants.append(instant)
    row, instant, kind_of = np.concatenate(rows), np.concatenate(instants), np.concatenate(kinds)
    track = np.cumsum(first)
    order = np.lexsort((kind_of, instant, track[row]))
    return row[order], kind_of[order], instant[order]


def _before(state: BoolArray, first: BoolArray) -> BoolArray:
    """The state at the row before; false at the first of a track."""
    return np.append([False], state[:-1])[: state.size] & ~first


def _begun(first: BoolArray, inside: BoolArray) -> IntArray:
    """Per row in port, the row at which it came there, or the one before, if that is of the same track."""
    begun = np.maximum.accumulate(np.where(inside & ~_before(inside, first), np.arange(first.size), 0))
    return np.where(first[begun], begun, begun - 1)


def _known_at(rows: pl.DataFrame, row: IntArray, inside_at: IntArray, begun: IntArray) -> pl.Series:
    """When the last report was known from the one before the vessel came to port to that of the event."""
    stay = begun[inside_at]
    begin = np.maximum(stay, np.append([0], row[:-1])[: row.size])
    known = rows["known_at"].to_physical().to_numpy()
    edges = np.stack([begin, row + 1], axis=1).ravel()
    latest = np.maximum.reduceat(np.append(known, [0]), edges)[::2] if row.size else row
    frame = pl.DataFrame({"stay": stay, "known_at": pl.Series(latest).cast(INSTANT)})
    return frame.select(pl.col("known_at").cum_max().over("stay")).to_series()
