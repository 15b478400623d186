"""Observed calls: at their shares, close to the truth, never known before they can be."""

from __future__ import annotations

import polars as pl
import pytest
from seas import MANY, sea_of, share_holds
from sections import load_sea

from pipeline.world.sea.observed_calls import COLUMNS, observed_calls
from pipeline.world.sea.sea import Sea

DAY, HOUR = 86_400_000_000, 3_600_000_000


@pytest.fixture(scope="module")
def sea() -> Sea:
    return sea_of(MANY)


@pytest.fixture(scope="module")
def calls(sea: Sea) -> pl.DataFrame:
    return observed_calls(3, load_sea(), sea)


@pytest.fixture(scope="module")
def stays(sea: Sea) -> pl.DataFrame:
    came = pl.col("dark").shift(1).over("hull").fill_null(False)
    return (
        sea.stages.with_columns(silent=came)
        .filter(pl.col("kind") == "port")
        .join(sea.hulls.select("hull", "vessel_id", "ais_class", "home_port"), on="hull")
    )


def test_rows_have_the_contracts_form(calls: pl.DataFrame) -> None:
    assert tuple(calls.columns) == COLUMNS
    assert calls.select("call_id", "known_at").is_unique().all()
    assert (calls["departed_at"].fill_null(2**62) > calls["arrived_at"]).all()
    assert (calls["known_at"] >= calls["arrived_at"]).all()
    closed = calls.drop_nulls("departed_at")
    assert (closed["known_at"] >= closed["departed_at"]).all()
    assert (calls["offload_kg"].fill_null(0) <= calls["onboard_kg"].fill_null(0)).all()


def test_an_open_call_is_closed_by_a_later_version(calls: pl.DataFrame) -> None:
    tracked = calls.filter(pl.col("reported_by") == "ais")
    versions = tracked.sort("known_at").group_by("call_id").agg(pl.len(), pl.col("departed_at").is_null())
    assert versions["len"].max() == 2
    assert (versions.filter(pl.col("len") == 2)["departed_at"].list.to_array(2).arr.to_list().unique().to_list()) == [
        [True, False]
    ]
    assert (versions.filter(pl.col("len") == 1)["departed_at"].list.first() == False).all()  # noqa: E712
    assert 0.08 < (versions["len"] == 2).mean() < load_sea().observed_calls.revised


@pytest.mark.parametrize("ais_class", ["A", "B"])
@pytest.mark.parametrize("silent", [True, False])
def test_tracks_show_calls_at_their_shares(
    calls: pl.DataFrame, stays: pl.DataFrame, ais_class: str, silent: bool
) -> None:
    numbers = load_sea().observed_calls
    own = stays.filter((pl.col("ais_class") == ais_class) & (pl.col("silent") == silent))
    seen = calls.filter(pl.col("reported_by") == "ais").unique("call_id").sort("arrived_at")
    found = (
        own.sort("begins")
        .join_asof(
            seen,
            left_on="begins",
            right_on="arrived_at",
            by=["vessel_id", "port"],
            strategy="forward",
            check_sortedness=False,
        )
        .filter(pl.col("arrived_at") < pl.col("ends"))
    )
    share = (numbers.ais if ais_class == "A" else numbers.ais_b) * (1 - numbers.dark_missing * silent)
    assert share_holds(len(found), len(own), share)


def test_ports_report_at_the_shares_of_their_country(calls: pl.DataFrame, stays: pl.DataFrame) -> None:
    numbers = load_sea().observed_calls
    reported = calls.filter(pl.col("reported_by") == "port")
    for country, share in {**numbers.port_by_country, "CN": numbers.port}.items():
        own = stays.filter(pl.col("port").str.starts_with(country)).height
        assert share_holds(reported.filter(pl.col("port").str.starts_with(country)).height, own, share), country


def test_only_ports_say_what_is_on_board_and_only_of_catching_vessels(calls: pl.DataFrame, sea: Sea) -> None:
    said = calls.drop_nulls("onboard_kg")
    assert (said["reported_by"] == "port").all()
    trade = sea.hulls.filter(pl.col("fleet").is_in(list(load_sea().loops)))["vessel_id"]
    assert not said["vessel_id"].is_in(trade.to_list()).any()
    assert (said["laden"] == (said["onboard_kg"] > 0)).all()


@pytest.mark.parametrize("mechanism", ["honest", "M3", "M8"])
def test_ports_are_told_less_at_the_stated_share(calls: pl.DataFrame, sea: Sea, mechanism: str) -> None:
    landed = sea.voyages.filter("catch").join(sea.hulls.select("hull", "vessel_id"), on="hull").sort("arrived")
    said = calls.filter(pl.col("offload_kg") > 0).sort("arrived_at")
    told = said.join_asof(
        landed, left_on="arrived_at", right_on="arrived", by="vessel_id", strategy="backward", check_sortedness=False
    ).with_columns(pl.col("mechanism").fill_null("honest"))  # fmt: skip
    own = told.filter(pl.col("mechanism") == mechanism)
    less = (own["onboard_kg"] < 0.8 * own["live_kg"]).sum()
    assert share_holds(less, len(own), load_sea().observed_calls.understated[mechanism])


def test_equal_seeds_give_equal_calls(calls: pl.DataFrame, sea: Sea) -> None:
    assert observed_calls(3, load_sea(), sea).equals(calls)
    assert not observed_calls(4, load_sea(), sea).equals(calls)
