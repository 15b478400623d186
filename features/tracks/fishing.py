"""Fishing: hours at the speed of a gear, and as winding as with it, told from the track alone.

This is a rule of thumb: it cannot tell a vessel that fishes from one that steams at the speed of fishing, and says
nothing of a vessel whose gear is not known or has no rule. How far it can be trusted stands in docs/tracks.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.tracks.geodesy import KM_PER_NM, FloatArray, distance_km, spread, wrapped
from features.tracks.grouped import group_edges, latest, mean_degrees, sums
from features.tracks.resample import MINUTE, ResampleOptions, Slots, slots_of
from features.windows_keys import BoolArray, IntArray

FISHING: dict[str, pl.DataType] = {
    "track": pl.String(),
    "mmsi": pl.String(),
    "gear": pl.String(),
    "start": INSTANT,
    "end": INSTANT,
    "hours": pl.Float64(),
    "observed_share": pl.Float64(),
    "lat": pl.Float64(),
    "lon": pl.Float64(),
    "south": pl.Float64(),
    "west": pl.Float64(),
    "north": pl.Float64(),
    "east": pl.Float64(),
    "path_km": pl.Float64(),
    "mean_speed_kn": pl.Float64(),
    "known_at": INSTANT,
}


@dataclass(frozen=True)
class GearRule:
    """Fishing with a gear: speed over half an hour to either side within [`low_kn`, `high_kn`], and the way made good
    over an hour and a half to either side at most `straightness` of the way gone."""

    low_kn: float
    high_kn: float
    straightness: float = 1.0


TRAWL = GearRule(1.5, 5.5)
DREDGE = GearRule(1.5, 4.5)
SEINE = GearRule(0.5, 3.5)
PURSE_SEINE = GearRule(0.3, 3.5, 0.8)
LONGLINE = GearRule(0.8, 6.5, 0.98)
GILLNET = GearRule(0.3, 3.0)
TRAP = GearRule(0.3, 4.0, 0.95)
JIG = GearRule(0.2, 2.0, 0.9)

# By ISSCFG abbreviation (FAO 2016). Trawl speeds as in Gerritsen and Lordan, ICES Journal of Marine Science 68, 2011,
# and a knot wider for midwater gear; the others are practitioners' start values, to be set for a fleet.
GEAR_RULES: Mapping[str, GearRule] = MappingProxyType(
    {
        **dict.fromkeys(("OTB", "OTT", "OTP", "PTB", "TB", "TBN", "TBS", "OTM", "PTM", "TM", "TSP", "TX"), TRAWL),
        "TBB": GearRule(2.0, 7.0),
        **dict.fromkeys(("DRB", "DRH", "DRM", "DRX", "HMD"), DREDGE),
        **dict.fromkeys(("SDN", "SSC", "SPR", "SV", "SX", "SB"), SEINE),
        **dict.fromkeys(("PS", "PS1", "PS2", "LA", "SUX"), PURSE_SEINE),
        **dict.fromkeys(("LLS", "LLD", "LL", "LVS"), LONGLINE),
        **dict.fromkeys(("GNS", "GND", "GNC", "GNF", "GTR", "GTN", "GEN", "GN"), GILLNET),
        **dict.fromkeys(("FPO", "FYK", "FIX"), TRAP),
        **dict.fromkeys(("LHP", "LHM", "MHI"), JIG),
        "LTL": GearRule(2.0, 8.0, 0.95),
    }
)


@dataclass(frozen=True)
class FishingOptions:
    """Stretches of fishing less than `max_pause_minutes` apart are one event; it counts from `min_hours` of fishing,
    pauses left out, and at least `min_observed` of its time observed."""

    rules: Mapping[str, GearRule] = field(default_factory=lambda: GEAR_RULES)
    min_hours: float = 1.0
    max_pause_minutes: float = 60.0
    min_observed: float = 0.7
    speed_minutes: int = 30
    turning_minutes: int = 90
    resample: ResampleOptions = field(default_factory=ResampleOptions)

    def __post_init__(self) -> None:
        wrong = {
            gear: rule
            for gear, rule in self.rules.items()
            if not (0 <= rule.low_kn < rule.high_kn and 0 < rule.straightness <= 1)
        }
        if wrong:
            raise ValueError(
                f"needed gear rules with 0 <= low_kn < high_kn and a straightness above 0 and up to 1, found {wrong}"
            )


def fishing(positions: pl.DataFrame, gears: pl.DataFrame, options: FishingOptions | None = None) -> pl.DataFrame:
    """The fishing events of each track, with the columns of FISHING, by `track` and `start`.

    `positions` has the columns of POSITION and `track` (without one, a vessel is a track); `gears` has `mmsi` and
    `gear` (ISSCFG), a row per vessel. A vessel without a gear that has a rule has no events, which does not mean that
    it did not fish. `hours` is the time of fishing, `path_km` the way gone in it; `lat` and `lon` are the mean of the
    positions from `start` to `end`, `south` to `east` the box about them (`west` is greater than `east` where it
    crosses the 180th meridian). `observed_share` is the share of the grid's instants with a position. `known_at` is
    when the last of the reports was known on which the event rests, those that settle its ends included.
    Raises ValueError on missing columns, on two reports of a track at an instant and on two gears of a vessel.
    """
    options = options or FishingOptions()
    rules = _rules(gears, options)
    slots = slots_of(positions.filter(pl.col("mmsi").is_in(rules["mmsi"].implode())), options.resample)
    tracks = slots.names.join(rules, on="mmsi", how="left", maintain_order="left")
    steps = _Steps(slots, options)
    fishes = steps.fits(tracks)
    first, last, event = _stretches(slots, fishes, options)
    return _events(slots, tracks, steps, first, last, event, options)


def _rules(gears: pl.DataFrame, options: FishingOptions) -> pl.DataFrame:
    """The vessels that have a gear with a rule, and the rule."""
    twice = gears.filter(gears["mmsi"].is_duplicated())
    if twice.height:
        raise ValueError(
            f"needed one gear per vessel, found {twice.height} rows of {twice['mmsi'].n_unique()} vessels with "
            f"more, the first of {twice['mmsi'][0]}; keep the one that was valid"
        )
    rules = pl.DataFrame(
        [(gear, rule.low_kn, rule.high_kn, rule.straightness) for gear, rule in sorted(options.rules.items())],
        schema={"gear": pl.String, "low_kn": pl.Float64, "high_kn": pl.Float64, "straightness": pl.Float64},
        orient="row",
    )
    return gears.select("mmsi", "gear").join(rules, on="gear", how="inner")


class _Steps:
    """What is known of each step from one position of the grid to the next: step n begins at position n."""

    def __init__(self, slots: Slots, options: FishingOptions) -> None:
        self._slots, self._minutes = slots, options.resample.step_minutes
        size = max(slots.slot.size - 1, 0)
        joined = (np.diff(slots.track) == 0) & (np.diff(slots.slot) == 1)
        km = distance_km(slots.lat[:-1], slots.lon[:-1], slots.lat[1:], slots.lon[1:])
        # Metres as whole numbers, so that a sum over a window does not depend on where the table begins.
        self.metres = np.where(joined, np.rint(km * 1000), 0).astype(np.int64)
        self.joined = joined
        self._path = np.append(0, np.cumsum(self.metres))
        place = np.arange(size)
        breaks = np.where(joined, -1, place)
        self._begin = np.maximum.accumulate(breaks) + 1 if size else place
        self._end = np.minimum.accumulate(np.where(joined, size, place)[::-1])[::-1] - 1 if size else place
        self.low, self.high = self._window(options.turning_minutes)
        self._speed_window = self._window(options.speed_minutes)

    def _window(self, minutes: int) -> tuple[IntArray, IntArray]:
        """The first and the last step about each, of those that are joined to it."""
        reach, place = minutes // self._minutes, np.arange(self.joined.size)
        return np.maximum(place - reach, self._begin), np.minimum(place + reach, self._end)

    def fits(self, tracks: pl.DataFrame) -> BoolArray:
        """Whether the rule of the track's gear takes each step for fishing."""
        low, high = self._speed_window
        hours = np.maximum(high - low + 1, 1) * self._minutes / 60
        speed = (self._path[high + 1] - self._path[low]) / 1000 / KM_PER_NM / hours
        low, high = self.low, np.maximum(self.high + 1, self.low)
        way = (self._path[high] - self._path[low]) / 1000
        lat, lon = self._slots.lat, self._slots.lon
        good = distance_km(lat[low], lon[low], lat[high], lon[high])
        rule = {name: tracks[name].to_numpy()[self._slots.track[:-1]] for name in ("low_kn", "high_kn", "straightness")}
        fits: BoolArray = self.joined & (speed >= rule["low_kn"]) & (speed <= rule["high_kn"])
        fits &= (rule["straightness"] == 1) | (good <= rule["straightness"] * way)
        return fits


def _stretches(slots: Slots, fishes: BoolArray, options: FishingOptions) -> tuple[IntArray, IntArray, IntArray]:
    """First and last position of each stretch of fishing, and the number of the event that it belongs to."""
    edges = np.diff(np.concatenate([[False], fishes, [False]]).astype(np.int8))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    pause = (slots.slot[first[1:]] - slots.slot[last[:-1]]) * options.resample.step_minutes
    goes_on = (np.diff(slots.track[first]) == 0) & (pause < options.max_pause_minutes)
    event = np.cumsum(np.append(False, ~goes_on))[: first.size]
    begins, ends = group_edges(event)
    minutes = sums(event, last - first) * options.resample.step_minutes
    instants = slots.slot[last[ends]] - slots.slot[first[begins]] + 1
    seen = last[ends] - first[begins] + 1
    kept = (minutes >= options.min_hours * 60) & (seen >= options.min_observed * instants)
    chosen = kept[event]
    return first[chosen], last[chosen], (np.cumsum(kept) - 1)[event[chosen]]


def _events(
    slots: Slots,
    tracks: pl.DataFrame,
    steps: _Steps,
    first: IntArray,
    last: IntArray,
    event: IntArray,
    options: FishingOptions,
) -> pl.DataFrame:
    step = options.resample.step_minutes
    begins, ends = group_edges(event)
    start, end = first[begins], last[ends]
    stretch, number = spread(last - first)
    metres = sums(event[stretch], steps.metres[first[stretch] + number])
    hours = sums(event, last - first) * step / 60
    inside, number = spread(end - start + 1)
    place = start[inside] + number
    lat, lon = mean_degrees(inside, slots.lat[place], slots.lon[place])
    settled_from, settled_to = steps.low[start], steps.high[end - 1] + 1
    settles, number = spread(settled_to - settled_from + 1)
    known = latest(settles, slots.known_at[settled_from[settles] + number])
    names = tracks[slots.track[start]]
    frame = pl.DataFrame(
        {
            "track": names["track"],
            "mmsi": names["mmsi"],
            "gear": names["gear"],
            "start": pl.Series(slots.slot[start] * (step * MINUTE)).cast(INSTANT),
            "end": pl.Series(slots.slot[end] * (step * MINUTE)).cast(INSTANT),
            "hours": hours,
            "observed_share": (end - start + 1) / (slots.slot[end] - slots.slot[start] + 1),
            "lat": lat,
            "lon": lon,
            **_box(slots, start, inside, place),
            "path_km": metres / 1000,
            "mean_speed_kn": metres / 1000 / KM_PER_NM / hours,
            "known_at": pl.Series(known).cast(INSTANT),
        }
    )
    return frame.select(pl.col(name).cast(kind) for name, kind in FISHING.items())


def _box(slots: Slots, start: IntArray, inside: IntArray, place: IntArray) -> dict[str, FloatArray]:
    """The box about the positions of each event."""
    if not start.size:
        return dict.fromkeys(("south", "north", "west", "east"), np.zeros(0))
    begins, _ = group_edges(inside)
    turn = wrapped(slots.lon[place] - slots.lon[start][inside])
    return {
        "south": np.minimum.reduceat(slots.lat[place], begins),
        "north": np.maximum.reduceat(slots.lat[place], begins),
        "west": wrapped(slots.lon[start] + np.minimum.reduceat(turn, begins)),
        "east": wrapped(slots.lon[start] + np.maximum.reduceat(turn, begins)),
    }
