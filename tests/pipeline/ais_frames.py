"""Small frames of hulls, stages and transponder numbers for the tests of movement and reception."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pipeline.world.calendar import HOUR, SECOND, Span
from pipeline.world.randomness import Floats

BEGIN = 1_719_792_000 * SECOND  # 2024-07-01
VLADIVOSTOK, GROUND, NEMURO = (43.0, 132.0), (44.0, 147.5), (43.3, 145.6)
ROUTES: list[Floats] = [
    np.array([[43.0, 132.0], [42.5, 133.5], [45.6, 140.6], [45.8, 142.4], [44.8, 145.0], [44.0, 147.5]]),
    np.array([[44.0, 147.5], [43.5, 146.6], [43.3, 145.6]]),
    np.array([[43.0, 145.0], [48.0, 165.0], [52.0, 179.0], [53.0, 188.0], [53.9, 193.5]]),
]
_TYPES: dict[str, Any] = {
    "hull": pl.Int64, "stage": pl.Int64, "trip": pl.Int64, "kind": pl.String, "begins": pl.Int64, "ends": pl.Int64,
    "port": pl.String, "lat": pl.Float64, "lon": pl.Float64, "to_lat": pl.Float64, "to_lon": pl.Float64,
    "route": pl.Int64, "reverse": pl.Boolean, "pattern": pl.String, "axis_deg": pl.Float64, "extent_nm": pl.Float64,
    "other": pl.Int64, "dark": pl.Boolean, "draught_from_m": pl.Float64, "draught_to_m": pl.Float64,
}  # fmt: skip


def stages_frame(hulls: dict[int, list[dict[str, Any]]], begin: int = BEGIN) -> pl.DataFrame:
    """The stages of each hull, one after the other; each needs kind, hours, lat, lon, and may say more."""
    rows = []
    for hull in sorted(hulls):
        at = begin
        for number, stage in enumerate(hulls[hull]):
            told = {"reverse": False, "dark": False, "to_lat": stage["lat"], "to_lon": stage["lon"], **stage}
            ends = at + round(told.pop("hours") * 3600) * SECOND
            rows.append({**dict.fromkeys(_TYPES), **told, "hull": hull, "stage": number, "begins": at, "ends": ends})
            at = ends
    return pl.DataFrame(rows, schema=_TYPES)


def stage(kind: str, hours: float, start: tuple[float, float], **more: Any) -> dict[str, Any]:
    """One stage that starts at a place; `end` says where it ends."""
    end = more.pop("end", start)
    return {"kind": kind, "hours": hours, "lat": start[0], "lon": start[1], "to_lat": end[0], "to_lon": end[1], **more}


def a_trip(pattern: str = "pots", fishing: float = 100.0, **dark: bool) -> list[dict[str, Any]]:
    """A trip from Vladivostok to a ground off the Kurils, to Nemuro and home: 6 stages."""
    light, laden = {"draught_from_m": 3.0, "draught_to_m": 3.0}, {"draught_from_m": 4.5, "draught_to_m": 4.5}
    gear = {"pattern": pattern, "axis_deg": 40.0, "extent_nm": 30.0, "draught_from_m": 3.0, "draught_to_m": 4.5}
    return [
        stage("port", 40, VLADIVOSTOK, port="RUVVO", **light),
        stage("transit", 80, VLADIVOSTOK, end=GROUND, route=0, **light),
        stage("fishing", fishing, GROUND, **gear, **dark),
        stage("transit", 10, GROUND, end=NEMURO, route=1, **laden),
        stage("port", 20, NEMURO, port="JPNEM", draught_from_m=4.5, draught_to_m=3.0),
        stage("transit", 90, NEMURO, end=VLADIVOSTOK, **light),
    ]


def hulls_frame(count: int, **columns: list[Any]) -> pl.DataFrame:
    """Hulls 0.. of class A that fish, honest; columns replace what is said here."""
    told = {
        "hull": list(range(count)), "ais_class": ["A"] * count, "gear": ["FPO"] * count, "launders": [False] * count,
        "launders_from": [None] * count, **columns,
    }  # fmt: skip
    return pl.DataFrame(told, schema_overrides={"gear": pl.String, "launders_from": pl.Int64})


def numbers_frame(stages: pl.DataFrame) -> pl.DataFrame:
    """One MMSI for each hull, for as long as its stages last."""
    ends = stages.group_by("hull").agg(pl.col("begins").min(), pl.col("ends").max()).sort("hull")
    return ends.with_columns(mmsi=pl.lit("2731") + pl.col("hull").cast(pl.String).str.zfill(5))


def span_of(stages: pl.DataFrame) -> Span:
    """From the first begin to the last end."""
    return Span(int(stages["begins"].min()), int(stages["ends"].max()))  # type: ignore[arg-type]


def hours_after(begin: int, hours: Floats) -> np.ndarray[Any, Any]:
    """Instants so many hours after a begin, in whole seconds."""
    return begin + (hours * HOUR / SECOND).astype(np.int64) * SECOND


def miles(lat: Floats, lon: Floats, to_lat: Floats, to_lon: Floats) -> Floats:
    """Great-circle distances in nautical miles (haversine)."""
    a, b = np.radians(lat), np.radians(to_lat)
    half = np.radians(np.asarray(to_lon) - lon) / 2
    chord = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(half) ** 2
    return np.asarray(60 * np.degrees(2 * np.arcsin(np.sqrt(chord))))
