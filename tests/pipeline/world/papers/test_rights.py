"""Rights to fish, carry and tranship: quotas, lapses, and what they cover."""

from __future__ import annotations

import polars as pl
import pytest
from paper_frames import Frames, faults, frames, near, scenario

from pipeline.world.papers.rights import fishing_rights, transhipments


@pytest.fixture(scope="module")
def world() -> Frames:
    return frames(12000)


@pytest.fixture(scope="module")
def rights(world: Frames) -> pl.DataFrame:
    return fishing_rights(3, scenario(), world.voyages, world.hulls, world.firm_rows, world.span)


def test_every_row_conforms_to_the_contract(rights: pl.DataFrame) -> None:
    assert faults("fishing_right", rights) == []
    assert set(rights["kind"]) == {"fish", "carry", "tranship"}
    assert (rights["valid_to"] > rights["valid_from"]).all()


def _covered(world: Frames, rights: pl.DataFrame) -> pl.DataFrame:
    """The voyages of vessels that fished themselves, and whether a right covers vessel, species, area and dates."""
    trips = world.voyages.filter(pl.col("catch") & pl.col("donor").is_null()).join(
        world.hulls.select("hull", "vessel_id"), on="hull"
    )
    fits = trips.join(rights.filter(pl.col("kind") == "fish"), on=["vessel_id", "species"]).filter(
        pl.col("areas").list.contains(pl.col("catch_area")),
        pl.col("valid_from") <= pl.col("fishing_from"),
        pl.col("fishing_to") <= pl.col("valid_to"),
    )
    return trips.with_columns(covered=pl.col("voyage").is_in(fits["voyage"].implode()))


def test_a_voyage_that_is_not_covered_is_mostly_an_offender(world: Frames, rights: pl.DataFrame) -> None:
    trips = _covered(world, rights)
    offenders = trips.filter(pl.col("mechanism") == "M8")
    others = trips.filter(pl.col("mechanism").is_null())
    # At least as many as drawn; a lapse may take in another voyage of the same vessel and species.
    assert float((~offenders["covered"]).mean()) > 0.35
    assert float((~others["covered"]).mean()) < 0.25


def test_a_quota_is_overshot_where_the_scenario_says(world: Frames, rights: pl.DataFrame) -> None:
    names = world.hulls.select("hull", "vessel_id")
    landed = (
        world.voyages.filter("catch")
        .with_columns(taken=pl.col("taken_over_kg").fill_null(0.0))
        .with_columns(own=pl.col("live_kg") - pl.col("taken"))
    )
    parts = pl.concat(
        [
            landed.select("hull", "species", "mechanism", kg="own"),
            landed.filter(pl.col("donor").is_not_null()).select("species", "mechanism", hull="donor", kg="taken"),
        ],
        how="diagonal",
    )
    sums = parts.group_by("hull", "species").agg(
        pl.col("kg").sum(), pl.len(), pl.col("mechanism").is_null().all().alias("honest")
    )
    quotas = (
        rights.filter((pl.col("kind") == "fish") & (pl.col("live_kg") > 0))
        .group_by("vessel_id", "species")
        .agg(pl.col("live_kg").max())
    )
    both = sums.join(names, on="hull").join(quotas, on=["vessel_id", "species"])
    single = both.filter(pl.col("honest") & (pl.col("len") == 1))
    over = single["kg"] > single["live_kg"] * 1.001
    assert near(float(over.mean()), scenario().rights.symptoms.quota_overshot["honest"], max(single.height, 1))


def test_most_carriers_may_carry_and_numbers_tell_nothing(world: Frames, rights: pl.DataFrame) -> None:
    carriers = world.hulls.filter(pl.col("kind") == "fish_carrier")
    held = carriers["vessel_id"].is_in(rights.filter(pl.col("kind") == "carry")["vessel_id"].implode())
    assert near(float(held.mean()), scenario().rights.carry, carriers.height)
    ranked = rights.with_columns(rank=pl.col("right_id").rank())
    by_kind = ranked.group_by("kind").agg(pl.col("rank").mean() / rights.height, pl.len()).filter(pl.col("len") > 30)
    assert by_kind["rank"].is_between(0.3, 0.7).all()


def test_equal_seeds_make_equal_rights(world: Frames, rights: pl.DataFrame) -> None:
    mixed = [frame.sample(fraction=1, shuffle=True, seed=2) for frame in (world.voyages, world.hulls)]
    again = fishing_rights(3, scenario(), *mixed, world.firm_rows, world.span)
    assert again.equals(rights)


@pytest.fixture(scope="module")
def declared(world: Frames) -> pl.DataFrame:
    return transhipments(3, scenario(), world.meetings, world.voyages, world.hulls, world.span)


def test_every_declared_transhipment_conforms_to_the_contract(declared: pl.DataFrame) -> None:
    assert faults("transhipment", declared) == []
    assert (declared["known_at"] >= declared["at"]).all()


@pytest.mark.parametrize("lawful", [True, False])
def test_meetings_are_declared_as_often_as_stated(world: Frames, declared: pl.DataFrame, lawful: bool) -> None:
    names = world.hulls.sort("hull")["vessel_id"]
    meetings = world.meetings.filter(pl.col("lawful") == lawful).with_columns(
        donor_id=pl.col("donor").replace_strict(dict(enumerate(names))),
        receiver_id=pl.col("receiver").replace_strict(dict(enumerate(names))),
    )
    told = meetings.join(declared, on=["donor_id", "receiver_id"], suffix="_told").filter(
        (pl.col("at") - pl.col("begins")).abs() <= 12 * 3_600_000_000
    )
    chances = scenario().rights.symptoms.undeclared
    wanted = 1 - chances["honest" if lawful else "M4"]
    assert near(told["meeting"].n_unique() / meetings.height, wanted, meetings.height)


def test_a_place_across_the_180th_meridian_is_reported_within_bounds(world: Frames) -> None:
    across = world.meetings.with_columns(lon=pl.lit(180.01))
    found = transhipments(3, scenario(), across, world.voyages, world.hulls, world.span)
    assert found["lon"].is_between(-180, 180).all()
    assert (found["lon"] < 0).any()


def test_the_order_of_meetings_does_not_matter(world: Frames, declared: pl.DataFrame) -> None:
    mixed = world.meetings.sample(fraction=1, shuffle=True, seed=2)
    assert transhipments(3, scenario(), mixed, world.voyages, world.hulls, world.span).equals(declared)
