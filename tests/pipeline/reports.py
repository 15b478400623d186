"""Position reports of a few invented vessels, and a folder of inputs that holds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from features.contract import load_contract

START = datetime(2024, 5, 1, tzinfo=UTC)
FISHER, CARRIER, OTHER, LONER = "273000001", "273000002", "273000003", "431000004"
VESSELS = {"V1": (FISHER, "Zarya", "fishing", "OTB"), "V2": (CARRIER, "Sever", "reefer", None)}


def reports(mmsi: str, hours: np.ndarray, lat: np.ndarray, lon: np.ndarray, speed: float) -> pl.DataFrame:
    """Reports of one vessel at hours after START, known ten minutes later."""
    at = [START + timedelta(hours=float(hour)) for hour in hours]
    return pl.DataFrame(
        {
            "mmsi": mmsi,
            "at": at,
            "lat": np.round(lat, 5),
            "lon": np.round(lon, 5),
            "speed_kn": speed,
            "course_deg": 90.0,
            "draught_m": np.where(hours < 30, 5.0, 7.0),
            "receiver": "satellite",
            "source": "test",
            "known_at": [instant + timedelta(minutes=10) for instant in at],
        },
        schema_overrides={"at": pl.Datetime("us", "UTC"), "known_at": pl.Datetime("us", "UTC")},
    )


def sea(seed: int = 1) -> pl.DataFrame:
    """Four vessels in three days: FISHER and CARRIER meet from hour 20 to 30, OTHER meets CARRIER from hour 40 to 44
    across midnight, LONER falls silent from hour 10 to 30; rows in no order."""
    draw = np.random.default_rng(seed)
    every = np.arange(0, 72, 1 / 6)
    near = {
        FISHER: np.clip(np.abs(every - 25) - 5, 0, 12) * 0.1,
        CARRIER: np.zeros(every.size),
        OTHER: np.clip(np.abs(every - 46) - 4, 0, 12) * -0.1,
    }
    parts = [reports(mmsi, every, 45.0 + away * 0.3, 150.0 + away, 0.5) for mmsi, away in near.items()]
    heard = every[(every < 10) | (every > 30)]
    parts.append(reports(LONER, heard, np.full(heard.size, 48.0), 160 + heard * 0.1, 4.0))
    rows = pl.concat(parts)
    return rows[draw.permutation(rows.height)]


def write_inputs(folder: Path, rows: pl.DataFrame, files: int = 1) -> Path:
    """A folder of inputs with these reports, and the vessels of VESSELS."""
    contract = load_contract()
    (folder / "position").mkdir(parents=True)
    for number in range(files):
        rows[number::files].write_parquet(folder / "position" / f"part-{number}.parquet")
    known = datetime(2020, 1, 1, tzinfo=UTC)
    vessels = [
        {
            "vessel_id": key,
            "valid_from": known,
            "known_at": known,
            "mmsi": mmsi,
            "name": name,
            "kind": kind,
            "gear": gear,
        }
        for key, (mmsi, name, kind, gear) in VESSELS.items()
    ]
    table = contract["vessel"]
    frame = pl.DataFrame(
        vessels, schema_overrides={"valid_from": pl.Datetime("us", "UTC"), "known_at": pl.Datetime("us", "UTC")}
    )
    empty = table.empty_frame()
    pl.concat([empty, frame.with_columns(withdrawn=False)], how="diagonal_relaxed").write_parquet(
        folder / "vessel.parquet"
    )
    return folder
