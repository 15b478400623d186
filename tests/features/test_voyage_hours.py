"""Boxes about the hours of vessels against the plain way: look at every hour, and at every pair of boxes."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
from histories import START, table
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tracks.geodesy import distance_km
from features.voyage_hours import HOUR, Hours, hours_of, touching
from features.voyage_reports import Reports, reports_of

EVER = (-(2**60), 2**60)


def random_reports(seed: int, jumps: bool) -> Reports:
    """Four vessels near each other at the equator, far north, or about the 180th meridian; some reports stray."""
    draw = np.random.default_rng(seed)
    rows = []
    north, east = ((0.0, 0.0), (71.0, 20.0), (45.0, 180.0))[int(draw.integers(3))]
    for vessel in range(4):
        lat, lon = north + draw.normal() * 0.2, east + draw.normal() * 0.2
        at = START
        for _ in range(int(draw.integers(0, 30))):
            at += timedelta(minutes=float(draw.choice([3, 20, 50, 200])))
            lat, lon = lat + draw.normal() * 0.05, lon + draw.normal() * 0.05
            stray = 8.0 if jumps and draw.random() < 0.1 else 0.0
            place = {"lat": lat + stray, "lon": (lon + stray + 180) % 360 - 180}
            rows.append({"mmsi": f"11111111{vessel}", "at": at, "source": "s", "known_at": at, **place})
    return reports_of(table("position", rows))


def every_hour(reports: Reports) -> Hours:
    return hours_of(reports, np.arange(len(reports.mmsi)), EVER)


@given(seed=st.integers(0, 10_000), jumps=st.booleans())
@settings(max_examples=40, deadline=None)
def test_boxes_hold_the_reports_of_three_hours(seed: int, jumps: bool) -> None:
    reports = random_reports(seed, jumps)
    found = every_hour(reports)
    hour, vessel = reports.at // HOUR, reports.vessel(np.arange(reports.at.size))
    assert sorted(set(zip(vessel.tolist(), hour.tolist(), strict=True))) == list(
        zip(found.vessel.tolist(), found.hour.tolist(), strict=True)
    )
    for place in range(found.hour.size):
        about = (vessel == found.vessel[place]) & (np.abs(hour - found.hour[place]) <= 1)
        lat, lon = reports.rows["lat"].to_numpy()[about], reports.rows["lon"].to_numpy()[about]
        assert (found.south[place], found.north[place]) == (lat.min(), lat.max())
        aside = (lon - found.west[place]) % 360
        assert (aside <= found.east[place] - found.west[place] + 1e-9).all()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_whatever_comes_near_at_an_instant_is_among_the_boxes_that_touch(seed: int) -> None:
    reports = random_reports(seed, jumps=False)
    hours = every_hour(reports)
    pairs = {
        (int(a), int(b)) for one, other in touching(reports, hours, hours, 0.5) for a, b in zip(one, other, strict=True)
    }
    for a, b in pairs:
        assert hours.vessel[a] != hours.vessel[b]
        assert hours.hour[a] == hours.hour[b]
    places = [_minutes(reports, vessel) for vessel in range(len(reports.mmsi))]
    for one in range(len(places)):
        for other in range(len(places)):
            both = (
                places[one].join(places[other], on="minute", suffix="_other") if one != other else places[one].head(0)
            )
            if both.height:
                km = distance_km(*(both[name].to_numpy() for name in ("lat", "lon", "lat_other", "lon_other")))
                for minute in both.filter(km <= 0.5)["minute"]:
                    place, beside = (
                        np.flatnonzero((hours.vessel == vessel) & (hours.hour == minute // 60))[0]
                        for vessel in (one, other)
                    )
                    assert (place, beside) in pairs


def _minutes(reports: Reports, vessel: int) -> pl.DataFrame:
    """Where a vessel is at every full minute between two reports less than an hour apart."""
    low, high = reports.edges[vessel], reports.edges[vessel + 1]
    at, lat, lon = reports.at[low:high], *(reports.rows[name].to_numpy()[low:high] for name in ("lat", "lon"))
    found = {"minute": [], "lat": [], "lon": []}
    for place in range(at.size - 1):
        length = at[place + 1] - at[place]
        if length >= HOUR:
            continue
        for minute in range(-(-at[place] * 60 // HOUR), at[place + 1] * 60 // HOUR + 1):
            share = (minute * HOUR // 60 - at[place]) / length
            turn = (lon[place + 1] - lon[place] + 180) % 360 - 180
            found["minute"].append(int(minute))
            found["lat"].append(lat[place] + share * (lat[place + 1] - lat[place]))
            found["lon"].append((lon[place] + share * turn + 180) % 360 - 180)
    schema = {"minute": pl.Int64, "lat": pl.Float64, "lon": pl.Float64}
    return pl.DataFrame(found, schema=schema).unique("minute", maintain_order=True)


def test_a_vessel_that_jumps_is_sought_about_its_reports_alone() -> None:
    places = [("1", 0, 0.0), ("1", 20, 20.0), ("1", 40, 0.0), ("2", 10, 0.1), ("3", 10, 10.0), ("4", 10, 20.3)]
    rows = []
    for mmsi, minutes, lat in places:
        at = START + timedelta(minutes=minutes)
        rows.append({"mmsi": mmsi * 9, "at": at, "lat": lat, "lon": 0.0, "source": "s", "known_at": at})
    reports = reports_of(table("position", rows))
    hours = every_hour(reports)
    met = {
        int(b) for one, other in touching(reports, hours, hours, 0.5) for a, b in zip(one, other, strict=True) if a == 0
    }
    assert met == {1, 3}
