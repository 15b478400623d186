"""Distances from shore, beside a plain search through every edge of the coastline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tracks.coastline import coastline
from features.tracks.geodesy import EARTH_KM, distance_km
from features.tracks.shore import shore_km, signed_shore_km

AIS = Path(__file__).parents[4] / "shared" / "data" / "ais"


def plain_km(lat: float, lon: float) -> float:
    """The least distance to any of 16 points on each edge that could matter, in degrees between the ends."""
    coast = coastline()
    ends = np.minimum(
        distance_km(coast.lat, coast.lon, np.array(lat), np.array(lon)),
        distance_km(coast.to_lat, coast.to_lon, np.array(lat), np.array(lon)),
    )
    kept = coast.shore & (ends <= ends[coast.shore].min() + 60)
    share = np.linspace(0, 1, 2001)[None]
    lats = coast.lat[kept, None] * (1 - share) + coast.to_lat[kept, None] * share
    lons = coast.lon[kept, None] * (1 - share) + coast.to_lon[kept, None] * share
    return float(distance_km(lats, lons, np.array(lat), np.array(lon)).min())


def on_land(lat: float, lon: float) -> bool:
    """By the outlines that the meridian from the point to the North Pole crosses, counted with their direction."""
    coast = coastline()
    lon = lon if lon > -180 else -180 + 1e-9
    crosses = (coast.lon <= lon) != (coast.to_lon <= lon)
    begin, end = coast.lat[crosses], coast.to_lat[crosses]
    share = (lon - coast.lon[crosses]) / (coast.to_lon[crosses] - coast.lon[crosses])
    north = begin + share * (end - begin) > lat
    return int(np.sign(coast.to_lon[crosses] - coast.lon[crosses])[north].sum()) != 0


@given(st.floats(-1, 1), st.floats(-180, 180))
@settings(max_examples=60, deadline=None)
def test_the_distance_is_that_of_a_search_through_all_edges(sine, lon):
    lat = float(np.degrees(np.arcsin(sine)))
    found = signed_shore_km(np.array([lat]), np.array([lon]))[0]
    assert abs(found) == pytest.approx(plain_km(lat, lon), abs=0.03)
    if abs(found) > 0.05:
        assert (found < 0) == on_land(lat, lon)


@given(st.integers(0, 400_000), st.floats(0, 360), st.sampled_from([0.03, 0.3, 3.0]))
@settings(max_examples=60, deadline=None)
def test_so_it_is_close_to_the_corners_of_the_coast(place, bearing, away_km):
    coast = coastline()
    place = int(np.flatnonzero(coast.shore)[place])
    step = np.degrees(away_km / EARTH_KM)
    lat = coast.lat[place] + step * np.cos(np.radians(bearing))
    lon = coast.lon[place] + step * np.sin(np.radians(bearing)) / np.cos(np.radians(coast.lat[place]))
    lon = (lon + 180) % 360 - 180
    found = signed_shore_km(np.array([lat]), np.array([lon]))[0]
    assert abs(found) <= away_km * 1.01
    assert abs(found) == pytest.approx(plain_km(lat, lon), abs=0.03)
    if abs(found) > 0.005:
        assert (found < 0) == on_land(lat, lon)


@pytest.mark.parametrize(
    ("lat", "lon", "low", "high"),
    [
        (48.0, -30.0, 900, 1400),  # the North Atlantic; the Azores are nearest
        (-48.8767, -123.3933, 2650, 2720),  # Point Nemo, as far from land as one can be
        (54.6, 11.35, 0, 12),  # the Fehmarn Belt
        (42.0, 50.5, 60, 150),  # the Caspian Sea is a sea
        (0.0, -25.0, 450, 550),  # the rocks of Saint Peter and Saint Paul
    ],
)
def test_known_places(lat, lon, low, high):
    assert low <= shore_km(np.array([lat]), np.array([lon]))[0] <= high


@pytest.mark.parametrize(("lat", "lon"), [(52.5, 13.4), (47.5, -87.5), (67.0, 180.0), (67.0, -180.0), (-90.0, 0.0)])
def test_land_lakes_and_poles_of_ice_are_no_distance_away(lat, lon):
    assert shore_km(np.array([lat]), np.array([lon]))[0] == 0
    assert signed_shore_km(np.array([lat]), np.array([lon]))[0] < 0


def test_180_degrees_east_and_west_are_one_meridian():
    lat = np.linspace(-85, 85, 400)
    east = signed_shore_km(lat, np.full(400, 180.0))
    np.testing.assert_allclose(east, signed_shore_km(lat, np.full(400, -180.0)), atol=1e-6)


def test_missing_positions_have_no_distance_and_order_and_number_do_not_matter():
    rng = np.random.default_rng(3)
    lat, lon = rng.uniform(-80, 80, 3000), rng.uniform(-180, 180, 3000)
    lat[5], lon[7] = np.nan, np.nan
    found = shore_km(lat, lon)
    assert np.flatnonzero(np.isnan(found)).tolist() == [5, 7]
    order = rng.permutation(3000)
    assert shore_km(lat[order], lon[order]).tobytes() == found[order].tobytes()
    assert shore_km(lat[100:200], lon[100:200]).tobytes() == found[100:200].tobytes()
    assert shore_km(np.array([]), np.array([])).size == 0


def test_coordinates_out_of_range_are_refused_with_their_place():
    with pytest.raises(ValueError, match=r"found 1 outside, the first 91\.0, 5\.0 at place 1"):
        shore_km(np.array([1.0, 91.0]), np.array([5.0, 5.0]))
    with pytest.raises(ValueError, match="as many latitudes as longitudes"):
        shore_km(np.array([1.0]), np.array([5.0, 5.0]))


def test_a_published_column_of_distances_agrees():
    source = AIS / "noaa_track_tufty_202302.parquet"
    if not source.exists():
        pytest.skip("the real positions of shared/data/ais are not here")
    track = pl.read_parquet(source).filter(pl.col("distance_to_coast") > 5000)
    found = shore_km(track["lat"].to_numpy(), track["lon"].to_numpy())
    difference = np.abs(found - track["distance_to_coast"].to_numpy() / 1000)
    assert np.median(difference) < 1.5  # the column comes from a raster of about a kilometre
    assert difference.max() < 6
