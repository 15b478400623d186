"""The sections of the shipped scenario."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from pipeline.world.scenario.ais import Ais
from pipeline.world.scenario.load import SHIPPED
from pipeline.world.scenario.sea import SeaScenario


def section(name: str) -> dict[str, Any]:
    """What a section's file says, as it stands."""
    told: dict[str, Any] = yaml.safe_load((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"))[name]
    return told


@cache
def load_ais() -> Ais:
    """The section `ais`."""
    return Ais.model_validate(section("ais"))


@cache
def load_sea() -> SeaScenario:
    """The section `sea`."""
    return SeaScenario.model_validate(section("sea"))
