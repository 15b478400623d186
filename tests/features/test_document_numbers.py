"""One form for numbers that are the same."""

from __future__ import annotations

import polars as pl
import pytest

from features.document_numbers import normalised


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("ru-vb 2024–0001", "RUVB20240001"),
        ("\tRU/VB\u00a01 ", "RU/VB1"),
        ("ＲＵ－１２", "RU12"),
        ("- -", None),
        (None, None),
    ],
)
def test_blanks_dashes_case_and_width_are_no_matter(number: str | None, expected: str | None) -> None:
    frame = pl.DataFrame({"number": [number]}, schema={"number": pl.String})
    assert frame.select(normalised(pl.col("number"))).item() == expected
