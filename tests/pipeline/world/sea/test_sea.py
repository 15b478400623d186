"""The sea as a whole: voyages, meetings, the offences' rates and the share of each symptom, equal for equal seeds."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from seas import MANY, SPAN, firms, sea_of, share_holds
from sections import load_sea

from pipeline.world.sea.sea import Sea, make_sea


@pytest.fixture(scope="module")
def sea() -> Sea:
    return sea_of(MANY)


@pytest.fixture(scope="module")
def landings(sea: Sea) -> pl.DataFrame:
    return sea.voyages.filter("catch").join(sea.hulls.select("hull", "fleet", "home_port"), on="hull")


def test_equal_seeds_give_equal_seas_and_others_do_not() -> None:
    again = make_sea(3, load_sea(), SPAN, firms().reverse(), 2_000)
    for name in ("hulls", "stages", "voyages", "meetings", "identities", "mmsi"):
        assert_frame_equal(getattr(again, name), getattr(sea_of(2_000), name))
    assert all((one == other).all() for one, other in zip(again.routes, sea_of(2_000).routes, strict=True))
    assert not sea_of(2_000, seed=4).voyages.equals(again.voyages)


def test_voyages_are_numbered_by_arrival_and_lie_in_the_span(sea: Sea) -> None:
    voyages = sea.voyages
    assert voyages["voyage"].to_list() == list(range(len(voyages)))
    assert voyages.equals(voyages.sort("arrived", "hull", maintain_order=True))
    assert voyages["arrived"].is_between(SPAN.start, SPAN.end, closed="left").all()
    assert (voyages["departed"] < voyages["arrived"]).all()
    assert (voyages["arrived"] < voyages["leaves"]).all()
    assert (voyages["from_port"].fill_null("none") != voyages["to_port"]).all()


def test_there_is_a_landing_for_about_three_consignments(sea: Sea) -> None:
    landed = sea.voyages.filter(pl.col("catch") & pl.col("to_port").str.starts_with("JP")).height
    assert 2.5 < 0.42 * 0.72 * 0.94 * MANY / landed < 4.5


def test_landed_catch_says_where_and_when_it_was_taken(landings: pl.DataFrame) -> None:
    said = ("fishing_from", "fishing_to", "ground", "catch_area", "species", "gear")
    assert landings.select(said).null_count().row(0) == (0,) * len(said)
    assert (landings["fishing_from"] < landings["fishing_to"]).all()
    assert (landings["fishing_to"] <= landings["arrived"]).all()
    assert (landings["live_kg"] > 0).all()
    assert landings["catch_area"].is_in(["61", "67"]).all()


def test_a_carrier_lands_what_it_took_over(sea: Sea, landings: pl.DataFrame) -> None:
    carried = landings.filter(pl.col("fleet") == "carriers")
    assert (carried["live_kg"] == carried["taken_over_kg"]).all()
    assert (carried["fishing_hours"] == 0).all()
    given = sea.meetings.group_by("voyage").agg(pl.col("live_kg").sum().alias("given"), pl.col("donor"))
    both = carried.join(given, on="voyage", suffix="_met")
    assert len(both) == len(carried)
    assert (both["given"] - both["live_kg"]).abs().max() < 1e-6
    assert both.select(pl.col("donor").is_in(pl.col("donor_met")).all()).item()


def test_offences_are_as_frequent_as_the_rates_say(landings: pl.DataFrame, sea: Sea) -> None:
    rates = load_sea().offences.rates
    caught = landings.filter(pl.col("fleet") != "carriers")
    for mechanism in ("M3", "M8"):
        assert share_holds((caught["mechanism"] == mechanism).sum(), len(caught), rates[mechanism])
    carried = landings.filter(pl.col("fleet") == "carriers")
    assert share_holds((carried["mechanism"] == "M4").sum(), len(carried), rates["M4"])
    assert 0.035 < landings["mechanism"].is_not_null().mean() < 0.075
    tankers = sea.voyages.join(sea.hulls.filter(pl.col("kind") == "tanker").select("hull"), on="hull")
    assert share_holds((tankers["mechanism"] == "T5").sum(), len(tankers), rates["T5"])
    assert set(sea.voyages.filter(~pl.col("catch"))["mechanism"].unique()) == {None, "T5"}


def test_offenders_lean_to_it(landings: pl.DataFrame, sea: Sea) -> None:
    leaning = landings.join(sea.hulls.select("hull", "leaning"), on="hull")
    told = leaning.group_by(pl.col("mechanism").is_not_null()).agg(pl.col("leaning").mean()).sort("mechanism")
    assert told["leaning"][1] > told["leaning"][0] + 0.4


def test_a_false_identity_is_used_from_its_beginning_on(landings: pl.DataFrame, sea: Sea) -> None:
    told = landings.join(sea.hulls.select("hull", "launders", "launders_from"), on="hull")
    false = told.filter(pl.col("mechanism") == "M5")
    assert len(false) > 20
    assert false["launders"].all()
    assert (false["arrived"] > false["launders_from"]).all()
    later = told.filter(pl.col("fishing_from") > pl.col("launders_from") + 40 * 86_400_000_000)
    assert later["mechanism"].is_not_null().all()


def test_undeclared_meetings_are_those_of_the_case(sea: Sea) -> None:
    met = sea.meetings.join(sea.voyages.select("voyage", "mechanism"), on="voyage")
    cases = met.filter(pl.col("mechanism") == "M4")
    assert met.filter(pl.col("mechanism").is_null() | (pl.col("mechanism") != "M4"))["lawful"].all()
    assert cases.group_by("voyage").agg(pl.col("lawful").all())["lawful"].sum() == 0
    assert 0.1 < 1 - met["lawful"].mean() < 0.35


@pytest.mark.parametrize("mechanism", ["honest", "M3", "M8", "M4"])
def test_the_customs_port_is_skipped_as_often_as_stated(landings: pl.DataFrame, mechanism: str) -> None:
    abroad = landings.filter(pl.col("to_port") != pl.col("home_port")).with_columns(
        pl.col("mechanism").fill_null("honest")
    )
    own = abroad.filter(pl.col("mechanism") == mechanism)
    assert share_holds(own["from_port"].is_null().sum(), len(own), load_sea().symptoms.skips_customs[mechanism])


@pytest.mark.parametrize("mechanism", ["honest", "M3", "M8"])
def test_silence_on_the_ground_is_as_frequent_as_stated(landings: pl.DataFrame, sea: Sea, mechanism: str) -> None:
    fished = sea.stages.filter((pl.col("kind") == "fishing") & (pl.col("begins") > SPAN.start)).select(
        "hull", "trip", "dark"
    )
    told = fished.join(landings.with_columns(pl.col("mechanism").fill_null("honest")), on=["hull", "trip"])
    own = told.filter(pl.col("mechanism") == mechanism)
    assert share_holds(own["dark"].sum(), len(own), load_sea().symptoms.dark_fishing[mechanism])


@pytest.mark.parametrize(("lawful", "mechanism"), [(True, "honest"), (False, "M4")])
@pytest.mark.parametrize(("who", "symptom"), [("receiver", "dark_meeting"), ("donor", "dark_donor")])
def test_silence_at_meetings_is_as_frequent_as_stated(
    sea: Sea, lawful: bool, mechanism: str, who: str, symptom: str
) -> None:
    told = sea.meetings.filter(pl.col("lawful") == lawful).join(
        sea.stages.filter(pl.col("kind") == "meeting").select("hull", "begins", "dark"),
        left_on=[who, "begins"],
        right_on=["hull", "begins"],
    )
    assert share_holds(told["dark"].sum(), len(told), getattr(load_sea().symptoms, symptom)[mechanism])


def test_more_is_caught_by_those_who_report_less(landings: pl.DataFrame) -> None:
    crab = landings.filter(pl.col("fleet") == "crab")
    typical = crab.filter(pl.col("mechanism").is_null())["live_kg"].median()
    assert crab.filter(pl.col("mechanism") == "M3")["live_kg"].median() > 1.2 * typical


def test_every_pair_of_a_loop_is_a_voyage(sea: Sea) -> None:
    fleet = sea.voyages.join(sea.hulls.select("hull", "fleet"), on="hull")
    for name, loop in load_sea().loops.items():
        pairs = set(fleet.filter(pl.col("fleet") == name).select("from_port", "to_port").iter_rows())
        assert pairs == {(start, end) for start in loop.load for end in loop.discharge}, name
