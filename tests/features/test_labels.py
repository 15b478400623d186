from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import polars as pl
from histories import DAY, START, table

from features.labels import labelled
from features.tables import Tables

EVENING = timedelta(hours=20)


def labels(findings: list[dict[str, Any]], until_days: float = 30, maturity: int = 5) -> list[dict[str, Any]]:
    consignment = [{"consignment_id": "C1", "declared_at": START, "known_at": START + timedelta(hours=9)}]
    base = {"inspection_id": "I1", "scheme": "s", "consignment_id": "C1", "result": "confirmed"}
    tables = Tables(
        {
            "consignment": table("consignment", consignment),
            "inspection": table("inspection", [{**base, **finding} for finding in findings]),
        }
    )
    frame = labelled(tables, START + DAY * until_days, "s", DAY * maturity, time(20))
    return frame.with_columns(pl.col("cutoff").dt.replace_time_zone("UTC")).to_dicts()


def test_the_night_of_choice_is_the_last_cutoff_before_the_inspection() -> None:
    inspected = START + 3 * DAY + timedelta(hours=19)
    (row,) = labels([{"inspected_at": inspected, "known_at": START + 9 * DAY}])
    assert row["cutoff"] == START + 2 * DAY + EVENING
    assert row["confirmed"] is True
    assert row["label_known_at"] == START + 9 * DAY


def test_never_before_the_own_cutoff() -> None:
    (row,) = labels([{"inspected_at": START + timedelta(hours=10), "known_at": START + 9 * DAY}])
    assert row["cutoff"] == START + EVENING


def test_only_what_is_known_decided_and_mature() -> None:
    inspected = START + 3 * DAY
    assert labels([{"inspected_at": inspected, "known_at": START + 31 * DAY}]) == []
    assert labels([{"inspected_at": inspected, "known_at": START + 9 * DAY, "result": "inconclusive"}]) == []
    assert labels([{"inspected_at": START + 26 * DAY, "known_at": START + 27 * DAY}]) == []
    assert len(labels([{"inspected_at": START + 25 * DAY, "known_at": START + 27 * DAY}])) == 1
    assert labels([{"inspected_at": inspected, "known_at": START + 9 * DAY, "scheme": "other"}]) == []


def test_the_newest_visible_version_counts_and_a_withdrawn_one_not() -> None:
    first = {"inspected_at": START + 3 * DAY, "known_at": START + 9 * DAY}
    (row,) = labels([first, {**first, "known_at": START + 12 * DAY, "result": "unfounded"}])
    assert row["confirmed"] is False
    assert row["label_known_at"] == START + 9 * DAY
    (row,) = labels([first, {**first, "known_at": START + 31 * DAY, "result": "unfounded"}])
    assert row["confirmed"] is True
    assert labels([first, {**first, "known_at": START + 12 * DAY, "withdrawn": True}]) == []


def test_of_several_inspections_the_last_decided_one_counts() -> None:
    rows = [
        {"inspection_id": "I1", "inspected_at": START + 3 * DAY, "known_at": START + 9 * DAY},
        {"inspection_id": "I2", "inspected_at": START + 4 * DAY, "known_at": START + 5 * DAY, "result": "unfounded"},
        {"inspection_id": "I3", "inspected_at": START + 6 * DAY, "known_at": START + 7 * DAY, "result": "inconclusive"},
    ]
    (row,) = labels(rows)
    assert row["confirmed"] is False
