"""Live weight: which factor holds, and what is not known."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from histories import DAY, START
from test_ledger import landing, tables_of

from features.live_weight import LARGEST_KG, arrivals, factor_of, grams, landed_goods
from features.options import CONVERSION_FACTORS, Options

FACTORS = pl.DataFrame(
    [
        (None, "meat", 3.0, None),
        (None, "meat", 3.5, date(2024, 6, 1)),
        ("KCD", "meat", 4.0, date(2024, 2, 1)),
        ("KCD", "meat", 4.5, date(2024, 7, 1)),
    ],
    schema=CONVERSION_FACTORS,
    orient="row",
)
OPTIONS = Options(schemes={}, conversion_factors=FACTORS)


@pytest.mark.parametrize(
    ("species", "form", "day", "expected"),
    [
        ("ALK", "meat", date(1999, 1, 1), 3.0),
        ("ALK", "meat", date(2024, 6, 1), 3.5),
        ("KCD", "meat", date(2024, 1, 31), 3.0),
        ("KCD", "meat", date(2024, 2, 1), 4.0),
        ("KCD", "meat", date(2024, 8, 1), 4.5),
        ("KCD", "roe", date(2024, 8, 1), None),
        ("KCD", None, date(2024, 8, 1), None),
    ],
)
def test_the_factor_of_the_species_on_its_day_or_that_of_the_form(
    species: str, form: str | None, day: date, expected: float | None
) -> None:
    goods = pl.DataFrame(
        {"landed_on": [day], "species": [species], "product_form": [form]},
        schema={"landed_on": pl.Date, "species": pl.String, "product_form": pl.String},
    )
    assert factor_of(goods, FACTORS, "species", "product_form").to_list() == [expected]


def test_grams_are_whole_and_bounded() -> None:
    kilograms = pl.DataFrame({"kg": [0.0004, 1.2346, 2 * LARGEST_KG, None]})
    assert kilograms.select(grams(pl.col("kg"))).to_series().to_list() == [0, 1235, 10**12, None]


def test_the_day_of_landing_is_of_arrival_or_of_the_declaration() -> None:
    arrived = {"consignment": {**landing("A", 5, 1.0)["consignment"], "arrived_at": START + 9 * DAY}}
    found = arrivals(tables_of(landing("A", 0, 1.0), arrived)).select("landed_on", "arrived_on").rows()
    assert found == [(date(2024, 1, 1), None), (date(2024, 1, 10), date(2024, 1, 10))]


def test_goods_that_name_no_species_or_no_weight() -> None:
    nameless, weightless = landing("A", 0, 1.0, "meat"), landing("B", 0, None, "meat")
    nameless["goods_item"]["species"] = None
    goods = landed_goods(tables_of(nameless, weightless), OPTIONS)
    assert goods.select("unit", "net_g", "live_g").rows() == [("B", None, None)]
