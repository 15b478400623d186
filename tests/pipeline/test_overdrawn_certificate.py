"""The page about one over-drawn certificate: made again it says what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.walk import Cell, cells_of, page, run

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT, PAGE = DOCS / "overdrawn_certificate.py", DOCS / "overdrawn_certificate.md"
PRINTED = re.compile(r"```text\n(.*?)\n```\n\n?", re.S)
ADVICE = "run `python -m pipeline.walk docs/overdrawn_certificate.py` and commit the page"


def bare(text: str) -> str:
    return PRINTED.sub("", text).rstrip()


def test_words_and_code_of_the_page_are_those_of_its_script() -> None:
    silent = [Cell(cell.text, cell.code, cell.line) for cell in cells_of(SCRIPT.read_text("utf-8"))]
    assert bare(page(silent)) == bare(PAGE.read_text("utf-8")), ADVICE


@pytest.mark.slow
def test_the_story_is_told_again_word_for_word(tmp_path: Path) -> None:
    """Its assertions hold, and all that it prints but the place on the list, which moves with the rules."""
    made, shown = page(run(SCRIPT, tmp_path)), PAGE.read_text("utf-8")
    place = re.compile(r" #\d+,")
    assert place.sub("", made) == place.sub("", shown), ADVICE
