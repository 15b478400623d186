"""Sea areas of the FAO: places that are known to be in one, the lines, and the areas beside a walk along them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.fao_areas import fao_area
from features.tracks.coastline import coastline

# The outlines as the FAO describes them, corner by corner (lon, lat; east of Greenwich to 360), closed on land.
OUTLINES = {
    "61": [(185, 66.5), (185, 20), (115, 20), (115, 15), (105, 15), (105, 66.5)],
    "67": [(185, 65.5), (185, 40), (230, 40), (230, 40.5), (238, 40.5), (238, 65.5)],
}


def area_of(lat: float, lon: float) -> str | None:
    frame = pl.DataFrame({"lat": [lat], "lon": [lon]}, schema={"lat": pl.Float64, "lon": pl.Float64})
    found: str | None = frame.select(fao_area(pl.col("lat"), pl.col("lon"))).item()
    return found


def plain_area(lat: float, lon: float) -> str | None:
    """By the edges of the outline that lie north of the place."""
    east = lon % 360
    for area, corners in OUTLINES.items():
        edges = zip(corners, corners[1:] + corners[:1], strict=True)
        crossed = [a for a, b in edges if a[1] == b[1] > lat and min(a[0], b[0]) <= east < max(a[0], b[0])]
        if len(crossed) % 2:
            return area
    return None


def about(axis: int) -> st.SearchStrategy[float]:
    """Latitudes or longitudes near the corners, and of a grid that misses all of them."""
    corners = sorted({corner[axis] for outline in OUTLINES.values() for corner in outline})
    beside = st.sampled_from([-0.9, -0.4, 0.4, 0.9])
    near = st.builds(lambda corner, step: (corner + step + 180) % 360 - 180, st.sampled_from(corners), beside)
    anywhere = st.integers(0, 799).map(lambda tenth: (0.05 + tenth / 10) * (1 if axis else 4.5) - (0 if axis else 180))
    return st.one_of(near, near, anywhere)


@given(about(1), about(0))
@settings(max_examples=600, deadline=None)
def test_as_a_walk_along_the_outlines_tells(lat: float, lon: float) -> None:
    assert area_of(lat, lon) == plain_area(lat, lon)


@pytest.mark.parametrize(
    ("lat", "lon", "area"),
    [
        (43.2, 145.6, "61"),  # off Nemuro
        (55.0, 150.0, "61"),  # the Sea of Okhotsk
        (58.0, 165.0, "61"),  # off Karaginsky
        (66.1, -179.5, "61"),  # Kresta Bay
        (63.5, -177.0, "61"),  # the Gulf of Anadyr, south of Chukotka and west of 175 W
        (38.0, 122.0, "61"),  # the Yellow Sea
        (22.0, 119.0, "61"),  # the Taiwan Strait
        (19.0, 107.0, "61"),  # the Gulf of Tonkin
        (16.0, 112.0, "61"),  # the South China Sea, north of 15 N and west of 115 E
        (16.0, 118.0, None),  # the South China Sea, east of 115 E: 71
        (14.0, 110.5, None),  # and south of 15 N
        (13.5, 144.8, None),  # Guam: 71
        (15.5, 96.0, None),  # the Andaman Sea: 57
        (57.0, -170.0, "67"),  # the Pribilof Islands
        (53.9, -166.5, "67"),  # Dutch Harbor
        (64.3, -172.0, "67"),  # off Provideniya, east of 175 W
        (48.3, -123.0, "67"),  # the Strait of Juan de Fuca
        (40.2, -150.0, "67"),  # between 40 N and 40 30 N: 67 west of 130 W
        (40.2, -127.0, None),  # and 77 east of it
        (21.0, -158.0, None),  # Honolulu: 77
        (67.5, -169.0, None),  # the Chukchi Sea: 18
        (70.0, 165.0, None),  # the East Siberian Sea: 18
    ],
)
def test_known_places(lat: float, lon: float, area: str | None) -> None:
    assert area_of(lat, lon) == area


def test_the_areas_meet_at_175_west() -> None:
    assert (area_of(57.0, -175.0), area_of(57.0, np.nextafter(-175.0, -180))) == ("67", "61")
    assert area_of(50.0, 180.0) == area_of(50.0, -180.0) == "61"


def test_the_line_between_them_reaches_the_coast_where_it_is_said_to() -> None:
    coast = coastline()
    crosses = (coast.lon <= -175) != (coast.to_lon <= -175)
    north = coast.lat[crosses]
    assert north[(north > 60) & (north < 66)] == pytest.approx([64.75], abs=0.05)


def test_a_place_that_is_not_known_is_in_no_area() -> None:
    frame = pl.DataFrame({"lat": [None, 50.0], "lon": [150.0, None]}, schema={"lat": pl.Float64, "lon": pl.Float64})
    assert frame.select(fao_area(pl.col("lat"), pl.col("lon"))).to_series().to_list() == [None, None]
