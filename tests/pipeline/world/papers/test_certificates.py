"""The certificates of voyages: what is certified of what is landed, whom they name, how long they hold."""

from __future__ import annotations

import polars as pl
import pytest
from paper_frames import DAY, Frames, frames, near, of, scenario

from pipeline.world.papers.certificates import certificates, sisters


@pytest.fixture(scope="module")
def world() -> Frames:
    return frames(8000)


@pytest.fixture(scope="module")
def made(world: Frames) -> pl.DataFrame:
    found = certificates(3, scenario(), world.voyages, world.hulls)
    return found.join(world.voyages.drop("species"), on="voyage", how="left", maintain_order="left")


def test_every_voyage_with_catch_has_one(world: Frames, made: pl.DataFrame) -> None:
    assert made["voyage"].to_list() == world.voyages.filter("catch")["voyage"].to_list()


@pytest.mark.parametrize("mechanism", [None, "M3", "M8"])
def test_less_is_certified_than_landed_as_often_as_stated(made: pl.DataFrame, mechanism: str | None) -> None:
    single = of(made.filter(pl.col("number_voyage").is_unique()), mechanism)
    wanted = scenario().voyage_symptoms.understated.get(mechanism or "honest", 0.03)
    less = single["certified_kg"] < single["live_kg"] * 0.99
    assert near(float(less.mean()), wanted, single.height)
    assert (single["certified_kg"] <= single["live_kg"] * 1.13).all()


def test_two_voyages_on_one_certificate_share_number_and_weight(made: pl.DataFrame) -> None:
    shared = made.filter(pl.col("number_voyage") != pl.col("voyage")).select(
        "number_voyage", "serial", "certified_kg", "hull"
    )
    first = made.select(number_voyage="voyage", first_serial="serial", first_kg="certified_kg", first_hull="hull")
    both = shared.join(first, on="number_voyage")
    assert both.height == shared.height > 0
    assert (both["serial"] == both["first_serial"]).all()
    assert (both["hull"] == both["first_hull"]).all()


@pytest.mark.parametrize("mechanism", [None, "M4"])
def test_the_carrier_is_named_for_catch_of_others_as_often_as_stated(made: pl.DataFrame, mechanism: str | None) -> None:
    taken = of(made, mechanism).filter(pl.col("donor").is_not_null())
    chances = scenario().voyage_symptoms
    wanted = chances.carrier_named[mechanism or "honest"] * (1 - chances.other_vessel["honest"])
    assert near(float((taken["named_hull"] == taken["hull"]).mean()), wanted, taken.height)


def test_a_certificate_is_issued_after_the_catch_and_holds_at_the_landing_unless_out_of_order(
    made: pl.DataFrame,
) -> None:
    for mechanism in (None, "M4"):
        rows = of(made, mechanism)
        early = rows["certificate_issued"] < rows["fishing_to"]
        ended = rows["certificate_to"] < rows["arrived"]
        wanted = scenario().voyage_symptoms.out_of_order[mechanism or "honest"]
        assert near(float((early | ended).mean()), wanted, rows.height)
    assert ((made["certificate_to"] - made["certificate_from"]) % DAY == 0).all()


def test_another_area_is_stated_as_often_as_the_scenario_says(made: pl.DataFrame) -> None:
    rows = of(made, "M8")
    wanted = scenario().voyage_symptoms.other_area["M8"]
    assert near(float((rows["paper_area"] != rows["catch_area"]).mean()), wanted, rows.height)


def test_a_sister_is_another_vessel_of_the_fleet() -> None:
    hulls = pl.DataFrame({"hull": [3, 0, 1, 2], "fleet": ["b", "a", "a", "c"]})
    assert sisters(hulls).rows() == [(0, 1), (1, 0), (2, 2), (3, 3)]
