"""The fast plan of versions equals a plain one, row by row, on random deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import Table, load_contract
from features.sift import sift
from pipeline.versions import plan

START = datetime.fromisoformat("2024-01-01T00:00+00:00")
MICROSECOND = timedelta(microseconds=1)
RECEIVED = START + 3 * MICROSECOND
Version = tuple[str | None, datetime, str]  # key, known_at, content

keys = st.sampled_from(["a", "b", None])
instants = st.integers(0, 6).map(lambda step: START + step * MICROSECOND)
contents = st.sampled_from(["x", "y", "z"])
versions = st.lists(st.tuples(keys, instants, contents), max_size=8)


def _table() -> Table:
    """`party_link` has a key of four columns, one of which may be empty."""
    return load_contract()["party_link"]


def _frame(rows: Iterable[Version]) -> pl.DataFrame:
    table = _table()
    valid_from = {"a": START, "b": START + timedelta(days=1), None: None}
    return pl.DataFrame(
        [
            {
                "party_id": "p",
                "other_id": "q",
                "kind": "owner",
                "valid_from": valid_from[key],
                "known_at": known_at,
                "source": content,
                "withdrawn": False,
            }
            for key, known_at, content in rows
        ],
        schema=table.schema,
    )


def _rows(frame: pl.DataFrame) -> list[Version]:
    names = {START: "a", START + timedelta(days=1): "b", None: None}
    found = frame.select("valid_from", "known_at", "source").iter_rows()
    return sorted(((names[key], at, content) for key, at, content in found), key=str)


def _one_a_key_and_instant(rows: list[Version]) -> list[Version]:
    return list({(key, at): (key, at, content) for key, at, content in rows}.values())


def _plain(
    delivered: list[Version], stored: list[tuple[Version, bool]], received: datetime | None
) -> tuple[list[Version], int, list[Version]]:
    appended: list[Version] = []
    conflicts: list[Version] = []
    unchanged = 0
    for key in ("a", "b", None):
        old = {at: content for (k, at, content), _ in stored if k == key}
        new = sorted((row for row in delivered if row[0] == key), key=lambda row: row[1])
        newest = max(old, default=None)
        if received and newest is not None:
            sent = _sent_before(new, old, newest)
            unchanged += sent
            new = new[sent:]
        floor = received
        if newest is not None and any(by for (k, at, _), by in stored if k == key and at == newest):
            floor = max(filter(None, (received, newest + MICROSECOND)))
        kept = []
        for step, (_, at, content) in enumerate(new):
            place = max(at, floor + step * MICROSECOND) if floor else at
            if place not in old:
                kept.append((key, place, content))
            elif old[place] == content:
                unchanged += 1
            else:
                conflicts.append((key, at, content))
        timeline = {**old, **{at: content for _, at, content in kept}}
        for row in kept:
            before = max((at for at in timeline if at < row[1]), default=None)
            if before is not None and timeline[before] == row[2]:
                unchanged += 1
            else:
                appended.append(row)
    return sorted(appended, key=str), unchanged, sorted(conflicts, key=str)


def _sent_before(new: list[Version], old: dict[datetime, str], newest: datetime) -> int:
    sent = 0
    for count, (_, at, content) in enumerate(new, start=1):
        if content not in old.values() or at > newest:
            break
        if content == old[newest]:
            sent = count
    return sent


@settings(max_examples=150, deadline=None)
@given(versions, versions, st.booleans(), st.booleans())
def test_the_plan_equals_a_plain_one(
    delivered: list[Version], stored: list[Version], history: bool, taken_back: bool
) -> None:
    delivered, stored = _one_a_key_and_instant(delivered), _one_a_key_and_instant(stored)
    received = None if history else RECEIVED
    rows = sift(_frame(delivered), _table()).rows
    old = _frame(stored).with_columns(by_withdrawal=pl.lit(taken_back))
    fast = plan(rows, old, _table(), received)
    appended, unchanged, conflicts = _plain(delivered, [(row, taken_back) for row in stored], received)
    assert (_rows(fast.appended), fast.unchanged, _rows(fast.conflicts)) == (appended, unchanged, conflicts)
    assert len(rows) == len(fast.appended) + fast.unchanged + len(fast.conflicts)
    assert not sift(pl.concat([_frame(stored), fast.appended]), _table()).quarantined.height


@settings(max_examples=50, deadline=None)
@given(versions)
def test_what_was_appended_is_unchanged_when_it_comes_again(delivered: list[Version]) -> None:
    rows = sift(_frame(_one_a_key_and_instant(delivered)), _table()).rows
    nothing = _frame([]).with_columns(by_withdrawal=pl.lit(False))
    for received, later in ((None, None), (RECEIVED, RECEIVED + timedelta(days=1))):
        first = plan(rows, nothing, _table(), received)
        again = plan(rows, first.appended.with_columns(by_withdrawal=pl.lit(False)), _table(), later)
        assert again.appended.is_empty()


@pytest.mark.parametrize("received", [None, RECEIVED])
def test_keys_that_are_lists_are_told_apart(received: datetime | None) -> None:
    table = load_contract()["brand_channel"]
    routes = [["CN", "RU"], ["CN"], None]
    rows = pl.DataFrame(
        [
            {
                "brand_id": "b",
                "party_id": "p",
                "territory": "RU",
                "route": route,
                "valid_from": START,
                "known_at": START,
                "withdrawn": False,
            }
            for route in routes
        ],
        schema=table.schema,
    )
    sifted = sift(rows, table).rows
    stored = sifted.filter(pl.col("route").list.len() == 1).with_columns(by_withdrawal=pl.lit(False))
    fast = plan(sifted, stored, table, received)
    assert (len(fast.appended), fast.unchanged) == (2, 1)
