"""Addresses: of the country, mostly one's own, a few shared by many."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from firm_frames import firms_scenario

from pipeline.world.firms.addresses import firm_addresses

COUNTRIES = pl.Series(["RU", "JP"] * 1500)
SOME = np.arange(3000) % 5 < 2


def _made(seed: int = 1) -> pl.DataFrame:
    shared, unlikely = SOME, np.arange(3000) % 3 == 0
    return firm_addresses(np.random.default_rng(seed), firms_scenario(), COUNTRIES, shared, unlikely)


def test_addresses_begin_with_the_country_and_use_its_places() -> None:
    cities = {name: set(firms_scenario().addresses[name].cities) for name in ("RU", "JP")}
    for country, address in zip(COUNTRIES, _made()["address"], strict=True):
        assert address.startswith(f"{country} ")
        assert any(address[3:].startswith(f"{city} ") for city in cities[country])


def test_shared_addresses_hold_as_many_firms_as_stated_and_others_hardly_one() -> None:
    firms = _made().with_columns(shared=pl.Series(SOME))
    at = firms.group_by("shared", "address").len().group_by("shared").agg(pl.col("len").mean()).sort("shared")
    assert at["len"].to_list() == pytest.approx([1.0, firms_scenario().listing.firms_at_shared_address], rel=0.02)


def test_the_kind_of_an_address_follows_what_it_is() -> None:
    made = _made()
    unlikely = made.filter(np.arange(3000) % 3 == 0)["address_kind"]
    likely = made.filter(np.arange(3000) % 3 != 0)["address_kind"]
    assert set(unlikely) == {"residential", "po_box"}
    assert set(likely) == {"office", "warehouse", "other"}
    assert set(made.filter(SOME)["address_kind"]) == {"office", "po_box"}


def test_a_country_without_its_own_places_takes_the_others() -> None:
    no = np.zeros(50, dtype=np.bool_)
    made = firm_addresses(np.random.default_rng(1), firms_scenario(), pl.Series(["KZ"] * 50), no, no)
    cities = firms_scenario().addresses["other"].cities
    assert all(address.startswith(tuple(f"KZ {city} " for city in cities)) for address in made["address"])
