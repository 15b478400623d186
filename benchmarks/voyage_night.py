"""How long the family `voyage` takes for a night: `python benchmarks/voyage_night.py INPUTS POSITIONS`.

The positions of a demonstration world (`tidewaiter world`) are tiled: each copy of the fleet has its own MMSIs and is
moved by a third of a degree. Prints CPU seconds and the highest memory.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from features.asked import Asked
from features.contract import load_contract
from features.tables import Tables
from features.voyage import compute
from pipeline.options import options_of
from pipeline.settings import load_settings

CUTOFF = datetime(2024, 12, 20, 20, tzinfo=UTC)
CONSIGNMENTS = 2_000


def main(inputs: Path, positions: int) -> None:
    contract = load_contract()
    rows = {}
    for name, table in contract.tables.items():
        found = [inputs / f"{name}.parquet", *inputs.glob(f"{name}/**/*.parquet")]
        parts = [pl.read_parquet(path) for path in found if path.exists()]
        if parts:
            frame = pl.concat(parts, how="diagonal_relaxed").filter(pl.col("known_at") <= CUTOFF)
            columns = [
                (pl.col(column) if column in frame.columns else pl.lit(None).alias(column)).cast(kind)
                for column, kind in table.schema.items()
            ]
            rows[name] = frame.select(columns)
    copies = positions // rows["position"].height
    rows["position"] = tiled(rows["position"], copies)
    rows["vessel"] = tiled(rows["vessel"], copies)
    vessels = rows["vessel"].filter(pl.col("mmsi").is_in(rows["position"]["mmsi"].unique().implode()))
    chosen = vessels["vessel_id"].unique().sort()[:300]
    newest = rows["consignment"].unique("consignment_id", keep="last").sort("declared_at").tail(CONSIGNMENTS)
    turn = pl.Series([chosen[number % len(chosen)] for number in range(newest.height)])
    rows["consignment"] = newest.with_columns(vessel_id=turn)
    tables = Tables(rows)
    questions = newest.select("consignment_id", cutoff=pl.lit(CUTOFF).cast(pl.Datetime("us", "UTC")))
    begun = time.process_time()
    features = compute(Asked(tables, questions), options_of(load_settings()))
    spent = time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{features.height} consignments, {len(chosen)} vessels, {rows['position'].height:,} positions: "
        f"{spent:.1f} CPU-s, {memory:.1f} GB at most"
    )


def tiled(frame: pl.DataFrame, copies: int) -> pl.DataFrame:
    """Copies of a table, each with vessels, MMSIs and positions of its own."""
    parts = []
    for copy in range(copies):
        changed = {}
        if "mmsi" in frame.columns:
            changed["mmsi"] = (pl.col("mmsi").cast(pl.Int64, strict=False) + copy * 1_000_003).cast(pl.String)
        if "lat" in frame.columns:
            changed["lat"] = pl.col("lat") + copy * 0.35
        if "vessel_id" in frame.columns:
            changed["vessel_id"] = pl.format("{}-{}", "vessel_id", pl.lit(copy))
        parts.append(frame.with_columns(**changed))
    return pl.concat(parts).sort([name for name in ("mmsi", "vessel_id") if name in frame.columns])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
