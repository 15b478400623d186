"""Position reports for tests: random ones, and real ones where they are at hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.tracks.columns import POSITION, as_positions

DATA = Path(__file__).parents[3] / "shared" / "data"
START = datetime(2024, 1, 1, tzinfo=UTC)
PLACES = ((43.0, 131.8), (45.4, 141.7), (0.0, 179.99), (-89.9, 10.0))


def reports(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Reports with the columns of POSITION: what is not given is null, `known_at` is `at`, `mmsi` is A."""
    full = [{"mmsi": "A", "lat": 43.0, "lon": 131.8, "known_at": row["at"], "source": "test", **row} for row in rows]
    return as_positions(pl.DataFrame(full, schema_overrides={k: v for k, v in POSITION.items() if k in full[0]}))


def random_reports(seed: int, vessels: int = 4, most: int = 40) -> pl.DataFrame:
    """Tracks that wander and stop about PLACES, some with long silences, known late and out of order; shuffled.

    No vessel has two reports at an instant.
    """
    draw = np.random.default_rng(seed)
    frames = []
    for vessel in range(vessels):
        size = int(draw.integers(1, most))
        hours = np.cumsum(draw.choice([0.1, 0.5, 1.0, 3.9, 4.0, 6.0, 7.0, 30.0], size, p=[0.3, 0.2, 0.2, *[0.06] * 5]))
        middle = PLACES[int(draw.integers(len(PLACES)))]
        step = draw.choice([0.0, 0.002, 0.02], size)
        lat = np.clip(middle[0] + np.cumsum(step * draw.normal(size=size)), -90, 90)
        lon = (middle[1] + np.cumsum(step * draw.normal(size=size)) + 180) % 360 - 180
        at = [START + timedelta(minutes=round(hour * 60)) for hour in hours]
        lag = draw.choice([0, 0, 60, 3000], size)
        speed = [None if value < 0 else float(value) for value in draw.choice([-1.0, 0.0, 0.2, 0.3, 0.5, 9.0], size)]
        frames.append(
            pl.DataFrame(
                {
                    "mmsi": [f"{vessel:09d}"] * size,
                    "at": at,
                    "lat": lat,
                    "lon": lon,
                    "speed_kn": pl.Series(speed, dtype=pl.Float64),
                    "course_deg": draw.uniform(0, 360, size),
                    "receiver": draw.choice(["terrestrial", "satellite", "dynamic", ""], size),
                    "source": ["test"] * size,
                    "known_at": [one + timedelta(minutes=int(late)) for one, late in zip(at, lag, strict=True)],
                }
            ).with_columns(receiver=pl.col("receiver").replace("", None))
        )
    return as_positions(pl.concat(frames).sample(fraction=1, shuffle=True, seed=seed))


def real(path: str) -> Path:
    """The path of a file of the shared data; skips the test where it is not there."""
    if not (DATA / path).exists():
        pytest.skip(f"needs {path} of the shared data, which is not at hand")
    return DATA / path


def real_reports(name: str) -> pl.DataFrame:
    """Real AIS reports of a file under ais/: the first of each vessel and instant, without those that are off the map
    or without speed, as the expected outputs were made from."""
    frame = pl.read_parquet(real(f"ais/{name}.parquet"))
    on_the_map = (pl.col("lat").abs() <= 90) & (pl.col("lon").abs() <= 180) & (pl.col("sog") < 102.3)
    return as_positions(
        frame.filter(on_the_map)
        .unique(["mmsi", "ts"], keep="first", maintain_order=True)
        .select(
            pl.col("mmsi").cast(pl.String),
            at=utc("ts"),
            lat="lat",
            lon="lon",
            speed_kn=pl.col("sog").cast(pl.Float64),
            course_deg=pl.col("cog").cast(pl.Float64),
            source=pl.lit(name),
            known_at=utc("ts"),
        )
    )


def utc(column: str) -> pl.Expr:
    """Instants without a zone as instants in UTC."""
    return pl.col(column).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
