"""What the tests of firms and marks share: the shipped sections, a few lanes, a population and its marks."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pipeline.world.calendar import world_span
from pipeline.world.firms.brands import Brands, make_brands
from pipeline.world.firms.firms import Firms, LaneOfFirms, make_firms
from pipeline.world.scenario.brands import BrandsOfWorld
from pipeline.world.scenario.firms import FirmsOfWorld

SPAN = world_span(12)
LANES: dict[str, LaneOfFirms] = {
    "marine_smuggling": {
        "share": 0.45,
        "destination": "JP",
        "origins": {"RU": 0.7, "KR": 0.2, "US": 0.1},
        "activities": ["4630", "1020"],
        "relays": ["KR", "CN"],
    },
    "brand_diversion": {
        "share": 0.45,
        "destination": "RU",
        "origins": {"JP": 0.5, "CN": 0.3, "DE": 0.2},
        "activities": ["4649", "4690"],
        "relays": ["AE", "TR", "HK", "KZ"],
    },
    "strategic_goods": {
        "share": 0.10,
        "destination": "RU",
        "origins": {"CN": 1.0},
        "activities": ["4652"],
        "relays": [],
    },
}


def section(name: str) -> dict[str, Any]:
    """The shipped section of the scenario, as it is written."""
    file = next((Path(__file__).parents[2] / "configs" / "world").rglob(f"{name}.yaml"))
    told: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))[name]
    return told


@cache
def firms_scenario() -> FirmsOfWorld:
    return FirmsOfWorld.model_validate(section("firms"))


@cache
def brands_scenario() -> BrandsOfWorld:
    return BrandsOfWorld.model_validate(section("brands"))


@cache
def population(consignments: int = 60_000, seed: int = 3) -> Firms:
    return make_firms(seed, firms_scenario(), LANES, consignments, SPAN)


@cache
def marks(consignments: int = 60_000, seed: int = 3) -> Brands:
    return make_brands(seed, brands_scenario(), population(consignments, seed), SPAN)


def near(hits: int, trials: int, share: float) -> bool:
    """Whether so many hits are within four standard deviations of what the share gives."""
    return abs(hits - trials * share) <= 4 * float(np.sqrt(trials * share * (1 - share))) + 1
