"""README.md, a section per stored file of figures: `python -m benchmarks.marine.page` writes it again from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.marine.ranking_section import ranking_section
from benchmarks.marine.speed_section import speed_section

HERE = Path(__file__).resolve().parent
HEAD = """# Sea products: what papers and vessels are worth, and what they cost

This page is written by `python -m benchmarks.marine.page` from the figures beside it, one file per section.
"""
SECTIONS: dict[str, Callable[[Any], str]] = {"ranking.json": ranking_section, "speed.json": speed_section}


def write_page(home: Path = HERE) -> None:
    """Writes README.md in `home` with the sections whose figures are there."""
    parts = [HEAD]
    for name, section in SECTIONS.items():
        if (home / name).exists():
            parts.append(section(json.loads((home / name).read_text(encoding="utf-8"))))
    (home / "README.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    write_page()
