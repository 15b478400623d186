"""Documents: which are presented, under which number, made out to whom."""

from __future__ import annotations

import polars as pl
import pytest
from paper_frames import documents_of, facts_of, near, of, scenario


def _of_kind(*kinds: str) -> pl.DataFrame:
    return documents_of().filter(pl.col("kind").is_in(kinds))


def test_a_substitute_stands_in_place_of_the_entry() -> None:
    instead = facts_of().filter("substitute")["row"]
    assert instead.is_in(_of_kind("harbour_clearance")["row"].implode()).all()
    assert not instead.is_in(_of_kind("export_entry")["row"].implode()).any()


def test_every_number_on_record_is_of_one_consignment_or_one_voyage() -> None:
    plain = documents_of().filter(pl.col("kind") != "catch_certificate")
    owners = plain.group_by("kind", "issuer_country", "recorded_number").agg(pl.col("row").n_unique())
    assert (owners["row"] == 1).all()
    certified = _of_kind("catch_certificate").with_columns(
        whose=pl.when(pl.col("species") == pl.col("certificate_species"))
        .then("number_voyage")
        .fill_null(-1 - pl.col("row"))
    )
    owners = certified.group_by("issuer_country", "recorded_number").agg(pl.col("whose", "species").n_unique())
    assert (owners["whose"] == 1).all()


def test_an_entry_used_again_bears_an_earlier_consignments_number() -> None:
    entries = _of_kind("export_entry").filter(pl.col("reused_entry") & ~pl.col("wrong_number"))
    numbers = facts_of().select(twin="row", earlier="entry_number")
    both = entries.join(numbers, on="twin")
    assert both.height > 20
    assert (both["number"] == both["earlier"]).all()


@pytest.mark.parametrize("mechanism", [None, "M1"])
def test_serials_out_of_the_run_are_as_frequent_as_stated(mechanism: str | None) -> None:
    entries = of(_of_kind("export_entry"), mechanism).filter(pl.col("country") == "RU")
    serial = entries["recorded_number"].str.split("/").list.last().cast(pl.Int64)
    odd = serial >= scenario().odd_serials[0]
    assert near(float(odd.mean()), scenario().symptoms.odd_serial[mechanism or "honest"], entries.height)


@pytest.mark.parametrize("mechanism", [None, "M1"])
def test_papers_are_made_out_to_another_as_often_as_stated(mechanism: str | None) -> None:
    entries = of(_of_kind("export_entry"), mechanism).filter(
        pl.col("strand").str.starts_with("sea") & pl.col("holder_id").is_not_null()
    )
    other = entries["holder_id"] != entries["exporter_id"]
    assert near(float(other.mean()), scenario().symptoms.other_holder[mechanism or "honest"], entries.height)


@pytest.mark.parametrize("mechanism", [None, "M7", "B3"])
def test_origin_is_certified_by_the_country_of_dispatch_as_often_as_stated(mechanism: str | None) -> None:
    papers = of(_of_kind("origin_certificate"), mechanism).filter(
        pl.col("dispatch_country") != pl.col("origin_country")
    )
    if mechanism is not None:
        elsewhere = papers["issuer_country"] == papers["dispatch_country"]
        if papers.height:
            assert near(float(elsewhere.mean()), scenario().symptoms.relay_origin[mechanism], papers.height)
    else:
        assert papers.is_empty()


@pytest.mark.parametrize("mechanism", [None, "M5"])
def test_another_vessel_is_named_as_often_as_stated(mechanism: str | None) -> None:
    entries = of(_of_kind("export_entry").filter(pl.col("hull").is_not_null()), mechanism)
    own = facts_of().select("row", carrying="vessel_id")
    named = entries.drop("carrying", strict=False).join(own, on="row")
    other = named["vessel_id"] != named["carrying"]
    assert near(float(other.mean()), scenario().symptoms.other_vessel[mechanism or "honest"], named.height)


def test_a_paper_of_each_kind_has_an_id_of_its_own() -> None:
    assert documents_of()["document_id"].is_unique().all()
