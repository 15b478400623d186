"""Cases and symptoms: rates, mechanisms, and that no symptom proves anything by itself."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.world.calendar import world_span
from pipeline.world.cases import with_cases, with_route, with_symptoms
from pipeline.world.parameters import Parameters, load_parameters
from pipeline.world.parties import make_parties
from pipeline.world.randomness import streams
from pipeline.world.trade import make_trade


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return load_parameters()


@pytest.fixture(scope="module")
def cases(parameters: Parameters) -> pl.DataFrame:
    draw = streams(3)
    parties = make_parties(draw["party"], parameters, 8000)
    trade = make_trade(draw["trade"], parameters, parties, world_span(12), 8000)
    found = with_cases(draw["truth"], parameters, parties, trade)
    return with_route(draw["symptom"], parameters, with_symptoms(draw["symptom"], parameters, found))


def test_the_rate_of_cases_is_the_configured_one_in_each_lane(cases: pl.DataFrame, parameters: Parameters) -> None:
    rates = dict(cases.group_by("lane").agg(pl.col("mechanism").is_not_null().mean()).rows())
    for lane, rate in rates.items():
        wanted = parameters.schemes[lane].rate if lane in parameters.schemes else 0.0
        assert rate == pytest.approx(wanted, abs=0.035 if lane == "strategic_goods" else 0.015)


def test_mechanisms_belong_to_their_lane(cases: pl.DataFrame, parameters: Parameters) -> None:
    for lane, mechanism in cases.filter(pl.col("mechanism").is_not_null()).select("lane", "mechanism").unique().rows():
        assert mechanism in parameters.schemes[lane].mechanisms


@pytest.mark.parametrize("symptom", ["odd_route", "bad_container", "amendments"])
def test_a_symptom_is_likelier_in_cases_yet_most_who_show_it_are_honest(cases: pl.DataFrame, symptom: str) -> None:
    marine = cases.filter(pl.col("lane") == "marine_smuggling")
    is_case = marine["mechanism"].is_not_null().to_numpy()
    shows = marine[symptom].cast(pl.Int64).to_numpy() > 0
    assert shows[is_case].mean() > 1.5 * shows[~is_case].mean()
    assert np.mean(~is_case[shows]) > 0.4


def test_an_odd_route_is_dispatched_from_a_third_country(cases: pl.DataFrame) -> None:
    imports = cases.filter(pl.col("regime") == "import")
    third = imports["dispatch_country"] != imports["origin_country"]
    assert (imports.filter(third)["odd_route"]).all()
    assert third.sum() > 0
    assert (imports["loading_port"].str.head(2) == imports["dispatch_country"]).all()
    assert (imports["discharge_port"] == imports["office"]).all()


def test_an_export_goes_the_other_way(cases: pl.DataFrame) -> None:
    exports = cases.filter(pl.col("regime") == "export")
    assert exports.height > 0
    assert (exports["loading_port"] == exports["office"]).all()
    assert (exports["dispatch_country"] == exports["office"].str.head(2)).all()
    assert (exports["destination_country"] != exports["dispatch_country"]).all()
