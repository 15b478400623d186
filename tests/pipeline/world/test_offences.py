"""Offences: rates, mechanisms and what they need, symptoms in the share stated, and how offenders move."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from worlds import Drawn

from pipeline.world.adaptation import MOVES
from pipeline.world.bookings import NONE
from pipeline.world.calendar import microseconds
from pipeline.world.chunks import truth_of
from pipeline.world.scenario.offences import SYMPTOMS, VOYAGE_MECHANISMS


def near(found: float, wanted: float, count: int) -> bool:
    """Within five standard deviations of a share of so many draws."""
    return abs(found - wanted) <= 5 * math.sqrt(max(wanted * (1 - wanted), 0.01) / max(count, 1)) + 1e-9


@pytest.mark.parametrize("scheme", ["marine_smuggling", "brand_diversion", "strategic_goods", "trade_discrepancy"])
def test_the_rate_of_single_cases_is_the_stated_one(drawn: Drawn, scheme: str) -> None:
    stated = drawn.backdrop.scenario.offences.schemes[scheme]
    imports = drawn.cases.filter((pl.col("lane") == stated.lane) & (pl.col("regime") == "import"))
    single = imports.filter(~pl.col("mechanism").is_in(VOYAGE_MECHANISMS).fill_null(False))
    rate = single["mechanism"].is_in(list(stated.mechanisms)).fill_null(False).mean()
    assert rate == pytest.approx(stated.rate, rel=0.2)


def test_mechanisms_of_single_cases_keep_their_shares_among_what_fits(drawn: Drawn) -> None:
    found = dict(drawn.cases.drop_nulls("mechanism").group_by("mechanism").len().rows())
    for scheme in ("marine_smuggling", "brand_diversion"):
        stated = drawn.backdrop.scenario.offences.schemes[scheme].mechanisms
        for mechanism in stated:
            assert found.get(mechanism, 0) >= 30, mechanism
    assert set(VOYAGE_MECHANISMS) <= set(found)


def test_each_case_is_what_its_mechanism_needs(drawn: Drawn) -> None:
    sea, cases = drawn.backdrop.sea, drawn.cases
    landed = cases["voyage"].is_not_null() & sea.voyages["catch"].gather(cases["voyage"].fill_null(0))
    of = {name: cases.filter(pl.col("mechanism") == name) for name in cases["mechanism"].drop_nulls().unique()}
    for name in ("M1", "M2", "M3", "M4", "M5", "M8"):
        assert landed.filter(cases["mechanism"] == name).all(), name
    assert not landed.filter(cases["mechanism"] == "M7").any()
    assert of["M7"]["true_origin_country"].unique().to_list() == ["RU"]
    shells = drawn.backdrop.firms.rows["shell"].to_numpy()
    assert shells[of["B5"]["importer"].to_numpy()].all()
    assert (of["B6"]["split"] != NONE).all()
    assert (of["B1"]["split"] == NONE).all()
    lines = drawn.lines.join(of["M6"].select("chunk", "row", "move"), on=["chunk", "row"])
    changed = lines.filter(
        (pl.col("species") != pl.col("true_species")) | (pl.col("product_form") != pl.col("true_form"))
    )
    assert changed["row"].len() / lines.height > 0.6
    honest = drawn.lines.join(cases.filter(pl.col("mechanism").is_null()).select("chunk", "row"), on=["chunk", "row"])
    assert honest.filter(pl.col("species") != pl.col("true_species")).height == 0


def test_those_who_lean_to_offend_do_so_more_often(drawn: Drawn) -> None:
    rogue = drawn.backdrop.firms.rows["rogue"].to_numpy()[drawn.cases["importer"].to_numpy()]
    case = drawn.cases["mechanism"].is_not_null().to_numpy()
    assert case[rogue].mean() > 3 * case[~rogue].mean()
    assert case[~rogue].mean() > 0.02
    assert case[rogue].mean() < 0.6


@pytest.mark.parametrize("symptom", [name for name in SYMPTOMS if name != "amended"])
def test_each_symptom_shows_in_the_share_stated(drawn: Drawn, symptom: str) -> None:
    table = drawn.backdrop.scenario.offences.symptoms[symptom]
    unmoved = drawn.cases.filter(pl.col("move") == 0)
    for mechanism, rows in unmoved.group_by("mechanism"):
        wanted = table.get(mechanism[0], table["honest"]) if mechanism[0] else table["honest"]
        assert near(float(rows[symptom].mean()), wanted, rows.height), (mechanism, symptom)


def test_a_symptom_shows_in_what_is_declared(drawn: Drawn) -> None:
    cases = drawn.cases
    gap = (cases["value_usd"] / cases["usual_usd"]).log()
    assert gap.filter(cases["cheap"]).mean() < gap.filter(~cases["cheap"]).mean() - 0.3
    assert gap.filter(cases["dear"]).mean() > gap.filter(~cases["dear"]).mean() + 0.3
    net = drawn.lines.group_by("chunk", "row").agg(pl.col("net_kg").sum())
    weighed = cases.join(net, on=["chunk", "row"])
    ratio = weighed["net_kg"] / weighed["gross_kg"]
    assert ratio.filter(weighed["light"]).mean() < ratio.filter(~weighed["light"]).mean() - 0.15
    turned = cases.filter(pl.col("odd_route") & (pl.col("lane") == "brand_diversion"))
    assert (turned["dispatch_country"] != turned["origin_country"]).mean() > 0.8
    assert turned["first_port"].null_count() == 0
    marked = drawn.lines.join(cases.filter("unmarked").select("chunk", "row"), on=["chunk", "row"])
    assert marked["brand_id"].is_null().all()


def test_most_who_show_a_symptom_are_honest(drawn: Drawn) -> None:
    for symptom in ("cheap", "odd_route", "bad_container", "vague", "light"):
        shown = drawn.cases.filter(symptom)
        assert shown["mechanism"].is_null().mean() > 0.4, symptom


def test_offenders_move_after_a_change_and_not_before(drawn: Drawn) -> None:
    words, bookings = drawn.backdrop.words, drawn.bookings
    for change in drawn.backdrop.scenario.offences.changes:
        at = microseconds(datetime(change.at.year, change.at.month, change.at.day, tzinfo=UTC))
        met = bookings["goods"].is_in([place for place, one in enumerate(words.goods) if one.hs6 in change.goods])
        lane = bookings["lane"] == words.lanes.index(change.lane)
        offenders = bookings.filter(met & lane & (bookings["mechanism"] != NONE))
        after = offenders.filter(pl.col("declared") >= at)
        assert (offenders.filter(pl.col("declared") < at)["move"] == 0).all()
        assert near(float((after["move"] != 0).mean()), change.share, after.height)
    assert (bookings.filter(pl.col("mechanism") == NONE)["move"] == 0).all()


def test_moves_show(drawn: Drawn) -> None:
    words, bookings = drawn.backdrop.words, drawn.bookings
    harbour, away = (bookings.filter(pl.col("move") == 1 + MOVES.index(name)) for name in ("port", "third_country"))
    urchins = drawn.backdrop.scenario.offences.changes[0]
    offices = {words.places[place] for place in harbour["office"].unique()}
    assert offices & set(urchins.ports)
    sea = away.filter(pl.col("lane") == words.lanes.index("marine_smuggling"))
    assert {words.countries[place] for place in sea["origin"].unique()} == set(urchins.countries)
    assert {words.mechanisms[place] for place in sea["mechanism"].unique()} == {"M7"}
    lines = drawn.lines.join(
        drawn.cases.filter(pl.col("move") == 1 + MOVES.index("unmarked")).select("chunk", "row"), on=["chunk", "row"]
    )
    assert lines.height > 0
    assert lines["brand_id"].is_null().all()


def test_the_truth_has_a_row_per_case(drawn: Drawn) -> None:
    truth = truth_of(drawn.backdrop, drawn.cases)
    assert truth.height == drawn.cases["mechanism"].is_not_null().sum()
    assert np.isfinite(truth["value_usd"].to_numpy()).all()
    assert truth.filter(pl.col("mechanism").str.starts_with("M"))["scheme"].unique().to_list() == ["marine_smuggling"]
    assert set(truth["scheme"]) == set(drawn.backdrop.scenario.offences.schemes)
