"""Which vessels may have met a pair's vessel at sea, and when: whose reports to look at for encounters.

More reports than needed change no encounter, fewer may: every bound here is on the safe side.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from features.tracks.bounded import at_least
from features.tracks.encounters import EncounterOptions
from features.tracks.geodesy import KM_PER_NM, distance_km, spread
from features.tracks.port_distance import port_km
from features.voyage_hours import HOUR, Hours, hours_of, touching
from features.voyage_reports import DAY, Reports
from features.windows_keys import BoolArray, IntArray

ENCOUNTER = EncounterOptions()
# What lies between reports that are so close to port and to each other is within 8 km of port: no contact counts there.
IN_PORT_KM, IN_PORT_DEGREES = 4.0, 0.05
# A run of contacts is slow at half of its steps at least: one of the two vessels has a report from which it is hardly
# away at the next, or one of the next, that is at least 10 minutes and less than an hour later.
STEP, LONGEST_STEP, NEXT = HOUR // 6, HOUR, 4
HARDLY_KM = 2.0  # and what it makes at the highest speed of an encounter
MEETING = pl.Schema({"vessel": pl.Int64(), "other": pl.Int64(), "begin": pl.Int64(), "end": pl.Int64()})


def meetings_of(reports: Reports, vessels: IntArray, span: tuple[int, int]) -> pl.DataFrame:
    """When some vessels (codes of MMSIs, in order) may have met others at sea, between two instants (microseconds),
    whatever became known when: `vessel`, `other`, `begin`, `end` (not included), in order.

    All contacts of an encounter lie in hours in which the boxes of the two (features.voyage_hours) touch, with holes no
    longer than those between runs that are one encounter. What a contact rests on was reported less than an hour before
    or after it.
    """
    own = hours_of(reports, vessels, span)
    own = own.of(~_in_port(reports, own))
    every = hours_of(reports, np.arange(len(reports.mmsi)), span)
    place, other = _near(reports, own, every)
    met, place_of = np.unique(other, return_inverse=True)
    beside = every.of(met)
    at_sea = ~_in_port(reports, beside)[place_of]
    slow = _slow(reports, own)[place] | _slow(reports, beside)[place_of]
    frame = pl.DataFrame(
        {"vessel": own.vessel[place], "other": every.vessel[other], "hour": own.hour[place], "slow": slow}
    )
    return _stretches(frame.filter(at_sea).sort("vessel", "other", "hour"))


def _near(reports: Reports, own: Hours, every: Hours) -> tuple[IntArray, IntArray]:
    """Places of the hours of own vessels and of others whose boxes touch, each pair once."""
    pairs = [np.zeros(0, dtype=np.int64)]
    for place, other in touching(reports, own, every, ENCOUNTER.within_km):
        pairs.append(np.unique(place * every.hour.size + other))
    return np.divmod(np.unique(np.concatenate(pairs)), max(every.hour.size, 1))


def _stretches(near: pl.DataFrame) -> pl.DataFrame:
    """Hours (`vessel`, `other`, `hour`, `slow`, in order) in which two were near as stretches of time, an hour more on
    either side; those that are too short for an encounter, or never slow, are left out."""
    same = (pl.col("vessel") == pl.col("vessel").shift()) & (pl.col("other") == pl.col("other").shift())
    goes_on = same & (pl.col("hour") - pl.col("hour").shift() <= (ENCOUNTER.merge_hours or 0))
    return (
        near.with_columns(stretch=(~goes_on.fill_null(False)).cum_sum())
        .group_by("stretch", maintain_order=True)
        .agg(
            pl.col("vessel", "other").first(),
            first=pl.col("hour").first(),
            last=pl.col("hour").last(),
            slow=pl.col("slow").any(),
        )
        .filter((pl.col("last") - pl.col("first") >= int(ENCOUNTER.min_hours)) & pl.col("slow"))
        .select("vessel", "other", begin=(pl.col("first") - 1) * HOUR, end=(pl.col("last") + 2) * HOUR)
        .cast(MEETING)
    )


def _in_port(reports: Reports, hours: Hours) -> BoolArray:
    """Whether no contact can count at an instant of each hour, since what lies between reports is in port."""
    still = hours.smaller_than(IN_PORT_DEGREES)

    def far(place: IntArray) -> BoolArray:
        lat, lon = reports.rows["lat"].to_numpy()[place], reports.rows["lon"].to_numpy()[place]
        vessel, day = reports.vessel(place), reports.at[place] // DAY
        group = np.cumsum((np.diff(vessel, prepend=-1) != 0) | (np.diff(day, prepend=-1) != 0)) - 1
        return at_least(port_km(), IN_PORT_KM, lat, lon, group)

    in_port = np.zeros(still.size, dtype=np.bool_)
    in_port[still] = ~_any_about(reports, hours.of(still), far)
    return in_port


def _slow(reports: Reports, hours: Hours) -> BoolArray:
    """Whether the vessel hardly moved from any of its reports about each hour to one of the next."""

    def hardly_moved(place: IntArray) -> BoolArray:
        lat, lon = reports.rows["lat"].to_numpy(), reports.rows["lon"].to_numpy()
        vessel = reports.vessel(place)
        last = reports.edges[vessel + 1] - 1
        later = reports.first_from(vessel, reports.at[place] + STEP)
        slow = np.zeros(place.size, dtype=np.bool_)
        for step in range(NEXT):
            other = np.minimum(later + step, last)
            length = reports.at[other] - reports.at[place]
            km = distance_km(lat[place], lon[place], lat[other], lon[other])
            reach = ENCOUNTER.max_speed_kn * KM_PER_NM * length / HOUR + HARDLY_KM
            slow |= (length >= STEP) & (length < LONGEST_STEP) & (km <= reach)
        return slow

    return _any_about(reports, hours, hardly_moved)


def _any_about(reports: Reports, hours: Hours, told: Callable[[IntArray], BoolArray]) -> BoolArray:
    """Whether `told` (of the places of reports) is true of any report of each hour, or of the hours beside it."""
    low, high = reports.between(hours.vessel, (hours.hour - 1) * HOUR, (hours.hour + 2) * HOUR)
    # In order, so that what the stretches have in common is looked at once.
    begin = np.maximum(low, np.append(0, high)[: low.size])
    of, step = spread(high - begin)
    place = begin[of] + step
    total = np.append(0, np.cumsum(told(place)))
    any_: BoolArray = total[np.searchsorted(place, high)] > total[np.searchsorted(place, low)]
    return any_
