"""The section on speed: what each family took at each size, beside the floor of the same run."""

from __future__ import annotations

from typing import Any

_HEAD = """## Speed

`python -m benchmarks.marine.speed` tiles a demonstration world (seed 7, 8,000 consignments) to the sizes below, each
copy with ids, numbers, names and weights of its own; every consignment is asked about at its own cut-off. At the
greatest size these are {rows}. Each row is a process of its own. The *floor* reads the tables that documents and catch
read, from Parquet, and joins papers with consignments. CPU seconds (user and system) are those of one thread of polars;
the clock and memory those of two, on two shared virtual cores (AMD EPYC) where other work may have run beside. Memory
is the most that the process held, the tables themselves among it. Both numbers of threads gave the same answers.

| consignments | families | CPU-s reading | CPU-s computing | per million | seconds by the clock, in all | GB |
|---|---|---|---|---|---|---|
"""
_GROWTH = "\nGrowth of the computing from the least size to the greatest, {times:.0f} times as many: {each}.\n"


def speed_section(sizes: list[dict[str, Any]]) -> str:
    """Markdown of what benchmarks/marine/speed.py stored."""
    rows = ", ".join(f"{count / 1e6:.2f} million {name}" for name, count in sizes[-1]["rows"].items() if count >= 1e5)
    lines = [_line(size["consignments"], *_pair(size["runs"], name)) for size in sizes for name in _names(size)]
    first, last = sizes[0], sizes[-1]
    growth = [f"{name} {_cpu(last, name) / max(_cpu(first, name), 1e-9):.1f} times" for name in _names(first)[1:]]
    times = last["consignments"] / first["consignments"]
    return _HEAD.format(rows=rows) + "".join(lines) + _GROWTH.format(times=times, each=", ".join(growth))


def _names(size: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(run["families"] for run in size["runs"]))


def _pair(runs: list[dict[str, Any]], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    one, two = (run for run in runs if run["families"] == name)
    return one, two


def _cpu(size: dict[str, Any], name: str) -> float:
    return float(_pair(size["runs"], name)[0]["computed"][0])


def _line(consignments: int, one: dict[str, Any], two: dict[str, Any]) -> str:
    (read, _), (computed, _) = one["read"], one["computed"]
    clock = two["read"][1] + two["computed"][1]
    return (
        f"| {consignments:,} | {one['families']} | {read:.1f} | {computed:.1f} | {computed / consignments * 1e6:.0f} | "
        f"{clock:.1f} | {two['gb']:.2f} |\n"
    )
