"""Reference files about catch: what is shipped reaches the families, and every mistake is told with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import Usage
from pipeline.options import options_of
from pipeline.settings import load_settings

FACTORS = "species,product_form,factor_live_per_net,valid_from,source\n"
SEASONS = "closure,species,fao_area,area,valid_from,valid_to,season_from,season_to,legal_basis,source\n"


def overlay(place: Path, name: str, text: str) -> Path:
    (place / "reference").mkdir()
    (place / "reference" / name).write_text(text, encoding="utf-8")
    return place


def test_the_shipped_factors_and_seasons_reach_the_families() -> None:
    options = options_of(load_settings())
    factors = {form: factor for _, form, factor, _ in options.conversion_factors.rows()}
    assert factors["live"] == factors["whole"] == 1.0
    assert factors["sections"] == 1.6
    first = options.closed_seasons.row(0, named=True)
    assert (first["species"], first["fao_area"], first["valid_from"]) == ("KCD", "61", date(2021, 6, 20))


def test_an_administration_brings_its_own_factors(tmp_path: Path) -> None:
    place = overlay(tmp_path, "conversion_factors.csv", f"{FACTORS}KCD,meat,4.1,2024-01-01,own\n")
    options = options_of(load_settings([place]))
    assert options.conversion_factors.rows() == [("KCD", "meat", 4.1, date(2024, 1, 1))]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "conversion_factors.csv",
            f"{FACTORS},meat,0,,own\n",
            "line 2: needed a number above 0 and at most 100",
        ),
        ("conversion_factors.csv", f"{FACTORS},meat,much,,own\n", "in factor_live_per_net, found 'much'; correct it"),
        ("conversion_factors.csv", f"{FACTORS},meat,1_000,,own\n", "in factor_live_per_net, found '1_000'; correct it"),
        ("conversion_factors.csv", f"{FACTORS},legs,1,,own\n", "needed one of live, .* in product_form, found 'legs'"),
        ("conversion_factors.csv", f"{FACTORS},,1,,own\n", "line 2: needed product_form, found an empty cell; fill it"),
        ("conversion_factors.csv", f"{FACTORS}crab,meat,1,,own\n", "needed a species of three capital letters"),
        ("conversion_factors.csv", f"{FACTORS},meat,1,1 May,own\n", "needed a day as 2024-12-31 in valid_from, found"),
        (
            "conversion_factors.csv",
            f"{FACTORS},meat,1,,a\n,meat,2,,a\n",
            "line 3: .* found another in line 2",
        ),
        ("conversion_factors.csv", "form,factor\nmeat,1\n", "needed the columns species, product_form, .* put the"),
        ("closed_seasons.csv", f"{SEASONS}a,KCD,61,,,,05-01,,,\n", "line 2: needed season_from and season_to together"),
        ("closed_seasons.csv", f"{SEASONS}a,KCD,61,,,,02-30,03-01,,\n", "needed a day of the year as 12-31 in season"),
        ("closed_seasons.csv", f"{SEASONS}a,KCD,061,,,,,,,\n", "needed an FAO major area of two digits in fao_area"),
        (
            "closed_seasons.csv",
            f"{SEASONS}a,KCD,61,,2024-05-01,2024-05-01,,,,\n",
            "needed valid_to after valid_from, found 2024-05-01 and 2024-05-01",
        ),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(Usage, match=message):
        options_of(load_settings([overlay(tmp_path, name, text)]))
