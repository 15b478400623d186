"""What vessels did at sea, by the reports known at each cut-off: the events of features/tracks.

The events of a pair are those of a pass over nothing but its vessel's reports that were visible at its cut-off, and for
encounters those of the vessels near it. So a late report changes the nights after it came and none before.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.clean import clean
from features.tracks.draught import draught_changes
from features.tracks.encounters import encounters
from features.tracks.fishing import fishing
from features.tracks.geodesy import KM_PER_NM, FloatArray, distance_km
from features.tracks.loitering import loitering
from features.tracks.port_distance import port_km
from features.tracks.port_visits import port_visits
from features.tracks.ports import port_points
from features.tracks.shore import shore_km
from features.voyage_reports import Reports
from features.voyage_runs import Batch, batch_of, parts, run_sizes, runs_of

HOUR = 3_600_000_000  # microseconds
SHARED_KN, SHARED_KM = 60.0, 10.0  # faster than a ship, and farther than a position errs
VISIT_CONFIDENCE = 2
ONE_STAY = pl.duration(hours=6)  # from the roads to the berth


KINDS = ("visits", "encounters", "loitering", "fishing", "draught", "jumps")


def events_of(periods: pl.DataFrame, reports: Reports, meetings: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The events of each of KINDS of the pairs whose MMSIs are in `periods` (features.voyage_reports.mmsi_periods).

    `meetings` are those of their vessels (features.voyage_others). Columns: `pair`, `start`, `end`, and those of the
    kind; in order of pair and start. Port visits are those of confidence 2 and more, those less than ONE_STAY apart
    being one.
    """
    found = runs_of(periods, reports, meetings)
    by_run = _of_runs(found.runs, reports, meetings)
    asked = found.asked.with_columns(pl.col("begin", "end").cast(INSTANT)).rename({"begin": "from", "end": "to"})
    by_pair = {name: _of_pairs(asked, frame, whole=name == "visits") for name, frame in by_run.items()}
    return by_pair | {"visits": joined(by_pair["visits"])}


def _of_pairs(asked: pl.DataFrame, events: pl.DataFrame, whole: bool) -> pl.DataFrame:
    """The events of a pair: those that begin in the part of a run that is asked for, or `whole`, that touch it."""
    begun = (pl.col("start") < pl.col("to")) & ((pl.col("end") if whole else pl.col("start")) >= pl.col("from"))
    rows = asked.join(events, on="run").filter(begun)
    order = [name for name in ("mmsi", "other_mmsi", "lat", "start_lat", "lon", "start_lon") if name in rows.columns]
    return rows.drop("run", "from", "to").sort("pair", "start", "end", *order)


def joined(visits: pl.DataFrame) -> pl.DataFrame:
    """Visits of a pair less than ONE_STAY apart as one: `pair`, `start`, `end`, and the point where it began."""
    reach = pl.col("end").cum_max().over("pair").shift()
    another = (pl.col("pair") != pl.col("pair").shift()) | (pl.col("start") > reach + ONE_STAY)
    return (
        visits.with_columns(visit=another.fill_null(True).cum_sum())
        .group_by("visit", maintain_order=True)
        .agg(
            pl.col("pair", "start").first(),
            pl.col("end").max(),
            pl.col("start_point", "start_lat", "start_lon").first(),
        )
        .drop("visit")
    )


def _of_runs(runs: pl.DataFrame, reports: Reports, meetings: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The events of each of KINDS of all runs, with `run`; some runs at a time, as many times at once as polars has
    threads."""

    def of_part(part: slice) -> dict[str, pl.DataFrame]:
        return _of_batch(batch_of(runs, part, reports, meetings), runs["gear"][part], reports)

    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        found = list(threads.map(of_part, parts(run_sizes(runs, reports))))
    return {name: pl.concat(part[name] for part in found) for name in KINDS}


def _of_batch(batch: Batch, gears: pl.Series, reports: Reports) -> dict[str, pl.DataFrame]:
    cleaned = clean(batch.own).positions
    visits = port_visits(cleaned, port_points()).filter(pl.col("confidence") >= VISIT_CONFIDENCE)
    found = {
        "visits": visits.select("mmsi", "start", "end", "start_point", "start_lat", "start_lon"),
        "encounters": _encounters(cleaned, batch),
        "loitering": loitering(cleaned, from_shore=shore_km_of_distinct),
        "fishing": fishing(cleaned, batch.of_runs(gears.alias("gear"))),
        "draught": draught_changes(cleaned, visits=visits),
        "jumps": _jumps(batch.own),
    }
    left_out = pl.exclude("track", "other_track", "known_at")
    return {name: batch.back(frame.select(left_out), reports, "start", "end") for name, frame in found.items()}


def _encounters(cleaned: pl.DataFrame, batch: Batch) -> pl.DataFrame:
    """Encounters of the runs' vessels with others: a run's own vessel has the lower name, and so comes first."""
    columns = ["track", "mmsi", "at", "lat", "lon", "known_at"]
    both = pl.concat([batch.near(cleaned.select(columns)), batch.others.select(columns)])
    both = both.sort(both["mmsi"].cast(pl.Int64), maintain_order=True)
    found = encounters(both, from_port=port_km())
    return found.filter(batch.is_own(found["mmsi"]))


def _jumps(own: pl.DataFrame) -> pl.DataFrame:
    """Where the next report of an MMSI is farther away than any ship gets by then: `mmsi`, `start` and `end` (instants
    of the two reports), `start_lat`, `start_lon`, `km`."""
    rows = own.sort("mmsi", "at", "known_at", "source", "lat", "lon")
    lat, lon, at = rows["lat"].to_numpy(), rows["lon"].to_numpy(), rows["at"].to_physical().to_numpy()
    same = (rows["mmsi"] == rows["mmsi"].shift()).fill_null(False).to_numpy()[1:]
    km = distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:])
    fast = same & (km > SHARED_KM) & (km / KM_PER_NM * HOUR > SHARED_KN * np.diff(at))
    place = np.flatnonzero(fast)
    begins = rows[place].select("mmsi", start="at", start_lat="lat", start_lon="lon")
    return begins.with_columns(end=rows["at"][place + 1], km=pl.Series(km[place], dtype=pl.Float64))


def shore_km_of_distinct(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """`shore_km`, measured once for each place: copies of a vessel's reports hold the same ones."""
    places, of = np.unique(np.stack([lat, lon]), axis=1, return_inverse=True)
    return shore_km(places[0], places[1])[of.ravel()]
