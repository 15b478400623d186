from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from position_reports import random_reports

from features.tracks.encounters import EncounterOptions, sightings_of
from features.tracks.resample import ResampleOptions
from features.tracks.sightings import SIGHTING, Sightings


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_what_was_laid_by_and_read_again_is_the_same(seed: int) -> None:
    seen = sightings_of(random_reports(seed))
    again = Sightings.of(seen.frame(), seen.names)
    for name in SIGHTING:
        one, other = getattr(seen, name), getattr(again, name)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


def test_positions_near_a_port_are_not_at_sea() -> None:
    rows = random_reports(3)
    assert sightings_of(rows).at_sea.all()
    assert not sightings_of(rows, from_port=lambda lat, lon: np.zeros(lat.size)).at_sea.any()
    assert sightings_of(rows, from_port=lambda lat, lon: np.full(lat.size, np.inf)).at_sea.all()
    # The public definition leaves the distance from port to those who read its tables.
    published = EncounterOptions.compatible()
    assert sightings_of(rows, published, lambda lat, lon: np.zeros(lat.size)).at_sea.all()


def test_silences_are_counted_track_by_track() -> None:
    rows = random_reports(5)
    seen = sightings_of(rows, EncounterOptions(max_silence_minutes=1e6, resample=ResampleOptions()))
    for track in np.unique(seen.track):
        assert np.unique(seen.silences[seen.track == track]).size == 1
