"""Itineraries of whole blocks: every vessel accounted for at every time, and meetings told alike by both."""

from __future__ import annotations

import itertools

import polars as pl
import pytest
from seas import MANY, SPAN, sea_of
from sections import load_sea

from pipeline.world.calendar import HOUR, SECOND
from pipeline.world.sea.itineraries import blocks
from pipeline.world.sea.sea import Sea
from pipeline.world.sea.sea_lanes import SeaLanes, great_circle_nm


@pytest.fixture(scope="module")
def sea() -> Sea:
    return sea_of(MANY)


def test_blocks_hold_every_hull_once_and_at_most_one_carrier(sea: Sea) -> None:
    dealt = blocks(load_sea(), sea.hulls)
    assert sorted(hull for block in dealt for hull in block) == sea.hulls["hull"].to_list()
    fleet = dict(sea.hulls.select("hull", "fleet").iter_rows())
    for block in dealt:
        carriers = sum(fleet[hull] == "carriers" for hull in block)
        assert carriers <= 1
        assert not carriers or len(block) <= 1 + 2 * load_sea().donors_per_carrier


def test_stages_cover_the_span_without_gap_or_overlap(sea: Sea) -> None:
    stages = sea.stages
    assert stages.equals(stages.sort("hull", "begins"))
    ends = stages.group_by("hull").agg(pl.col("begins").min(), pl.col("ends").max())
    assert len(ends) == len(sea.hulls)
    assert (ends["begins"] <= SPAN.start).all()
    assert (ends["ends"] >= SPAN.end).all()
    follows = stages.with_columns(
        gap=pl.col("begins") - pl.col("ends").shift(1).over("hull"),
        moved=(pl.col("lat") - pl.col("to_lat").shift(1).over("hull")).abs(),
        sunk=(pl.col("draught_from_m") - pl.col("draught_to_m").shift(1).over("hull")).abs(),
        number=pl.col("stage") - pl.int_range(pl.len()).over("hull"),
    )
    assert (follows["gap"].drop_nulls() == 0).all()
    assert (follows["moved"].drop_nulls() == 0).all()
    assert (follows["number"] == 0).all()
    # A ship in trade takes or gives ballast when it has discharged.
    catching = follows.join(sea.hulls.filter(pl.col("hold_m3").is_not_null()).select("hull"), on="hull")
    assert (catching["sunk"].drop_nulls() < 0.011).all()
    assert (stages["ends"] > stages["begins"]).all()
    assert (stages["ends"] % SECOND == 0).all()


def test_stages_say_what_their_kind_needs(sea: Sea) -> None:
    stages = sea.stages
    for kind, column in {"port": "port", "transit": "route", "fishing": "pattern", "meeting": "other"}.items():
        assert (stages[column].is_not_null() == (stages["kind"] == kind)).all(), column
    still = stages.filter(pl.col("kind") != "transit")
    assert (still["lat"] == still["to_lat"]).all()
    assert (still["lon"] == still["to_lon"]).all()


def test_routes_lead_from_where_the_stage_begins_to_where_it_ends(sea: Sea) -> None:
    for lat, to_lat, route, reverse in (
        sea.stages.filter(pl.col("kind") == "transit").select("lat", "to_lat", "route", "reverse").unique().iter_rows()
    ):
        line = sea.routes[route][::-1] if reverse else sea.routes[route]
        assert (line[0][0], line[-1][0]) == (lat, to_lat)


def test_no_passage_is_faster_than_a_ship(sea: Sea) -> None:
    length = [
        sum(great_circle_nm(*map(float, (*one, *other))) for one, other in itertools.pairwise(line))
        for line in sea.routes
    ]
    speed = (
        sea.stages.filter(pl.col("kind") == "transit")
        .with_columns(nm=pl.col("route").replace_strict(dict(enumerate(length)), return_dtype=pl.Float64))
        .select(pl.col("nm") / ((pl.col("ends") - pl.col("begins")) / HOUR))
        .to_series()
    )
    assert speed.min() > 4
    assert speed.max() < 27


def test_both_vessels_of_a_meeting_tell_the_same(sea: Sea) -> None:
    met = sea.stages.filter(pl.col("kind") == "meeting").select("hull", "other", "begins", "ends", "lat", "lon")
    turned = met.select(pl.col("other").alias("hull"), pl.col("hull").alias("other"), "begins", "ends", "lat", "lon")
    assert met.sort("hull", "begins").equals(turned.sort("hull", "begins"))
    within = sea.meetings.filter((pl.col("begins") >= SPAN.start) & (pl.col("ends") < SPAN.end))
    told = met.rename({"hull": "donor", "other": "receiver"})
    assert len(within) == len(within.join(told, on=["donor", "receiver", "begins", "ends", "lat", "lon"]))
    assert len(within) > 200


def test_a_carrier_alone_lies_beside_nobody_between_two_meetings(sea: Sea) -> None:
    ends = sea.meetings.sort("receiver", "begins").with_columns(
        gap=pl.col("begins") - pl.col("ends").shift(1).over("receiver")
    )
    assert ends["gap"].drop_nulls().min() >= load_sea().trips.meeting_gap_hours[0] * HOUR


def test_no_two_stays_in_one_port_follow_on_each_other(sea: Sea) -> None:
    twice = sea.stages.filter(
        (pl.col("kind") == "port")
        & (pl.col("kind").shift(1).over("hull") == "port")
        & (pl.col("port").shift(1).over("hull") == pl.col("port"))
    )
    assert twice.height == 0


def test_boats_fish_in_season_where_their_fleet_does(sea: Sea) -> None:
    scenario = load_sea()
    caught = sea.voyages.filter("catch").join(sea.hulls.select("hull", "fleet"), on="hull")
    caught = caught.filter(pl.col("fleet") != "carriers")
    for fleet, ground, mechanism in caught.select("fleet", "ground", "mechanism").unique().iter_rows():
        assert ground in scenario.fleets[fleet].grounds or mechanism == "M8"
        assert not scenario.grounds[ground].off_limits or mechanism == "M8"
    lanes = SeaLanes(scenario)
    spots = {ground: {round(float(lanes.lat[spot]), 6) for spot in lanes.spots(ground)} for ground in scenario.grounds}
    fished = sea.stages.filter(pl.col("kind") == "fishing").join(caught, on=["hull", "trip"])
    for lat, ground in fished.select(pl.col("lat").round(6), "ground").unique().iter_rows():
        assert lat in spots[ground]
