"""Cells of reference files: what holds, and every mistake with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import Usage
from pipeline.reference_rows import DAY, backwards, checked_rows, matching, one_of, typed

CELLS = {
    "name": matching("a name", "[a-z]+", filled=True),
    "colours": one_of(("red", "blue"), listed=True),
    "valid_from": DAY,
    "valid_to": DAY,
}


def file(place: Path, text: str) -> Path:
    path = place / "facts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_are_typed_and_other_columns_left_out(tmp_path: Path) -> None:
    path = file(tmp_path, "valid_to,name,colours,valid_from,source\n,a,red|blue,2024-02-29,S1\n2024-01-02,b,,,S2\n")
    rows = typed(
        checked_rows(path, CELLS, ("name",), backwards),
        {"name": pl.String(), "colours": pl.List(pl.String()), "valid_from": pl.Date()},
    )
    assert rows.rows() == [("a", ["red", "blue"], date(2024, 2, 29)), ("b", [], None)]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = file(tmp_path, "name,colours,valid_from,valid_to\n,red|green,2024-2-1,\nb,,2024-02-02,2024-02-01\nb,,,\n")
    with pytest.raises(Usage) as error:
        checked_rows(path, CELLS, ("name",), backwards)
    assert str(error.value).splitlines()[1:] == [
        "  - line 2: needed name, found an empty cell; fill it",
        "  - line 2: needed one of red, blue in colours, found 'green'; correct it",
        "  - line 2: needed a day as 2024-12-31 in valid_from, found '2024-2-1'; correct it",
        "  - line 3: needed valid_to after valid_from, found 2024-02-01 and 2024-02-02; *to* is the first day after",
        "  - line 4: needed one row of the same name, found another in line 3; leave one out",
    ]


@pytest.mark.parametrize("text", ["name,colours\na,red\n", ""])
def test_a_file_without_its_columns_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(Usage, match=r"needed the columns name, colours, valid_from, valid_to in .*facts\.csv, found: "):
        checked_rows(file(tmp_path, text), CELLS, ("name",))
