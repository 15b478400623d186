"""What a night costs that reads vessels' positions: `python -m benchmarks.voyage_night INPUTS --positions 1.6 3.2 20`.

INPUTS is a demonstration world of a year (`tidewaiter world`). Its positions are tiled, in millions: each copy of the
fleet has its own MMSIs and is moved by a third of a degree, and the year before is the same year again. A night is read
as `rank` reads it, fingerprints included, and the family `voyage` answers for 2,000 consignments that 300 of the
vessels carry (all 55 at 1.6 million, all 110 at 3.2). Every size is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from features.asked import Asked
from features.voyage import compute
from pipeline.house import House
from pipeline.options import options_of
from pipeline.settings import load_settings

CUTOFF = datetime(2024, 12, 20, 20, tzinfo=UTC)
CONSIGNMENTS, CARRIERS = 2_000, 300
YEAR = pl.duration(days=366)


def main(inputs: Path, millions: list[float]) -> None:
    print("| Positions, million | Within reach | Consignments | Reading, CPU-s | Family, CPU-s | Both, wall s | GB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for size in millions:
        with tempfile.TemporaryDirectory(prefix="tidewaiter-") as folder:
            lay(inputs, Path(folder), round(size * 1e6))
            subprocess.run([sys.executable, "-m", "benchmarks.voyage_night", folder, "--measure"], check=True)


def lay(inputs: Path, folder: Path, positions: int) -> None:
    """Writes the tables of a world with about so many positions, over two years, into a folder."""
    months = sorted(inputs.glob("position/**/*.parquet"))
    year = sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in months)
    copies = max(round(positions / year / 2), 1)
    (folder / "position").mkdir()
    for path in months:
        rows = pl.read_parquet(path, hive_partitioning=False)
        for name, ago in (("this", pl.duration()), ("last", YEAR)):
            moved = tiled(rows.with_columns(pl.col("at", "known_at") - ago), copies)
            moved.write_parquet(folder / "position" / f"{path.parent.name}-{name}.parquet".replace("=", "-"))
    vessel = tiled(pl.read_parquet(inputs / "vessel.parquet"), copies)
    vessel.with_columns(pl.col("valid_from", "known_at") - YEAR).write_parquet(folder / "vessel.parquet")
    carriers = vessel["vessel_id"].unique().sort()[:CARRIERS]
    consignment = pl.read_parquet(inputs / "consignment.parquet").sort("declared_at", "consignment_id", "known_at")
    turn = consignment["consignment_id"].rle_id() % len(carriers)
    consignment.with_columns(vessel_id=carriers.gather(turn)).write_parquet(folder / "consignment.parquet")
    for path in inputs.glob("*.parquet"):
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path.resolve())


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
    return pl.concat(parts).sort([name for name in ("vessel_id", "mmsi", "at", "valid_from") if name in frame.columns])


def measure(folder: Path) -> None:
    """Reads and computes a night, and prints a line of the table."""
    settings = load_settings()
    options_of(settings)
    begun, since = time.process_time(), time.monotonic()
    inputs = House(folder, folder / "home", settings).read(CUTOFF, "rank")
    inputs.fingerprints()
    tables, older = inputs.tables, inputs.older.get("position", 0)
    read = time.process_time()
    newest = tables["consignment"].filter(pl.col("declared_at") <= CUTOFF).unique("consignment_id", keep="last")
    chosen = newest.sort("declared_at", "consignment_id").tail(CONSIGNMENTS)
    questions = chosen.select("consignment_id", cutoff=pl.lit(CUTOFF).cast(pl.Datetime("us", "UTC")))
    features = compute(Asked(tables, questions), options_of(settings))
    spent, wall = time.process_time() - read, time.monotonic() - since
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    took = f"{read - begun:.0f} | {spent:.0f} | {wall:.0f} | {memory:.1f}"
    reach = inputs.counts["position"]["in"]
    whole = reach + older + inputs.not_yet_visible["position"]
    print(f"| {whole / 1e6:.1f} | {reach / 1e6:.1f} | {features.height} | {took} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("inputs", type=Path)
    parser.add_argument("--positions", type=float, nargs="+", default=[1.6, 3.2, 20])
    parser.add_argument("--measure", action="store_true")
    given = parser.parse_args()
    measure(given.inputs) if given.measure else main(given.inputs, given.positions)
