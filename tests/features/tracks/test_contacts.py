"""Pairs of vessels near each other, beside a look at every pair."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from position_reports import START, reports

from features.tracks import contacts as module
from features.tracks.contacts import contacts
from features.tracks.encounters import sightings_of
from features.tracks.geodesy import distance_km
from features.tracks.sightings import Sightings

CENTRES = ((0.0, 0.0), (57.0, 11.0), (-30.0, 180.0), (71.0, -179.999), (89.999, 0.0), (-90.0, 0.0), (90.0, 100.0))


def crowd(seed: int, vessels: int) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for vessel in range(vessels):
        lat, lon = CENTRES[int(draw.integers(len(CENTRES)))]
        lat = float(np.clip(lat + draw.normal() * 0.004, -90, 90))
        lon = float((lon + draw.normal() * draw.choice([0.004, 60.0]) + 180) % 360 - 180)
        for minutes in (0, 10):
            rows.append({"mmsi": f"{vessel:09d}", "at": START.replace(minute=minutes), "lat": lat, "lon": lon})
    return reports(rows)


def plain(seen: Sightings, within_km: float) -> list[tuple[int, int]]:
    one, other = np.triu_indices(seen.slot.size, 1)
    away = distance_km(seen.lat[one], seen.lon[one], seen.lat[other], seen.lon[other])
    near = (seen.slot[one] == seen.slot[other]) & (seen.track[one] != seen.track[other]) & (away <= within_km)
    return sorted(zip(one[near].tolist(), other[near].tolist(), strict=True))


@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([0.5, 2.0, 30.0]))
@settings(max_examples=80, deadline=None)
def test_all_pairs_are_found_at_the_meridian_and_at_the_poles_too(seed: int, vessels: int, within_km: float) -> None:
    seen = sightings_of(crowd(seed, vessels))
    found = contacts(seen, within_km)
    assert sorted(zip(found.one.tolist(), found.other.tolist(), strict=True)) == plain(seen, within_km)
    keys = list(zip(seen.track[found.one], seen.track[found.other], seen.slot[found.one], strict=True))
    assert keys == sorted(keys)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_blocks_change_nothing(seed: int) -> None:
    seen = sightings_of(crowd(seed, 30))
    whole = contacts(seen, 2.0)
    block, module.BLOCK = module.BLOCK, 3
    try:
        cut = contacts(seen, 2.0)
    finally:
        module.BLOCK = block
    assert whole.one.tolist() == cut.one.tolist()
    assert whole.distance_km.tobytes() == cut.distance_km.tobytes()


def test_two_tracks_of_one_mmsi_are_no_pair() -> None:
    rows = reports([{"at": START}, {"at": START.replace(second=1)}]).with_columns(track=pl.Series(["A/1", "A/2"]))
    rows = rows.with_columns(at=pl.lit(START).dt.cast_time_unit("us"))
    assert contacts(sightings_of(rows), 0.5).one.size == 0
