"""Hulls: how many, how large, whose."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from seas import MANY, SPAN, firms, sea_of
from sections import load_sea

from pipeline.world.sea.fleet import make_hulls


@pytest.mark.parametrize(("consignments", "least", "most"), [(10, 48, 62), (60_000, 345, 375), (10**8, 5950, 6050)])
def test_the_number_of_hulls_keeps_its_bounds(consignments: int, least: int, most: int) -> None:
    hulls = make_hulls(1, load_sea(), SPAN, firms(), consignments)
    assert least <= len(hulls) <= most
    assert hulls["hull"].to_list() == list(range(len(hulls)))
    assert hulls["vessel_id"].n_unique() == len(hulls)


def test_measures_follow_from_the_length() -> None:
    hulls = sea_of(MANY).hulls
    for name, fleet in load_sea().fleets.items():
        own = hulls.filter(pl.col("fleet") == name)
        assert own["length_m"].is_between(*fleet.length_m).all()
        assert np.log(own["gross_tonnage"] / (fleet.tonnage * own["length_m"] ** 3)).abs().max() < 0.35
        assert (own["draught_light_m"] < own["draught_laden_m"]).all()
        assert own["gear"].unique().to_list() == [fleet.gear]


def test_numbers_of_hulls_tell_nothing_of_their_fleet() -> None:
    hulls = sea_of(MANY).hulls.with_columns(number=pl.col("vessel_id").str.tail(6).cast(pl.Int64))
    means = hulls.group_by("fleet").agg(pl.col("number").mean(), pl.len()).filter(pl.col("len") > 20)
    assert (means["number"] - len(hulls) / 2).abs().max() < len(hulls) / 4


def test_owners_are_owners_mostly_of_the_flags_country() -> None:
    hulls, parties = sea_of(MANY).hulls, firms()
    owned = hulls.join(parties.rename({"party": "owner"}), on="owner")
    assert (owned["role"] == "owner").all()
    at_home = owned.filter(pl.col("flag") == "RU")
    assert (at_home["country"] == "RU").mean() > 0.8


def test_who_is_not_yet_active_owns_no_vessel() -> None:
    late = firms().filter(pl.col("active_from") > SPAN.start)["party"].to_list()
    sea = sea_of(MANY)
    assert late
    assert not any(sea.hulls.select(pl.col("owner", "operator").is_in(late).any()).row(0))
    assert not sea.identities["owner"].is_in(late).any()


def test_the_leaning_is_the_operators_with_some_noise() -> None:
    hulls = sea_of(MANY).hulls.join(firms().select(operator="party", own="leaning"), on="operator")
    off = hulls["leaning"] - hulls["own"]
    assert off.std() == pytest.approx(load_sea().hulls.leaning_spread, rel=0.2)


def test_who_launders_leans_to_it_and_is_as_many_as_the_rate_says() -> None:
    sea = load_sea()
    hulls = sea_of(MANY).hulls
    concerned = hulls.filter(pl.col("fleet").is_in([*sea.fleets, "carriers"]))
    assert abs(concerned["launders"].sum() - sea.offences.rates["M5"] * len(concerned)) < 2
    assert not hulls.filter(~pl.col("fleet").is_in([*sea.fleets, "carriers"]))["launders"].any()
    launders = hulls.filter("launders")
    assert launders["leaning"].mean() > concerned["leaning"].mean() + 0.3
    assert launders["launders_from"].is_between(SPAN.start, SPAN.end).all()
    assert hulls.filter(~pl.col("launders"))["launders_from"].is_null().all()


def test_a_world_without_owners_is_refused() -> None:
    nobody = firms().filter(pl.col("role") != "owner")
    with pytest.raises(ValueError, match="needed firms of the role owner, found none: give owners a share"):
        make_hulls(1, load_sea(), SPAN, nobody, 100)
