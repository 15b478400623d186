"""What an administration sets about voyages: what ships reaches the families, mistakes are told with line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.contract import load_contract
from features.voyage_options import VoyageOptions
from pipeline.errors import Usage
from pipeline.options import options_of
from pipeline.settings import load_settings

STOWAGE = "product_form,kg_per_m3,source\n"


def overlay(place: Path, stowage: str) -> Path:
    (place / "reference").mkdir()
    (place / "reference" / "stowage.csv").write_text(stowage, encoding="utf-8")
    return place


def test_the_shipped_stowage_knows_every_form_that_tells_one_and_reaches_the_families() -> None:
    stowage = dict(options_of(load_settings()).stowage.iter_rows())
    assert stowage.keys() == {*load_contract()["goods_item"].columns["product_form"].allowed} - {"other"}
    assert (stowage["live"], stowage["canned"]) == (400.0, 800.0)


def test_an_administration_brings_its_own_stowage_and_may_leave_forms_out(tmp_path: Path) -> None:
    options = options_of(load_settings([overlay(tmp_path, f"{STOWAGE}meat,612.5,own\n")]))
    assert options.stowage.rows() == [("meat", 612.5)]


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
