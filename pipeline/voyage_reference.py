"""What families are told about voyages: boundaries, how products are stowed, and what an administration sets."""

from __future__ import annotations

import re

import polars as pl

from features.contract import load_contract
from features.voyage_options import BOUNDARY_LINES, STOWAGE, VoyageOptions
from pipeline.errors import Usage
from pipeline.reference_rows import Cell, checked_rows, matching, number_up_to, one_of, typed
from pipeline.settings import Settings, reference_file

HEAVIEST = 2000.0  # kilograms a cubic metre; ice has 917, no fish has more than 1,200


def stowage(settings: Settings) -> pl.DataFrame:
    """The kilograms of a product in a cubic metre of hold, by form: product_form, kg_per_m3.

    Raises Usage with every mistake and its line.
    """
    path = reference_file(settings.directories, "stowage.csv")
    cells = {
        "product_form": one_of(load_contract()["goods_item"].columns["product_form"].allowed, filled=True),
        "kg_per_m3": number_up_to(HEAVIEST),
        "source": matching("sources, assumed or definition", ".+", filled=True),
    }
    return typed(checked_rows(path, cells, ("product_form",)), STOWAGE)


def _degrees(most: int) -> Cell:
    number = re.compile(r"-?[0-9]+(\.[0-9]+)?")
    return Cell(
        f"degrees from -{most} to {most} with a point, as 45.5",
        lambda text: number.fullmatch(text) is not None and abs(float(text)) <= most,
        filled=True,
    )


def boundary_lines(settings: Settings) -> pl.DataFrame:
    """The vertices of maritime boundaries that a house adds: line, place, lat, lon, in the order of line and place.

    Raises Usage with every mistake and its line, and on a boundary of a single vertex.
    """
    path = reference_file(settings.directories, "boundary_lines.csv")
    cells = {
        "line": matching("a name of small letters, digits and dashes", "[a-z][a-z0-9-]*", filled=True),
        "place": matching("a number from 1 on, the order along the line", "[1-9][0-9]{0,5}", filled=True),
        "lat": _degrees(90),
        "lon": _degrees(180),
        "source": matching("sources, assumed or definition", ".+", filled=True),
    }
    rows = typed(checked_rows(path, cells, ("line", "place")), BOUNDARY_LINES).sort("line", "place")
    alone = rows.filter(pl.len().over("line") < 2)["line"].to_list()
    if alone:
        raise Usage(
            f"needed at least two vertices of every line in {path}, found one of {', '.join(alone)}; add the next "
            "vertex, or leave the line out"
        )
    return rows


def voyage_options(settings: Settings) -> VoyageOptions:
    """The `voyages` of configs/features.yaml as features understand them."""
    return VoyageOptions(**settings.features.voyages.model_dump())
