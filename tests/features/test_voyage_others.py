"""Whom vessels may have met: every encounter lies within, and what cannot be one is left out."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from histories import START, table
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import INSTANT
from features.tracks.encounters import encounters
from features.tracks.port_distance import port_km
from features.voyage_others import meetings_of
from features.voyage_reports import reports_of

OWN = ("111111111", "222222222")
EVER = (-(2**60), 2**60)
HOUR = timedelta(hours=1)


def company(draw: np.random.Generator, mmsis: tuple[str, str]) -> list[dict[str, object]]:
    """Two vessels that come together, stay, perhaps sail on together, and part; each is heard at times of its own."""
    lat, lon = (43.0, 150.0) if draw.random() < 0.7 else (45.0, 179.95)
    # Knots, hours: apart, still, together, still again, apart.
    legs = [(12.0, 3), (0.3, draw.integers(1, 6)), (9.0, draw.integers(0, 4)), (0.3, draw.integers(0, 6)), (12.0, 3)]
    minutes = np.arange(60 * int(sum(hours for _, hours in legs)))
    knots = np.concatenate([np.full(60 * int(hours), speed) for speed, hours in legs])
    north = lat + np.cumsum(knots) / 60 / 60
    apart = np.concatenate([np.linspace(1, 0, 180), np.zeros(minutes.size - 360), np.linspace(0, 1, 180)])
    every = float(draw.choice([5, 20, 40]))
    begin = START + timedelta(hours=float(draw.integers(0, 900)))
    rows = []
    for number, mmsi in enumerate(mmsis):
        heard = minutes[draw.random(minutes.size) < 1 / every]
        for minute in heard.tolist():
            at = begin + timedelta(minutes=minute)
            east = lon + number * (0.003 + apart[minute])
            place = {"lat": float(north[minute]), "lon": (east + 180) % 360 - 180}
            rows.append({"mmsi": mmsi, "at": at, "source": "s", "known_at": at, **place})
    return rows


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_every_encounter_lies_within_a_meeting(seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = []
    for mmsis in (("111111111", "222222222"), ("111111111", "333333333"), ("222222222", "444444444")):
        rows += company(draw, mmsis)
    position = table("position", rows)
    once = position.unique(["mmsi", "at"], keep="first", maintain_order=True)
    found = meetings(position)
    for met in encounters(once, from_port=port_km()).iter_rows(named=True):
        for vessel, other in ((met["mmsi"], met["other_mmsi"]), (met["other_mmsi"], met["mmsi"])):
            held = [
                begin + HOUR <= met["start"] and met["end"] <= end - HOUR
                for one, with_, begin, end in found
                if (one, with_) == (vessel, other)
            ]
            assert any(held) == (vessel in OWN)


def meetings(position: pl.DataFrame) -> list[tuple[str, str, datetime, datetime]]:
    """The meetings of OWN: MMSI, that of the other, begin and end."""
    reports = reports_of(position)
    own = reports.codes(pl.Series(OWN))
    rows = meetings_of(reports, own[own >= 0], EVER).with_columns(pl.col("begin", "end").cast(INSTANT))
    return [(reports.mmsi[one], reports.mmsi[other], begin, end) for one, other, begin, end in rows.rows()]


def two(hours: int, knots: float, km_apart: float, lat: float = 46.0, lon: float = 151.5) -> pl.DataFrame:
    """Two vessels that are heard every 20 minutes, side by side."""
    rows = []
    for step in range(3 * hours + 1):
        at = START + step * HOUR / 3
        for number, mmsi in enumerate(OWN):
            place = {"lat": lat + step / 3 * knots / 60, "lon": lon + number * km_apart / 77}
            rows.append({"mmsi": mmsi, "at": at, "source": "s", "known_at": at, **place})
    return table("position", rows)


def test_two_that_lie_side_by_side_at_sea_may_have_met() -> None:
    end = START + 8 * HOUR
    assert meetings(two(6, 0.5, 0.3)) == [
        (*OWN, START - HOUR, end),
        (*OWN[::-1], START - HOUR, end),
    ]


@pytest.mark.parametrize(
    "position",
    [
        pytest.param(two(6, 10.0, 0.3), id="under way"),
        pytest.param(two(6, 0.5, 3.0), id="too far from each other"),
        pytest.param(two(1, 0.5, 0.3), id="not for long"),
        pytest.param(two(6, 0.1, 0.3, 45.41, 141.68), id="in port"),
    ],
)
def test_two_that_cannot_have_met(position: pl.DataFrame) -> None:
    assert meetings(position) == []


def test_without_reports_nobody_met() -> None:
    assert meetings(table("position", [])) == []
