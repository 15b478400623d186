"""The shipped ports: keys, codes, places that sources have wrong; and that they are what the builder makes."""

from __future__ import annotations

import gzip
import re
import runpy
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from position_reports import DATA, START, real, reports

from features.tracks import ports as module
from features.tracks.geodesy import distance_km
from features.tracks.port_visits import port_visits
from features.tracks.ports import anchorages, port_points, ports

BUILDER = Path(__file__).parents[3] / "benchmarks" / "tracks" / "make_ports.py"
# UN/LOCODE of the ports of the default scenario and of the seeds of codes.
SEEDS = re.findall(
    r"\w+",
    """JPWKJ JPMBE JPNEM JPHNK JPABA JPKUH JPOTR JPRMI JPHKD JPSMN JPNIH RUVVO RUFIP RUNJK RUVYP RUZAR RUPKC RUKOR
RUNEV RUKHO RUVNN RUMAG RUSVK RUDKA RUPGN KRPUS KRBNP KRTGH KRSHO KPRJN USDUT CNDLC CNSHA CNTAO CNNGB CNSZX CNYTN JPKOB
JPTYO JPYOK JPNGO JPOSA HKHKG AEJEA MYPKG TRIST TRMER USSEA VNSGN ITGOA DEHAM DEBRV RULED KRINC""",
)


def test_every_port_has_a_name_of_its_own_a_place_and_a_group() -> None:
    assert not ports()["point"].is_duplicated().any()
    assert (
        ports().select("point", "name", "lat", "lon", "port_group", "source", "checked", "as_of").null_count().row(0)
        == (0,) * 8
    )
    codes = ports()["unlocode"].drop_nulls()
    assert codes.str.contains("^[A-Z]{2}[A-Z2-9]{3}$").all()
    assert ports().filter(pl.col("unlocode").is_not_null())["country"].str.contains("^[A-Z]{2}$").all()
    assert ports()["lat"].is_between(-90, 90).all()
    assert ports()["lon"].is_between(-180, 180).all()
    assert ports()["same_as"].drop_nulls().is_in(ports().filter(pl.col("same_as").is_null())["point"].implode()).all()


def test_all_seeds_are_there() -> None:
    assert set(SEEDS) <= set(ports()["point"])


@pytest.mark.parametrize(
    ("code", "lat", "lon"),
    [
        ("JPWKJ", 45.41, 141.69),
        ("JPMBE", 44.35, 143.36),
        ("JPNEM", 43.33, 145.58),
        ("JPABA", 44.02, 144.28),
        ("RUSVK", 50.66, 156.15),
        ("USDUT", 53.90, -166.53),
        ("KRBNP", 35.07, 128.80),
    ],
)
def test_ports_that_sources_have_wrong_or_not_at_all(code: str, lat: float, lon: float) -> None:
    port = ports().filter(point=code)
    there = (np.array([lat]), np.array([lon]))
    assert distance_km(port["lat"].to_numpy(), port["lon"].to_numpy(), *there)[0] < 2


def test_codes_of_one_port_are_one_group() -> None:
    group = dict(ports().select("point", "port_group").iter_rows())
    assert group["RUVVO"] == group["RUFIP"] == "vladivostok"
    assert group["KRPUS"] == group["KRBNP"] == "busan"
    assert group["DEHAM"] == "DEHAM"
    same = dict(ports().select("point", "same_as").iter_rows())
    assert (same["RUFIP"], same["RUVVO"]) == ("RUVVO", None)


def test_what_disagrees_is_flagged() -> None:
    counts = dict(ports().group_by(pl.col("checked").str.slice(0, 12)).len().iter_rows())
    far = ports().filter(pl.col("apart_km") > 10)
    assert far["checked"].str.contains("disagree|by hand").all()
    assert counts.keys() >= {"sources agre", "one source", "sources disa"}


def test_anchorages_belong_to_ports_near_by() -> None:
    assert not anchorages()["point"].is_duplicated().any()
    with_port = anchorages().join(ports().select(port="point", port_lat="lat", port_lon="lon"), on="port")
    assert with_port.height == anchorages()["port"].drop_nulls().len() > 20_000
    km = distance_km(*(with_port[name].to_numpy() for name in ("lat", "lon", "port_lat", "port_lon")))
    assert km.max() <= 20.01
    assert anchorages().filter(port="RUVVO").height > 20


def test_a_ship_at_vladivostok_visits_vladivostok() -> None:
    positions = reports([{"at": START, "lat": 43.107, "lon": 131.887, "speed_kn": 0.0}])
    (visit,) = port_visits(positions, port_points()).to_dicts()
    point = port_points().filter(point=visit["start_point"]).row(0, named=True)
    assert (point["port"], point["port_group"]) == ("RUVVO", "vladivostok")


def test_what_is_shipped_is_what_the_builder_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gfw_anchorage_overrides.csv.gz", "gfw_ports_9428.csv.gz", "nga_world_port_index_pub150.parquet"):
        real(f"ports/{name}")
    builder = runpy.run_path(str(BUILDER))
    builder["_write"].__globals__["OUT"] = tmp_path
    builder["main"](DATA)
    for name in ("ports.csv.gz", "anchorages.csv.gz"):
        shipped = gzip.decompress((module.DATA / name).read_bytes())
        assert gzip.decompress((tmp_path / name).read_bytes()) == shipped
