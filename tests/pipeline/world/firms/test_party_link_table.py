"""Ties: phoenixes to whom they took over from, in the stated shares; innocent ties; late, and at times ended."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest
from firm_frames import SPAN, firms_scenario, near, population
from polars.testing import assert_frame_equal

from features.contract import load_contract
from pipeline.world.calendar import DAY
from pipeline.world.firms.party_link_table import party_link_table
from pipeline.world.firms.party_table import first_known

ROWS = population(600_000).rows
TIES = firms_scenario().ties


@cache
def _table() -> pl.DataFrame:
    return party_link_table(3, firms_scenario(), population(600_000), SPAN)


def _ties() -> pl.DataFrame:
    """The newest version of each tie, with what both firms truly are."""
    newest = _table().unique(["party_id", "kind"], keep="last", maintain_order=True)
    told = ROWS.select("party_id", "party", "country", "rogue", "predecessor", "founded", "active_from")
    return newest.join(told, on="party_id").join(told, left_on="other_id", right_on="party_id", suffix="_other")


def test_the_table_keeps_the_contract() -> None:
    table, contract = _table(), load_contract()["party_link"]
    assert set(table.columns) <= set(contract.columns)
    assert not table.select(*contract.key, "known_at").is_duplicated().any()
    assert set(table["kind"]) == {"owner", "director", "address", "phone", "bank", "successor"}
    assert not (table["party_id"] == table["other_id"]).any()
    assert table.drop("valid_to").null_count().row(0) == (0,) * 5


@pytest.mark.parametrize("kind", list(TIES.kinds))
def test_ties_show_in_their_stated_shares(kind: str) -> None:
    shares = dict(TIES.kinds)[kind]  # type: ignore[index]
    tied = ROWS.with_columns(
        tied=pl.col("party_id").is_in(_table().filter(pl.col("kind") == kind)["party_id"].implode())
    )
    phoenix = pl.col("predecessor").is_not_null()
    groups = ((~pl.col("rogue"), shares.honest), (pl.col("rogue") & ~phoenix, shares.rogue), (phoenix, shares.phoenix))
    for own, share in groups:
        found = tied.filter(own)
        # A firm that draws itself has no tie, which is rare.
        assert near(int(found["tied"].sum()), found.height, share)


def test_a_phoenix_is_tied_to_whom_it_took_over_from_about_when_it_began() -> None:
    ties = _ties().filter(pl.col("predecessor").is_not_null())
    assert ties.height > 100
    assert (ties["party_other"] == ties["predecessor"]).all()
    assert ties["rogue_other"].all()
    late = (ties["valid_from"] - ties["active_from"]) / DAY
    assert late.is_between(*TIES.from_days).all()


def test_other_ties_stay_in_the_country_and_rogues_often_meet_rogues() -> None:
    ties = _ties().filter(pl.col("predecessor").is_null())
    assert (ties["country"] == ties["country_other"]).all()
    shares = ties.group_by("rogue").agg(pl.col("rogue_other").mean()).sort("rogue")["rogue_other"]
    assert shares[0] < 0.2
    assert TIES.to_rogue < shares[1] < TIES.to_rogue + 0.2


def test_a_tie_begins_after_both_firms_did_and_is_known_after_all_of_that() -> None:
    first = _table().group_by("party_id", "other_id", "kind", "valid_from").agg(pl.col("known_at").min())
    known = ROWS.select("party_id", "founded", listed=first_known(3, firms_scenario(), population(600_000), SPAN))
    both = first.join(known, on="party_id").join(known, left_on="other_id", right_on="party_id", suffix="_other")
    assert (both["valid_from"] >= both["founded"]).all()
    assert (both["valid_from"] >= both["founded_other"]).all()
    for earlier in ("valid_from", "listed", "listed_other"):
        assert (both["known_at"] >= both[earlier]).all()


def test_the_stated_share_ends_and_is_known_as_ended_later() -> None:
    table = _table()
    ended = table.filter(pl.col("valid_to").is_not_null())
    ties = table.select("party_id", "kind").unique().height
    assert near(ended.height, ties, TIES.ended)
    assert (ended["valid_to"] > ended["valid_from"]).all()
    assert (ended["known_at"] >= ended["valid_to"]).all()
    versions = table.group_by("party_id", "kind").agg("valid_to", pl.len())
    assert versions["len"].max() == 2
    twice = versions.filter(pl.col("len") == 2)["valid_to"]
    assert (twice.list.first().is_null() & twice.list.last().is_not_null()).all()


def test_equal_seeds_give_equal_tables() -> None:
    assert_frame_equal(party_link_table(3, firms_scenario(), population(600_000), SPAN), _table(), check_exact=True)
