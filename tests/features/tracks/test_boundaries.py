"""Distances from maritime boundaries, beside a plain search through every line, and places that are known."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from position_reports import real

from features.tracks import boundaries as module
from features.tracks.boundaries import boundaries, boundary_nm, line_nm, zone_limit_nm
from features.tracks.geodesy import KM_PER_NM, destination, distance_nm
from features.tracks.shore import shore_km

BUILDER = Path(__file__).parents[3] / "benchmarks" / "tracks" / "make_shore.py"


def plain_nm(lat: float, lon: float) -> float:
    """The least distance to any of 2001 points of each arc whose ends could be near enough to matter."""
    lines = boundaries()
    here = (np.array(lat), np.array(lon))
    ends = np.minimum(distance_nm(lines.lat, lines.lon, *here), distance_nm(lines.to_lat, lines.to_lon, *here))
    kept = ends <= ends.min() + 60  # no arc is longer than 0.7 degrees
    share = np.linspace(0, 1, 2001)[None]
    lats = lines.lat[kept, None] * (1 - share) + lines.to_lat[kept, None] * share
    lons = lines.lon[kept, None] * (1 - share) + lines.to_lon[kept, None] * share
    return float(distance_nm(lats, lons, *here).min())


def one(measure, lat: float, lon: float) -> float:
    return float(measure(np.array([lat]), np.array([lon]))[0])


@given(st.floats(-1, 1), st.floats(-180, 180))
@settings(max_examples=40, deadline=None)
def test_the_distance_is_that_of_a_search_through_all_lines(sine, lon):
    lat = float(np.degrees(np.arcsin(sine)))
    assert one(line_nm, lat, lon) == pytest.approx(plain_nm(lat, lon), abs=0.1)


@given(st.integers(0, 3_800), st.floats(0, 360), st.sampled_from([0.05, 1.0, 12.0]))
@settings(max_examples=40, deadline=None)
def test_so_it_is_close_to_the_lines(place, bearing, away_nm):
    lines = boundaries()
    start = (lines.lat[place : place + 1], lines.lon[place : place + 1])
    lat, lon = destination(*start, np.array([bearing]), np.array([away_nm * KM_PER_NM]))
    found = line_nm(lat, lon)[0]
    assert found <= away_nm + 1e-6
    assert found == pytest.approx(plain_nm(float(lat[0]), float(lon[0])), abs=0.05)


@given(st.floats(-1, 1), st.floats(-180, 180))
@settings(max_examples=40, deadline=None)
def test_the_limit_of_zones_is_200_nm_from_shore(sine, lon):
    lat = float(np.degrees(np.arcsin(sine)))
    shore_nm = one(shore_km, lat, lon) / KM_PER_NM
    assert one(zone_limit_nm, lat, lon) == pytest.approx(abs(shore_nm - 200))
    assert one(boundary_nm, lat, lon) == min(one(line_nm, lat, lon), one(zone_limit_nm, lat, lon))


def test_outside_the_limit_its_distance_is_how_far_one_must_go():
    # Point Nemo, 1,450 nm from Ducie Island, which lies north of it.
    away = one(zone_limit_nm, -48.8767, -123.3933)
    lat, lon = destination(
        np.full(720, -48.8767), np.full(720, -123.3933), np.arange(720) / 2, np.full(720, away * KM_PER_NM)
    )
    assert zone_limit_nm(lat, lon).min() == pytest.approx(0, abs=0.1)
    closer = destination(
        np.full(720, -48.8767), np.full(720, -123.3933), np.arange(720) / 2, np.full(720, (away - 5) * KM_PER_NM)
    )
    assert (shore_km(*closer) / KM_PER_NM).min() > 200


@pytest.mark.parametrize(
    ("lat", "lon", "low", "high"),
    [
        (45.8, 142.0, 0, 6),  # La Perouse Strait
        (44.2, 145.5, 0, 6),  # the Nemuro Strait
        (34.6, 129.1, 0, 8),  # the Korea Strait
        (53.3, 148.6, 0, 25),  # the Sea of Okhotsk, where its middle begins to be 200 nm from shore
        (57.0, 179.0, 60, 120),  # in the middle of the Bering Sea, whose centre is the high seas
        (39.5, 135.0, 40, 100),  # the Sea of Japan: a boundary runs there, but none is drawn
        (42.98, 144.38, 50, 90),  # Kushiro
    ],
)
def test_known_places(lat, lon, low, high):
    assert low <= one(boundary_nm, lat, lon) <= high


def test_lines_that_are_added_count_beside_those_that_ship():
    places = [("b", 2, 39.0, 136.0), ("b", 1, 39.0, 134.0), ("a", 1, 20.0, 130.0), ("a", 2, 20.0, 130.0)]
    more = pl.DataFrame(places, schema=["line", "place", "lat", "lon"], orient="row")
    here = (np.array([39.5, 45.8, 37.0]), np.array([135.0, 142.0, 133.5]))  # the last lies between the two lines
    with_more = boundary_nm(*here, more)
    assert with_more[0] == pytest.approx(30, abs=0.3)  # half a degree from the parallel, which the arc all but follows
    assert (with_more[1], with_more[2] > 60) == (boundary_nm(*here)[1], True)
    assert (boundary_nm(*here, more.head(0)) == boundary_nm(*here)).all()


def test_what_ships_is_whole():
    lines = boundaries()
    assert Counter(lines.kinds) == {"median": 103, "treaty": 71, "200 nm": 28, "disputed": 21}
    assert set(lines.line) == set(range(len(lines.kinds)))
    lengths = distance_nm(lines.lat, lines.lon, lines.to_lat, lines.to_lon)
    assert 0 < lengths.min() < lengths.max() < 45
    assert (np.abs(lines.lat) <= 90).all()
    assert (np.abs(lines.lon) <= 180).all()


def test_what_ships_is_what_the_builder_makes():
    source = real("boundaries/ne_10m_maritime_indicator.geojson.gz")
    builder = runpy.run_path(str(BUILDER))
    lines, kinds = builder["lines_of"](source)
    made = builder["packed"](lines)
    with np.load(module.BOUNDARIES) as shipped:
        assert all((shipped[name] == made[name]).all() for name in ("lengths", "planes"))
        assert list(shipped["kinds"]) == kinds


def test_missing_positions_have_no_distance_and_order_and_number_do_not_matter():
    rng = np.random.default_rng(3)
    lat, lon = rng.uniform(-80, 80, 2500), rng.uniform(-180, 180, 2500)
    lat[5], lon[7] = np.nan, np.nan
    found = boundary_nm(lat, lon)
    assert np.flatnonzero(np.isnan(found)).tolist() == [5, 7]
    order = rng.permutation(2500)
    assert boundary_nm(lat[order], lon[order]).tobytes() == found[order].tobytes()
    assert boundary_nm(np.array([]), np.array([])).size == 0


def test_180_degrees_east_and_west_are_one_meridian():
    lat = np.linspace(-85, 85, 200)
    np.testing.assert_allclose(line_nm(lat, np.full(200, 180.0)), line_nm(lat, np.full(200, -180.0)), atol=1e-6)


def test_coordinates_out_of_range_are_refused_with_their_place():
    with pytest.raises(ValueError, match=r"found 1 outside, the first 91\.0, 5\.0 at place 1"):
        line_nm(np.array([1.0, 91.0]), np.array([5.0, 5.0]))


def test_an_installation_without_the_data_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "BOUNDARIES", tmp_path / "boundaries.npz")
    with pytest.raises(FileNotFoundError, match="install the package with its data"):
        boundaries.__wrapped__()
