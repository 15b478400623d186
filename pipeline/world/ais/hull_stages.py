"""The stages of a hull as arrays, which movement and reception walk along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import polars as pl

from pipeline.world.calendar import HOUR
from pipeline.world.randomness import Booleans, Floats, Integers

KINDS = ("port", "transit", "fishing", "meeting", "adrift")
PORT, TRANSIT, FISHING, MEETING, ADRIFT = range(len(KINDS))


@dataclass(frozen=True)
class HullStages:
    """The stages of one hull in time order, each beginning where the last ended: arrays of equal length.

    Instants in microseconds, places in degrees, draughts in metres; `kind` and `pattern` are positions in KINDS and in
    the patterns of the scenario. -1 and NaN stand for null.
    """

    kind: Integers
    begins: Integers
    ends: Integers
    lat: Floats
    lon: Floats
    to_lat: Floats
    to_lon: Floats
    route: Integers
    reverse: Booleans
    pattern: Integers
    axis_deg: Floats
    extent_nm: Floats
    other: Integers
    dark: Booleans
    draught_from_m: Floats
    draught_to_m: Floats

    @cached_property
    def hours(self) -> Floats:
        """How long each stage lasts."""
        return (self.ends - self.begins) / HOUR

    def part(self, rows: slice) -> HullStages:
        """A stretch of the stages."""
        return HullStages(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def stages_by_hull(stages: pl.DataFrame, patterns: Mapping[str, object]) -> dict[int, HullStages]:
    """The stages of each hull of a frame sorted by hull and begins.

    Raises ValueError on a kind or a fishing pattern that is not known, a ground without axis or extent, a stage that
    takes no time, or a gap.
    """
    unknown = set(stages["kind"].unique()) - set(KINDS)
    if unknown:
        raise ValueError(f"needed stages of the kinds {KINDS}, found {sorted(map(str, unknown))}: mend the itineraries")
    fishing = stages.filter(pl.col("kind") == "fishing")
    missing = set(fishing["pattern"].unique()) - set(patterns)
    if missing:
        raise ValueError(
            f"needed a pattern of movement for every pattern of fishing, found none for {sorted(map(str, missing))}: "
            f"add it to movement.patterns (known: {sorted(patterns)})"
        )
    flat = fishing.filter(pl.col("axis_deg").is_null() | ~(pl.col("extent_nm") > 0).fill_null(False))
    if flat.height:
        raise ValueError(
            f"needed axis_deg and extent_nm > 0 of every fishing stage, found {flat.height} without: mend them"
        )
    hulls = stages["hull"].to_numpy()
    whole = _arrays(stages, list(patterns))
    same = hulls[1:] == hulls[:-1]
    broken = (whole.ends <= whole.begins).any() or (same & (whole.begins[1:] != whole.ends[:-1])).any()
    if broken or (hulls[1:] < hulls[:-1]).any():
        raise ValueError("needed stages sorted by hull and begins, each beginning where the last ended, found others")
    known, first, count = np.unique(hulls, return_index=True, return_counts=True)
    return {
        int(hull): whole.part(slice(begin, begin + rows)) for hull, begin, rows in zip(known, first, count, strict=True)
    }


def _arrays(stages: pl.DataFrame, patterns: list[str]) -> HullStages:
    kinds = {name: code for code, name in enumerate(KINDS)}
    codes = {name: code for code, name in enumerate(patterns)}
    told = stages.select(
        pl.col("kind").replace_strict(kinds, return_dtype=pl.Int64),
        pl.col("pattern").replace_strict(codes, default=-1, return_dtype=pl.Int64),
        pl.col("route", "other").cast(pl.Int64).fill_null(-1),
        pl.col("begins", "ends").cast(pl.Int64),
        pl.col("reverse", "dark").cast(pl.Boolean).fill_null(False),
        pl.col("lat", "lon", "to_lat", "to_lon", "axis_deg", "extent_nm", "draught_from_m", "draught_to_m")
        .cast(pl.Float64)
        .fill_null(float("nan")),
    ).with_columns(
        # A stage that says no end stays where it is.
        to_lat=pl.when(pl.col("to_lat").is_nan()).then("lat").otherwise("to_lat"),
        to_lon=pl.when(pl.col("to_lon").is_nan()).then("lon").otherwise("to_lon"),
    )
    return HullStages(**{field.name: told[field.name].to_numpy() for field in fields(HullStages)})
