"""Watch lists: who is listed how often, when, and that an entry ends only after it began."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from signal_frames import SPAN, many_firms, many_hulls, many_voyages, shipped

from pipeline.world.calendar import DAY
from pipeline.world.signals.watchlists import watchlist

SHIPPED = shipped().watchlists
KEY = ["list", "subject_kind", "subject", "listed_at"]
FIRMS, HULLS, VOYAGES = many_firms(1, 40_000), many_hulls(1, 3000), many_voyages(1, 3000, 30_000)
TABLE = watchlist(7, SHIPPED, FIRMS, HULLS, VOYAGES, SPAN)


def listed(name: str) -> pl.DataFrame:
    return TABLE.filter(pl.col("list") == name, pl.col("delisted_at").is_null())


def test_an_entry_is_known_after_its_listing_and_its_end_after_that() -> None:
    assert not TABLE.select(*KEY, "known_at").is_duplicated().any()
    assert (TABLE["known_at"] > TABLE["listed_at"]).all()
    ends = TABLE.filter(pl.col("delisted_at").is_not_null())
    assert set(ends["list"]) == {"iuu", "sanctions", "detentions", "lost_sources"}
    assert (ends["known_at"] > ends["delisted_at"]).all()
    assert (ends["delisted_at"] > ends["listed_at"]).all()
    first = TABLE.filter(pl.col("delisted_at").is_null()).select(*KEY, first="known_at")
    joined = ends.join(first, on=KEY, how="left")
    assert joined["first"].null_count() == 0
    assert (joined["known_at"] > joined["first"]).all()


def test_the_vessel_list_is_updated_monthly() -> None:
    days = pl.from_epoch(listed("iuu")["listed_at"], time_unit="us")
    assert set(days.dt.day()) == {SHIPPED.iuu.update_day}
    assert set(days.dt.hour()) == {0}
    assert not listed("iuu")["subject"].is_duplicated().any()


def test_laundered_hulls_are_listed_before_they_change_their_identity() -> None:
    quiet = VOYAGES.with_columns(mechanism=pl.lit(None, dtype=pl.String))
    iuu = SHIPPED.iuu.model_copy(update={"innocent": 0.0})
    scenario = SHIPPED.model_copy(update={"iuu": iuu})
    table = watchlist(7, scenario, FIRMS, HULLS, quiet, SPAN).filter(list="iuu").unique("subject")
    hops = table.join(HULLS.select(subject="vessel_id", hop="launders_from"), on="subject", how="left")
    assert hops.height / HULLS["launders"].sum() == pytest.approx(SHIPPED.iuu.before_hop, abs=0.06)
    days = (hops["hop"] - hops["listed_at"]) / DAY
    assert days.is_between(SHIPPED.iuu.before_hop_days[0], SHIPPED.iuu.before_hop_days[1] + 31).all()


def test_an_offence_leads_to_a_listing_well_after_it() -> None:
    honest = HULLS.with_columns(launders=pl.lit(False), launders_from=pl.lit(None, dtype=pl.Int64))
    iuu = SHIPPED.iuu.model_copy(update={"innocent": 0.0, "offence": {"M8": 1.0}})
    scenario = SHIPPED.model_copy(update={"iuu": iuu})
    table = watchlist(7, scenario, FIRMS, honest, VOYAGES, SPAN).filter(list="iuu").unique("subject")
    guilty = VOYAGES.filter(mechanism="M8").group_by("hull").agg(pl.col("arrived").min())
    assert table.height == guilty.height
    first = guilty.join(HULLS.select("hull", subject="vessel_id"), on="hull").join(table, on="subject")
    assert ((first["listed_at"] - first["arrived"]) / DAY >= SHIPPED.iuu.offence_days[0] - 31).all()


def test_honest_hulls_stand_on_the_list_from_years_ago_and_are_mostly_off_it() -> None:
    offends = VOYAGES.filter(pl.col("mechanism").is_not_null())["hull"].unique()
    honest = HULLS.filter(~pl.col("launders") & ~pl.col("hull").is_in(offends.implode()))["vessel_id"]
    few = SHIPPED.model_copy(update={"iuu": SHIPPED.iuu.model_copy(update={"innocent": 0.5})})
    table = watchlist(7, few, FIRMS, HULLS, VOYAGES, SPAN).filter(list="iuu")
    mine = table.filter(pl.col("subject").is_in(honest.implode()))
    assert (mine["listed_at"] < SPAN.start).all()
    taken_off = mine.filter(pl.col("delisted_at").is_not_null()).height / mine["subject"].n_unique()
    assert mine["subject"].n_unique() > 10
    assert taken_off == pytest.approx(SHIPPED.iuu.delisted.honest, abs=0.3)


def test_firms_are_sanctioned_in_the_stated_shares_and_never_before_they_are_there() -> None:
    named = listed("sanctions").join(FIRMS, left_on="subject", right_on="party_id", how="left")
    assert (named["listed_at"] > named["active_from"]).all()
    everyone = watchlist(7, SHIPPED, FIRMS.with_columns(active_from=pl.lit(0)), HULLS, VOYAGES, SPAN)
    shares = everyone.filter(pl.col("list") == "sanctions", pl.col("delisted_at").is_null())
    for rogue, wanted in ((True, SHIPPED.sanctions.named.offends), (False, SHIPPED.sanctions.named.honest)):
        group = FIRMS.filter(rogue=rogue)
        found = shares.filter(pl.col("subject").is_in(group["party_id"].implode())).height
        assert found / group.height == pytest.approx(wanted, rel=0.25)


def test_detentions_name_leaning_hulls_more_often() -> None:
    leans = HULLS.filter((pl.col("leaning") > SHIPPED.leaning_over) | pl.col("launders"))
    names = listed("detentions")["subject"]
    share = leans["vessel_id"].is_in(names.implode()).mean()
    assert share == pytest.approx(SHIPPED.detentions.named.offends, abs=0.05)
    assert names.len() > leans.height * share


def test_lost_sources_have_a_serial_each() -> None:
    sources = listed("lost_sources")
    assert 2 * SHIPPED.lost_sources.yearly * 0.5 < sources.height < 2 * SHIPPED.lost_sources.yearly * 1.7
    assert not sources["subject"].is_duplicated().any()
    assert sources["subject"].str.contains(r"^[A-Z][a-z]-[0-9]+/[0-9]{6}$").all()


def test_an_empty_fleet_is_listed_as_such() -> None:
    table = watchlist(7, SHIPPED, FIRMS.clear(), HULLS.clear(), VOYAGES.clear(), SPAN)
    assert set(table["list"]) == {"lost_sources"}


def test_equal_seeds_give_equal_lists() -> None:
    assert TABLE.equals(watchlist(7, SHIPPED, FIRMS, HULLS, VOYAGES, SPAN))
    assert datetime.fromtimestamp(TABLE["known_at"].min() / 1e6, UTC).year < 2024
