"""Made-up declarations with the skew of real trade: consignments of one line each, and findings that come late."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

INSTANT = pl.Datetime("us", "UTC")
START = datetime(2021, 1, 1, tzinfo=UTC)
DAYS = 3 * 365
INSPECTED, CONFIRMED = 0.10, 0.08
MICROSECONDS_PER_DAY = 86_400_000_000

# Of each kind of key, how many there are; firms grow with the number of consignments, the rest does not.
FIRMS = {"importer_id": 1 / 100, "exporter_id": 1 / 60, "declarant_id": 1 / 10_000}
FIXED = {"vessel_id": 4_000, "hs6": 5_000, "origin_country": 180}


def make(rows: int, amended: float, folder: Path, seed: int = 7) -> None:
    """Writes consignment, goods_item and inspection, by key and `known_at`, as Parquet into `folder`."""
    draw = np.random.default_rng(seed)
    known = np.sort(draw.integers(0, DAYS * MICROSECONDS_PER_DAY, rows)) + int(START.timestamp() * 1e6)
    ids = pl.select("C" + pl.int_range(rows).cast(pl.String).str.zfill(9)).to_series()
    consignment = pl.DataFrame(
        {
            "consignment_id": ids,
            "known_at": known,
            "withdrawn": False,
            **{name: _skewed(draw, rows, max(int(share * rows), 20), name[:3]) for name, share in FIRMS.items()},
            "vessel_id": _skewed(draw, rows, FIXED["vessel_id"], "ves"),
        },
        schema_overrides={"known_at": INSTANT},
    )
    item = pl.DataFrame(
        {
            "consignment_id": ids,
            "item_no": 1,
            "known_at": known,
            "withdrawn": False,
            "hs6": _skewed(draw, rows, FIXED["hs6"], ""),
            "origin_country": _skewed(draw, rows, FIXED["origin_country"], "o"),
            "value_usd": np.round(np.exp(draw.normal(9.0, 1.8, rows)), 2),
        },
        schema_overrides={"known_at": INSTANT},
    )
    inspection = _inspections(draw, ids, known)
    item = _amend(draw, item, amended).sort("consignment_id", "item_no", "known_at")
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in {"consignment": consignment, "goods_item": item, "inspection": inspection}.items():
        frame.write_parquet(folder / f"{name}.parquet")


def _skewed(draw: np.random.Generator, rows: int, kinds: int, prefix: str) -> pl.Series:
    """Texts of which few are common and most are rare: frequency falls with rank to the power -2/3."""
    codes = (kinds * draw.random(rows) ** 3).astype(np.int64)
    return pl.select(prefix + pl.Series(codes).cast(pl.String).str.zfill(6)).to_series()


def _inspections(draw: np.random.Generator, ids: pl.Series, known: np.ndarray) -> pl.DataFrame:
    chosen = np.flatnonzero(draw.random(ids.len()) < INSPECTED)
    late = draw.integers(MICROSECONDS_PER_DAY, 60 * MICROSECONDS_PER_DAY, chosen.size)
    return pl.DataFrame(
        {
            "inspection_id": "I" + ids.gather(chosen),
            "consignment_id": ids.gather(chosen),
            "known_at": known[chosen] + late,
            "withdrawn": False,
            "confirmed": draw.random(chosen.size) < CONFIRMED,
        },
        schema_overrides={"known_at": INSTANT},
    )


def _amend(draw: np.random.Generator, item: pl.DataFrame, share: float) -> pl.DataFrame:
    """Adds a later version to a share of the lines: another value, sometimes another code, one in ten withdrawn."""
    chosen = np.flatnonzero(draw.random(item.height) < share)
    later = draw.integers(1, 40 * MICROSECONDS_PER_DAY, chosen.size)
    versions = item[chosen].with_columns(
        known_at=(pl.col("known_at").to_physical() + pl.Series(later)).cast(INSTANT),
        withdrawn=pl.Series(draw.random(chosen.size) < 0.1),
        value_usd=(pl.col("value_usd") * pl.Series(draw.uniform(0.5, 1.5, chosen.size))).round(2),
        hs6=pl.when(pl.Series(draw.random(chosen.size) < 0.2)).then(pl.lit("000001")).otherwise("hs6"),
    )
    return pl.concat([item, versions])
