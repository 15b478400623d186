"""The same windows on one key by pandas, polars and DuckDB window frames, and by features.asof, in one process.

Frames stand at each row's own `known_at`, so that is the cut-off here; the own row is taken out. Count, sum and mean
over 30, 90, 365 days and all time: what all four can express. Late findings, amendments, withdrawals and cut-offs that
are not a row's own instant are beyond the frames.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from features.asof import Aggregate, history, windows

DAYS = (30, 90, 365)
SUFFIXES = (*[f"{days}d" for days in DAYS], "all")
KEY = "importer_id"


def rows_of(folder: Path) -> pl.DataFrame:
    """`consignment_id`, `known_at`, the key and the value in whole cents, one row per consignment."""
    consignment, item = (pl.read_parquet(folder / f"{name}.parquet") for name in ("consignment", "goods_item"))
    first = item.unique("consignment_id", keep="first", maintain_order=True)
    cents = first.select("consignment_id", cents=(pl.col("value_usd") * 100).round().cast(pl.Int64))
    # Frames count peers of the same instant, so equal instants are dropped.
    return (
        consignment.select("consignment_id", "known_at", KEY, "withdrawn")
        .join(cents, on="consignment_id", maintain_order="left")
        .unique("known_at", keep="first", maintain_order=True)
    )


def by_product(rows: pl.DataFrame) -> pl.DataFrame:
    spans = history(rows, ["consignment_id"], "consignment_id", [KEY, "cents"])
    questions = rows.select("consignment_id", KEY, cutoff="known_at")
    aggregates = {kind: Aggregate(kind, "cents") for kind in ("count", "sum", "mean")}
    return windows(spans, questions, [KEY], aggregates, [*[timedelta(days=days) for days in DAYS], None])


def by_duckdb(rows: pl.DataFrame) -> pl.DataFrame:
    frames = {f"{days}d": f"INTERVAL '{days * 86_400_000_000 - 1} microseconds'" for days in DAYS}
    named = [
        f"w{suffix} AS (PARTITION BY {KEY} ORDER BY known_at RANGE BETWEEN "
        f"{frames.get(suffix, 'UNBOUNDED')} PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW)"
        for suffix in SUFFIXES
    ]
    columns = [
        f"{sql}({'*' if sql == 'count' else 'cents'}) OVER w{suffix} AS {kind}_{suffix}"
        for kind, sql in (("count", "count"), ("sum", "sum"), ("mean", "avg"))
        for suffix in SUFFIXES
    ]
    query = f"SELECT {', '.join(columns)} FROM rows WINDOW {', '.join(named)} ORDER BY consignment_id"
    return duckdb.sql(query).pl()


def by_polars(rows: pl.DataFrame) -> pl.DataFrame:
    ordered = rows.sort(KEY, "known_at")
    parts = [ordered.select("consignment_id")]
    for days in DAYS:
        rolled = ordered.rolling("known_at", period=f"{days}d", closed="right", group_by=KEY).agg(
            pl.len().alias("n"), pl.col("cents").sum().alias("total"), pl.col("cents").last().alias("own")
        )
        parts.append(_without_own(rolled, f"{days}d"))
    running = ordered.select(
        n=pl.int_range(1, pl.len() + 1).over(KEY), total=pl.col("cents").cum_sum().over(KEY), own="cents"
    )
    parts.append(_without_own(running, "all"))
    return pl.concat(parts, how="horizontal").sort("consignment_id").drop("consignment_id")


def by_pandas(rows: pl.DataFrame) -> pl.DataFrame:
    ordered = rows.to_pandas().sort_values([KEY, "known_at"])
    indexed = ordered.set_index("known_at").groupby(KEY)["cents"]
    parts = [pl.DataFrame({"consignment_id": ordered["consignment_id"].to_numpy()})]
    own = ordered["cents"].to_numpy()
    for days in DAYS:
        rolling = indexed.rolling(f"{days}D", closed="right")
        parts.append(_from_arrays(rolling.count().to_numpy(), rolling.sum().to_numpy(), own, f"{days}d"))
    grouped = ordered.groupby(KEY)["cents"]
    parts.append(_from_arrays(grouped.cumcount().to_numpy() + 1, grouped.cumsum().to_numpy(), own, "all"))
    return pl.concat(parts, how="horizontal").sort("consignment_id").drop("consignment_id")


def _from_arrays(count: np.ndarray, total: np.ndarray, own: np.ndarray, suffix: str) -> pl.DataFrame:
    return _without_own(pl.DataFrame({"n": count, "total": total, "own": own}), suffix)


def _without_own(frame: pl.DataFrame, suffix: str) -> pl.DataFrame:
    count, total = pl.col("n").cast(pl.Int64) - 1, pl.col("total") - pl.col("own")
    return frame.select(
        count.alias(f"count_{suffix}"),
        total.alias(f"sum_{suffix}"),
        pl.when(count > 0).then(total / count).alias(f"mean_{suffix}"),
    )


RIVALS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "features.asof": by_product,
    "DuckDB": by_duckdb,
    "polars": by_polars,
    "pandas": by_pandas,
}


def compare(folder: Path, repeats: int = 3) -> dict[str, dict[str, float]]:
    """Median CPU-seconds and wall seconds by library, and the largest relative difference of a cell from ours."""
    rows = rows_of(folder).sort("consignment_id")
    figures, answers = {}, {}
    for name, compute in RIVALS.items():
        cpu, wall = [], []
        for _ in range(repeats):
            started, before = time.perf_counter(), time.process_time()
            answers[name] = compute(rows)
            cpu.append(time.process_time() - before)
            wall.append(time.perf_counter() - started)
        figures[name] = {"cpu_seconds": statistics.median(cpu), "wall_seconds": statistics.median(wall)}
        figures[name]["difference"] = _difference(answers["features.asof"], answers[name])
    return figures


def _difference(ours: pl.DataFrame, theirs: pl.DataFrame) -> float:
    worst = 0.0
    for name in ours.columns:
        a, b = (np.nan_to_num(frame[name].cast(pl.Float64).fill_null(0).to_numpy()) for frame in (ours, theirs))
        worst = max(worst, float(np.max(np.abs(a - b) / np.maximum(np.abs(a), 1.0))))
    return worst
