"""The importer's earlier consignments: the newest ones, as they were known, against plain filtering."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from histories import random_questions, random_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from reference import visible

from features.asked import Asked
from features.party_history import SHOWN, party_history
from features.tables import Tables


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_it_equals_plain_filtering_and_what_comes_later_changes_nothing(seed: int) -> None:
    rows = random_rows(seed, consignments=20)
    questions = random_questions(seed, Tables(rows), count=30)
    cutoff = questions["cutoff"].max()
    night = questions.select("consignment_id").unique(maintain_order=True).with_columns(cutoff=pl.lit(cutoff))
    found = party_history(Asked(Tables(rows), night))
    truncated = Tables({name: frame.filter(pl.col("known_at") <= cutoff) for name, frame in rows.items()})
    assert_frame_equal(party_history(Asked(truncated, night)), found)
    for number, own in enumerate(night["consignment_id"]):
        assert found.filter(question=number)["earlier_id"].to_list() == _plain(rows, own, cutoff)


def _plain(rows: dict[str, pl.DataFrame], own: str, cutoff: Any) -> list[str]:
    seen = {row["consignment_id"]: row for row in visible(rows["consignment"].to_dicts(), ["consignment_id"], cutoff)}
    importer = seen[own]["importer_id"] if own in seen else None
    others = [
        row for row in seen.values() if importer and row["importer_id"] == importer and row["consignment_id"] != own
    ]
    ordered = sorted(others, key=lambda row: (-row["declared_at"].timestamp(), row["consignment_id"]))
    return [row["consignment_id"] for row in ordered[:SHOWN]]


def test_it_is_asked_night_by_night() -> None:
    tables = Tables(random_rows(1))
    with pytest.raises(ValueError, match="needed questions of one cut-off, found"):
        party_history(Asked(tables, random_questions(1, tables)))
