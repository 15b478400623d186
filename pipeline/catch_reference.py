"""Reference files about catch, as families read them: conversion factors and closed seasons, checked line by line."""

from __future__ import annotations

import polars as pl

from features.contract import load_contract
from features.options import CLOSED_SEASONS, CONVERSION_FACTORS
from pipeline.reference_rows import (
    DAY,
    Cell,
    Row,
    backwards,
    checked_rows,
    is_day,
    matching,
    number_up_to,
    one_of,
    typed,
)
from pipeline.settings import Settings, reference_file

MOST_LIVE_PER_NET = 100
_SPECIES = matching("a species of three capital letters", "[A-Z]{3}")
_DAY_OF_YEAR = Cell("a day of the year as 12-31", lambda text: is_day(f"2023-{text}"))


def conversion_factors(settings: Settings) -> pl.DataFrame:
    """The live kilograms of a net kilogram by species and form. Raises Usage with every mistake and its line."""
    path = reference_file(settings.directories, "conversion_factors.csv")
    forms = load_contract()["goods_item"].columns["product_form"].allowed
    cells = {
        "species": _SPECIES,
        "product_form": one_of(forms, filled=True),
        "factor_live_per_net": number_up_to(MOST_LIVE_PER_NET),
        "valid_from": DAY,
    }
    return typed(checked_rows(path, cells, ("species", "product_form", "valid_from")), CONVERSION_FACTORS)


def closed_seasons(settings: Settings) -> pl.DataFrame:
    """When and where a species may not be caught. Raises Usage with every mistake and its line."""
    path = reference_file(settings.directories, "closed_seasons.csv")
    cells = {
        "closure": Cell("a name", bool, filled=True),
        "species": _SPECIES,
        "fao_area": matching("an FAO major area of two digits", "[0-9]{2}"),
        "area": Cell("words", bool),
        "valid_from": DAY,
        "valid_to": DAY,
        "season_from": _DAY_OF_YEAR,
        "season_to": _DAY_OF_YEAR,
    }
    return typed(checked_rows(path, cells, ("closure",), _of_closure), CLOSED_SEASONS)


def _of_closure(row: Row) -> list[str]:
    """What is wrong between the columns of a closure."""
    faults = []
    if (row["season_from"] is None) != (row["season_to"] is None):
        faults.append("needed season_from and season_to together, found one of them; fill both or none")
    return [*faults, *backwards(row)]
