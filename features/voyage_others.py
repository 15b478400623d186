"""The reports of other vessels that may have met a pair's vessel at sea: those near it, and of the hours about that.

More reports than needed change no encounter, fewer may: every bound here is on the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.tracks.geodesy import Grid
from features.tracks.port_distance import port_km
from features.voyage_reports import Reports, reports_of

HOUR = 3_600_000_000  # microseconds
# Vessels in contact are half a kilometre apart at instants that lie between reports less than an hour apart. At half of
# the contacts at least they are slow, so that reports half an hour away are a few kilometres away.
NEAR_KM = 10.0
IN_PORT_KM, IN_PORT_DEGREES = 4.0, 0.05  # no contact counts within 10 km of port
AROUND = 3  # hours before and after: runs that are 4 hours apart are one encounter


@dataclass(frozen=True)
class Others:
    """`reports` of others, and when to look at them: `meetings` has vessel (code of own reports), other (code of those
    of others), `begin`, `end` (microseconds, not included)."""

    reports: Reports
    meetings: pl.DataFrame


def others_near(position: pl.DataFrame, own: Reports, span: tuple[int, int]) -> Others:
    """Who was near the vessels of `own` at sea between two instants, whenever that became known."""
    first, last = span
    hours = _hours_at_sea(own, first, last)
    if not hours.height:
        return Others(reports_of(position.head(0), pl.Series([], dtype=pl.String)), pl.DataFrame(schema=_MEETING))
    grid = Grid(2.2 * NEAR_KM)
    place, cell = grid.touched(hours["lat"].to_numpy(), hours["lon"].to_numpy(), NEAR_KM)
    touched = hours.select("vessel", "hour")[place].with_columns(cell=pl.Series(cell)).unique()
    about = pl.concat([touched.with_columns(pl.col("hour") + step, near="hour") for step in (-1, 0, 1)])
    low, high = (pl.lit(instant - 4 * HOUR * (1 if instant == first else -1)).cast(pl.Int64) for instant in span)
    at = pl.col("at").to_physical()
    placed = pl.col("lat").is_between(-90, 90) & pl.col("lon").is_between(-180, 180)
    all_rows = position.filter((at >= low) & (at < high) & placed).select("mmsi", "lat", "lon", hour=at // HOUR)
    cells = grid.cell(all_rows["lat"].to_numpy(), all_rows["lon"].to_numpy())
    heard = all_rows.select("mmsi", "hour", cell=pl.Series(cells, dtype=pl.Int64)).unique()
    near = about.join(heard, on=["cell", "hour"]).select("vessel", "near", "mmsi").unique()
    near = near.filter(near["mmsi"] != own.mmsi.gather(near["vessel"]))
    others = reports_of(position, near["mmsi"].unique())
    near = near.with_columns(other=pl.Series(others.codes(near["mmsi"]), dtype=pl.Int64))
    return Others(others, _stretches(near))


_MEETING = {"vessel": pl.Int64(), "other": pl.Int64(), "begin": pl.Int64(), "end": pl.Int64()}


def _hours_at_sea(own: Reports, first: int, last: int) -> pl.DataFrame:
    """The reports between two instants that are not of an hour in port: `vessel`, `hour`, `lat`, `lon`.

    An hour is in port when all reports of it and of the hours beside it are, close to each other: what lies between
    them is then in port too.
    """
    lat, lon = own.rows["lat"].to_numpy(), own.rows["lon"].to_numpy()
    chosen = np.flatnonzero((own.at >= first) & (own.at < last) & (np.abs(lat) <= 90) & (np.abs(lon) <= 180))
    frame = pl.DataFrame(
        {
            "vessel": own.vessel[chosen],
            "hour": own.at[chosen] // HOUR,
            "lat": lat[chosen],
            "lon": lon[chosen],
            "port_km": port_km()(lat[chosen], lon[chosen]),
        }
    )
    value = pl.col("lat", "lon")
    by_hour = frame.group_by("vessel", "hour").agg(
        value.min().name.suffix("_low"), value.max().name.suffix("_high"), far=pl.col("port_km").max()
    )
    about = pl.concat([by_hour.with_columns(pl.col("hour") + step) for step in (-1, 0, 1)])
    width = [pl.col(f"{name}_high").max() - pl.col(f"{name}_low").min() for name in ("lat", "lon")]
    still = pl.all_horizontal(one < IN_PORT_DEGREES for one in width) & (pl.col("far").max() <= IN_PORT_KM)
    in_port = about.group_by("vessel", "hour").agg(in_port=still).filter("in_port")
    return frame.join(in_port, on=["vessel", "hour"], how="anti").select("vessel", "hour", "lat", "lon")


def _stretches(near: pl.DataFrame) -> pl.DataFrame:
    """Hours near each other as stretches with AROUND hours about them; those that touch are one."""
    ordered = near.unique(["vessel", "other", "near"]).sort("vessel", "other", "near")
    same = (pl.col("vessel") == pl.col("vessel").shift()) & (pl.col("other") == pl.col("other").shift())
    goes_on = same & (pl.col("near") - pl.col("near").shift() <= 2 * AROUND + 1)
    stretches = ordered.with_columns(stretch=(~goes_on.fill_null(False)).cum_sum())
    return (
        stretches.group_by("stretch", maintain_order=True)
        .agg(
            pl.col("vessel", "other").first().cast(pl.Int64),
            begin=(pl.col("near").first() - AROUND) * HOUR,
            end=(pl.col("near").last() + AROUND + 1) * HOUR,
        )
        .drop("stretch")
    )
