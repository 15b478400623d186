"""The section on speed: what each family took at each size, beside the floor of the same run."""

from __future__ import annotations

from typing import Any

_HEAD = """## Speed

`python -m benchmarks.marine.speed` tiles a demonstration world (seed 7, 8,000 consignments) to the sizes below, each
copy with ids, numbers, names and weights of its own; every consignment is asked about at its own cut-off. At the
greatest size these are {rows}. Each row is a process of its own. The *floor* reads the tables that documents and catch
read, from Parquet, and joins papers with consignments. CPU seconds are user and system together, on two shared virtual
cores (AMD EPYC) where other work may have run beside, which the seconds by the clock show. Memory is the most that the
process held, the tables themselves among it. Together or alone, with one thread or two, the answers were the same.

| consignments | families | threads | CPU-s reading | CPU-s computing | per million | seconds by the clock | GB |
|---|---|---|---|---|---|---|---|
"""
_GROWTH = "\nCPU seconds of computing at {times:.0f} times the size: {each}.\n"


def speed_section(sizes: list[dict[str, Any]]) -> str:
    """Markdown of what benchmarks/marine/speed.py stored."""
    rows = ", ".join(f"{count / 1e6:.2f} million {name}" for name, count in sizes[-1]["rows"].items() if count >= 1e5)
    lines = [_line(size["consignments"], run) for size in sizes for run in size["runs"]]
    first, last = sizes[0], sizes[-1]
    growth = [
        f"{one['families']} {many['computed'][0] / one['computed'][0]:.1f} times"
        for one, many in zip(first["runs"], last["runs"], strict=True)
        if one["threads"] == 1
    ]
    times = last["consignments"] / first["consignments"]
    return _HEAD.format(rows=rows) + "".join(lines) + _GROWTH.format(times=times, each=", ".join(growth))


def _line(consignments: int, run: dict[str, Any]) -> str:
    (read, read_clock), (computed, clock) = run["read"], run["computed"]
    return (
        f"| {consignments:,} | {run['families']} | {run['threads']} | {read:.1f} | {computed:.1f} | "
        f"{computed / consignments * 1e6:.0f} | {read_clock + clock:.1f} | {run['gb']:.2f} |\n"
    )
