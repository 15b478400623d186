from __future__ import annotations

from datetime import UTC, datetime, time

import polars as pl
import pytest

from features.cutoffs import at_or_after, at_or_before, cutoff_of, own_cutoffs

DAILY = time(20)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "before", "after"),
    [
        ("2024-06-01T19:59:59.999999", "2024-05-31T20:00", "2024-06-01T20:00"),
        ("2024-06-01T20:00", "2024-06-01T20:00", "2024-06-01T20:00"),
        ("2024-06-01T20:00:00.000001", "2024-06-01T20:00", "2024-06-02T20:00"),
        ("2024-03-01T00:00", "2024-02-29T20:00", "2024-03-01T20:00"),
    ],
)
def test_daily_cutoffs_around_an_instant(when: str, before: str, after: str) -> None:
    frame = pl.DataFrame({"t": [instant(when)]}, schema={"t": pl.Datetime("us", "UTC")})
    row = frame.select(b=at_or_before(pl.col("t"), DAILY), a=at_or_after(pl.col("t"), DAILY)).row(0)
    assert row == (instant(before), instant(after))


def test_own_cutoff_is_that_of_the_first_version() -> None:
    versions = pl.DataFrame(
        {"consignment_id": ["A", "A"], "known_at": [instant("2024-06-03T00:00"), instant("2024-06-01T21:00")]}
    )
    assert own_cutoffs(versions, DAILY).rows() == [("A", instant("2024-06-02T20:00"))]


def test_a_date_means_its_cutoff_and_an_instant_itself() -> None:
    assert cutoff_of("2024-06-01", time(19, 30)) == instant("2024-06-01T19:30")
    assert cutoff_of("2024-06-01T22:00+02:00", DAILY) == instant("2024-06-01T20:00")
    assert cutoff_of("2024-06-01T20:00Z", DAILY) == instant("2024-06-01T20:00")


@pytest.mark.parametrize("text", ["yesterday", "2024-06-01T20:00", "2024-13-01", "", "20240601T2000"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="needed a date"):
        cutoff_of(text, DAILY)
