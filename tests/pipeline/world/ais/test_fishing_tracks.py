"""Tracks on a ground: speeds of the gear, within the ground, from its centre, by night where the gear asks for it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sections import load_ais

from pipeline.world.ais.fishing_tracks import Drawn, fishing_track
from pipeline.world.calendar import HOUR
from pipeline.world.randomness import Floats
from pipeline.world.scenario.ais import Phase

PATTERNS = load_ais().movement.patterns


def _track(name: str, hours: float, elapsed: Floats, begins: int = 0, extent: float = 20.0, seed: int = 1) -> Drawn:
    generator = np.random.default_rng(seed)
    return fishing_track(generator, PATTERNS[name], begins, 0.0, hours, extent, elapsed)


@settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(list(PATTERNS)),
    hours=st.floats(0.2, 500),
    begins=st.integers(0, 48),
    extent=st.floats(0.5, 60),
    seed=st.integers(0, 99),
)
def test_a_track_starts_at_the_centre_and_stays_on_the_ground(
    name: str, hours: float, begins: int, extent: float, seed: int
) -> None:
    elapsed = np.linspace(0, hours, 300)
    drawn = _track(name, hours, elapsed, begins * HOUR, extent, seed)
    assert drawn.miles[:, 0] == pytest.approx([0, 0], abs=1e-9)
    assert np.abs(drawn.miles[0]).max() <= extent / 2 + 1e-9
    assert np.abs(drawn.miles[1]).max() <= extent / 2 * PATTERNS[name].breadth + 1e-9
    speed = np.hypot(*drawn.knots)
    phases = PATTERNS[name].phases
    inside = [(speed >= phase.knots[0] - 1e-9) & (speed <= phase.knots[1] + 1e-9) for phase in phases]
    assert np.any(inside, axis=0).all()


def test_the_phases_take_their_share_of_the_time() -> None:
    speed = np.hypot(*_track("longline", 2000, np.linspace(0, 2000, 40_000)).knots)
    assert np.mean((speed > 2) & (speed < 3.4)) == pytest.approx(11.5 / 18.5, abs=0.05)
    assert np.mean(speed > 6) == pytest.approx(5 / 18.5, abs=0.05)


def test_tows_run_to_and_fro_along_the_axis() -> None:
    drawn = _track("trawl", 200, np.linspace(0, 200, 5000), extent=400)
    towing = np.hypot(*drawn.knots) > 2.5
    assert 0.2 < np.mean(drawn.knots[0][towing] > 0) < 0.8
    assert np.abs(drawn.knots[1][towing]).max() < 4.5 * np.sin(np.radians(12)) + 1e-9


def test_nets_drift_by_night_whatever_the_hour_at_which_the_stage_begins() -> None:
    for begins in (0, 5, 13, 22):
        elapsed = np.arange(0, 240, 0.25)
        speed = np.hypot(*_track("nets", 240, elapsed, begins * HOUR).knots)
        night = ((elapsed + begins) % 24 >= 19) | ((elapsed + begins) % 24 < 2)
        assert speed[night].max() <= 1.1
        assert speed[~night].max() > 5


def test_a_phase_of_no_speed_is_possible() -> None:
    still = PATTERNS["dive"].model_copy(
        update={"phases": (Phase(hours=(1, 1), knots=(0, 0), heading=(0, 0)),), "daily": False}
    )
    drawn = fishing_track(np.random.default_rng(1), still, 0, 0.0, 5.0, 10.0, np.linspace(0, 5, 20))
    assert not drawn.miles.any()
