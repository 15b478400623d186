"""The section of what others tell: the shipped one is valid, and a wrong one is told what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError
from signal_frames import shipped, shipped_text

from pipeline.world.scenario.signals import Signals


def test_the_shipped_numbers_are_valid() -> None:
    assert set(shipped().statistics.reporters) == {"RU", "JP", "KR", "CN"}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda s: s["alerts"].update(learned_days=[3, 1]), "needed a span from low to high"),
        (lambda s: s["alerts"].update(learned_days=[-3, 1]), "needed a span of amounts from 0 up"),
        (lambda s: s["licences"].update(quantity_kg=[0, 1]), "begins above 0"),
        (lambda s: s["alerts"].update(told={"M3": 0.1}), "told needs the entry 'others'"),
        (lambda s: s["alerts"]["origins"]["rilo"].update(use="rillo"), r"found \['rillo'\]; add the restriction"),
        (lambda s: s["scans"]["symptoms"].pop("honest"), "symptoms needs the entry 'honest'"),
        (lambda s: s["scans"]["natural"].update({"250": 1.0}), r"natural needs prefixes of 2, 4 or 6 digits"),
        (lambda s: s["statistics"]["recording"].pop("others"), r"recording needs .* add \['others'\]"),
        (lambda s: s["statistics"].update(rerouted_to=[]), "rerouted_to needs a country"),
        (lambda s: s["restrictions"].append(s["restrictions"][0]), "one entry per use and day"),
        (lambda s: s["watchlists"]["iuu"].update(update_day=31), "less than or equal to 28"),
        (lambda s: s.update(alarms={}), "Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_told(spoil: Callable[[dict[str, Any]], object], told: str) -> None:
    content = shipped_text()
    spoil(content)
    with pytest.raises(ValidationError, match=told):
        Signals.model_validate(content)
