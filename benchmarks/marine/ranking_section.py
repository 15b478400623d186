"""The section on ranking: average precision and precision at office capacity without some families."""

from __future__ import annotations

from typing import Any

_HEAD = """## Ranking

`python -m benchmarks.marine.ranking`: {consignments:,} consignments a seed, the scheme marine_smuggling, the last three
months judged by the truth. AP is average precision, P@cap the share of cases among the rows that each office opens.
With *findings* the model has what officers found by then, with *truth* all cases before the judged months.
"""
_LABELS = ("findings", "truth")


def ranking_section(told: dict[str, Any]) -> str:
    """Markdown of what benchmarks/marine/ranking.py stored."""
    parts = [_HEAD.format(consignments=told["consignments"])]
    for seed, found in told["seeds"].items():
        parts.append(
            f"Seed {seed}: {found['rows']:,} rows judged, {found['cases']} of them cases ({found['chance']:.3f}), "
            f"{found['opened']:,} opened.\n"
        )
        parts.append(_table(found["by_labels"]))
    return "\n".join(parts)


def _table(by_labels: dict[str, dict[str, list[float]]]) -> str:
    names = [f"{figure}, {labels}" for labels in _LABELS for figure in ("AP", "P@cap")]
    lines = ["| families | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for name in by_labels[_LABELS[0]]:
        figures = [figure for labels in _LABELS for figure in by_labels[labels][name]]
        lines.append(f"| {name} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |")
    return "\n".join(lines) + "\n"
