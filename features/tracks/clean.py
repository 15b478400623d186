"""Position reports made fit for events: what says nothing is left out and counted, and each report gets its track."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from features.tracks.columns import POSITION, as_positions, by_vessel
from features.tracks.geodesy import distance_km
from features.tracks.segments import SegmentOptions, segments
from features.windows_keys import BoolArray, IntArray

TENTHS_NOT_AVAILABLE = (512.0, 630.0, 1023.0)  # of a knot: 51.2, 63.0 and 102.3, values that stand for no speed


class Cleaned(NamedTuple):
    """Reports with `track` before the columns of POSITION, by track and instant; and how many were left out, and how
    many are odd, by reason."""

    positions: pl.DataFrame
    dropped: dict[str, int]
    odd: dict[str, int]


@dataclass(frozen=True)
class CleanOptions:
    """Of the reports of one MMSI at one instant, those less than `same_place_km` apart are one report.

    A report that was known more than `ahead_hours` before it was made, or more than `behind_days` after, has a wrong
    clock (10 years is less than the 1,024 weeks by which GPS receivers fall back). `segments` says what a ship reaches.
    """

    same_place_km: float = 1.0
    ahead_hours: float = 1.0
    behind_days: float = 3653.0
    segments: SegmentOptions = field(default_factory=SegmentOptions)


def clean(
    positions: pl.DataFrame, options: CleanOptions | None = None, *, fastest: pl.DataFrame | None = None
) -> Cleaned:
    """Cleaned reports, each with the track that it belongs to: `mmsi/1`, `mmsi/2` and so on, as they appear.

    `positions` is any frame with the columns of POSITION. Left out, each for the first reason that holds, are reports
    with `nothing_to_place` (no MMSI, instant or position), `off_the_map` (which coordinates that were swapped often
    are; 91 and 181 degrees stand for no position), with a `clock_ahead` or a `clock_behind`, those `repeated` (same
    MMSI, instant and position) and those of the `same_instant` at another place near by. Of reports that are one, the
    one that was known first stays. Odd but kept are `no_speed` and `no_course` (values that stand for none become
    null), `mmsi_not_9_digits`, and `in_another_track` than the first of their MMSI.
    `fastest` may give the speed in knots that a vessel can make, by its class: `mmsi`, `max_speed_kn`, each MMSI once;
    for others, `options.segments` tells. Raises ValueError on missing columns and instants without a zone.
    """
    options = options or CleanOptions()
    rows = as_positions(positions)
    rows, dropped = _usable(rows, options)
    # Where a vessel has two reports at an instant, their order is settled later: few have.
    rows = by_vessel(rows, "mmsi")
    rows, odd = _without_placeholders(rows)
    rows, again = _one_an_instant(rows, options)
    rows, others = _with_tracks(rows, options.segments, fastest)
    return Cleaned(rows, dropped | again, odd | {"in_another_track": others})


def _usable(rows: pl.DataFrame, options: CleanOptions) -> tuple[pl.DataFrame, dict[str, int]]:
    delay = pl.col("known_at") - pl.col("at")
    placed = pl.all_horizontal(pl.col("mmsi", "at", "known_at").is_not_null(), pl.col("lat", "lon").is_finite())
    reasons = {
        "nothing_to_place": ~placed.fill_null(False),
        "off_the_map": (pl.col("lat").abs() > 90) | (pl.col("lon").abs() > 180),
        "clock_ahead": delay < -pl.duration(seconds=round(options.ahead_hours * 3600)),
        "clock_behind": delay > pl.duration(seconds=round(options.behind_days * 86400)),
    }
    reason = pl.coalesce(pl.when(holds).then(pl.lit(name)) for name, holds in reasons.items())
    told = rows.select(reason.alias("reason")).to_series()
    counts = dict(told.drop_nulls().value_counts().iter_rows())
    dropped = {name: int(counts.get(name, 0)) for name in reasons}
    return (rows.filter(told.is_null()) if counts else rows), dropped


def _without_placeholders(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    tenths = (pl.col("speed_kn") * 10).round()
    speed_told = pl.col("speed_kn").is_finite() & (tenths >= 0) & (tenths < 1023) & ~tenths.is_in(TENTHS_NOT_AVAILABLE)
    course_told = pl.col("course_deg").is_finite() & (pl.col("course_deg") >= 0) & (pl.col("course_deg") < 360)
    rows = rows.with_columns(
        speed_kn=pl.when(speed_told).then("speed_kn"), course_deg=pl.when(course_told).then("course_deg")
    )
    odd = {
        "no_speed": rows["speed_kn"].null_count(),
        "no_course": rows["course_deg"].null_count(),
        "mmsi_not_9_digits": _not_9_digits(rows["mmsi"]),
    }
    return rows, odd


def _not_9_digits(mmsi: pl.Series) -> int:
    """How many of the reports, by MMSI, have one that is not nine digits; each MMSI is looked at once."""
    first = np.flatnonzero((mmsi != mmsi.shift()).fill_null(True).to_numpy())
    good = mmsi[first].str.contains("^[0-9]{9}$").to_numpy()
    return int(np.diff(first, append=mmsi.len())[~good].sum())


def _one_an_instant(rows: pl.DataFrame, options: CleanOptions) -> tuple[pl.DataFrame, dict[str, int]]:
    """Without all but one of the reports of a vessel at an instant and about one place; tied rows in a settled order.

    In rounds: the first report of each instant is kept, and what is near it goes; O(reports * ships on one MMSI).
    """
    same = (pl.col("mmsi") == pl.col("mmsi").shift()) & (pl.col("at") == pl.col("at").shift())
    again = rows.select(same.fill_null(False)).to_series().to_numpy()
    tied = again | np.append(again[1:], [False])[: again.size]
    dropped = {"repeated": 0, "same_instant": 0}
    if not tied.any():
        return rows, dropped
    place = np.flatnonzero(tied)
    order = ("mmsi", "at", "known_at", *(name for name in POSITION if name not in ("mmsi", "at", "known_at")))
    settled = rows[place].with_columns(place=pl.Series(place)).sort(order)
    kept, dropped = _apart(settled, np.cumsum(~again[place]), options)
    # Those that are tied trade places among themselves alone.
    from_place, stays = np.arange(rows.height), np.ones(rows.height, dtype=np.bool_)
    from_place[place], stays[place] = settled["place"].to_numpy(), kept
    return rows[from_place[stays]], dropped


def _apart(tied: pl.DataFrame, group: IntArray, options: CleanOptions) -> tuple[BoolArray, dict[str, int]]:
    lat, lon = tied["lat"].to_numpy(), tied["lon"].to_numpy()
    kept = np.zeros(group.size, dtype=np.bool_)
    dropped = {"repeated": 0, "same_instant": 0}
    left = np.arange(group.size)
    while left.size:
        first = np.append([True], group[left][1:] != group[left][:-1])
        kept[left[first]] = True
        of = left[np.maximum.accumulate(np.where(first, np.arange(left.size), 0))]
        equal = ~first & (lat[left] == lat[of]) & (lon[left] == lon[of])
        near = distance_km(lat[left], lon[left], lat[of], lon[of]) < options.same_place_km
        dropped["repeated"] += int(equal.sum())
        dropped["same_instant"] += int((near & ~equal & ~first).sum())
        left = left[~first & ~near & ~equal]
    return kept, dropped


def _with_tracks(rows: pl.DataFrame, options: SegmentOptions, fastest: pl.DataFrame | None) -> tuple[pl.DataFrame, int]:
    vessel = (rows["mmsi"] != rows["mmsi"].shift()).fill_null(True).cum_sum().cast(pl.Int64).to_numpy()
    number = segments(
        vessel,
        rows["at"].to_physical().to_numpy(),
        rows["lat"].to_numpy(),
        rows["lon"].to_numpy(),
        _speeds(rows, options, fastest),
        options,
    )
    rows = rows.select(pl.concat_str("mmsi", pl.Series(number).cast(pl.String), separator="/").alias("track"), pl.all())
    others = number > 1
    if others.any():
        # As texts are ordered: mmsi/10 stands before mmsi/2.
        as_text = np.argsort(np.argsort(np.arange(int(number.max()) + 1).astype(str)))
        place = np.flatnonzero(np.isin(vessel, vessel[others], kind="table"))
        order = np.arange(rows.height)
        order[place] = place[np.lexsort((as_text[number[place]], vessel[place]))]
        rows = rows[order]
    return rows, int(others.sum())


def _speeds(rows: pl.DataFrame, options: SegmentOptions, fastest: pl.DataFrame | None) -> np.ndarray:
    if fastest is None:
        return np.full(rows.height, options.max_speed_kn)
    speed = pl.col("max_speed_kn").cast(pl.Float64).fill_null(options.max_speed_kn)
    found = rows.select("mmsi").join(fastest, on="mmsi", how="left", maintain_order="left", validate="m:1")
    return found.select(speed).to_series().to_numpy()
