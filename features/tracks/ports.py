"""The shipped ports and anchorages: where they are, under which UN/LOCODE, and how well that is known."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

DATA = Path(__file__).parent / "data"
PORT: dict[str, pl.DataType] = {
    "point": pl.String(),
    "unlocode": pl.String(),
    "name": pl.String(),
    "country": pl.String(),
    "lat": pl.Float64(),
    "lon": pl.Float64(),
    "port_group": pl.String(),
    "same_as": pl.String(),
    "source": pl.String(),
    "checked": pl.String(),
    "apart_km": pl.Float64(),
    "as_of": pl.Date(),
}
ANCHORAGE: dict[str, pl.DataType] = {
    "point": pl.String(),
    "lat": pl.Float64(),
    "lon": pl.Float64(),
    "port": pl.String(),
    "label": pl.String(),
    "country": pl.String(),
}


@cache
def ports() -> pl.DataFrame:
    """All ports, by `point`, a name of its own: the UN/LOCODE, or the number of the World Port Index (WPI-7950).

    `unlocode` is null where the index has none; it may come twice where the index gives it to two places. `port_group`
    names ports that are one to customs (Vladivostok has two codes), for others the port itself. `same_as` is the point
    that positions are given to where several have the same place. `checked` says whether the sources agree about the
    place, and else what decided; `apart_km` how far the next source is; `as_of` when the sources were taken. Sources
    and licences: features/tracks/data/ports.md.
    """
    return pl.read_csv(DATA / "ports.csv.gz", schema=PORT)


@cache
def anchorages() -> pl.DataFrame:
    """Places where ships were seen at rest, by `point`; `port` is the point of the nearest port of their country within
    20 km, null without; `label` is how Global Fishing Watch calls them."""
    return pl.read_csv(DATA / "anchorages.csv.gz", schema=ANCHORAGE)


@cache
def port_points() -> pl.DataFrame:
    """Ports and anchorages as points for `port_visits`, by `point`: `point`, `lat`, `lon`, `port`, `port_group`,
    `name`, `country`.

    `port` is the point of the port, and `port_group` its group, both null for an anchorage away from ports.
    """
    own = ports().filter(pl.col("same_as").is_null()).with_columns(port="point")
    group = ports().select("port_group", port="point")
    away = anchorages().join(group, on="port", how="left").rename({"label": "name"})
    columns = ["point", "lat", "lon", "port", "port_group", "name", "country"]
    return pl.concat([own.select(columns), away.select(columns)]).sort("point")
