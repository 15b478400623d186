"""How well vessels were heard against the plain way: walk through the visible reports one by one."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import polars as pl
import pytest
from histories import random_questions, random_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from test_voyage_events import visible

from features.asked import Asked
from features.tables import Tables
from features.vessels import identity_rows, vessels_of
from features.voyage_reports import mmsi_periods, reports_of
from features.voyage_silences import heard, hours_heard, last_place, latest, long_silences
from features.voyage_spans import spans_of

HOUR = timedelta(hours=1)
NO_TRIPS = {"pair": pl.UInt32, "from": pl.Datetime("us", "UTC"), "to": pl.Datetime("us", "UTC")}


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_as_when_the_reports_are_walked_through(seed: int) -> None:
    tables = Tables(random_rows(seed))
    asked = Asked(tables, random_questions(seed, tables, count=6))
    pairs = vessels_of(asked).pairs
    periods = mmsi_periods(identity_rows(asked, pairs), pairs)
    own = reports_of(tables["position"])
    parts = list(heard(periods, own, pairs["cutoff"].to_physical().to_numpy()))
    spans = spans_of(pairs, pl.DataFrame(schema=NO_TRIPS))
    found = pl.concat(hours_heard(part, spans) for part in parts).sort("span")
    silences = pl.concat(long_silences(part, own) for part in parts)
    newest = dict(pl.concat(latest(part) for part in parts).iter_rows())
    places = last_place(
        parts, own, pairs.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("pair"), instant="cutoff")
    )
    for pair, cutoff in enumerate(pairs["cutoff"]):
        seen = visible(tables["position"], cutoff)
        rows = [
            row
            for period in periods.filter(pl.col("pair") == pair).iter_rows(named=True)
            for row in seen.filter(
                pl.col("mmsi") == period["mmsi"], pl.col("at").is_between(period["begin"], period["end"], closed="left")
            )
            .sort("at", "source")
            .iter_rows(named=True)
        ]
        steps = [(one["at"], other["at"]) for one, other in pairwise([*rows, {"at": cutoff}])] if rows else []
        assert newest.get(pair) == (rows[-1]["at"] if rows else None)
        assert places["lat"][pair] == (rows[-1]["lat"] if rows else None)
        long = [(begin, end) for begin, end in steps if end - begin >= 12 * HOUR]
        assert silences.filter(pl.col("pair") == pair).select("start", "end").rows() == long
        for span in spans.filter(pl.col("pair") == pair).iter_rows(named=True):
            inside = [
                (end - begin, max(min(end, span["to"]) - max(begin, span["from"]), timedelta())) for begin, end in steps
            ]
            answer = found.row(span["span"], named=True)
            assert answer["observed_hours"] == pytest.approx(
                sum(part / HOUR for length, part in inside if length < HOUR)
            )
            assert answer["silent_hours"] == pytest.approx(
                sum(part / HOUR for length, part in inside if length > 6 * HOUR)
            )
            assert answer["was_heard"] == any(row["at"] < span["to"] for row in rows)
