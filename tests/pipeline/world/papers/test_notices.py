"""Arrival notices and calls told by partner customs: known when, saying what, missing how often."""

from __future__ import annotations

import polars as pl
import pytest
from paper_frames import HOUR, Frames, faults, frames, near, scenario, tidy

from pipeline.world.papers.notices import notices


@pytest.fixture(scope="module")
def world() -> Frames:
    return frames(12000)


@pytest.fixture(scope="module")
def rows(world: Frames) -> pl.DataFrame:
    return notices(3, scenario(), world.voyages, world.hulls, world.span)


@pytest.fixture(scope="module")
def first(world: Frames, rows: pl.DataFrame) -> pl.DataFrame:
    """The first notice of every voyage with catch, beside the truth; nulls where none was given."""
    given = rows.filter(pl.col("reported_by") == "vessel").sort("call_id", "known_at").unique("call_id", keep="first")
    voyages = world.voyages.filter("catch").with_columns(
        call_id=pl.format("NV{}", pl.col("voyage").cast(pl.String).str.zfill(7))
    )
    return voyages.select("call_id", "mechanism", "arrived", "live_kg").join(given, on="call_id", how="left")


def test_every_row_conforms_to_the_contract(rows: pl.DataFrame) -> None:
    assert faults("port_call", rows) == []
    assert set(rows["reported_by"]) == {"vessel", "partner_customs"}
    assert tidy(rows["known_at"])
    assert tidy(rows["arrived_at"])


def test_a_notice_is_known_before_the_vessel_arrives(first: pl.DataFrame, rows: pl.DataFrame) -> None:
    assert (first["known_at"] < first["arrived"]).drop_nulls().all()
    told = rows.filter(pl.col("reported_by") == "partner_customs")
    assert (told["known_at"] >= told["arrived_at"]).all()
    assert (told["departed_at"] <= told["known_at"]).drop_nulls().all()


@pytest.mark.parametrize("mechanism", [None, "M3", "M4", "M8"])
def test_signs_are_as_frequent_as_stated(first: pl.DataFrame, mechanism: str | None) -> None:
    trips = first.filter(pl.col("mechanism").eq_missing(pl.lit(mechanism, pl.String)))
    chances, name = scenario().notices.symptoms, mechanism or "honest"
    none = trips["known_at"].is_null()
    assert near(float(none.mean()), chances.no_notice.get(name, 0.05), trips.height)
    given = trips.filter(~none)
    short = given["arrived"] - given["known_at"] < scenario().notices.hours_required * HOUR
    assert near(float(short.mean()), chances.short_notice.get(name, 0.08), given.height)
    weighed = given.filter(pl.col("onboard_kg") > 0)
    kept = weighed["offload_kg"] < weighed["onboard_kg"] * 0.95
    assert near(float(kept.mean()), chances.residue.get(name, 0.06), weighed.height)


def test_one_call_of_a_ship_with_goods_of_two_ports_is_told_once() -> None:
    world = frames(4000)
    twice = pl.concat([world.voyages, world.voyages.with_columns(voyage=pl.col("voyage") + 10_000)])
    found = notices(3, scenario(), twice, world.hulls, world.span)
    assert set(found["call_id"]) <= {
        f"{kind}{voyage:07d}" for kind in ("NV", "NP") for voyage in world.voyages["voyage"]
    }
