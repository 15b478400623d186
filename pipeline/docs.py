"""Generated documentation: `python -m pipeline.docs` writes it, `--check` says whether it is current."""

from __future__ import annotations

import sys
from pathlib import Path

from features.catalogue import Catalogue, Indicator
from pipeline.options import catalogue_of
from pipeline.settings import PROJECT, load_settings

DIRECTION = {1: "risk grows with it", -1: "risk falls with it", 0: "not stated"}


def indicators_page(catalogue: Catalogue) -> str:
    """docs/indicators.md: every indicator under the shipped configuration, a section per family."""
    lines = [
        "# Indicators",
        "",
        "Generated from the catalogue by `python -m pipeline.docs`; do not edit. Made under the shipped configuration:",
        f"{len(catalogue.indicators)} indicators in {len(catalogue.families)} families.",
        "An empty value means *could not be assessed*; it is never zero.",
        "",
        *_codes(catalogue),
    ]
    for family in catalogue.families:
        lines += ["", f"## {family.name}", "", family.about, ""]
        for indicator in catalogue.declared(family.name):
            lines += _section(indicator)
    return "\n".join(lines) + "\n"


def _codes(catalogue: Catalogue) -> list[str]:
    """Which indicators answer which code of the services' common list."""
    by_code: dict[str, list[str]] = {"XC-07": ["coverage, a column of the list"]}
    for indicator in catalogue.indicators:
        if indicator.code:
            by_code.setdefault(indicator.code, []).append(f"`{indicator.name}`")
    rows = [f"| {code} | {', '.join(names)} |" for code, names in sorted(by_code.items())]
    return ["| Code | Indicators |", "|---|---|", *rows]


def _section(indicator: Indicator) -> list[str]:
    code = f" ({indicator.code})" if indicator.code else ""
    return [
        f"### `{indicator.name}`{code}",
        "",
        indicator.meaning,
        "",
        f"- Unit: {indicator.unit} ({indicator.kind}); direction: {DIRECTION[indicator.direction]}",
        f"- Schemes: {', '.join(indicator.schemes) or 'every'}; reads: {', '.join(indicator.reads)}",
        f"- On the list: “{indicator.officer}”",
        f"- Check first: {indicator.check}",
        "",
    ]


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    return {PROJECT / "docs" / "indicators.md": indicators_page(catalogue_of(load_settings()))}


def main(arguments: list[str]) -> int:
    """Writes the pages, or with `--check` lists those that are stale; returns the exit code."""
    stale = [(path, text) for path, text in pages().items() if not path.is_file() or path.read_text("utf-8") != text]
    if "--check" in arguments:
        for path, _ in stale:
            sys.stderr.write(f"{path.relative_to(PROJECT)} is stale: run `python -m pipeline.docs` and commit it\n")
        return 1 if stale else 0
    for path, text in stale:
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
