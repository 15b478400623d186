"""Whom a vessel met and whether it was declared: beside filtering and comparing one by one, and by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from histories import DAY, START, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import Row, visible

from features.tables import Tables
from features.voyage_transfers import with_transfers

HOUR = timedelta(hours=1)
PAIRS = {"vessel_id": pl.String, "cutoff": pl.Datetime("us", "UTC")}
MEETINGS = {
    "pair": pl.UInt32,
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "other_mmsi": pl.String,
}


def random_case(seed: int) -> tuple[Tables, pl.DataFrame, pl.DataFrame]:
    """Hulls that change MMSI, transfers between them with corrections, meetings of one or two vessels at cut-offs."""
    draw = np.random.default_rng(seed)

    def some(*values: object) -> Any:
        return values[int(draw.integers(len(values)))]

    def instant() -> datetime:
        return START + int(draw.integers(0, 40)) * 6 * HOUR

    def versions() -> list[dict[str, object]]:
        known = [instant() for _ in range(int(draw.integers(1, 4)))]
        return [{"known_at": at, "withdrawn": bool(draw.random() < 0.2)} for at in known]

    vessels = [
        {"vessel_id": vessel, "valid_from": since, "mmsi": some("111", "222", None), "kind": "reefer", **version}
        for vessel in ("A", "B", "C")
        for since in (START, START + 2 * DAY, START + 4 * DAY)
        for version in versions()
    ]
    transfers = [
        {"transhipment_id": f"T{number}", "donor_id": some(*"ABC"), "receiver_id": some(*"ABC"), "at": at, **version}
        for number in range(6)
        for at in [instant()]
        for version in versions()
    ]
    pairs = pl.DataFrame([(some("A", "B"), START + DAY * day) for day in range(4, 10)], schema=PAIRS, orient="row")
    meetings = [
        (number % pairs.height, start, start + int(draw.integers(1, 9)) * HOUR, some("111", "222", "333"))
        for number in range(12)
        for start in [instant()]
    ]
    tables = Tables({"vessel": table("vessel", vessels), "transhipment": table("transhipment", transfers)})
    return tables, pairs, pl.DataFrame(meetings, schema=MEETINGS, orient="row")


def plain(tables: Tables, pairs: pl.DataFrame, meeting: Row) -> tuple[str | None, bool]:
    own, cutoff = pairs.row(meeting["pair"])
    hulls = [
        row
        for row in visible(tables["vessel"].to_dicts(), ["vessel_id", "valid_from"], cutoff)
        if row["mmsi"] == meeting["other_mmsi"] and row["valid_from"] <= meeting["start"]
    ]
    newest = max((row["valid_from"] for row in hulls), default=None)
    other = min((row["vessel_id"] for row in hulls if row["valid_from"] == newest), default=None)
    for row in visible(tables["transhipment"].to_dicts(), ["transhipment_id"], cutoff):
        sides = (row["donor_id"], row["receiver_id"])
        in_time = meeting["start"] - DAY <= row["at"] <= meeting["end"] + DAY
        partners = [sides[1 - side] for side in (0, 1) if sides[side] == own]
        if in_time and partners and (other is None or other in partners):
            return other, True
    return other, False


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_as_when_each_meeting_is_looked_at_alone(seed: int) -> None:
    tables, pairs, meetings = random_case(seed)
    found = with_transfers(meetings, pairs, tables)
    assert found.select(meetings.columns).equals(meetings)
    expected = [plain(tables, pairs, meeting) for meeting in meetings.iter_rows(named=True)]
    assert found.select("other_vessel", "declared").rows() == expected


def found_of(vessels: list[Row], transfers: list[Row], cutoff: datetime = START + 9 * DAY) -> tuple[str | None, bool]:
    """What is told of vessel A, which met MMSI 222 from 6 to 10 o'clock of the sixth day."""
    vessels = [{"valid_from": START, "kind": "reefer", "known_at": START, **row} for row in vessels]
    transfers = [{"transhipment_id": f"T{n}", "known_at": START, **row} for n, row in enumerate(transfers)]
    tables = Tables({"vessel": table("vessel", vessels), "transhipment": table("transhipment", transfers)})
    begin = START + 5 * DAY + 6 * HOUR
    meetings = pl.DataFrame([(0, begin, begin + 4 * HOUR, "222")], schema=MEETINGS, orient="row")
    pairs = pl.DataFrame([("A", cutoff)], schema=PAIRS, orient="row")
    found: tuple[str | None, bool] = with_transfers(meetings, pairs, tables).select("other_vessel", "declared").row(0)
    return found


B = {"vessel_id": "B", "mmsi": "222"}
BEGIN = START + 5 * DAY + 6 * HOUR


@pytest.mark.parametrize(
    ("at", "declared"),
    [
        (BEGIN - 24 * HOUR, True),
        (BEGIN - 24 * HOUR - timedelta(seconds=1), False),
        (BEGIN + 28 * HOUR, True),  # the meeting ends four hours after it begins
        (BEGIN + 28 * HOUR + timedelta(seconds=1), False),
    ],
)
def test_a_transfer_within_a_day_of_the_meeting_declares_it(at: datetime, declared: bool) -> None:
    assert found_of([B], [{"donor_id": "A", "receiver_id": "B", "at": at}]) == ("B", declared)


@pytest.mark.parametrize(("donor", "receiver", "declared"), [("A", "B", True), ("B", "A", True), ("A", "C", False)])
def test_either_may_give_but_it_must_be_these_two(donor: str, receiver: str, declared: bool) -> None:
    assert found_of([B], [{"donor_id": donor, "receiver_id": receiver, "at": BEGIN}]) == ("B", declared)


def test_where_the_other_is_not_known_any_transfer_of_this_vessel_declares() -> None:
    assert found_of([], [{"donor_id": "C", "receiver_id": "A", "at": BEGIN}]) == (None, True)
    assert found_of([], [{"donor_id": "C", "receiver_id": "D", "at": BEGIN}]) == (None, False)


def test_the_hull_is_the_last_that_took_the_mmsi_before_the_meeting() -> None:
    earlier, later = {**B, "valid_from": START + DAY}, {"vessel_id": "C", "mmsi": "222", "valid_from": START + 2 * DAY}
    after = {"vessel_id": "D", "mmsi": "222", "valid_from": BEGIN + HOUR}
    assert found_of([earlier, later, after], []) == ("C", False)
    assert found_of([later, {**later, "vessel_id": "B"}], []) == ("B", False)


def test_what_became_known_after_the_cut_off_is_not_known() -> None:
    late = START + 9 * DAY + HOUR
    known = [{"donor_id": "A", "receiver_id": "B", "at": BEGIN, "known_at": late}]
    assert found_of([{**B, "known_at": late}], known) == (None, False)
    assert found_of([{**B, "known_at": late}], known, cutoff=late) == ("B", True)
