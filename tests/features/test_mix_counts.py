"""Cells against counting by hand, whatever the batches."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import polars as pl
import pytest
from histories import START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features import mix_counts
from features.asof import history
from features.mix_counts import count_cells
from features.tables import Tables

KEY = ["consignment_id"]
RECENT, BEFORE = timedelta(days=6), timedelta(days=15)
COLUMNS = ["importer_id", "dispatch_country"]


def counted(spans: pl.DataFrame, asked: pl.DataFrame) -> dict[int, list[tuple[int, int]]]:
    """By question its (recent, before) of every category, in the order in which they come."""
    found: dict[int, list[tuple[int, int]]] = {}
    for cells in count_cells(spans, asked, *COLUMNS, RECENT, BEFORE):
        questions = cells.questions[cells.place]
        for question, recent, before in zip(questions, cells.recent, cells.before, strict=True):
            found.setdefault(int(question), []).append((int(recent), int(before)))
    return found


@pytest.mark.parametrize("batch", [1, 7, 1 << 19])
@given(seed=st.integers(0, 100_000))
@settings(max_examples=25, deadline=None)
def test_equals_counting_by_hand(batch: int, seed: int) -> None:
    rows = random_rows(seed, consignments=25)
    plain = rows["consignment"].to_dicts()
    first = rows["consignment"].unique(KEY, keep="first", maintain_order=True).select(*KEY, "importer_id")
    asked = (
        random_questions(seed, Tables(rows), count=30)
        .join(first, on="consignment_id", maintain_order="left")
        .with_row_index("question")
        .drop_nulls("importer_id")
    )
    with patch.object(mix_counts, "_BATCH", batch):
        found = counted(history(rows["consignment"], KEY, "consignment_id", COLUMNS), asked)
    for question in asked.to_dicts():
        cutoff = question["cutoff"]
        others = [
            row
            for row in visible(plain, KEY, cutoff)
            if row["importer_id"] == question["importer_id"] and row["consignment_id"] != question["consignment_id"]
        ]
        # Cells are those of every category that the key ever had; those without a count say nothing.
        sides = [
            tuple(
                sum(row["dispatch_country"] == country and low < row["first_known_at"] <= high for row in others)
                for low, high in ((cutoff - RECENT, cutoff), (cutoff - RECENT - BEFORE, cutoff - RECENT))
            )
            for country in ("KR", "RU")
        ]
        told = found.get(question["question"], [])
        assert [counts for counts in told if counts != (0, 0)] == [counts for counts in sides if counts != (0, 0)]


def test_a_key_without_categories_has_no_cells() -> None:
    row = {"consignment_id": "C1", "importer_id": "P1", "known_at": START}
    spans = history(table("consignment", [row]), KEY, "consignment_id", COLUMNS)
    asked = spans.select(question=pl.lit(0), consignment_id="unit", cutoff="known_at", importer_id="importer_id")
    assert counted(spans, asked) == {}
    assert counted(spans, asked.clear()) == {}
