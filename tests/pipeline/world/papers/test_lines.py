"""Lines of documents: kilograms, species, areas and certified weights as papers state them."""

from __future__ import annotations

import polars as pl
import pytest
from paper_frames import frames, made, near, of, scenario


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    """First versions of lines that go with one line of goods, beside it."""
    world, tables = frames(), made()
    documents = tables["document"].sort("known_at").unique("document_id", keep="first")
    first = tables["document_line"].sort("known_at").unique(["document_id", "line_no"], keep="first")
    own = world.lines.filter(pl.len().over("row") == 1).select(
        "row", "true_species", declared="species", declared_kg="net_kg"
    )
    cases = world.cases.select("row", "consignment_id", "lane", "mechanism", "origin_country")
    return (
        first.join(documents.select("document_id", "consignment_id", "kind"), on="document_id")
        .join(cases, on="consignment_id")
        .join(own, on="row")
    )


@pytest.mark.parametrize("mechanism", [None, "M3"])
def test_papers_state_less_than_declared_as_often_as_the_scenario_says(
    lines: pl.DataFrame, mechanism: str | None
) -> None:
    entries = of(lines, mechanism).filter(pl.col("kind") == "export_entry")
    short = (entries["net_kg"] / entries["declared_kg"]).is_between(0.49, 0.86)
    wanted = scenario().symptoms.short_papers[mechanism or "honest"]
    assert near(float(short.mean()), wanted, entries.height)


def test_most_papers_repeat_the_kilograms_and_others_differ_little(lines: pl.DataFrame) -> None:
    invoices = of(lines, None).filter(pl.col("kind") == "invoice")
    ratio = invoices["net_kg"] / invoices["declared_kg"]
    assert near(float(ratio.is_between(0.9999, 1.0001).mean()), scenario().weights.exact, invoices.height)
    assert ratio.is_between(0.9, 1.1).mean() > 0.96


def test_a_slip_of_the_pen_is_tenfold_or_in_tonnes(lines: pl.DataFrame) -> None:
    invoices = lines.filter(pl.col("kind") == "invoice")
    ratio = invoices["net_kg"] / invoices["declared_kg"]
    slips = (ratio > 5) | (ratio < 0.2)
    chances = scenario().symptoms
    assert near(float(slips.mean()), chances.wrong_kilograms["honest"] + chances.tonnes["honest"], invoices.height)


@pytest.mark.parametrize("mechanism", [None, "M6"])
def test_another_species_is_named_as_often_as_stated(lines: pl.DataFrame, mechanism: str | None) -> None:
    entries = of(lines, mechanism).filter((pl.col("kind") == "health_certificate") & pl.col("declared").is_not_null())
    other = entries["species"] != entries["declared"]
    wanted = scenario().symptoms.other_species_on_papers[mechanism or "honest"]
    assert near(float(other.mean()), wanted, entries.height)


def test_a_certificate_of_a_single_consignment_covers_its_live_weight(lines: pl.DataFrame) -> None:
    own = of(lines, None).filter((pl.col("kind") == "catch_certificate") & (pl.col("origin_country") == "KR"))
    per_net = pl.col("product_form").replace_strict(scenario().live_per_net, return_dtype=pl.Float64)
    margin = own.select(pl.col("live_kg") / (pl.col("declared_kg") * per_net)).to_series()
    low, high = scenario().certificates.certified
    assert margin.is_between(low - 0.01, high + 0.01).mean() > 0.95
    assert own.height > 20
