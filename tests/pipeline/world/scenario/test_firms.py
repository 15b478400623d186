"""The section `firms` is whole, and refuses what is no share, no span and not known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from firm_frames import section
from pydantic import ValidationError

from pipeline.world.scenario.firms import FirmsOfWorld


def _set(*path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(told: dict[str, Any]) -> None:
        for part in path[:-1]:
            told = told[part]
        told[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (_set("listing", "missing", value=1.2), "less than or equal to 1"),
        (_set("listing", "mising", value=0.1), "mising"),
        (_set("shells", "founded_days", value=[9.0, 3.0]), "needed a span from low to high"),
        (_set("population", "fewest", value=10**6), "needed fewest <= most"),
        (_set("ties", "kinds", "cousin", value={"honest": 0, "rogue": 0, "phoenix": 0}), "cousin"),
        (_set("names", value={}), "needed an entry `other` in names"),
        (_set("addresses", value={}), "needed an entry `other` in addresses"),
        (_set("names", "RU", "stems", value=["a|b|c|d"]), "String should match pattern"),
    ],
)
def test_what_cannot_be_is_refused(change: Callable[[dict[str, Any]], None], match: str) -> None:
    told = section("firms")
    change(told)
    with pytest.raises(ValidationError, match=match):
        FirmsOfWorld.model_validate(told)


def test_the_shipped_section_is_one() -> None:
    FirmsOfWorld.model_validate(section("firms"))
