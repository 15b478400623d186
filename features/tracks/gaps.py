"""Silences: more than some hours between two reports of a track, or between the last one and the cut-off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.columns import NEEDED, in_order, require
from features.tracks.geodesy import KM_PER_NM, FloatArray, Grid, distance_km, spread
from features.tracks.reception import CELL_KM
from features.windows_keys import BoolArray, IntArray

HOUR = 3_600_000_000  # microseconds
FromShore = Callable[[FloatArray, FloatArray], FloatArray]
"""Distance from shore in km of points, given as latitudes and longitudes."""

RECEIVERS = ("terrestrial", "satellite")
GAP: dict[str, pl.DataType] = {
    "track": pl.String(),
    "mmsi": pl.String(),
    "start": INSTANT,
    "end": INSTANT,
    "hours": pl.Float64(),
    "start_lat": pl.Float64(),
    "start_lon": pl.Float64(),
    "end_lat": pl.Float64(),
    "end_lon": pl.Float64(),
    "distance_km": pl.Float64(),
    "implied_speed_kn": pl.Float64(),
    "start_shore_km": pl.Float64(),
    "end_shore_km": pl.Float64(),
    "before": pl.Int64(),
    "before_terrestrial": pl.Int64(),
    "before_satellite": pl.Int64(),
    "before_unknown": pl.Int64(),
    "others_heard": pl.Int64(),
    "others_reports_per_day": pl.Float64(),
    "suspected": pl.Boolean(),
    "known_at": INSTANT,
}


@dataclass(frozen=True)
class GapOptions:
    """What counts as a gap, and as a suspected disabling of the transponder.

    A gap is longer than `min_hours`. Suspected is one of at least `suspected_hours` that begins more than
    `suspected_nm` offshore, where other vessels were heard more than `suspected_reception` times a day, after at least
    `suspected_satellite` satellite reports in the `before_hours` before it: the rule of Welch and others, "Hot spots
    of unseen fishing vessels", Science Advances 8, 2022.
    """

    min_hours: float = 6.0
    before_hours: float = 12.0
    suspected_hours: float = 12.0
    suspected_nm: float = 50.0
    suspected_reception: float = 10.0
    suspected_satellite: int = 14

    @classmethod
    def compatible(cls, min_hours: float = 12.0) -> GapOptions:
        """The definition of pipe-gaps: as ours, with 12 hours unless told. It measures distance on the ellipsoid."""
        return cls(min_hours=min_hours)


def gaps(
    positions: pl.DataFrame,
    options: GapOptions | None = None,
    *,
    until: datetime | None = None,
    from_shore: FromShore | None = None,
    heard: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The gaps of each track, with the columns of GAP, by `track` and `start`.

    `positions` has the columns of POSITION and `track` (without one, a vessel is a track). `until`, an instant with a
    zone at or after every report, makes the silence after the last report of a track a gap too: its `end` and what
    rests on it are null, its `hours` reach until then. `from_shore` gives the distances from shore, `heard` is
    `reception` of all vessels; without them what rests on them is null. `before` counts the reports in the
    `before_hours` up to the report that the gap begins with, that one included; `before_unknown` those of them that
    have no receiver.
    `others_heard` is how many other vessels were heard in the cell of the start on its day (UTC), and
    `others_reports_per_day` how often each, on average; `suspected` is null where it hangs on what is not known.
    `known_at` is when the last of the reports that the row rests on was known, those of other vessels included.
    Raises ValueError on missing columns, on two reports of a track at an instant, and on an `until` before a report.
    """
    options = options or GapOptions()
    require(positions, (*NEEDED, "receiver"))
    rows = in_order(positions)
    at = rows["at"].to_physical().to_numpy()
    first = _first_of_track(rows["track"])
    start, end, hours = _silences(rows, at, first, options, until)
    closed = end < rows.height
    before_from = _since(at, np.maximum.accumulate(np.where(first, np.arange(at.size), 0)), start, options)
    frame = pl.DataFrame(
        {
            **_ends(rows, start, np.where(closed, end, start), closed),
            "hours": hours,
            **_before(rows, before_from, start, np.where(closed, end, start)),
        }
    )
    return among_others(_from_shore(frame, from_shore), heard, options)


def among_others(found: pl.DataFrame, heard: pl.DataFrame | None, options: GapOptions | None = None) -> pl.DataFrame:
    """Gaps that were found without `heard`, with what it tells: equal to those that `gaps` finds with it.

    So vessels can be looked at some at a time. Of `heard`, what is not at a `place_and_day` of the gaps is not read.
    """
    frame = _others(found, heard).with_columns(suspected=_suspected(options or GapOptions()))
    return frame.select(pl.col(name).cast(kind) for name, kind in GAP.items())


def place_and_day(found: pl.DataFrame) -> pl.DataFrame:
    """Per gap the `cell` of `reception` and the `day` in which it begins."""
    cell = Grid(CELL_KM).cell(found["start_lat"].to_numpy(), found["start_lon"].to_numpy())
    return found.select(cell=pl.Series(cell), day=pl.col("start").dt.date())


def _first_of_track(track: pl.Series) -> BoolArray:
    return (track != track.shift()).fill_null(True).to_numpy()


def _silences(
    rows: pl.DataFrame, at: IntArray, first: BoolArray, options: GapOptions, until: datetime | None
) -> tuple[IntArray, IntArray, FloatArray]:
    """The places of the reports before and after each gap, and its hours; an open gap ends after the last place."""
    least = round(options.min_hours * HOUR)
    end = np.flatnonzero(~first[1:] & (np.diff(at) > least)) + 1
    start, length = end - 1, at[end] - at[end - 1]
    if until is not None:
        stop = pl.Series([until], dtype=INSTANT).to_physical()[0]
        if at.size and stop < at.max():
            raise ValueError(
                f"needed reports until {until:%Y-%m-%d %H:%M:%S} UTC, found one at {rows['at'][int(at.argmax())]}; "
                "leave out those that were not known, or give a later `until`"
            )
        last = np.flatnonzero(np.append(first[1:], [True])[: at.size])
        last = last[stop - at[last] > least]
        start, end = np.concatenate([start, last]), np.concatenate([end, np.full(last.size, at.size)])
        length = np.concatenate([length, stop - at[last]])
        order = np.argsort(start, kind="stable")
        start, end, length = start[order], end[order], length[order]
    return start, end, length / HOUR


def _since(at: IntArray, track_from: IntArray, start: IntArray, options: GapOptions) -> IntArray:
    """The place of the first report of the track that is at most `before_hours` before each start. O(log n) steps."""
    low, high = track_from[start], start.copy()
    earliest = at[start] - round(options.before_hours * HOUR)
    while (low < high).any():
        middle = (low + high) // 2
        later = at[middle] >= earliest
        low, high = np.where(later, low, np.minimum(middle + 1, high)), np.where(later, middle, high)
    return low


def _ends(rows: pl.DataFrame, start: IntArray, end: IntArray, closed: BoolArray) -> dict[str, pl.Series]:
    begins, ends = rows[start], rows.select("at", "lat", "lon")[end]
    distance = distance_km(
        begins["lat"].to_numpy(), begins["lon"].to_numpy(), ends["lat"].to_numpy(), ends["lon"].to_numpy()
    )
    hours = (ends["at"] - begins["at"]).to_physical().to_numpy() / HOUR
    speed = distance / KM_PER_NM / np.where(closed, hours, 1)
    known = {"end": ends["at"], "end_lat": ends["lat"], "end_lon": ends["lon"]}
    known |= {"distance_km": pl.Series(distance), "implied_speed_kn": pl.Series(speed)}
    nothing = pl.Series([None])
    return {
        "track": begins["track"],
        "mmsi": begins["mmsi"],
        "start": begins["at"],
        "start_lat": begins["lat"],
        "start_lon": begins["lon"],
        **{name: values.zip_with(pl.Series(closed), nothing.cast(values.dtype)) for name, values in known.items()},
    }


def _before(rows: pl.DataFrame, begin: IntArray, start: IntArray, end: IntArray) -> dict[str, pl.Series]:
    """Counts of the reports from `begin` to `start` per gap, and the latest `known_at` of them and of `end`."""
    gap, step = spread(start - begin + 1)
    place = begin[gap] + step
    receiver = rows["receiver"][place]
    counts = {"before": pl.Series(start - begin + 1)}
    for name in RECEIVERS:
        counts[f"before_{name}"] = _per_gap(gap, (receiver == name).fill_null(False), start.size)
    counts["before_unknown"] = _per_gap(gap, receiver.is_null(), start.size)
    known = rows["known_at"].to_physical().to_numpy()
    latest = known[end]
    np.maximum.at(latest, gap, known[place])
    return {**counts, "known_at": pl.Series(latest).cast(INSTANT)}


def _per_gap(gap: IntArray, counted: pl.Series, size: int) -> pl.Series:
    return pl.Series(np.bincount(gap[counted.to_numpy()], minlength=size).astype(np.int64))


def _others(frame: pl.DataFrame, heard: pl.DataFrame | None) -> pl.DataFrame:
    if heard is None:
        return frame.with_columns(others_heard=None, others_reports_per_day=None)
    frame = pl.concat([frame, place_and_day(frame)], how="horizontal")
    place = ["cell", "day"]
    all_heard = (
        heard.join(frame.select(place).unique(), on=place, how="semi")
        .group_by(place)
        .agg(
            pl.len().alias("vessels"), pl.col("reports").sum(), latest=pl.col("known_at").sort(descending=True).head(2)
        )
        .with_columns(latest=pl.col("latest").list.get(0), second=pl.col("latest").list.get(1, null_on_oob=True))
    )
    own = heard.select(*place, "mmsi", own_reports="reports", own_known_at="known_at")
    frame = frame.join(all_heard, on=place, how="left", maintain_order="left")
    frame = frame.join(own, on=[*place, "mmsi"], how="left", maintain_order="left").with_columns(
        pl.col("vessels").fill_null(0) - pl.col("own_reports").is_not_null(),
        pl.col("reports") - pl.col("own_reports").fill_null(0),
        # Of two that are latest at one instant, one remains.
        others_known_at=pl.when(pl.col("own_known_at") == pl.col("latest")).then("second").otherwise("latest"),
    )
    vessels = frame["vessels"].cast(pl.Float64).to_numpy()
    reports = frame["reports"].cast(pl.Float64).fill_null(0.0).to_numpy()
    each = np.divide(reports, vessels, out=np.full(vessels.size, np.nan), where=vessels > 0)
    return frame.with_columns(
        known_at=pl.max_horizontal("known_at", "others_known_at"),
        others_heard=pl.col("vessels").cast(pl.Int64),
        others_reports_per_day=pl.Series(each, nan_to_null=True),
    )


def _from_shore(frame: pl.DataFrame, from_shore: FromShore | None) -> pl.DataFrame:
    if from_shore is None:
        return frame.with_columns(start_shore_km=None, end_shore_km=None)
    closed = frame["end"].is_not_null().to_numpy()
    end_km = np.full(frame.height, np.nan)
    ends = frame.filter(closed)
    end_km[closed] = from_shore(ends["end_lat"].to_numpy(), ends["end_lon"].to_numpy())
    start_km = from_shore(frame["start_lat"].to_numpy(), frame["start_lon"].to_numpy())
    return frame.with_columns(
        start_shore_km=pl.Series(start_km, dtype=pl.Float64), end_shore_km=pl.Series(end_km, nan_to_null=True)
    )


def _suspected(options: GapOptions) -> pl.Expr:
    """Kleene logic: false as soon as one condition fails, null where none fails but one is not known."""
    enough = pl.col("before_satellite") >= options.suspected_satellite
    perhaps = pl.col("before_satellite") + pl.col("before_unknown") >= options.suspected_satellite
    return (
        (pl.col("hours") >= options.suspected_hours)
        & (pl.col("start_shore_km").cast(pl.Float64) > options.suspected_nm * KM_PER_NM)
        & (pl.col("others_reports_per_day").cast(pl.Float64) > options.suspected_reception)
        & pl.when(enough).then(True).when(perhaps).then(None).otherwise(False)
    )
