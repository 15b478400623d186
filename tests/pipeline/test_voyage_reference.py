"""What an administration sets about voyages: what ships reaches the families, mistakes are told with line and key."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from features.contract import load_contract
from features.tracks.boundaries import line_nm
from features.voyage_options import VoyageOptions
from pipeline.errors import Usage
from pipeline.options import options_of
from pipeline.settings import load_settings

STOWAGE = "product_form,kg_per_m3,source\n"
LINES = "line,place,lat,lon,source\n"


def overlay(place: Path, text: str, name: str = "stowage.csv") -> Path:
    (place / "reference").mkdir()
    (place / "reference" / name).write_text(text, encoding="utf-8")
    return place


def test_the_shipped_stowage_knows_every_form_that_tells_one_and_reaches_the_families() -> None:
    stowage = dict(options_of(load_settings()).stowage.iter_rows())
    assert stowage.keys() == {*load_contract()["goods_item"].columns["product_form"].allowed} - {"other"}
    assert (stowage["live"], stowage["canned"]) == (400.0, 800.0)


def test_an_administration_brings_its_own_stowage_and_may_leave_forms_out(tmp_path: Path) -> None:
    options = options_of(load_settings([overlay(tmp_path, f"{STOWAGE}meat,612.5,own\n")]))
    assert options.stowage.rows() == [("meat", 612.5)]


def test_the_shipped_lines_are_two_and_lie_where_the_shipped_map_has_them() -> None:
    lines = options_of(load_settings()).boundary_lines
    assert dict(lines.group_by("line").len().iter_rows()) == {"japan-korea-1974": 35, "us-su-1990": 31}
    strait = lines.filter(pl.col("line") == "japan-korea-1974", pl.col("place").is_between(10, 28))
    assert line_nm(strait["lat"].to_numpy(), strait["lon"].to_numpy()).max() < 0.3
    islands = lines.filter(pl.col("line") == "us-su-1990", pl.col("place") >= 28)
    assert line_nm(islands["lat"].to_numpy(), islands["lon"].to_numpy()).max() < 5


def test_an_administration_brings_its_own_lines_in_any_order_or_none(tmp_path: Path) -> None:
    text = f"{LINES}b,10,1,-2.5,own\nb,9,0,0,own\na,1,5,5,own\na,2,6,5,own\n"
    lines = options_of(load_settings([overlay(tmp_path, text, "boundary_lines.csv")])).boundary_lines
    assert lines.rows() == [("a", 1, 5.0, 5.0), ("a", 2, 6.0, 5.0), ("b", 9, 0.0, 0.0), ("b", 10, 1.0, -2.5)]
    (tmp_path / "reference" / "boundary_lines.csv").write_text(LINES, encoding="utf-8")
    assert options_of(load_settings([tmp_path])).boundary_lines.height == 0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "a,1,91,5,own\na,2,5,5,own\n",
            "line 2: needed degrees from -90 to 90 with a point, as 45.5 in lat, found '91'",
        ),
        ("a,1,5,181,own\na,2,5,5,own\n", "in lon, found '181'; correct it"),
        ("a,1,5 30 N,5,own\na,2,5,5,own\n", "in lat, found '5 30 N'; correct it"),
        ("a,0,5,5,own\n", "needed a number from 1 on, the order along the line in place, found '0'"),
        ("A,1,5,5,own\n", "needed a name of small letters, digits and dashes in line, found 'A'"),
        ("a,1,5,5,own\na,1,6,5,own\n", "line 3: needed one row of the same line, place, found another in line 2"),
        (
            "a,1,5,5,own\nb,1,5,5,own\nb,2,5,6,own\n",
            "needed at least two vertices of every line in .*, found one of a;",
        ),
    ],
)
def test_mistakes_in_lines_are_told_with_their_line(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(Usage, match=message):
        options_of(load_settings([overlay(tmp_path, LINES + rows, "boundary_lines.csv")]))


def test_the_shipped_settings_are_the_defaults_of_the_families() -> None:
    assert options_of(load_settings()).voyages == VoyageOptions()


def test_an_administration_sets_what_fuel_vessels_need(tmp_path: Path) -> None:
    (tmp_path / "features.yaml").write_text("voyages: {fuel_power: 0.5, boundary_nm: 12}\n", encoding="utf-8")
    voyages = options_of(load_settings([tmp_path])).voyages
    assert voyages == VoyageOptions(fuel_power=0.5, boundary_nm=12.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{STOWAGE}meat,0,own\n", "line 2: needed a number above 0 and at most 2000 in kg_per_m3, found '0'"),
        (f"{STOWAGE}meat,1_000,own\n", "in kg_per_m3, found '1_000'; correct it"),
        (f"{STOWAGE}meat,nan,own\n", "in kg_per_m3, found 'nan'; correct it"),
        (f"{STOWAGE}meat,6000,own\n", "in kg_per_m3, found '6000'; correct it"),
        (f"{STOWAGE}legs,500,own\n", "line 2: needed one of live, .* in product_form, found 'legs'; correct it"),
        (f"{STOWAGE}meat,600,\n", "line 2: needed source, found an empty cell; fill it"),
        (f"{STOWAGE}meat,600,a\nmeat,610,b\n", "line 3: needed one row of the same product_form, .* in line 2"),
        ("form,density\nmeat,600\n", "needed the columns product_form, kg_per_m3, source in"),
    ],
)
def test_mistakes_in_the_file_are_told_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(Usage, match=message):
        options_of(load_settings([overlay(tmp_path, text)]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("voyages: {boundary_nm: 0}", "features.voyages.boundary_nm: Input should be greater than 0, found 0"),
        ("voyages: {fuel_t_per_nm: much}", "features.voyages.fuel_t_per_nm: Input should be a valid number"),
        ("voyages: {boundary: 10}", "features.voyages.boundary: unknown key; the nearest known key is 'boundary_nm'"),
    ],
)
def test_mistakes_in_the_settings_are_told_with_their_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "features.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Usage, match=message):
        load_settings([tmp_path])
