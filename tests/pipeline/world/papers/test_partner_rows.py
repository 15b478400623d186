"""Rows of the partner state: whom and where they name, what they weigh and what they are worth."""

from __future__ import annotations

import polars as pl
import pytest
from paper_frames import Frames, frames, made, near, of, scenario

MARINE = pl.col("lane") == "marine_smuggling"


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    """First versions beside the consignment whose entry they are of, found by the number on it."""
    world, tables = frames(), made()
    documents = tables["document"].filter(pl.col("kind") == "export_entry").unique("document_id")
    usual = tables["partner_export"].sort("known_at").unique(["number", "line_no"], keep="first", maintain_order=True)
    lines = world.lines.rename({"item_no": "line_no"}).select(
        "row", "line_no", "true_species", "true_usd", declared_kg="net_kg", declared="species", declared_usd="value_usd"
    )
    return (
        usual.join(documents.select("number", "consignment_id"), on="number")
        .join(world.cases.select("consignment_id", "row", "lane", "mechanism", "discharge_port"), on="consignment_id")
        .join(lines, on=["row", "line_no"])
    )


@pytest.fixture(scope="module")
def world() -> Frames:
    return frames()


@pytest.mark.parametrize("mechanism", [None, "M3", "M7"])
def test_less_weight_is_told_as_often_as_stated(rows: pl.DataFrame, mechanism: str | None) -> None:
    found = of(rows.filter(MARINE), mechanism).unique("consignment_id")
    wanted = scenario().symptoms.short_partner.get(mechanism or "honest", 0.03)
    # Entries whose number was used again point at another's weights: a few more, a few less.
    short = (found["net_kg"] / found["declared_kg"]).is_between(0.4, 0.87)
    assert abs(float(short.mean()) - wanted) < 0.13


@pytest.mark.parametrize("mechanism", [None, "M6"])
def test_the_true_species_is_told_as_often_as_stated(rows: pl.DataFrame, mechanism: str | None) -> None:
    found = of(rows.filter(MARINE), mechanism).filter(pl.col("true_species") != pl.col("declared"))
    if mechanism is None:
        assert found.is_empty()
        return
    told = found["species"] == found["true_species"]
    assert near(float(told.mean()), scenario().symptoms.other_species_at_partner["M6"], found["row"].n_unique())


@pytest.mark.parametrize(("mechanism", "lane"), [("T1", "ordinary_to_japan"), ("B4", "brand_diversion"), (None, None)])
def test_the_true_value_is_told_as_often_as_stated(rows: pl.DataFrame, mechanism: str | None, lane: str | None) -> None:
    found = of(rows, mechanism).unique("consignment_id")
    dear = (found["value_usd"] / found["net_kg"]) > 1.4 * found["declared_usd"] / found["declared_kg"]
    wanted = scenario().symptoms.true_value_at_partner[mechanism] if mechanism else 0.0
    assert near(float(dear.mean()), wanted, found.height)


@pytest.mark.parametrize("mechanism", [None, "M7"])
def test_another_destination_is_told_as_often_as_stated(rows: pl.DataFrame, mechanism: str | None) -> None:
    rules = scenario().partner
    found = of(rows.filter(MARINE), mechanism).filter(pl.col("destination_port").is_not_null()).unique("consignment_id")
    away = found["destination_port"].is_in(list(rules.elsewhere["JP"]))
    assert near(float(away.mean()), scenario().symptoms.sent_elsewhere[mechanism or "honest"], found.height)


def test_rows_come_within_ten_days_and_a_few_within_thirty() -> None:
    first = made()["partner_export"].sort("known_at").unique(["number", "line_no"], keep="first")
    days = (first["known_at"] - first["cleared_at"]) / 86_400_000_000
    rules = scenario().partner
    assert near(float((days > rules.lag[1]).mean()), rules.late_share, first["number"].n_unique())
    assert days.max() < rules.late[1] + 0.01


def test_goods_said_to_come_from_a_third_country_show_as_exports_to_it(world: Frames) -> None:
    relayed = made()["partner_export"].filter(
        (pl.col("issuer_country") == "RU") & (pl.col("destination_port") == "KRPUS") & pl.col("office").eq("10700000")
    )
    assert relayed.height > 10
