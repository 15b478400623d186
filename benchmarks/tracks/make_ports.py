"""Makes features/tracks/data/ports.csv.gz and anchorages.csv.gz out of lists of ports that are looked at side by side.

Run: python benchmarks/tracks/make_ports.py ../shared/data

Ports are those of the World Port Index (NGA Pub. 150), under their UN/LOCODE where they have one. Each is looked for,
by country and name, in the list of 9,428 ports and among the labels of the anchorages of Global Fishing Watch, and
`apart_km` is how far the nearer of those two is. Up to 10 km, the sources agree. Beyond, the ports of
ports_by_hand.csv are decided by hand, all others by this rule: the index stands if its point is within 5 km of a
shore, or within 10 km of a port of the list or an anchorage, of whatever name (ports up a river are). Otherwise the
port moves to its namesake of the list, if that is within 5 km of a shore and not over 100 km away (what is, is another
place); else the index stands. `checked` says which of these it was.
"""

from __future__ import annotations

import gzip
import re
import sys
import unicodedata
from pathlib import Path

import numpy as np
import polars as pl

from features.tracks.geodesy import distance_km
from features.tracks.near_ports import NOWHERE, NearPorts
from features.tracks.shore import signed_shore_km

AGREE_KM, SHORE_KM, NAMESAKE_KM, OWN_KM = 10.0, 5.0, 100.0, 20.0
AS_OF = "2026-11-23"  # when the lists were taken
HERE = Path(__file__).parent
OUT = HERE.parents[1] / "features" / "tracks" / "data"
NO_NAME = re.compile(r"\b(KO|HANG|GANG|PORT|HARBOU?R|BUKHTA|MINA|PUERTO|PORTO|ANCHORAGE|OFFSHORE)\b")


def main(shared: Path) -> None:
    index = _index(shared)
    listed = _listed(shared)
    anchorages = _anchorages(shared)
    ports = _decided(_checked(index, listed, anchorages))
    ports = ports.join(_groups(shared), on="unlocode", how="left").with_columns(
        port_group=pl.coalesce("by_hand_group", "port_group", "unlocode", "point"), as_of=pl.lit(AS_OF)
    )
    # A port with several codes is one place; the code of the index is the one that positions are given to.
    ports = ports.with_columns(pl.col("lat", "lon").round(4), pl.col("apart_km").round(1))
    ports = ports.sort(pl.col("source") == "by hand", "apart_km", "point", nulls_last=True).with_columns(
        same_as=pl.when(pl.struct("lat", "lon").is_first_distinct().not_()).then(
            pl.col("point").first().over("lat", "lon")
        )
    )
    ports = ports.select(
        "point",
        "unlocode",
        "name",
        "country",
        "lat",
        "lon",
        "port_group",
        "same_as",
        "source",
        "checked",
        "apart_km",
        "as_of",
    ).sort("point")
    _write(ports, "ports.csv.gz")
    _write(_with_ports(anchorages, ports), "anchorages.csv.gz")
    sys.stdout.write(
        f"{ports.height} ports\n{ports['checked'].value_counts(sort=True)}\n{anchorages.height} anchorages\n"
    )


def _index(shared: Path) -> pl.DataFrame:
    """The World Port Index: `point`, `unlocode` (null without), `names` (as they are compared), `country` (alpha-2)."""
    rows = pl.read_parquet(shared / "ports" / "nga_world_port_index_pub150.parquet").select(
        number=pl.col("World Port Index Number"),
        code=pl.col("UN/LOCODE").str.replace_all(" ", ""),
        name=pl.col("Main Port Name"),
        others=pl.col("Alternate Port Name"),
        land=pl.col("Country Code"),
        lat="Latitude",
        lon="Longitude",
    )
    rows = rows.with_columns(unlocode=pl.when(pl.col("code").str.contains("^[A-Z]{2}[A-Z2-9]{3}$")).then("code"))
    # A port without code is in the country that most of its land's codes begin with.
    lands = (
        rows.drop_nulls("unlocode")
        .group_by("land", country=pl.col("unlocode").str.slice(0, 2))
        .len()
        .sort("land", "len", "country", descending=[False, True, False])
        .unique("land", keep="first", maintain_order=True)
    )
    rows = rows.join(lands.select("land", "country"), on="land", how="left").sort("unlocode", "number", "lat", "lon")
    rows = rows.unique("number", keep="first", maintain_order=True)
    first = pl.col("unlocode").is_not_null() & pl.col("unlocode").is_first_distinct()
    return rows.select(
        pl.when(first).then("unlocode").otherwise("WPI-" + pl.col("number")).alias("point"),
        "unlocode",
        "name",
        pl.coalesce("country", pl.col("unlocode").str.slice(0, 2)).alias("country"),
        "lat",
        "lon",
        names=(pl.col("name") + ";" + pl.col("others")).map_elements(_names, return_dtype=pl.List(pl.String)),
    )


def _listed(shared: Path) -> pl.DataFrame:
    rows = pl.read_csv(shared / "ports" / "gfw_ports_9428.csv.gz")
    return _alpha2(rows, shared).select("country", "lat", "lon", names=_as_names("name"))


def _anchorages(shared: Path) -> pl.DataFrame:
    rows = pl.read_csv(shared / "ports" / "gfw_anchorage_overrides.csv.gz", schema_overrides={"s2id": pl.String})
    rows = rows.unique("s2id", keep="last", maintain_order=True).rename({"latitude": "lat", "longitude": "lon"})
    label = pl.col("label").str.strip_chars()
    # Some stand for no place.
    rows = rows.filter((label != "REMOVE") & (pl.col("lat").abs() < 89) & (pl.col("lat") != pl.col("lon")))
    return (
        _alpha2(rows, shared)
        .select("country", "lat", "lon", point="s2id", label=label, names=_as_names("label"))
        .sort("point")
    )


def _alpha2(rows: pl.DataFrame, shared: Path) -> pl.DataFrame:
    codes = pl.read_csv(shared / "trade" / "country_codes.csv.gz", infer_schema=False).select(
        iso3="ISO3166-1-Alpha-3", country="ISO3166-1-Alpha-2"
    )
    rows = rows.with_columns(pl.col("iso3").str.strip_chars())
    return rows.join(codes.drop_nulls(), on="iso3", how="left", maintain_order="left")


def _as_names(column: str) -> pl.Expr:
    return pl.col(column).fill_null("").map_elements(_names, return_dtype=pl.List(pl.String))


def _names(text: str) -> list[str]:
    """Names as they are compared: capital letters and digits, without words that only say that it is a port."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    names = {re.sub("[^A-Z0-9]", "", NO_NAME.sub(" ", part)) for part in re.split("[;()]", plain)}
    return sorted(names - {""})


def _checked(index: pl.DataFrame, listed: pl.DataFrame, anchorages: pl.DataFrame) -> pl.DataFrame:
    ports = index.with_row_index("row")
    for name, other in (("listed", listed), ("anchored", anchorages)):
        ports = ports.join(_nearest_namesake(ports, other, name), on="row", how="left", maintain_order="left")
    apart = pl.min_horizontal("listed_km", "anchored_km")
    at_shore = pl.Series(np.abs(signed_shore_km(ports["lat"].to_numpy(), ports["lon"].to_numpy())) <= SHORE_KM)
    there = ports.select(pl.col("listed_lat", "listed_lon").fill_null(0.0))
    there_at_shore = pl.Series(np.abs(signed_shore_km(*(there[name].to_numpy() for name in there.columns))) <= SHORE_KM)
    others = pl.concat([listed.select("lat", "lon"), anchorages.select("lat", "lon")])
    near = NearPorts(others["lat"].to_numpy(), others["lon"].to_numpy(), AGREE_KM)
    alone = pl.Series(near.nearest(ports["lat"].to_numpy(), ports["lon"].to_numpy())[0] == NOWHERE)
    moves = (apart > AGREE_KM) & ~at_shore & alone & there_at_shore & (pl.col("listed_km") <= NAMESAKE_KM)
    return ports.with_columns(
        apart_km=apart,
        checked=pl.when(apart.is_null())
        .then(pl.lit("one source"))
        .when(apart <= AGREE_KM)
        .then(pl.lit("sources agree"))
        .when(moves)
        .then(pl.lit("sources disagree, moved"))
        .otherwise(pl.lit("sources disagree, kept")),
        lat=pl.when(moves.fill_null(False)).then("listed_lat").otherwise("lat"),
        lon=pl.when(moves).then("listed_lon").otherwise("lon"),
        source=pl.when(moves).then(pl.lit("GFW ports")).otherwise(pl.lit("WPI")),
        by_hand_group=pl.lit(None, pl.String),
    )


def _nearest_namesake(ports: pl.DataFrame, other: pl.DataFrame, name: str) -> pl.DataFrame:
    """The nearest of the others with a name of the port, in its country: `row`, `<name>_km`, `_lat`, `_lon`."""
    pairs = (
        ports.select("row", "country", "lat", "lon", names="names")
        .explode("names")
        .join(
            other.select("country", "names", there_lat="lat", there_lon="lon").explode("names"), on=["country", "names"]
        )
    )
    km = distance_km(*(pairs[column].to_numpy() for column in ("lat", "lon", "there_lat", "there_lon")))
    return (
        pairs.with_columns(pl.Series(f"{name}_km", km))
        .sort("row", f"{name}_km", "there_lat", "there_lon")
        .unique("row", keep="first", maintain_order=True)
        .select("row", f"{name}_km", pl.col("there_lat").alias(f"{name}_lat"), pl.col("there_lon").alias(f"{name}_lon"))
    )


def _decided(ports: pl.DataFrame) -> pl.DataFrame:
    by_hand = pl.read_csv(HERE / "ports_by_hand.csv", infer_schema=False).with_columns(
        pl.col("lat", "lon").cast(pl.Float64)
    )
    replaced = ports.filter(pl.col("point").is_in(by_hand["instead_of"].drop_nulls().to_list()))
    hand = (
        by_hand.join(replaced.select(instead_of="point", apart_km="apart_km"), on="instead_of", how="left")
        .select(
            "unlocode",
            "name",
            "country",
            "lat",
            "lon",
            "apart_km",
            point="unlocode",
            by_hand_group="port_group",
            source=pl.lit("by hand"),
            checked="why",
        )
        .with_columns(checked="by hand: " + pl.col("checked"))
    )
    return pl.concat([ports.join(replaced, on="point", how="anti").select(hand.columns), hand])


def _groups(shared: Path) -> pl.DataFrame:
    return pl.read_csv(shared / "reference" / "port_groups.csv").select("unlocode", port_group="group")


def _with_ports(anchorages: pl.DataFrame, ports: pl.DataFrame) -> pl.DataFrame:
    """Each anchorage with the nearest port within 20 km that is of its country, `port`; null without."""
    own = []
    for country in sorted(set(anchorages["country"].drop_nulls())):
        here, there = anchorages.filter(country=country), ports.filter(pl.col("same_as").is_null(), country=country)
        if not there.height:
            continue
        near = NearPorts(there["lat"].to_numpy(), there["lon"].to_numpy(), OWN_KM)
        place, _ = near.nearest(here["lat"].to_numpy(), here["lon"].to_numpy())
        found = pl.Series(place).replace(NOWHERE, None)
        own.append(pl.DataFrame({"point": here["point"], "port": there["point"].gather(found)}))
    return (
        anchorages.join(pl.concat(own), on="point", how="left", maintain_order="left")
        .select("point", pl.col("lat", "lon").round(5), "port", "label", "country")
        .sort("point")
    )


def _write(frame: pl.DataFrame, name: str) -> None:
    (OUT / name).write_bytes(gzip.compress(frame.write_csv().encode(), 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
