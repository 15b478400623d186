"""The shipped coastline and what is drawn of it."""

from __future__ import annotations

import numpy as np
import pytest

from features.tracks import coastline as module
from features.tracks.coastline import coast_lines, coastline


def test_every_outline_is_closed_and_land_lies_to_its_left():
    coast = coastline()
    ends = np.flatnonzero(np.append(np.diff(coast.ring) != 0, True))
    begins = np.append(0, ends[:-1] + 1)
    assert (coast.to_lat[ends] == coast.lat[begins]).all()
    assert (coast.to_lon[ends] == coast.lon[begins]).all()
    doubled = np.bincount(coast.ring, coast.lon * coast.to_lat - coast.to_lon * coast.lat)
    assert (doubled < 0).sum() == 1  # the Caspian Sea alone is water inside land


def test_edges_that_only_close_a_polygon_of_the_map_are_no_shore():
    coast = coastline()
    cut = ~coast.shore
    assert 0 < cut.sum() < 1000
    assert ((np.abs(coast.lon[cut]) == 180) | (coast.lat[cut] == -90) | (coast.to_lat[cut] == -90)).all()


def test_the_coast_of_iceland_is_one_line_that_comes_back_to_its_begin():
    lines = coast_lines(62.5, -26, 67.5, -12)
    lat, lon = max(lines, key=lambda line: len(line[0]))
    assert (lat[0], lon[0]) == (lat[-1], lon[-1])
    assert 63.3 < lat.min() < 63.5
    assert 66.4 < lat.max() < 66.7


def test_a_box_across_the_180th_meridian_goes_on_beyond_180_degrees():
    lines = coast_lines(62, 170, 72, -165)
    lon = np.concatenate([line[1] for line in lines])
    assert lon.min() < 180 < lon.max()
    assert all(np.abs(np.diff(line[1])).max() < 20 for line in lines)


def test_there_is_no_coast_in_the_middle_of_the_atlantic():
    assert coast_lines(30, -45, 35, -40) == []


@pytest.mark.parametrize(
    "box", [(10, 0, 5, 10), (-91, 0, 5, 10), (0, 190, 5, 195), (0, 10, 5, 10), (0, 0, float("nan"), 10)]
)
def test_a_box_that_is_not_one_is_refused(box):
    with pytest.raises(ValueError, match="give degrees in this order"):
        coast_lines(*box)


def test_an_installation_without_the_data_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "COASTLINE", tmp_path / "coastline.npz")
    with pytest.raises(FileNotFoundError, match="install the package with its data"):
        coastline.__wrapped__()
