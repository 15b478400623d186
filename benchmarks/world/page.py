"""The page of the figures."""

from __future__ import annotations

from typing import Any

import polars as pl

from benchmarks.world.figures import Figures

HEAD = """# The demonstration world: how hard it is, and how fast it is made

This page is written by `python -m benchmarks.world.run`; the world is that of `docs/world.md`.

## How hard

{consignments:,} consignments a seed, a year; judged are the last three months, every consignment of a scheme once,
at the first evening on which it was known, **inspected or not**: this is recall that no real data can show.
AP is average precision, P@5 % the share of cases among the first 5 %.

- *Random order* gives the rate of cases.
- *Hand rules* are those of `configs/rules.yaml`.
- The *plain model* learns from the columns of the declaration alone (ids of parties and ship among them), from the
  truth of all that was declared before the test period.
- *The product, with its findings* has nothing but what officers found and knew by then: a fifth was opened.
- *The product, with all truth before* has the product's features, and in place of the findings the truth of all before
  the test period.
"""
COLUMNS = """## No column does it alone

The columns of the tables (inspection aside) that separate the cases of a scheme best, by the area under the curve, the
highest of all seeds. Text is scored by the rate of cases that other rows show for the value; several rows of a
consignment by their number, least, greatest, mean or first.
"""
SPEED = """## How fast, in how much memory

One process, one thread of polars, CPU seconds (user and system), the most memory that the process held. The rate of
consignments holds everything but positions: firms, ships, bookings, papers, statistics.

| consignments | positions | CPU-s | consignments per CPU-s | positions per CPU-s | memory |
|---|---|---|---|---|---|
"""
MOST_COLUMNS = 12


def page(
    consignments: int,
    hard: dict[int, dict[str, Figures]],
    columns: dict[int, dict[str, pl.DataFrame]],
    speeds: dict[str, dict[str, Any]],
) -> str:
    """Markdown."""
    parts = [HEAD.format(consignments=consignments)]
    parts += [f"### {scheme}\n\n{_table(scheme, hard)}" for scheme in next(iter(hard.values()))]
    parts.append(COLUMNS)
    parts += [f"### {scheme}\n\n{_best(scheme, columns)}" for scheme in next(iter(columns.values()))]
    if speeds:
        parts.append(SPEED + "".join(_speed(size, told) for size, told in speeds.items()))
    return "\n".join(parts)


def _table(scheme: str, hard: dict[int, dict[str, Figures]]) -> str:
    seeds = list(hard)
    head = "| | " + " | ".join(f"AP, seed {seed} | P@5 %" for seed in seeds) + " |"
    counts = " | ".join(f"{hard[seed][scheme].rows:,} | {hard[seed][scheme].cases}" for seed in seeds)
    rows = [head, "|---" * (1 + 2 * len(seeds)) + "|", f"| rows, cases | {counts} |"]
    for name in hard[seeds[0]][scheme].by_approach:
        cells = [hard[seed][scheme].by_approach[name] for seed in seeds]
        rows.append(f"| {name} | " + " | ".join(f"{ap:.3f} | {first:.3f}" for ap, first in cells) + " |")
    return "\n".join(rows) + "\n"


def _best(scheme: str, columns: dict[int, dict[str, pl.DataFrame]]) -> str:
    every = pl.concat([frames[scheme] for frames in columns.values()])
    best = every.group_by("table", "column").agg(pl.col("auc").max())
    best = best.sort("auc", "table", "column", descending=[True, False, False]).head(MOST_COLUMNS)
    rows = [f"| {table} | {column} | {auc:.3f} |" for table, column, auc in best.rows()]
    return "\n".join(["| table | column | AUC |", "|---|---|---|", *rows]) + "\n"


def _speed(size: str, told: dict[str, Any]) -> str:
    declared, positions = told["stages"]["consignments"], told["rows"]["position"]
    sea = told["stages"]["positions of vessels"] - declared
    cells = [
        f"{int(size):,}",
        f"{positions:,}",
        f"{told['cpu']:.0f}",
        f"{int(size) / declared:,.0f}",
        f"{positions / sea:,.0f}",
        f"{told['mb'] / 1024:.2f} GB",
    ]
    return f"| {' | '.join(cells)} |\n"
