"""Text to values: strict, and to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from features.contract import load_contract
from pipeline.text_values import parse

CONSIGNMENT = load_contract()["consignment"]


def parsed(column: str, cell: str) -> object:
    frame, violations = parse(pl.DataFrame({column: [cell]}), CONSIGNMENT)
    return violations[0].rule if violations else frame[column].to_list()[0]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-01-31T20:00:00Z", datetime(2024, 1, 31, 20, tzinfo=UTC)),
        ("2024-01-31 20:00:00+00", datetime(2024, 1, 31, 20, tzinfo=UTC)),
        ("2024-01-31T20:00+09:00", datetime(2024, 1, 31, 11, tzinfo=UTC)),
        ("2024-01-31T20:00:00.5-0330", datetime(2024, 1, 31, 23, 30, 0, 500_000, tzinfo=UTC)),
        ("2024-01-31T20:00:00.123456000Z", datetime(2024, 1, 31, 20, 0, 0, 123_456, tzinfo=UTC)),
        ("2024-01-31T20:00:00.123456789Z", "type"),
        ("2024-01-31T20:00:00", "zone"),
        ("2024-01-31", "zone"),
        ("2024-02-30T20:00:00Z", "type"),
        ("2024-01-31T25:00:00Z", "type"),
        ("31.01.2024", "type"),
    ],
)
def test_instants_are_iso_8601_with_offset(cell: str, expected: object) -> None:
    assert parsed("arrived_at", cell) == expected


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("gross_kg", "-1.5e3", -1500.0),
        ("gross_kg", "1,5", "type"),
        ("gross_kg", " 1", "type"),
        ("gross_kg", "1_000", "type"),
        ("packages", "+12", 12),
        ("packages", "12.0", 12),
        ("packages", "12.5", "type"),
        ("packages", "9223372036854775808", "type"),
        ("withdrawn", "false", False),
        ("withdrawn", "True", "type"),
        ("containers", "a|b", ["a", "b"]),
        ("bill_no", "0012", "0012"),
    ],
)
def test_other_cells(column: str, cell: str, expected: object) -> None:
    assert parsed(column, cell) == expected


def test_dates_are_iso_8601() -> None:
    frame, violations = parse(pl.DataFrame({"incorporated_on": ["2024-01-31", "2024-02-30"]}), load_contract()["party"])
    assert violations[0].examples == ("2024-02-30",)
    assert frame["incorporated_on"].to_list() == [None, None]
