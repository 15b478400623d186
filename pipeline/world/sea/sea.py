"""The truth at sea: hulls, what each did when, what was landed where, who met whom, and what the transponders said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.world.calendar import Span
from pipeline.world.randomness import Floats
from pipeline.world.scenario.sea import SeaScenario
from pipeline.world.sea.fleet import make_hulls
from pipeline.world.sea.identities import make_identities, transponders
from pipeline.world.sea.itineraries import Itineraries, sail


@dataclass(frozen=True)
class Sea:
    """Latent truth; instants are microseconds since 1970, places degrees, `hull` the row in `hulls`.

    hulls: see `make_hulls`; flag, owner and operator are those at the span's start.
    stages: hull, stage, trip, kind, begins, ends, port, lat, lon, to_lat, to_lon, route, reverse, pattern, axis_deg,
    extent_nm, other, dark, draught_from_m, draught_to_m; contiguous, from the span's start or before to its end or
    after.
    voyages: voyage, hull, trip, catch, from_port, to_port, departed, arrived, leaves, fishing_from, fishing_to, ground,
    catch_area, species, gear, live_kg, taken_over_kg, donor, fishing_hours, mechanism; arrived within the span.
    meetings: meeting, donor, receiver, begins, ends, lat, lon, species, live_kg, lawful, voyage (null: not within the
    span). routes: arrays (n, 2) of lat, lon. identities: see `make_identities`. mmsi: see `transponders`.
    """

    hulls: pl.DataFrame
    stages: pl.DataFrame
    voyages: pl.DataFrame
    meetings: pl.DataFrame
    routes: list[Floats]
    identities: pl.DataFrame
    mmsi: pl.DataFrame


def make_sea(seed: int, scenario: SeaScenario, span: Span, firms: pl.DataFrame, consignments: int) -> Sea:
    """The sea that goes with a number of consignments.

    `firms` has the columns party, role, country, leaning, weight, active_from (microseconds); vessels belong to those
    that are active when the span begins.
    Equal arguments give equal frames. Raises ValueError where no firm owns vessels.
    """
    firms = firms.filter(pl.col("active_from") <= span.start)
    hulls = make_hulls(seed, scenario, span, firms, consignments)
    sailed = sail(seed, scenario, span, hulls)
    stages, routes = _stages(sailed, hulls, scenario)
    voyages = _voyages(sailed, span)
    identities = make_identities(seed, scenario, span, hulls, firms)
    return Sea(
        hulls=hulls.drop("speed_kn"),
        stages=stages,
        voyages=voyages,
        meetings=_meetings(sailed, voyages, span),
        routes=routes,
        identities=identities,
        mmsi=transponders(seed, scenario, span, hulls, identities),
    )


def _stages(sailed: Itineraries, hulls: pl.DataFrame, scenario: SeaScenario) -> tuple[pl.DataFrame, list[Floats]]:
    lanes, told = sailed.sailing.lanes, sailed.stages
    start, end = told["from"].to_numpy(), told["to"].to_numpy()
    moving = (told["kind"] == "transit").to_numpy()
    low, high = np.minimum(start, end), np.maximum(start, end)
    keys, route = np.unique(low * len(lanes.names) + high, return_inverse=True)
    used, renumbered = np.unique(route[moving], return_inverse=True)
    routes = [lanes.line(int(key // len(lanes.names)), int(key % len(lanes.names))) for key in keys[used]]
    number = np.full(len(told), -1)
    number[moving] = renumbered
    hull = told["hull"].to_numpy()
    light, laden = hulls["draught_light_m"].to_numpy()[hull], hulls["draught_laden_m"].to_numpy()[hull]
    patterns = {name: fleet.pattern for name, fleet in scenario.fleets.items()}
    fishing, moves = pl.col("kind") == "fishing", pl.col("kind") == "transit"
    stages = told.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).over("hull").alias("stage"),
        pl.when(pl.col("kind") == "port").then(pl.Series("port", np.array(lanes.names, dtype=object)[start].tolist())),
        pl.Series("lat", lanes.lat[start]),
        pl.Series("lon", lanes.lon[start]),
        pl.Series("to_lat", lanes.lat[end]),
        pl.Series("to_lon", lanes.lon[end]),
        pl.when(moves).then(pl.Series("route", number)),
        pl.Series("reverse", moving & (start > end)),
        pl.when(fishing).then(hulls["fleet"].gather(hull).replace_strict(patterns, default=None).alias("pattern")),
        pl.when(fishing).then("axis_deg"),
        pl.when(fishing).then("extent_nm"),
        pl.when(pl.col("other") >= 0).then("other"),
        pl.Series("draught_from_m", light + (laden - light) * told["fill_from"].to_numpy()).round(2),
        pl.Series("draught_to_m", light + (laden - light) * told["fill_to"].to_numpy()).round(2),
    )
    columns = (
        "hull", "stage", "trip", "kind", "begins", "ends", "port", "lat", "lon", "to_lat", "to_lon", "route", "reverse",
        "pattern", "axis_deg", "extent_nm", "other", "dark", "draught_from_m", "draught_to_m",
    )  # fmt: skip
    return stages.select(columns), routes


def _voyages(sailed: Itineraries, span: Span) -> pl.DataFrame:
    within = sailed.landings.filter(pl.col("arrived").is_between(span.start, span.end, closed="left"))
    # Voyages of one arrival differ in where they loaded.
    return (
        within.sort("arrived", "hull", "departed", "from_port")
        .with_row_index("voyage")
        .with_columns(pl.col("voyage").cast(pl.Int64))
    )


def _meetings(sailed: Itineraries, voyages: pl.DataFrame, span: Span) -> pl.DataFrame:
    lanes, met = sailed.sailing.lanes, sailed.meetings
    landed = voyages.filter("catch").select(pl.col("hull").alias("receiver"), "trip", "voyage")
    place = met["place"].to_numpy()
    return (
        met.with_columns(pl.Series("lat", lanes.lat[place]), pl.Series("lon", lanes.lon[place]))
        .join(landed, on=["receiver", "trip"], how="left", maintain_order="left")
        .filter(pl.col("voyage").is_not_null() | ((pl.col("ends") > span.start) & (pl.col("begins") < span.end)))
        .sort("begins", "donor")
        .with_row_index("meeting")
        .select(
            pl.col("meeting").cast(pl.Int64), "donor", "receiver", "begins", "ends", "lat", "lon", "species", "live_kg",
            "lawful", "voyage",
        )
    )  # fmt: skip
