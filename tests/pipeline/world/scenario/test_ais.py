"""The section `ais`: read, and refused where it cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from sections import load_ais, section

from pipeline.world.ais.hull_stages import KINDS
from pipeline.world.scenario.ais import Ais, Intervals


def test_the_shipped_section_is_read() -> None:
    ais = load_ais()
    assert tuple(Intervals.model_fields) == KINDS
    assert ais.lags.each() == (ais.lags.terrestrial, ais.lags.satellite, ais.lags.dynamic, ais.lags.vms)
    assert ais.coverage.satellite.of("A") > ais.coverage.satellite.of("B")


def test_waiting_and_meeting_are_reported_alike() -> None:
    for intervals in (load_ais().reports.A, load_ais().reports.B, load_ais().reports.vms):
        assert intervals.meeting == intervals.adrift


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("twice",), 1.5, "less than or equal to 1"),
        (("late_days",), [9, 1], "needed a span from low to high, found"),
        (("late_days",), [-1, 1], "needed a span of amounts from 0 up, found"),
        (("movement", "drift_kn"), [0.2, 3.0], "needed at most 1.5, or no meeting shows, found"),
        (("movement", "apart_m"), [50, 600], "needed at most 400, or no meeting shows, found"),
        (("coverage", "region"), [66, 105, 20, 215], r"needed a box \[south, west, north, east\]"),
        (("movement", "patterns", "pots", "phases"), [], "at least 1 item"),
        (("sources", "dynamic"), {}, "needed shares that are not negative and not all zero"),
        (("unheard_of",), 1, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(place: tuple[str, ...], value: Any, message: str) -> None:
    content = section("ais")
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(ValidationError, match=message):
        Ais.model_validate(content)


def test_a_cycle_that_takes_no_time_is_refused() -> None:
    content = section("ais")
    content["movement"]["patterns"]["pots"]["phases"] = [{"hours": [0, 1], "knots": [1, 2], "heading": [0, 0]}]
    with pytest.raises(ValidationError, match="needed a cycle that takes time, found least hours that add up to 0"):
        Ais.model_validate(content)
