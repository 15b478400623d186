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
from features.tracks.grouped import group_edges
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
    at_sea = ~_of_distinct(_in_port, reports, every, other)
    place, other = place[at_sea], other[at_sea]
    order = np.lexsort((own.hour[place], every.vessel[other], own.vessel[place]))
    place, other = place[order], other[order]
    vessel, met, hour = own.vessel[place], every.vessel[other], own.hour[place]
    stretch = _stretches(vessel, met, hour)
    first, last = group_edges(stretch)
    kept = hour[last] - hour[first] >= int(ENCOUNTER.min_hours)
    long = np.flatnonzero(kept[stretch])
    slow = _of_distinct(_slow, reports, own, place[long]) | _of_distinct(_slow, reports, every, other[long])
    kept &= np.bincount(stretch[long[slow]], minlength=kept.size) > 0
    first, last = first[kept], last[kept]
    begin, end = (hour[first] - 1) * HOUR, (hour[last] + 2) * HOUR
    return pl.DataFrame({"vessel": vessel[first], "other": met[first], "begin": begin, "end": end})


def _stretches(vessel: IntArray, other: IntArray, hour: IntArray) -> IntArray:
    """The number of the stretch of each hour in which two were near, from 0: no encounter reaches into the next."""
    apart = np.diff(hour) > (ENCOUNTER.merge_hours or 0)
    begins = (np.diff(vessel) != 0) | (np.diff(other) != 0) | apart
    return np.cumsum(np.append(False, begins))[: hour.size]


def _near(reports: Reports, own: Hours, every: Hours) -> tuple[IntArray, IntArray]:
    """Places of the hours of own vessels and of others whose boxes touch, each pair once."""
    pairs = [np.zeros(0, dtype=np.int64)]
    for place, other in touching(reports, own, every, ENCOUNTER.within_km):
        pairs.append(np.unique(place * every.hour.size + other))
    return np.divmod(np.unique(np.concatenate(pairs)), max(every.hour.size, 1))


def _of_distinct(
    told: Callable[[Reports, Hours], BoolArray], reports: Reports, hours: Hours, place: IntArray
) -> BoolArray:
    """What is told of hours, by their places, which may come often and in any order."""
    distinct, of = np.unique(place, return_inverse=True)
    return told(reports, hours.of(distinct))[of]


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
            left = np.flatnonzero(~slow)
            one, other = place[left], np.minimum(later[left] + step, last[left])
            length = reports.at[other] - reports.at[one]
            km = distance_km(lat[one], lon[one], lat[other], lon[other])
            reach = ENCOUNTER.max_speed_kn * KM_PER_NM * length / HOUR + HARDLY_KM
            slow[left] = (length >= STEP) & (length < LONGEST_STEP) & (km <= reach)
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
