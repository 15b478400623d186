"""Encounters: two vessels close to each other, slow, for hours, away from port; a silence is no contact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.bounded import Measure, at_least
from features.tracks.contact_measures import observed_share, reports_of, speeds_of
from features.tracks.contacts import Contacts, contacts
from features.tracks.encounters_published import published_encounters
from features.tracks.geodesy import FloatArray, spread, wrapped
from features.tracks.grouped import group_edges, latest, mean_degrees, medians
from features.tracks.resample import DAY, MINUTE, ResampleOptions, Slots, slots_of
from features.tracks.sightings import Sightings
from features.windows_keys import BoolArray, IntArray

ENCOUNTER: dict[str, pl.DataType] = {
    "track": pl.String(),
    "other_track": pl.String(),
    "mmsi": pl.String(),
    "other_mmsi": pl.String(),
    "start": INSTANT,
    "end": INSTANT,
    "hours": pl.Float64(),
    "runs": pl.Int64(),
    "lat": pl.Float64(),
    "lon": pl.Float64(),
    "start_lat": pl.Float64(),
    "start_lon": pl.Float64(),
    "end_lat": pl.Float64(),
    "end_lon": pl.Float64(),
    "median_distance_km": pl.Float64(),
    "median_speed_kn": pl.Float64(),
    "observed_share": pl.Float64(),
    "reports": pl.Int64(),
    "other_reports": pl.Int64(),
    "known_at": INSTANT,
}


@dataclass(frozen=True)
class EncounterOptions:
    """What counts as an encounter: the rule of Miller and others, "Identifying global patterns of transshipment
    behavior", Frontiers in Marine Science 5, 2018, with silences told apart from contact.

    A contact is an instant of the grid at which two vessels are at most `within_km` apart and at least `min_port_km`
    from port. A run is contacts that follow each other; it ends when both are observed and farther apart, and when
    either was silent for more than `max_silence_minutes`. A run counts if it is longer than `min_hours` and its median
    speed is under `max_speed_kn`. Runs of a pair less than `merge_hours` apart are one encounter.

    With `published`, runs are those of pipe-encounters: seen from each of the two vessels, cut at midnight (UTC), not
    broken by silence, at least (not: longer than) `min_hours`, at any speed and any distance from port. `merge_hours`
    null leaves them as they are.
    """

    within_km: float = 0.5
    min_hours: float = 2.0
    max_speed_kn: float = 2.0
    min_port_km: float = 10.0
    merge_hours: float | None = 4.0
    max_silence_minutes: float = 60.0
    resample: ResampleOptions = field(default_factory=ResampleOptions)
    published: bool = False

    def __post_init__(self) -> None:
        if not self.within_km > 0:
            raise ValueError(f"needed a within_km above 0, found {self.within_km!r}; give 0.5")
        if not self.published and self.max_silence_minutes < self.resample.max_gap_minutes:
            raise ValueError(
                "needed a max_silence_minutes of at least max_gap_minutes, since what is interpolated is no silence, "
                f"found {self.max_silence_minutes!r} and {self.resample.max_gap_minutes!r}; raise the one or lower the "
                "other"
            )

    @classmethod
    def compatible(
        cls,
        within_km: float = 0.5,
        min_hours: float = 2.0,
        merge_hours: float | None = None,
        max_gap_minutes: float = 60.0,
    ) -> Self:
        """The definition of pipe-encounters, whose raw encounters have no `merge_hours`. Its distance to port and its
        speed limit are applied by those who read its tables; it extrapolates unless told not to, which we never do."""
        resample = ResampleOptions.compatible(max_gap_minutes, extrapolate=False)
        return cls(within_km, min_hours, merge_hours=merge_hours, resample=resample, published=True)


def encounters(
    positions: pl.DataFrame, options: EncounterOptions | None = None, *, from_port: Measure | None = None
) -> pl.DataFrame:
    """The encounters of all pairs of tracks, with the columns of ENCOUNTER, by `track`, `other_track` and `start`.

    `positions` has the columns of POSITION and `track` (without one, a vessel is a track); `track` is the lower of the
    two names. `from_port` gives the distance in km to the nearest port, up to `min_port_km` at least; without it,
    encounters in port are among them, and take long to find. `hours` is the time in contact, without that between
    runs. `lat` and `lon` are the mean of both vessels over all contacts; distance and speed (between contacts of a run
    that follow each other) are medians over both. `observed_share` is the share of the instants of the grid from
    `start` to `end` at which both have a position; `reports` are those that the contacts of either vessel rest on,
    about. `known_at` is when the last of the reports that the contacts rest on was known.
    Raises ValueError on missing columns and on two reports of a track at an instant.
    """
    return met(sightings_of(positions, options, from_port), options)


def sightings_of(
    positions: pl.DataFrame, options: EncounterOptions | None = None, from_port: Measure | None = None
) -> Sightings:
    """All that `met` needs of the reports of some tracks; the arguments, and what they raise, are those of
    `encounters`."""
    options = options or EncounterOptions()
    slots = slots_of(positions, options.resample)
    vessel = slots.names["mmsi"].rank("dense").cast(pl.Int64).to_numpy()
    return Sightings(
        names=slots.names,
        track=slots.track,
        vessel=vessel[slots.track],
        slot=slots.slot,
        lat=slots.lat,
        lon=slots.lon,
        known_at=slots.known_at,
        density=slots.density,
        silences=_silences(slots, options),
        at_sea=_at_sea(slots, None if options.published else from_port, options),
    )


def met(seen: Sightings, options: EncounterOptions | None = None) -> pl.DataFrame:
    """The encounters among the tracks of some sightings, as `encounters` gives them: whether two tracks met hangs on
    the sightings of the two alone."""
    options = options or EncounterOptions()
    pairs = contacts(seen, options.within_km)
    if options.published:
        found = published_encounters(seen, pairs, options.min_hours, options.merge_hours, options.resample)
        return found.select(pl.col(name).cast(kind) for name, kind in ENCOUNTER.items())
    pairs, run = _long_enough(seen, pairs, _runs(seen, pairs), options)
    pairs, run = _slow_enough(seen, pairs, run, options)
    return _events(seen, pairs, run, options).select(pl.col(name).cast(kind) for name, kind in ENCOUNTER.items())


def _at_sea(slots: Slots, from_port: Measure | None, options: EncounterOptions) -> BoolArray:
    """Which positions are far enough from port; all where nothing is known of ports."""
    if from_port is None:
        return np.ones(slots.slot.size, dtype=np.bool_)
    day = slots.slot * (options.resample.step_minutes * MINUTE) // DAY
    group = np.cumsum((np.diff(slots.track, prepend=-1) != 0) | (np.diff(day, prepend=-1) != 0)) - 1
    return at_least(from_port, options.min_port_km, slots.lat, slots.lon, group)


def _silences(slots: Slots, options: EncounterOptions) -> IntArray:
    """Per position on the grid the number of long silences before it, over all tracks in order."""
    at = slots.rows["at"].to_physical().to_numpy()
    silent = np.diff(at, prepend=at[:1]) > round(options.max_silence_minutes * MINUTE)
    before: IntArray = np.cumsum(silent, dtype=np.int32)[slots.right].astype(np.int64)
    return before


def _runs(seen: Sightings, pairs: Contacts) -> IntArray:
    """The number of the run of each contact."""
    if not pairs.one.size:
        return np.zeros(0, dtype=np.int64)
    track, slot, silence = seen.track, seen.slot, seen.silences
    one, other = pairs.one, pairs.other
    same = (np.diff(track[one]) == 0) & (np.diff(track[other]) == 0)
    heard = same & (np.diff(silence[one]) == 0) & (np.diff(silence[other]) == 0)
    between = np.diff(slot[one]) - 1
    goes_on = heard & (between == 0)
    # Positions of either vessel between the two contacts: where there are more of them than instants, the two were
    # observed at once, and farther apart. Otherwise one has to look.
    between_one, between_other = np.diff(one) - 1, np.diff(other) - 1
    unclear = np.flatnonzero(heard & (between > 0) & (between_one + between_other <= between))
    goes_on[unclear] = ~_both_seen(slot, one[unclear], between_one[unclear], other[unclear], between_other[unclear])
    return np.cumsum(np.append(False, ~goes_on))


def _both_seen(slot: IntArray, one: IntArray, seen: IntArray, other: IntArray, other_seen: IntArray) -> BoolArray:
    """Whether there is an instant at which the `seen` positions after `one` and those after `other` meet."""
    place, step = spread(seen)
    other_place, other_step = spread(other_seen)
    width = int(slot.max()) + 1 if slot.size else 1
    instants = place * width + slot[one[place] + 1 + step]
    met = place[np.isin(instants, other_place * width + slot[other[other_place] + 1 + other_step])]
    found = np.zeros(one.size, dtype=np.bool_)
    found[met] = True
    return found


def _kept(pairs: Contacts, run: IntArray, kept: BoolArray) -> tuple[Contacts, IntArray]:
    """The contacts of the runs that are kept, and the runs numbered anew."""
    chosen = kept[run]
    number = np.cumsum(kept) - 1
    return Contacts(pairs.one[chosen], pairs.other[chosen], pairs.distance_km[chosen]), number[run[chosen]]


def _long_enough(
    seen: Sightings, pairs: Contacts, run: IntArray, options: EncounterOptions
) -> tuple[Contacts, IntArray]:
    first, last = group_edges(run)
    slot = seen.slot[pairs.one]
    return _kept(pairs, run, (slot[last] - slot[first]) * options.resample.step_minutes > options.min_hours * 60)


def _slow_enough(
    seen: Sightings, pairs: Contacts, run: IntArray, options: EncounterOptions
) -> tuple[Contacts, IntArray]:
    number, speed = speeds_of(seen, pairs, run, options.resample.step_minutes)
    return _kept(pairs, run, medians(number, speed) < options.max_speed_kn)


def _events(seen: Sightings, pairs: Contacts, run: IntArray, options: EncounterOptions) -> pl.DataFrame:
    step = options.resample.step_minutes
    first, last = group_edges(run)
    slot, track, other_track = seen.slot[pairs.one], seen.track[pairs.one], seen.track[pairs.other]
    event = _merged(slot, track, other_track, first, last, options)
    minutes = (slot[last] - slot[first]) * step
    number, speed = speeds_of(seen, pairs, run, options.resample.step_minutes)
    begins = np.flatnonzero(np.diff(event, prepend=-1))
    start, end = first[begins], last[np.append(begins[1:], event.size)[: begins.size] - 1]
    per_contact = event[run]
    middle_lat, middle_lon = _middles(seen, pairs)
    lat, lon = mean_degrees(per_contact, middle_lat, middle_lon)
    known = np.maximum(seen.known_at[pairs.one], seen.known_at[pairs.other])
    names, other_names = seen.names[track[start]], seen.names[other_track[start]]
    return pl.DataFrame(
        {
            "track": names["track"],
            "other_track": other_names["track"],
            "mmsi": names["mmsi"],
            "other_mmsi": other_names["mmsi"],
            "start": pl.Series(slot[start] * (step * MINUTE)).cast(INSTANT),
            "end": pl.Series(slot[end] * (step * MINUTE)).cast(INSTANT),
            "hours": np.bincount(event, minutes) / 60,
            "runs": np.bincount(event),
            "lat": lat,
            "lon": lon,
            "start_lat": middle_lat[start],
            "start_lon": middle_lon[start],
            "end_lat": middle_lat[end],
            "end_lon": middle_lon[end],
            "median_distance_km": medians(per_contact, pairs.distance_km),
            "median_speed_kn": medians(event[number], speed),
            "observed_share": observed_share(seen, pairs.one, pairs.other, start, end),
            "reports": reports_of(seen, pairs.one, per_contact),
            "other_reports": reports_of(seen, pairs.other, per_contact),
            "known_at": pl.Series(latest(per_contact, known)).cast(INSTANT),
        }
    )


def _merged(
    slot: IntArray, track: IntArray, other_track: IntArray, first: IntArray, last: IntArray, options: EncounterOptions
) -> IntArray:
    """The number of the encounter of each run."""
    again = (np.diff(track[first]) == 0) & (np.diff(other_track[first]) == 0)
    if options.merge_hours is None:
        again[:] = False
    else:
        apart = (slot[first[1:]] - slot[last[:-1]]) * options.resample.step_minutes
        again &= apart < options.merge_hours * 60
    return np.cumsum(np.append(False, ~again))[: first.size]


def _middles(seen: Sightings, pairs: Contacts) -> tuple[FloatArray, FloatArray]:
    """The place half-way between the two vessels, per contact."""
    one, other = pairs.one, pairs.other
    turn = wrapped(seen.lon[other] - seen.lon[one])
    return (seen.lat[one] + seen.lat[other]) / 2, wrapped(seen.lon[one] + turn / 2)
