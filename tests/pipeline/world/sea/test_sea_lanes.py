"""Sea lanes: shortest ways, waters and their spots, and no step across land."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from sections import load_sea

from pipeline.world.sea.sea_lanes import SeaLanes, great_circle_nm

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
LAND = SHARED / "boundaries" / "ne_10m_land_5dp.geojson.gz"
GROUPS = SHARED / "reference" / "port_groups.csv"
HARBOUR_NM = 10.0
Points = NDArray[np.float64]


class Coast(NamedTuple):
    """Steps of the coast as lon, lat of both ends, and of their lower left and upper right."""

    first: Points
    last: Points
    low: Points
    high: Points


@pytest.fixture(scope="module")
def lanes() -> SeaLanes:
    return SeaLanes(load_sea())


def test_great_circle_knows_a_degree_and_a_quarter_of_the_earth() -> None:
    assert great_circle_nm(45, 140, 46, 140) == pytest.approx(60.04, abs=0.01)
    assert great_circle_nm(0, 170, 0, -100) == pytest.approx(3440.065 * np.pi / 2)


def test_ways_are_symmetric_and_end_where_asked(lanes: SeaLanes) -> None:
    start, end = lanes.place("RUVVO"), lanes.place("JPKUH")
    way = lanes.way(start, end)
    assert (way[0], way[-1]) == (start, end)
    assert lanes.way(end, start) == way[::-1]
    assert lanes.length_nm(start, end) == lanes.length_nm(end, start)
    assert any(lanes.names[place].startswith("tsugaru") for place in way)


def test_no_way_leads_through_a_port_or_a_ground(lanes: SeaLanes) -> None:
    sea = load_sea()
    for start in ("RUPKC", "JPNEM", "DEHAM", "USDUT"):
        for end in (*sea.ports, *sea.grounds, *sea.meeting_places):
            between = lanes.way(lanes.place(start), lanes.place(end))[1:-1]
            assert all(lanes.names[place] in sea.way_points for place in between), (start, end)


def test_a_way_is_the_shortest_of_a_small_graph(lanes: SeaLanes) -> None:
    """Against Bellman's relaxations over all steps."""
    sea = load_sea()
    source = lanes.place("JPOTR")
    steps = [(lanes.place(a), lanes.place(b)) for chain in sea.chains for a, b in pairwise(chain)]
    far = dict.fromkeys(range(len(lanes.names)), np.inf)
    far[source] = 0.0
    passed = {lanes.place(name) for name in sea.way_points} | {source}
    for _ in range(60):
        for a, b in [*steps, *((b, a) for a, b in steps)]:
            if a in passed:
                far[b] = min(far[b], far[a] + lanes.length_nm(a, b))
    for port in sea.ports:
        assert lanes.length_nm(source, lanes.place(port)) == pytest.approx(far[lanes.place(port)])


def test_spots_lie_within_their_water_and_ways_end_at_them(lanes: SeaLanes) -> None:
    for name, ground in load_sea().grounds.items():
        spots = lanes.spots(name)
        assert len(set(spots)) == len(spots) == load_sea().spots
        for spot in spots:
            away = great_circle_nm(ground.lat, ground.lon, float(lanes.lat[spot]), float(lanes.lon[spot]))
            assert away <= ground.extent_nm * 1.01
        line = lanes.line(lanes.place("RUPKC"), spots[7])
        assert line[-1][0] == lanes.lat[spots[7]]


def test_a_line_is_continuous_across_the_date_line(lanes: SeaLanes) -> None:
    line = lanes.line(lanes.place("JPKUH"), lanes.place("USDUT"))
    assert np.abs(np.diff(line[:, 1])).max() < 20
    assert line[:, 1].max() > 180


def test_the_place_before_a_port_is_a_way_point(lanes: SeaLanes) -> None:
    assert lanes.before(lanes.place("RUVVO"), lanes.place("JPOTR")) == "ishikari"
    assert lanes.halfway(lanes.place("RUVVO"), lanes.place("JPOTR")) in load_sea().way_points
    assert lanes.before(*lanes.spots("navarin")[:2]) is None


def test_places_that_no_chain_joins_are_told() -> None:
    sea = load_sea()
    chains = tuple(chain for chain in sea.chains if "RUMAG" not in chain)
    cut = SeaLanes(sea.model_copy(update={"chains": chains}))
    with pytest.raises(ValueError, match=r"needed a way from .*, found none: join them by a chain"):
        cut.way(cut.place("RUVVO"), cut.place("RUMAG"))


def test_ports_lie_where_the_port_groups_say() -> None:
    if not GROUPS.exists():
        pytest.skip("needs ../shared/data/reference/port_groups.csv, which is not there")
    known = load_sea().ports
    groups = pl.read_csv(GROUPS).filter(pl.col("lat").is_not_null() & pl.col("unlocode").is_in(list(known)))
    assert groups.height > 30
    for code, lat, lon in groups.select("unlocode", "lat", "lon").iter_rows():
        assert great_circle_nm(lat, lon, *known[code]) < 3, code


def test_no_step_crosses_land(lanes: SeaLanes) -> None:
    if not LAND.exists():
        pytest.skip("needs ../shared/data/boundaries/ne_10m_land_5dp.geojson.gz, which is not there")
    coast = _coast()
    sea = load_sea()
    canals = {frozenset(canal) for canal in sea.canals}
    steps = {(a, b) for chain in sea.chains for a, b in pairwise(chain) if frozenset((a, b)) not in canals}
    waters = {**sea.grounds, **sea.meeting_places}
    steps |= {(join, name) for name, water in waters.items() for join in water.joins}
    crossing = []
    for one, other in sorted(steps):
        pairs = [(lanes.place(one), lanes.place(other))]
        pairs += [(lanes.place(one), spot) for spot in _some_spots(lanes, other)]
        pairs += [(lanes.place(other), spot) for spot in _some_spots(lanes, one)]
        if one in waters:
            pairs += [(end, spot) for spot in _some_spots(lanes, other) for end in lanes.spots(one)[-8:]]
        ends = [_open_water(lanes, *pair) for pair in pairs]
        if _crosses(coast, np.concatenate([end[0] for end in ends]), np.concatenate([end[1] for end in ends])):
            crossing.append((one, other))
    assert not crossing, "\n".join(map(str, crossing))


def _some_spots(lanes: SeaLanes, name: str) -> list[int]:
    """The outermost places about a way point, ground or meeting place, and some within; none where nobody lies."""
    sea = load_sea()
    if name in sea.ports or name in sea.narrows:
        return []
    spots = lanes.spots(name)
    return spots[-12::2] + spots[:-12:15]


def _coast() -> Coast:
    """Both ends of every step of the coast; the far east once more beyond 180 degrees."""
    starts, ends = [], []
    with gzip.open(LAND) as file:
        features = json.load(file)["features"]
    for feature in features:
        shape = feature["geometry"]
        for polygon in shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]:
            for ring in polygon:
                points = np.array(ring)[:, :2]
                starts.append(points[:-1])
                ends.append(points[1:])
    start, end = np.concatenate(starts), np.concatenate(ends)
    sailed = (start[:, 1] > 0) & (start[:, 1] < 66)
    start, end = start[sailed], end[sailed]
    west = start[:, 0] < -140
    shift = np.array([360.0, 0.0])
    first, last = np.concatenate([start, start[west] + shift]), np.concatenate([end, end[west] + shift])
    return Coast(first, last, np.minimum(first, last), np.maximum(first, last))


def _open_water(lanes: SeaLanes, one: int, other: int) -> tuple[Points, Points]:
    """A step as lon, lat of its ends, without the last miles to a port."""
    a, b = lanes.line(one, other) if one < other else lanes.line(other, one)[::-1]
    length = great_circle_nm(a[0], a[1], b[0], b[1])
    ports = load_sea().ports
    cut = [HARBOUR_NM / length if lanes.names[place] in ports else 0.0 for place in (one, other)]
    start, end = a + (b - a) * min(cut[0], 0.5), b + (a - b) * min(cut[1], 0.5)
    return start[None, ::-1], end[None, ::-1]


def _crosses(coast: Coast, starts: Points, ends: Points) -> bool:
    """Whether any of some steps crosses the coast: both ends of each lie on different sides of the other's line."""
    around = _near(coast, np.minimum(starts, ends).min(axis=0), np.maximum(starts, ends).max(axis=0))
    return any(_crossed(around, start, end) for start, end in zip(starts, ends, strict=True))


def _crossed(coast: Coast, start: Points, end: Points) -> bool:
    near = _near(coast, np.minimum(start, end), np.maximum(start, end))
    first, last = near.first, near.last
    ashore = _side(start, end, first) * _side(start, end, last) < 0
    return bool((ashore & (_side(first, last, start) * _side(first, last, end) < 0)).any())


def _near(coast: Coast, low: Points, high: Points) -> Coast:
    rows = np.flatnonzero(coast.low[:, 0] <= high[0])
    rows = rows[coast.high[rows, 0] >= low[0]]
    rows = rows[(coast.low[rows, 1] <= high[1]) & (coast.high[rows, 1] >= low[1])]
    return Coast(coast.first[rows], coast.last[rows], coast.low[rows], coast.high[rows])


def _side(start: Points, end: Points, point: Points) -> Points:
    along, away = end - start, point - start
    return np.asarray(along[..., 0] * away[..., 1] - along[..., 1] * away[..., 0], dtype=np.float64)
