"""The register of firms: signs in their stated shares, versions, lags, gaps, and nothing that tells the truth."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest
from firm_frames import LANES, SPAN, firms_scenario, near, population
from polars.testing import assert_frame_equal

from features.contract import load_contract
from pipeline.world.calendar import DAY
from pipeline.world.firms.firms import make_firms
from pipeline.world.firms.party_table import OPTIONAL, first_known, party_table
from pipeline.world.scenario.firms import Sign

ROWS = population().rows
LISTING = firms_scenario().listing


@cache
def _table() -> pl.DataFrame:
    return party_table(3, firms_scenario(), LANES, population(), SPAN)


def _first() -> pl.DataFrame:
    """The first version of every firm, with what the firm truly is."""
    first = _table().unique("party_id", keep="first", maintain_order=True)
    truth = ROWS.select("party_id", "lane", "role", "rogue", "shell", "founded", "active_from", legal="name")
    return first.join(truth, on="party_id", how="inner", validate="1:1")


def _assert_sign(frame: pl.DataFrame, shown: pl.Expr, sign: Sign) -> None:
    """The share of firms that show it, by what they are, where the cell is not empty."""
    told = frame.with_columns(shown=shown).filter(pl.col("shown").is_not_null())
    honest, rogue, shell = (
        told.filter(own)["shown"] for own in (~pl.col("rogue"), pl.col("rogue") & ~pl.col("shell"), pl.col("shell"))
    )
    for own, share in ((honest, sign.honest), (rogue, sign.rogue), (shell, sign.shell)):
        assert near(int(own.sum()), len(own), share), (share, own.mean())


def test_the_table_keeps_the_contract() -> None:
    table, contract = _table(), load_contract()["party"]
    assert set(table.columns) <= set(contract.columns)
    assert not table.select("party_id", "known_at").is_duplicated().any()
    assert set(table["party_id"]) == set(ROWS["party_id"])
    assert set(table["address_kind"].drop_nulls()) <= {"office", "warehouse", "residential", "po_box", "other"}
    assert table["known_at"].dtype == pl.Int64
    assert (table["known_at"] % 1_000_000 == 0).all()


@pytest.mark.parametrize(
    ("shown", "sign"),
    [
        (pl.col("address_kind").is_in(["residential", "po_box"]), LISTING.unlikely_address),
        (pl.col("trusted"), LISTING.trusted),
    ],
    ids=["unlikely_address", "trusted"],
)
def test_signs_show_in_their_stated_shares(shown: pl.Expr, sign: Sign) -> None:
    _assert_sign(_first(), shown, sign)


def test_importers_listed_as_forwarders_show_in_their_stated_shares() -> None:
    importers = _first().filter(pl.col("role") == "importer")
    _assert_sign(importers, pl.col("roles").list.join(",") == "forwarder", LISTING.only_forwarder)


def test_stray_activities_show_in_their_stated_shares() -> None:
    own = {lane: list(told["activities"]) for lane, told in LANES.items()}
    importers = _first().filter(pl.col("role") == "importer")
    fits = [
        importers.filter(pl.col("lane") == lane)
        .select("activity", "rogue", "shell")
        .with_columns(stray=~pl.col("activity").is_in(codes))
        for lane, codes in own.items()
    ]
    _assert_sign(pl.concat(fits), pl.col("stray"), LISTING.stray_activity)


def test_shared_addresses_are_commoner_among_rogues() -> None:
    crowd = pl.col("party_id").count().over("address") > 3
    shares = (
        _first()
        .filter(pl.col("address").is_not_null())
        .with_columns(crowd=crowd)
        .group_by("rogue")
        .agg(pl.col("crowd").mean())
        .sort("rogue")["crowd"]
    )
    assert shares[0] == pytest.approx(LISTING.shared_address.honest, abs=0.03)
    assert shares[1] > shares[0] + 0.1


def test_cells_are_missing_at_the_same_rate_among_all() -> None:
    first = _first()
    for name in OPTIONAL:
        for _, own in first.group_by("rogue"):
            assert near(own[name].null_count(), own.height, LISTING.missing)
    assert first.select("party_id", "name", "country").null_count().row(0) == (0, 0, 0)


def test_names_are_written_in_other_ways_in_their_stated_shares() -> None:
    writings = ROWS.select("party_id", "name_other", "name_native")
    first = _first().join(writings, on="party_id").filter(pl.col("country") == "RU")
    plain = first["name"] == first["legal"]
    assert near(int((first["name"] == first["name_native"]).sum()), first.height, LISTING.other_script)
    assert near(int((~plain).sum()), first.height, LISTING.other_script + LISTING.other_spelling)


def test_firms_are_known_after_they_were_founded_and_new_ones_about_when_they_begin() -> None:
    known = ROWS.with_columns(known=first_known(3, firms_scenario(), population(), SPAN))
    assert (known["known"] >= known["founded"] + DAY).all()
    old = known.filter(pl.col("active_from") <= SPAN.start)
    assert (old["known"] < SPAN.start).all()
    new = known.filter(pl.col("active_from") > SPAN.start)
    assert (new["known"] >= new["active_from"] - LISTING.known_early_days[1] * DAY).all()
    _assert_sign(new, pl.col("known") > pl.col("active_from"), LISTING.known_late)
    assert_frame_equal(
        _table().group_by("party_id").agg(pl.col("known_at").min()).sort("party_id"),
        known.select("party_id", known_at="known").sort("party_id"),
    )


def test_later_versions_change_one_thing_within_the_span() -> None:
    table = _table()
    later = table.filter(pl.col("known_at") > pl.col("known_at").min().over("party_id"))
    assert later["known_at"].is_between(SPAN.start, SPAN.end).all()
    told = ("address", "name", "trusted")
    before = table.with_columns(pl.col(*told).shift(1).over("party_id").name.prefix("old_"))
    moved = before.filter(pl.col("known_at") > pl.col("known_at").min().over("party_id"))
    changes = sum(moved[name].ne_missing(moved[f"old_{name}"]).cast(pl.Int64) for name in told)
    assert changes.max() == 1  # type: ignore[union-attr]
    assert table.select("party_id", "country", "incorporated_on", "activity", "roles").unique().height == ROWS.height


def test_moves_and_corrections_happen_in_their_stated_shares() -> None:
    versions = (
        _table()
        .group_by("party_id")
        .agg(
            moved=pl.col("address").n_unique() > 1,
            renamed=pl.col("name").n_unique() > 1,
            turned=pl.col("trusted").n_unique() > 1,
            placed=pl.col("address").is_not_null().all(),
        )
    )
    firms = versions.join(ROWS, on="party_id")
    _assert_sign(firms.filter("placed"), pl.col("moved"), LISTING.moved)
    russian = firms.filter(pl.col("country") == "RU")
    assert near(int(russian["renamed"].sum()), russian.height, LISTING.renamed)
    granted = firms.filter("turned").join(_first().select("party_id", "trusted"), on="party_id")
    assert not granted.filter(~pl.col("trusted"))["rogue"].any()


def test_equal_seeds_give_equal_tables() -> None:
    again = party_table(3, firms_scenario(), LANES, make_firms(3, firms_scenario(), LANES, 60_000, SPAN), SPAN)
    assert_frame_equal(again, _table(), check_exact=True)


def test_no_single_column_separates_rogues() -> None:
    first = _first().filter(pl.col("role") == "importer")
    columns = {
        "incorporated_on": pl.col("incorporated_on").to_physical(),
        "trusted": -pl.col("trusted").cast(pl.Int64),
        "unlikely": pl.col("address_kind").is_in(["residential", "po_box"]).cast(pl.Int64),
        "crowd": pl.col("party_id").count().over("address"),
        "known_at": pl.col("known_at"),
        "number": pl.col("party_id").str.slice(1).cast(pl.Int64),
    }
    for name, column in columns.items():
        ranked = first.select("rogue", value=column).drop_nulls().with_columns(rank=pl.col("value").rank())
        positive = ranked.filter("rogue")
        n, p = ranked.height, positive.height
        area = (float(positive["rank"].sum()) - p * (p + 1) / 2) / (p * (n - p))
        assert 0.4 < area < 0.8, name
