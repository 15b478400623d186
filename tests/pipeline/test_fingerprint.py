"""Fingerprints: content decides, nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from small_tables import valid

from features.contract import Table, load_contract
from pipeline.fingerprint import fingerprint

CONTRACT = load_contract()


def digest(frame: pl.DataFrame, table: str = "consignment") -> str:
    return str(fingerprint(frame, CONTRACT[table])["sha256"])


def test_the_fingerprint_of_known_rows_stays_what_it_was() -> None:
    frame = valid("consignment", 2, bill_no=["\u9b5a", None], containers=[["CSQU3054383"], None])
    assert fingerprint(frame, CONTRACT["consignment"]) == {
        "rows": 2,
        "newest_known_at": "2024-01-02T00:00:00+00:00",
        "sha256": "40ef486c23d8b4463508999b95f1008a49593ee30c679167ad3c35b6da12d93f",
    }


@pytest.mark.parametrize("table", CONTRACT.tables.values(), ids=lambda table: table.name)
def test_chunks_and_slices_change_nothing(table: Table) -> None:
    frame = valid(table.name, 5)
    chunked = pl.concat([valid(table.name, 9).slice(0, 3), frame.slice(3)], rechunk=False)
    assert digest(chunked, table.name) == digest(frame, table.name)
    assert fingerprint(frame.clear(), table)["newest_known_at"] is None


@pytest.mark.parametrize(
    ("column", "values", "others"),
    [
        ("bill_no", ["ab", "c"], ["a", "bc"]),
        ("bill_no", [None, "a"], ["a", None]),
        ("gross_kg", [0.0, 1.0], [None, 1.0]),
        ("packages", [0, 1], [None, 1]),
        ("withdrawn", [False, False], [False, True]),
        ("containers", [["a", "b"], ["c"]], [["a"], ["b", "c"]]),
        ("containers", [["ab"], None], [["a", "b"], None]),
        ("arrived_at", [None, None], [datetime(1970, 1, 1, tzinfo=UTC), None]),
    ],
)
def test_different_content_has_a_different_fingerprint(column: str, values: list[Any], others: list[Any]) -> None:
    assert digest(valid("consignment", 2, **{column: values})) != digest(valid("consignment", 2, **{column: others}))
