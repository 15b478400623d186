"""Marks for the trade: models, authorisations, routes, and the regime at an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from firm_frames import SPAN, brands_scenario, marks, near, population
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipeline.world.calendar import DAY, microseconds
from pipeline.world.firms.brands import make_brands

SCENARIO = brands_scenario()
NAMES = [mark.name for mark in SCENARIO.marks]


def _instant(day: date) -> int:
    return microseconds(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _regime(name: str, day: date) -> str:
    """The regime of a mark on a day, read slowly from the scenario."""
    regimes = SCENARIO.regimes
    told = [(change.at, change.regime) for change in regimes.changes if change.mark == name]
    if name in regimes.waived:
        told.append((regimes.waived_from, "waived"))
    held = [regime for begins, regime in sorted(told) if begins <= day]
    return str(held[-1] if held else regimes.default.regime)


@given(st.lists(st.tuples(st.integers(0, len(NAMES) - 1), st.integers(-900, 366)), min_size=1, max_size=60))
def test_the_regime_at_an_instant_is_what_the_scenario_says(asked: list[tuple[int, int]]) -> None:
    days = [date(2024, 1, 1) + timedelta(days=day) for _, day in asked]
    mark = np.array([number for number, _ in asked])
    instants = np.array([_instant(day) for day in days])
    expected = [_regime(NAMES[number], day) for (number, _), day in zip(asked, days, strict=True)]
    assert marks().regime_at(mark, instants).tolist() == expected
    one = marks().regime_at(asked[0][0], instants)
    assert one.tolist() == [_regime(NAMES[asked[0][0]], day) for day in days]


def test_a_change_holds_from_its_first_microsecond() -> None:
    begins = _instant(date(2024, 6, 15))
    mark = NAMES.index("Kaizuma")
    assert marks().regime_at(mark, np.array([begins - 1, begins])).tolist() == ["waived", "national"]


def test_models_are_those_of_the_marks_lines_and_cost_about_what_the_line_does() -> None:
    models = marks().models
    assert not models.select("mark", "model").is_duplicated().any()
    for number, mark in enumerate(SCENARIO.marks):
        own = models.filter(pl.col("mark") == number)
        assert own.group_by("hs6").len().sort("hs6").rows() == [
            (hs6, SCENARIO.models.of_line) for hs6 in sorted(mark.hs6)
        ]
    factor = pl.col("mark").replace_strict({n: mark.price for n, mark in enumerate(SCENARIO.marks)})
    for hs6, line in SCENARIO.lines.items():
        own = models.filter(pl.col("hs6") == hs6)
        assert own["unit_kg"].median() == pytest.approx(line.unit_kg, rel=0.25)
        assert own.select(pl.col("usd") / factor).to_series().median() == pytest.approx(line.usd, rel=0.3)


def test_the_stated_shares_of_importers_are_authorised_and_every_mark_has_some() -> None:
    rows, authorised = population(600_000).rows, marks(600_000).authorised
    importers = rows.filter(pl.col("role") == "importer", pl.col("lane") == SCENARIO.lane)
    held = importers.with_columns(held=pl.col("party").is_in(authorised["party"].implode()))
    shares = SCENARIO.channels.authorised
    rogue, shell = pl.col("rogue"), pl.col("shell")
    for own, share in ((~rogue, shares.honest), (rogue & ~shell, shares.rogue), (shell, shares.shell)):
        found = held.filter(own)
        assert near(int(found["held"].sum()), found.height, share)
    assert set(authorised["party"]) <= set(importers["party"])
    few = marks(1, 9).authorised.group_by("mark").agg(pl.col("party").n_unique())
    assert few["mark"].n_unique() == len(NAMES)
    assert few["party"].min() >= SCENARIO.channels.fewest_of_mark  # type: ignore[operator]


def test_routes_lead_from_a_factory_to_the_territory() -> None:
    authorised = marks().authorised.join(marks().marks.select("mark", "production"), on="mark")
    open_way = authorised.group_by("grant").agg(pl.col("route").is_null().any(), pl.len())
    assert near(int((~open_way["route"]).sum()), open_way.height, SCENARIO.channels.stated_route)
    assert open_way.filter("route")["len"].max() == 1
    stated = authorised.filter(pl.col("route").is_not_null())
    assert (stated["route"].list.last() == SCENARIO.territory).all()
    assert stated.select(pl.col("production").list.contains(pl.col("route").list.first())).to_series().all()
    assert not stated.select("grant", pl.col("route").list.join(" ")).is_duplicated().any()
    by_hub = stated.filter(pl.col("route").list.len() == 3)
    assert by_hub.height > 0
    assert by_hub["route"].list.get(1).is_in(SCENARIO.channels.hubs).all()


def test_authorisations_begin_and_end_within_the_span_in_their_stated_shares() -> None:
    grants = marks(600_000).authorised.unique("grant").join(population(600_000).rows, on="party")
    assert (grants["valid_from"] >= grants["active_from"]).all()
    old = grants.filter(pl.col("active_from") <= SPAN.start)
    channels = SCENARIO.channels
    assert near(int((old["valid_from"] >= SPAN.start).sum()), old.height, channels.given_within)
    ended = grants.filter(pl.col("valid_to").is_not_null())
    assert near(ended.height, grants.height, channels.withdrawn_within)
    assert (ended["valid_to"] > ended["valid_from"]).all()
    assert ended["valid_to"].is_between(SPAN.start, SPAN.end).all()
    assert (grants["valid_from"] >= SPAN.start - channels.known_before_days[1] * DAY).all()


def test_much_of_what_unauthorised_importers_may_bring_in_is_lawful_at_any_time() -> None:
    weight = marks().marks["weight"].to_numpy()
    for instant in range(SPAN.start, SPAN.end, 30 * DAY):
        free = marks().regime_at(np.arange(len(NAMES)), np.full(len(NAMES), instant)) != "national"
        assert 0.3 < weight[free].sum() / weight.sum() < 0.8


def test_equal_seeds_give_equal_marks() -> None:
    one, two = marks(), make_brands(3, SCENARIO, population(), SPAN)
    for name in ("marks", "models", "authorised", "regimes"):
        assert_frame_equal(getattr(one, name), getattr(two, name), check_exact=True)
