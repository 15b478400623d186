"""Faults of a vessel's identifiers, one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from features.identifiers import identifier_faults
from features.vessel_options import MID

DIGITS = pl.DataFrame([("273", "RU"), ("231", "DK"), ("231", "FO")], schema=MID, orient="row")
SCHEMA = pl.Schema(
    {
        "imo": pl.String(),
        "mmsi": pl.String(),
        "flag": pl.String(),
        "gross_tonnage": pl.Float64(),
        "known_at": pl.Datetime("us", "UTC"),
    }
)
VALID: dict[str, Any] = {"imo": "9074729", "mmsi": "273000001", "flag": "RU", "gross_tonnage": 500.0}


def judged(digits: pl.DataFrame = DIGITS, **changes: Any) -> tuple[float | None, str | None]:
    row = {**VALID, "known_at": datetime(2024, 1, 1, tzinfo=UTC), **changes}
    return identifier_faults(pl.DataFrame([row], schema=SCHEMA), digits, 100.0).row(0)


@pytest.mark.parametrize(
    ("changes", "faults", "told"),
    [
        ({}, 0, "none"),
        ({"imo": "8814274"}, 1, "IMO number fails its check digit"),
        ({"mmsi": "27300001"}, 1, "MMSI without nine digits"),
        ({"mmsi": "27300000X"}, 1, "MMSI without nine digits"),
        ({"flag": "JP"}, 1, "digits of the MMSI are not the flag's"),
        ({"mmsi": "999000001"}, 1, "digits of the MMSI are not the flag's"),  # allotted to nobody
        ({"mmsi": "231000001", "flag": "FO"}, 0, "none"),
        ({"mmsi": "231000001", "flag": "DK"}, 0, "none"),
        ({"flag": None}, 0, "none"),
        ({"imo": None}, 1, "IMO number missing"),
        ({"imo": None, "gross_tonnage": 99.9}, 0, "none"),
        ({"imo": None, "gross_tonnage": None}, 0, "none"),
        ({"imo": None, "mmsi": None, "gross_tonnage": None}, None, None),
        ({"imo": "8814274", "mmsi": "1"}, 2, "IMO number fails its check digit, MMSI without nine digits"),
    ],
)
def test_faults_are_counted_and_named(changes: dict[str, Any], faults: float | None, told: str | None) -> None:
    assert judged(**changes) == (faults, told)


def test_without_a_table_of_digits_the_flag_is_not_judged() -> None:
    assert judged(pl.DataFrame(schema=MID), flag="JP") == (0, "none")


def test_a_vessel_that_no_register_knows_has_no_faults_and_no_answer() -> None:
    assert judged(imo=None, mmsi=None, flag=None, known_at=None) == (None, None)
