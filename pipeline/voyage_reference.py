"""What families are told about voyages: how products are stowed, and what an administration sets."""

from __future__ import annotations

import re

import polars as pl

from features.contract import load_contract
from features.voyage_options import STOWAGE, VoyageOptions
from pipeline.reference_rows import Cell, checked_rows, matching, one_of, typed
from pipeline.settings import Settings, reference_file

HEAVIEST = 2000.0  # kilograms a cubic metre; ice has 917, no fish has more than 1,200


def _is_density(text: str) -> bool:
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) is not None and 0 < float(text) <= HEAVIEST


def stowage(settings: Settings) -> pl.DataFrame:
    """The kilograms of a product in a cubic metre of hold, by form: product_form, kg_per_m3.

    Raises Usage with every mistake and its line.
    """
    path = reference_file(settings.directories, "stowage.csv")
    cells = {
        "product_form": one_of(load_contract()["goods_item"].columns["product_form"].allowed, filled=True),
        "kg_per_m3": Cell(f"a number above 0 and at most {HEAVIEST:g}", _is_density, filled=True),
        "source": matching("sources, assumed or definition", ".+", filled=True),
    }
    return typed(checked_rows(path, cells, ("product_form",)), STOWAGE)


def voyage_options(settings: Settings) -> VoyageOptions:
    """The `voyages` of configs/features.yaml as features understand them."""
    return VoyageOptions(**settings.features.voyages.model_dump())
