"""Random position reports beside the declarations: stays in port, meetings, drifting, fishing, silences, jumps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np

Rows = dict[str, list[dict[str, object]]]
Versions = Callable[[np.random.Generator, datetime], list[tuple[datetime, bool]]]
TABLES = ("position", "transhipment")
MMSIS = ("273123456", "431123456", "43112345", "999000111")
# Two places far at sea, two near enough for meetings along a coast, two ports, and the 180th meridian.
PLACES = ((46.0, 151.5), (46.0, 151.502), (44.9, 141.0), (45.41, 141.68), (43.2, 141.02), (50.0, 179.999))
_DAY = timedelta(days=1)


def add_positions(seed: int, rows: Rows, versions: Versions, start: datetime) -> None:
    """Adds them to rows that are there; a generator of its own leaves all other draws as they were."""
    draw = np.random.default_rng([seed, 7])
    for row in rows["vessel"]:
        row["gear"] = [None, "OTB", "OTB", "FPO"][int(draw.integers(4))] if row["kind"] == "fishing" else None
        row["hold_m3"] = [None, 0.01, 5.0][int(draw.integers(3))]
    for row in rows["port_call"]:
        row["fuel_t"] = [None, 5.0, 50.0][int(draw.integers(3))]
    together = [_episode(draw, start) for _ in range(6)]
    for mmsi in MMSIS:
        own = [_episode(draw, start) for _ in range(int(draw.integers(0, 8)))]
        shared = [episode for episode in together if draw.random() < 0.6]
        for at, hours, place, drift in sorted(own + shared):
            _reports(draw, mmsi, at, hours, place, drift, rows["position"])
    for number in range(int(draw.integers(0, 5))):
        at = start + _DAY * float(draw.integers(-10, 40))
        donor, receiver = draw.choice(["V1", "V2", "V3"], 2)
        for known_at, withdrawn in versions(draw, at + _DAY * float(draw.integers(0, 9))):
            when = together[int(draw.integers(len(together)))][0] if draw.random() < 0.5 else at
            rows["transhipment"].append(
                {
                    "transhipment_id": f"T{number}",
                    "donor_id": str(donor),
                    "receiver_id": str(receiver),
                    "at": when,
                    "known_at": known_at,
                    "withdrawn": withdrawn,
                }
            )


def _episode(draw: np.random.Generator, start: datetime) -> tuple[datetime, int, tuple[float, float], float]:
    at = start + timedelta(hours=int(draw.integers(-240, 1000)))
    return (
        at,
        int(draw.integers(2, 12)),
        PLACES[int(draw.integers(len(PLACES)))],
        float(draw.choice([0.0, 0.0005, 0.01])),
    )


def _reports(
    draw: np.random.Generator,
    mmsi: str,
    begin: datetime,
    hours: int,
    place: tuple[float, float],
    drift: float,
    rows: list[dict[str, object]],
) -> None:
    at, lat, lon = begin, place[0] + float(draw.normal() * 0.0005), place[1]
    source = str(draw.choice(["one", "two"]))
    receiver = [None, "terrestrial", "satellite", "satellite"][int(draw.integers(4))]
    draught = [None, 4.0, 5.0, 6.0][int(draw.integers(4))]
    while at < begin + timedelta(hours=hours):
        lat, lon = lat + drift * float(draw.normal()), lon + drift * float(draw.normal())
        lon = (lon + 180) % 360 - 180
        odd = draw.random()
        known = at + timedelta(minutes=int(draw.choice([0, 5, 90, 4000, 30000], p=[0.4, 0.3, 0.2, 0.07, 0.03])))
        row = {
            "mmsi": mmsi,
            "at": at,
            "lat": lat + (1.0 if odd < 0.01 else 0.0),
            "lon": lon,
            "speed_kn": [None, 0.0, 0.1, 1.0, 4.0][int(draw.integers(5))],
            "draught_m": draught if draw.random() < 0.7 else None,
            "receiver": receiver,
            "source": source,
            "use": "U1" if odd > 0.97 else None,
            "known_at": known,
        }
        rows.append(row)
        if odd < 0.06:  # corrected, or withdrawn, later
            later = known + _DAY * float(draw.integers(0, 12)) + timedelta(minutes=1)
            rows.append({**row, "lat": lat + 0.001, "known_at": later, "withdrawn": bool(draw.random() < 0.5)})
        elif odd < 0.08:  # two ships at one instant
            rows.append({**row, "lat": lat + 0.5})
        at += timedelta(minutes=int(draw.choice([7, 10, 20, 50, 130], p=[0.3, 0.4, 0.2, 0.07, 0.03])))
