"""The section on ranking: average precision and precision at office capacity without some families."""

from __future__ import annotations

from statistics import mean
from typing import Any

_HEAD = """## Ranking

`python -m benchmarks.marine.ranking`: {consignments:,} consignments a seed, the scheme marine_smuggling. Judged are the
last three months, every consignment once, at the first evening on which it was known, **inspected or not**. AP is
average precision, P@cap the share of cases among the rows that each office opens (5 % of its own). One model learns
from what officers found by then, another from the truth of all that was declared before the judged months.
"""
_TITLES = {"findings": "Learned from findings", "truth": "Learned from the truth of all before"}
_ALL, _PAPERS = "all families", "without documents and catch"


def ranking_section(told: dict[str, Any]) -> str:
    """Markdown of what benchmarks/marine/ranking.py stored."""
    seeds = told["seeds"]
    parts = [_HEAD.format(consignments=told["consignments"]), _counts(seeds)]
    parts += [f"### {title}\n\n{_table(labels, seeds)}\n{_gain(labels, seeds)}" for labels, title in _TITLES.items()]
    return "\n".join(parts)


def _counts(seeds: dict[str, Any]) -> str:
    lines = ["| seed | rows judged | cases | chance | opened |", "|---|---|---|---|---|"]
    for seed, found in seeds.items():
        lines.append(
            f"| {seed} | {found['rows']:,} | {found['cases']:,} | {found['chance']:.3f} | {found['opened']:,} |"
        )
    return "\n".join(lines) + "\n"


def _table(labels: str, seeds: dict[str, Any]) -> str:
    head = " | ".join(f"AP, seed {seed} | P@cap" for seed in seeds)
    lines = [f"| families | {head} | AP, mean | P@cap |", "|---" * (3 + 2 * len(seeds)) + "|"]
    for name in next(iter(seeds.values()))["by_labels"][labels]:
        pairs = [found["by_labels"][labels][name] for found in seeds.values()]
        pairs.append([mean(figures) for figures in zip(*pairs, strict=True)])
        lines.append(f"| {name} | " + " | ".join(f"{ap:.3f} | {first:.3f}" for ap, first in pairs) + " |")
    return "\n".join(lines) + "\n"


def _gain(labels: str, seeds: dict[str, Any]) -> str:
    """By how much the figures are higher with documents and catch, seed by seed."""
    figures = [found["by_labels"][labels] for found in seeds.values()]
    ap, first = (
        ", ".join(f"{found[_ALL][place] - found[_PAPERS][place]:+.3f}" for found in figures) for place in (0, 1)
    )
    return f"Documents and catch change AP by {ap} and P@cap by {first}.\n"
