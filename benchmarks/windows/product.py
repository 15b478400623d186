"""The measured work: 144 window columns of every consignment at its own cut-off, streamed key by key to Parquet."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

import polars as pl

from features.asof import Aggregate, WindowPlan, history, join_history, smoothed_rate

KEYS = (
    ("importer_id",),
    ("exporter_id",),
    ("importer_id", "hs6"),
    ("hs6", "origin_country"),
    ("declarant_id",),
    ("vessel_id",),
)
CONSIGNMENT_KEYS = ["importer_id", "exporter_id", "declarant_id", "vessel_id"]
ITEM_KEYS = ["hs6", "origin_country"]
WIDTHS = (timedelta(days=30), timedelta(days=90), timedelta(days=365), None)
SUFFIXES = ("30d", "90d", "365d", "all")
DECLARED = {
    "consignments": Aggregate("count"),
    "value_sum": Aggregate("sum", "value_usd", scale=100),
    "value_mean": Aggregate("mean", "value_usd", scale=100),
    "value_std": Aggregate("std", "value_usd", scale=100),
}
FOUND = {"inspections": Aggregate("count"), "hits": Aggregate("sum", "confirmed")}
BASE_RATE, STRENGTH = 0.08, 10.0


def own_cutoff(known_at: str = "known_at") -> pl.Expr:
    """The first 20:00 UTC at or after an instant."""
    at = timedelta(hours=20)
    return (pl.col(known_at) - at - timedelta(microseconds=1)).dt.truncate("1d") + timedelta(days=1) + at


def histories(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Questions (with the keys of the first version), what was declared, and what was found."""
    consignment, item, inspection = (
        pl.read_parquet(folder / f"{name}.parquet") for name in ("consignment", "goods_item", "inspection")
    )
    declared = join_history(
        history(item, ["consignment_id", "item_no"], "consignment_id", [*ITEM_KEYS, "value_usd"]),
        history(consignment, ["consignment_id"], "consignment_id", CONSIGNMENT_KEYS),
    )
    questions = declared.filter(pl.col("known_at") == pl.col("first_known_at")).select(
        pl.col("unit").alias("consignment_id"), own_cutoff().alias("cutoff"), *CONSIGNMENT_KEYS, *ITEM_KEYS
    )
    found = join_history(
        history(inspection, ["inspection_id"], "consignment_id", ["confirmed"]),
        declared.select(pl.exclude("value_usd")),
    )
    return questions, declared, found


def write_all(folder: Path, out: Path) -> int:
    """Writes a file per key; returns the number of columns."""
    out.mkdir(parents=True, exist_ok=True)
    questions, declared, found = histories(folder)
    declared_plan = WindowPlan(declared, questions)
    found_plan = declared_plan.beside(found)
    del declared, found
    columns = 0
    for key in KEYS:
        frame = declared_plan.windows(key, DECLARED, WIDTHS, floats=pl.Float32).hstack(
            found_plan.windows(key, FOUND, WIDTHS, floats=pl.Float32).select(
                *[f"inspections_{suffix}" for suffix in SUFFIXES],
                *[
                    smoothed_rate(f"hits_{suffix}", f"inspections_{suffix}", BASE_RATE, STRENGTH)
                    .cast(pl.Float32)
                    .alias(f"rate_{suffix}")
                    for suffix in SUFFIXES
                ],
            )
        )
        frame.write_parquet(out / f"{'_and_'.join(key)}.parquet", compression="uncompressed", statistics=False)
        columns += frame.width
    return columns


def main() -> None:
    started = time.perf_counter()
    columns = write_all(Path(sys.argv[1]), Path(sys.argv[2]))
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "columns": columns,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "system_seconds": used.ru_stime,
        "wall_seconds": time.perf_counter() - started,
        "peak_gb": used.ru_maxrss / 1024**2,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
