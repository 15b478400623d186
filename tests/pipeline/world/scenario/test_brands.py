"""The section `brands` is whole, and names every mark and line that it does not know."""

from __future__ import annotations

import pytest
from firm_frames import section
from pydantic import ValidationError

from pipeline.world.scenario.brands import BrandsOfWorld


def test_unknown_marks_and_lines_are_told_at_once() -> None:
    told = section("brands")
    told["regimes"]["waived"].append("Nobody")
    told["marks"][0]["hs6"].append("999999")
    told["marks"].append(told["marks"][1])
    with pytest.raises(ValidationError) as caught:
        BrandsOfWorld.model_validate(told)
    message = str(caught.value)
    assert "mark 'Nobody' is named in regimes: add it to marks" in message
    assert "mark 'Kaizuma' bears goods of 999999: add that to lines" in message
    assert "mark 'Tohoro' stands twice in marks: keep one" in message


def test_a_share_above_one_and_an_unknown_key_are_refused() -> None:
    told = section("brands")
    told["channels"]["stated_route"] = 1.5
    told["record"]["colour"] = 1
    with pytest.raises(ValidationError, match="2 validation errors"):
        BrandsOfWorld.model_validate(told)


def test_the_shipped_marks_are_many_mostly_japanese_and_change_regime() -> None:
    scenario = BrandsOfWorld.model_validate(section("brands"))
    assert 20 <= len(scenario.marks) <= 30
    assert sum(mark.home == "JP" for mark in scenario.marks) * 2 > len(scenario.marks)
    assert {change.regime for change in scenario.regimes.changes} >= {"national", "waived"}
