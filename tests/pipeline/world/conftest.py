"""A world that the tests of this folder share."""

from __future__ import annotations

import pytest

from pipeline.world import World, draw_world
from pipeline.world.calendar import world_span
from pipeline.world.parameters import load_parameters


@pytest.fixture(scope="package")
def world() -> World:
    return draw_world(7, 8000, world_span(12), load_parameters())
