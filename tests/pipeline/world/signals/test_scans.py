"""Portal scans: who passes, when, and what the detectors count."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from signal_frames import many_cases, many_lines, one_case, one_line, shipped

from pipeline.world.calendar import DAY, HOUR, SECOND
from pipeline.world.scenario.signals import Scans, Symptom
from pipeline.world.signals.scans import scans

SHIPPED = shipped().scans
NOTHING = Symptom(raised=0.0, shielded=0.0, neutrons=0.0, second_passage=0.0)
EVERY = {country: portal.model_copy(update={"share": 1.0}) for country, portal in SHIPPED.portals.items()}
CALM = {"portals": EVERY, "symptoms": {"honest": NOTHING}, "natural_spread": 0.0, "rechecked": 0.0, "scrap_firms": 0.0}


def calm(**values: Any) -> Scans:
    """The shipped numbers, but every consignment passes a portal and shows nothing beyond its goods."""
    return SHIPPED.model_copy(update=CALM | values)


def passed(scenario: Scans, count: int = 4000, line: dict[str, Any] | None = None, **case: Any) -> pl.DataFrame:
    """The scans of `count` equal consignments, with `sigmas`: the excess in roots of the background."""
    cases = pl.concat([one_case(**case)] * count).with_columns(
        row=pl.int_range(count), consignment_id=pl.format("C{}", pl.int_range(count))
    )
    lines = pl.concat([one_line(**(line or {}))] * count).with_columns(row=pl.int_range(count))
    sigmas = (pl.col("gamma_cps") - pl.col("background_cps")) / pl.col("background_cps").sqrt()
    return scans(7, scenario, 0, cases, lines).with_columns(sigmas=sigmas)


def test_portals_stand_at_the_stated_offices_and_take_the_stated_share() -> None:
    cases = many_cases(3, 20_000)
    table = scans(7, SHIPPED, 0, cases, many_lines(3, cases)).join(cases, on="consignment_id", how="left")
    assert set(table["mode"]) == {"sea"}
    at_sea = cases.filter(pl.col("mode") == "sea")
    for country, portal in SHIPPED.portals.items():
        of = pl.col("office").str.starts_with(country)
        once = table.filter(of)["consignment_id"].n_unique()
        assert once / at_sea.filter(of).height == pytest.approx(portal.share, abs=0.02)
    assert passed(calm(), office="KRPUS").height == 0


def test_a_passage_lies_between_arrival_and_release_and_is_known_minutes_later() -> None:
    cases = many_cases(3, 20_000)
    table = scans(7, SHIPPED, 0, cases, many_lines(3, cases)).join(cases, on="consignment_id", how="left")
    assert (table["at"] >= table["arrived"]).all()
    assert (table["at"] < table["released"]).all()
    minutes = (table["known_at"] - table["at"]) / SECOND / 60
    late = minutes > SHIPPED.known_minutes[1] + 1
    assert minutes.min() >= SHIPPED.known_minutes[0] - 1
    assert late.mean() == pytest.approx(SHIPPED.late, abs=0.01)
    assert minutes.max() <= SHIPPED.late_days[1] * DAY / SECOND / 60


def test_ordinary_goods_are_at_the_background_less_what_a_load_keeps_off() -> None:
    table = passed(calm(screened_per_tonne=0.0))
    assert abs(table["sigmas"].mean()) < 0.05
    assert table["sigmas"].std() == pytest.approx(1 / np.sqrt(SHIPPED.occupied_seconds), abs=0.03)
    heavy = passed(calm(), line={"true_kg": 1_000_000.0})
    kept = (heavy["gamma_cps"] / heavy["background_cps"]).mean()
    assert kept == pytest.approx(1 - SHIPPED.screened_most, abs=0.005)


def test_natural_goods_radiate_by_their_longest_prefix_and_mass() -> None:
    scenario = calm(natural={"69": 1.0, "6907": 20.0}, natural_power=0.5, screened_per_tonne=0.0)
    excess = {}
    for hs6 in ("690721", "691110", "030614"):
        table = passed(scenario, line={"hs6": hs6, "true_kg": 25_000.0})
        excess[hs6] = (table["gamma_cps"] - table["background_cps"]).mean()
    assert excess["690721"] == pytest.approx(100.0, abs=2)
    assert excess["691110"] == pytest.approx(5.0, abs=2)
    assert excess["030614"] == pytest.approx(0.0, abs=2)


@pytest.mark.parametrize("mechanism", ["R3", "R4", None])
def test_symptoms_show_in_the_stated_shares(mechanism: str | None) -> None:
    table = passed(calm(symptoms=SHIPPED.symptoms, screened_per_tonne=0.0), 8000, mechanism=mechanism)
    known = SHIPPED.symptoms[mechanism or "honest"]
    alone = table.unique("consignment_id", keep="first", maintain_order=True)
    raised = (alone["sigmas"] > SHIPPED.raised_sigmas[0] - 1.5).mean()
    assert raised == pytest.approx(known.raised * (1 - known.shielded), abs=0.025)
    detectors = alone["neutron_cps"].drop_nulls()
    assert (detectors > 3).mean() == pytest.approx(known.neutrons, abs=0.02)
    again = table["consignment_id"].is_duplicated().sum() / 2 / alone.height
    # A second passage that would come after the release does not happen.
    assert known.second_passage * 0.5 - 0.01 <= again <= known.second_passage + 0.01


def test_a_second_passage_is_at_another_lane_within_a_day() -> None:
    twice = {"honest": NOTHING.model_copy(update={"second_passage": 1.0})}
    table = passed(calm(symptoms=twice)).sort("consignment_id", "at")
    pairs = table.group_by("consignment_id").agg("lane", pl.col("at").diff().last().alias("after"), pl.len())
    pairs = pairs.filter(pl.col("len") == 2)
    assert pairs.height > 1000
    assert (pairs["lane"].list.n_unique() == 2).all()
    assert (pairs["after"] <= SHIPPED.second_hours[1] * HOUR).all()
    lanes = SHIPPED.portals["JP"].lanes
    assert set(table["lane"]) == {str(lane + 1) for lane in range(lanes)}


def test_scrap_radiates_again_and_again_for_the_same_consignors() -> None:
    scenario = calm(scrap_firms=0.3, scrap_raised=1.0, screened_per_tonne=0.0)
    shown = {}
    for exporter in range(30):
        alarms = passed(scenario, 20, {"hs6": "720449"}, exporter=exporter)["sigmas"] > 2.5
        shown[exporter] = alarms.mean()
    assert set(shown.values()) <= {0.0, 1.0}
    assert 2 < sum(shown.values()) < 18
    assert passed(scenario, 20, {"hs6": "030614"}, exporter=3)["sigmas"].max() < 2.5


def test_scans_do_not_depend_on_the_order_of_lines_and_tell_nothing_by_their_number() -> None:
    cases = many_cases(3, 3000)
    lines = many_lines(3, cases)
    table = scans(7, SHIPPED, 2, cases, lines)
    assert table.equals(scans(7, SHIPPED, 2, cases, lines.sample(fraction=1.0, shuffle=True, seed=1)))
    assert not table["scan_id"].is_duplicated().any()
    assert table["scan_id"].is_sorted()
    assert table["at"].is_sorted()


def test_a_chunk_without_portals_has_no_scans() -> None:
    assert scans(7, SHIPPED, 0, one_case().clear(), one_line().clear()).height == 0
    assert passed(calm(), 3, released=None).height == 0
