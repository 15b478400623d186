"""Closed seasons against going through days, and by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from catch_reference import Rows, lines_at, plain
from catch_rows import CLOSURES
from histories import DAY, START, random_questions, random_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ledger import certificate, landing, tables_of

from features.asked import Asked
from features.closures import closed_periods, closures
from features.options import CLOSED_SEASONS, Options

OPTIONS = Options(schemes={}, closed_seasons=CLOSURES)


def is_closed(rows: list[dict[str, Any]], species: str, area: str | None, day: date) -> bool:
    """Whether any closure of the species holds on the day, in the area or everywhere."""
    for row in rows:
        if row["species"] != species or row["fao_area"] not in (None, area):
            continue
        inside = (row["valid_from"] or day) <= day and (row["valid_to"] is None or day < row["valid_to"])
        start, end, told = row["season_from"], row["season_to"], f"{day:%m-%d}"
        in_season = start is None or (start <= told < end if start < end else told >= start or told < end)
        if inside and in_season:
            return True
    return False


def expected(rows: Rows, closed: list[dict[str, Any]], name: str, cutoff: datetime) -> float | None:
    shares = []
    for line in lines_at(rows, cutoff):
        if line["document_consignment_id"] != name or None in (line["species"], line["catch_from"], line["catch_to"]):
            continue
        days = (line["catch_to"].date() - line["catch_from"].date()).days + 1
        if days < 1:
            continue
        whole = [line["catch_from"].date() + timedelta(days=number) for number in range(days)]
        share = sum(is_closed(closed, line["species"], line["catch_area"], day) for day in whole) / days
        needs_area = any(row["species"] == line["species"] and row["fao_area"] for row in closed)
        if share or line["catch_area"] or not needs_area:
            shares.append(share)
    return max(shares, default=None)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_equals_the_plain_reference(seed: int) -> None:
    tables = random_tables(seed)
    questions = random_questions(seed, tables)
    rows, closed = plain(tables), CLOSURES.to_dicts()
    found = closures(Asked(tables, questions), OPTIONS)["closed_season_share"].to_list()
    assert found == [expected(rows, closed, name, cutoff) for name, cutoff in questions.rows()]


def closure(**columns: object) -> pl.DataFrame:
    row = {**dict.fromkeys(CLOSED_SEASONS), "closure": "c", "species": "KCD", "fao_area": "61", **columns}
    return pl.DataFrame([row], schema=CLOSED_SEASONS)


def share(closed: pl.DataFrame, first: float = 0, last: float = 9, **line: Any) -> float | None:
    dates: dict[str, Any] = {"catch_from": START + first * DAY, "catch_to": START + last * DAY}
    tables = tables_of(landing("A", 0, 1.0), certificate("A", 0, **{"catch_area": "61", **dates, **line}))
    question = pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY]})
    found = closures(Asked(tables, question), Options(schemes={}, closed_seasons=closed))
    answer: float | None = found["closed_season_share"][0]
    return answer


@pytest.mark.parametrize(
    ("columns", "expected_share"),
    [
        ({}, 1.0),
        ({"valid_from": date(2024, 1, 6)}, 0.5),
        ({"valid_to": date(2024, 1, 6)}, 0.5),
        ({"season_from": "01-02", "season_to": "01-03"}, 0.1),
        ({"season_from": "12-20", "season_to": "01-03"}, 0.2),
        ({"species": "KCI"}, 0.0),
        ({"fao_area": "67"}, 0.0),
        ({"fao_area": None}, 1.0),
        ({"species": None}, None),
    ],
    ids=["always", "begins", "ends", "season", "over new year", "other species", "other area", "everywhere", "a place"],
)
def test_days_inside(columns: dict[str, object], expected_share: float | None) -> None:
    assert share(closure(**columns)) == expected_share


def test_what_papers_do_not_say_cannot_be_assessed() -> None:
    assert share(closure(), catch_area=None) is None
    assert share(closure(fao_area=None), catch_area=None) == 1.0
    assert share(closure(), first=5, last=1) is None
    assert share(closure(), catch_to=None) is None
    assert share(closure(), first=0, last=9000) is None


def test_no_day_counts_twice() -> None:
    both = pl.concat(
        [closure(valid_to=date(2024, 1, 6)), closure(fao_area=None, season_from="01-03", season_to="01-09")]
    )
    periods = closed_periods(both, date(2024, 1, 1), date(2024, 1, 10))
    assert periods.rows() == [
        ("KCD", "61", date(2024, 1, 1), date(2024, 1, 9)),
        ("KCD", None, date(2024, 1, 3), date(2024, 1, 9)),
    ]
