"""What papers are about: likeness to earlier consignments, dates, and where symptoms cannot be."""

from __future__ import annotations

import polars as pl
import pytest
from paper_frames import facts_of, frames, near, of, scenario


def test_a_twin_is_an_earlier_consignment_of_the_same_goods_and_nearly_the_same_mass() -> None:
    facts, lines = facts_of(), frames().lines.filter(pl.col("item_no") == 1)
    own = facts.select("row", "twin", "strand").join(lines, on="row")
    both = own.join(own, left_on="twin", right_on="row", suffix="_of_twin")
    assert both.height > 2000
    assert (both["twin"] < both["row"]).all()
    for goods in ("strand", "hs6"):
        assert (both[goods] == both[f"{goods}_of_twin"]).all()
    apart = (both["net_kg"] / both["net_kg_of_twin"]).log().abs()
    assert apart.median() < 0.05


def test_symptoms_that_need_an_earlier_paper_have_one() -> None:
    facts = facts_of()
    assert facts.filter(pl.col("near_duplicate") | pl.col("reused_entry"))["twin"].null_count() == 0
    assert facts.filter("old_certificate")["cited"].null_count() == 0
    assert set(facts.filter("substitute")["strand"]) == {"sea_russian"}


@pytest.mark.parametrize("mechanism", [None, "M1"])
def test_an_entry_is_cleared_after_the_catch_and_before_the_landing_unless_out_of_order(mechanism: str | None) -> None:
    facts = of(facts_of().filter("catch_voyage"), mechanism)
    wrong = (facts["cleared"] < facts["ready"]) | (facts["cleared"] > facts["landed"])
    assert (wrong == facts["out_of_order"]).all()
    assert near(float(wrong.mean()), scenario().symptoms.out_of_order[mechanism or "honest"], facts.height)


def test_sea_products_of_other_origin_have_papers_of_their_own() -> None:
    strands = facts_of().group_by("strand").agg(pl.col("origin_country").unique())
    origins = dict(strands.rows())
    assert origins["sea_russian"] == ["RU"]
    assert "RU" not in origins["sea_other"]
