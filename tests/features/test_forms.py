"""Product forms against papers, by hand."""

from __future__ import annotations

import math

import polars as pl
import pytest
from catch_rows import FACTORS
from histories import DAY, START
from test_ledger import certificate, landing, tables_of

from features.asked import Asked
from features.forms import forms
from features.options import Options


def gap(declared: str | None, *told: str | None, species: str = "KCD") -> float | None:
    own = landing("A", 0, 60.0)
    own["goods_item"]["product_form"] = declared
    papers = [certificate("A", 0, f"N{number}", product_form=form, species=species) for number, form in enumerate(told)]
    question = pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY]})
    asked = Asked(tables_of(own, *papers), question)
    found: float | None = forms(asked, Options(schemes={}, conversion_factors=FACTORS))["form_yield_gap_log"][0]
    return found


@pytest.mark.parametrize(
    ("declared", "told", "expected"),
    [
        ("live", ["live"], 0.0),
        ("live", ["frozen"], -math.log(1.5)),
        ("frozen", ["live"], math.log(1.5)),
        ("live", ["frozen", "live"], 0.0),
        ("live", [None], None),
        (None, ["live"], None),
        ("live", ["canned"], None),
        ("canned", ["canned"], 0.0),
        ("live", [], None),
    ],
)
def test_live_weight_by_one_form_and_by_the_other(
    declared: str | None, told: list[str | None], expected: float | None
) -> None:
    found = gap(declared, *told)
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-9))


def test_papers_of_another_species_say_nothing() -> None:
    assert gap("live", "frozen", species="ALK") is None
