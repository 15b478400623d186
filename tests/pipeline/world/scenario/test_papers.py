"""The section of papers: what ships is valid, and what is wrong is told."""

from __future__ import annotations

from typing import Any

import pytest
import sections
from pydantic import ValidationError

from pipeline.world.scenario.papers import PapersScenario


@pytest.fixture
def section() -> dict[str, Any]:
    return sections.section("papers")


def test_what_ships_is_valid(section: dict[str, Any]) -> None:
    assert PapersScenario.model_validate(section).changes[0].instant == 1_719_792_000_000_000


def test_no_symptom_is_strong_enough_to_tell_alone(section: dict[str, Any]) -> None:
    scenario = PapersScenario.model_validate(section)
    tables = (scenario.symptoms, scenario.voyage_symptoms, scenario.notices.symptoms)
    for table in tables:
        for name, chances in table.model_dump(by_alias=True).items():
            for mechanism, chance in chances.items():
                # With a symptom of `chance` against `honest`, the area under the curve is 1/2 + their difference / 2.
                assert (chance - chances["honest"]) / 2 < 0.3, (name, mechanism)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("symptoms", "unsent"), {"M1": 0.3}, "needed the rate among the honest"),
        (("symptoms", "unsent"), {"honest": 1.3}, "less than or equal to 1"),
        (("weights", "short"), [0.9, 0.2], "span from low to high"),
        (("times", "handed_in"), {"before": 0.5, "with": 0.4, "open": 0.0, "after": 0.0}, "add up to 1"),
        (("strands", "ordinary_to_japan"), "timber", "no papers are given for strand timber"),
        (("numbers", "licence"), {"JP": "{serial}"}, "needs a pattern for `any` country"),
        (("papers", "branded", "permit"), {"share": 0.1, "forms": {"original": 1.0}}, "not a kind of document"),
    ],
)
def test_what_is_wrong_is_told(section: dict[str, Any], path: tuple[str, ...], value: object, message: str) -> None:
    place = section
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ValidationError, match=message):
        PapersScenario.model_validate(section)
