"""The section `sea` of a scenario: it loads, and says all that is wrong at once."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from sections import load_sea, section

from pipeline.world.scenario.sea import SeaScenario


@pytest.fixture
def told() -> dict[str, Any]:
    return section("sea")


def test_the_shipped_section_loads_and_is_frozen() -> None:
    sea = load_sea()
    assert sea.ports["JPWKJ"][0] == pytest.approx(45.41)
    with pytest.raises(ValidationError, match="frozen"):
        sea.spots = 3


def test_every_office_of_the_lanes_is_served() -> None:
    sea = load_sea()
    landed = {port for fleet in sea.fleets.values() for port in fleet.landings}
    assert {"JPWKJ", "JPMBE", "JPNEM", "JPABA", "JPKUH", "JPOTR", "JPSMN"} <= landed
    for countries, offices in (
        ({"KR", "CN", "US"}, {"JPWKJ", "JPMBE", "JPNEM", "JPABA", "JPKUH", "JPOTR", "JPSMN"}),
        ({"JP", "CN", "KR", "VN", "DE", "IT", "AE", "TR", "HK"}, {"RUVVO", "RUNJK", "RUVYP", "RUZAR"}),
    ):
        for office in offices:
            served = {port[:2] for loop in sea.loops.values() if office in loop.discharge for port in loop.load}
            assert countries <= served, office


def test_unknown_names_are_told_together(told: dict[str, Any]) -> None:
    told["chains"].append(["RUVVO", "atlantis"])
    told["fleets"]["crab"]["grounds"] = {"nowhere": 1}
    told["loops"]["timber"]["flags"] = {"ZZ": 1.0}
    with pytest.raises(ValidationError) as caught:
        SeaScenario.model_validate(told)
    assert all(name in str(caught.value) for name in ("'atlantis'", "'nowhere'", "'ZZ'", "add them or name others"))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("trips", "waits"), 1.5, "less than or equal to 1"),
        (("trips", "wait_hours"), [5, 3], "needed a span from low to high"),
        (("vessel_table", "known_days"), [-3, 4], "needed a span of amounts from 0 up"),
        (("symptoms", "dark_fishing"), {"M8": 0.4}, "needed the rate among the honest"),
        (("ports", "RUVVO"), [99.0, 3.0], "needed a latitude in -90..90"),
        (("spots",), 0, "greater than or equal to 1"),
        (("hulls", "colour"), "red", "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_number_is_refused(told: dict[str, Any], path: tuple[str, ...], value: object, message: str) -> None:
    section = told
    for name in path[:-1]:
        section = section[name]
    section[path[-1]] = value
    with pytest.raises(ValidationError, match=message):
        SeaScenario.model_validate(told)


def test_a_season_must_lie_in_the_year(told: dict[str, Any]) -> None:
    told["grounds"]["navarin"]["seasons"] = [[200, 100]]
    with pytest.raises(ValidationError, match="needed seasons as first and last day of the year"):
        SeaScenario.model_validate(told)


def test_two_places_of_one_name_are_refused(told: dict[str, Any]) -> None:
    told["way_points"]["navarin"] = [61.0, 177.0]
    with pytest.raises(ValidationError, match=r"needed a name for each port, .* found \['navarin'\] twice"):
        SeaScenario.model_validate(told)
