"""Positions on the grid as encounters need them, cut loose from the reports that they lie between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.tracks.geodesy import FloatArray
from features.windows_keys import BoolArray, IntArray

SIGHTING: dict[str, pl.DataType] = {
    "track": pl.Int32(),
    "vessel": pl.Int32(),
    "slot": pl.Int32(),
    "lat": pl.Float64(),
    "lon": pl.Float64(),
    "known_at": pl.Int64(),
    "density": pl.Float64(),
    "silences": pl.Int32(),
    "at_sea": pl.Boolean(),
}


@dataclass(frozen=True)
class Sightings:
    """Positions by track and instant of the grid.

    `names` are the tracks, `track` and `mmsi`, in order of track; of each position, `track` is the place of its track
    in them, `vessel` a number of its MMSI, `slot` counts steps from the epoch, `known_at` is in microseconds, `density`
    as in `resample`. `silences` counts the long silences before it, over all tracks in order: it means nothing across
    tracks. `at_sea` tells which are far enough from port to be contacts.
    """

    names: pl.DataFrame
    track: IntArray
    vessel: IntArray
    slot: IntArray
    lat: FloatArray
    lon: FloatArray
    known_at: IntArray
    density: FloatArray
    silences: IntArray
    at_sea: BoolArray

    def frame(self) -> pl.DataFrame:
        """All but the names, with the columns of SIGHTING, to be laid by."""
        return pl.DataFrame({name: getattr(self, name) for name in SIGHTING}).cast(pl.Schema(SIGHTING))

    @classmethod
    def of(cls, frame: pl.DataFrame, names: pl.DataFrame) -> Sightings:
        """Out of a frame with the columns of SIGHTING, by track and slot, and the names of its tracks."""
        whole = {name: np.int64 for name, kind in SIGHTING.items() if kind.is_integer()}
        columns = {name: frame[name].to_numpy() for name in SIGHTING}
        return cls(names, **{name: values.astype(whole.get(name, values.dtype)) for name, values in columns.items()})
