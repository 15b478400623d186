"""Encounters as pipe-encounters defines them, to compare with: not used for features.

Runs are seen from one vessel: they end at an instant at which that vessel is observed without the other near by, so
that its own silence goes through as contact, and each pair comes twice, once from either side. Every UTC day stands by
itself. Read from compute_encounters.py and merge_encounters.py there.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.contact_measures import observed_share, reports_of, speeds_of
from features.tracks.contacts import Contacts
from features.tracks.geodesy import wrapped
from features.tracks.grouped import group_edges, latest, mean_degrees, medians
from features.tracks.resample import DAY, MINUTE, ResampleOptions
from features.tracks.sightings import Sightings

WEIGHTED = ("lat", "east", "north")


def published_encounters(
    seen: Sightings, pairs: Contacts, min_hours: float, merge_hours: float | None, options: ResampleOptions
) -> pl.DataFrame:
    """Raw encounters, both ways, with the columns of ENCOUNTER; or merged ones, where `merge_hours` is not null."""
    both = [_directed(seen, pairs, options), _directed(seen, Contacts(*_turned(seen, pairs)), options)]
    raw = pl.concat(both).filter(pl.col("end") - pl.col("start") >= pl.duration(minutes=round(min_hours * 60)))
    if merge_hours is None:
        return raw.sort("track", "other_track", "start")
    return _merged(raw, merge_hours)


def _turned(seen: Sightings, pairs: Contacts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    order = np.lexsort((seen.slot[pairs.one], seen.track[pairs.one], seen.track[pairs.other]))
    return pairs.other[order], pairs.one[order], pairs.distance_km[order]


def _directed(seen: Sightings, pairs: Contacts, options: ResampleOptions) -> pl.DataFrame:
    """All runs of contacts as the vessel of `one` saw them, with the columns of ENCOUNTER."""
    one, other, step = pairs.one, pairs.other, options.step_minutes * MINUTE
    day = seen.slot[one] // (DAY // step)
    # Within a track, positions are numbered without a hole: the next number is the next observation.
    goes_on = (np.diff(one) == 1) & (np.diff(seen.track[other]) == 0) & (np.diff(day) == 0)
    goes_on &= np.diff(seen.track[one]) == 0
    run = np.cumsum(np.append(False, ~goes_on))[: one.size]
    first, last = group_edges(run)
    number, speed = speeds_of(seen, pairs, run, options.step_minutes)
    number, speed = number[: number.size // 2], speed[: speed.size // 2]
    long = np.flatnonzero(last > first)
    median_speed = np.full(first.size, np.nan)
    median_speed[long] = medians(np.searchsorted(long, number), speed) if long.size else []
    lat, lon = mean_degrees(run, seen.lat[one], seen.lon[one])
    known = np.maximum(seen.known_at[one], seen.known_at[other])
    names, other_names = seen.names[seen.track[one[first]]], seen.names[seen.track[other[first]]]
    frame = pl.DataFrame(
        {
            "track": names["track"],
            "other_track": other_names["track"],
            "mmsi": names["mmsi"],
            "other_mmsi": other_names["mmsi"],
            "start": pl.Series(seen.slot[one[first]] * step).cast(INSTANT),
            "end": pl.Series(seen.slot[one[last]] * step).cast(INSTANT),
            "hours": (seen.slot[one[last]] - seen.slot[one[first]]) * options.step_minutes / 60,
            "runs": np.ones(first.size, dtype=np.int64),
            "lat": lat,
            "lon": lon,
            "start_lat": seen.lat[one[first]],
            "start_lon": seen.lon[one[first]],
            "end_lat": seen.lat[one[last]],
            "end_lon": seen.lon[one[last]],
            "median_distance_km": medians(run, pairs.distance_km),
            "median_speed_kn": median_speed,
            "observed_share": observed_share(seen, one, other, first, last),
            "reports": reports_of(seen, one, run),
            "other_reports": reports_of(seen, other, run),
            "known_at": pl.Series(latest(run, known)).cast(INSTANT),
        }
    )
    return frame.filter(pl.Series(last > first))


def _merged(raw: pl.DataFrame, merge_hours: float) -> pl.DataFrame:
    """Raw encounters of a pair, seen from either side, less than `merge_hours` apart: means weighted by their length,
    medians of medians."""
    turned = pl.col("other_track") < pl.col("track")
    ordered = raw.sort("start", "end", "track", "other_track").with_columns(
        pl.when(turned).then(theirs).otherwise(own).alias(own)
        for own, theirs in _both_ways(("track", "mmsi", "reports"))
    )
    pair = ["track", "other_track"]
    before = pl.col("end").cum_max().shift().over(pair)
    apart = (pl.col("start") - before >= pl.duration(minutes=round(merge_hours * 60))).fill_null(True)
    radians = pl.col("lon").radians()
    weighed = ordered.with_columns(
        event=apart.cum_sum().over(pair), east=radians.sin(), north=radians.cos(), weight=pl.col("hours")
    )
    total = pl.col("weight").sum()
    merged = weighed.group_by(*pair, "event", maintain_order=True).agg(
        pl.col("mmsi", "other_mmsi").first(),
        pl.col("start").min(),
        pl.col("end").max(),
        pl.col("hours", "runs", "reports", "other_reports").sum(),
        *((pl.col(name) * pl.col("weight")).sum().truediv(total).alias(name) for name in WEIGHTED),
        pl.col("start_lat", "start_lon").sort_by("start", maintain_order=True).first(),
        pl.col("end_lat", "end_lon").sort_by("end", descending=True, maintain_order=True).first(),
        pl.col("median_distance_km", "median_speed_kn").median(),
        (pl.col("observed_share") * pl.col("weight")).sum().truediv(total),
        pl.col("known_at").max(),
    )
    lon = np.degrees(np.arctan2(merged["east"].to_numpy(), merged["north"].to_numpy()))
    return merged.with_columns(lon=pl.Series(wrapped(lon))).sort(*pair, "start")


def _both_ways(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [pair for name in names for pair in ((name, f"other_{name}"), (f"other_{name}", name))]
