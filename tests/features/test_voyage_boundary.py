"""Silences at a boundary, beside a walk through the visible reports one by one, and cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from test_voyage_events import visible

from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables
from features.tracks.boundaries import boundary_nm
from features.vessels import identity_rows, vessels_of
from features.voyage import FAMILY
from features.voyage_boundary import at_boundary, with_boundary
from features.voyage_options import BOUNDARY_LINES, VoyageOptions
from features.voyage_reports import mmsi_periods, reports_of
from features.voyage_silences import heard, hours_heard, long_silences
from features.voyage_spans import spans_of

HOUR = timedelta(hours=1)
NO_TRIPS = {"pair": pl.UInt32, "from": pl.Datetime("us", "UTC"), "to": pl.Datetime("us", "UTC")}
WITHIN = Options(
    schemes={}, voyages=VoyageOptions(boundary_nm=30.0)
)  # one of the places of the random reports is that near to the line in La Perouse Strait
STRAIT, AWAY = (45.8, 141.7), (44.0, 138.0)  # on that line; 150 nm from any


def is_near(row: dict[str, object]) -> bool:
    return _is_near(row["lat"], row["lon"])


@cache
def _is_near(lat: float, lon: float) -> bool:
    return bool(boundary_nm(np.array([lat]), np.array([lon]))[0] <= 30)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_as_when_the_reports_are_walked_through(seed: int) -> None:
    tables = Tables(random_rows(seed))
    heard_of = Heard(tables, random_questions(seed, tables, count=4))
    silences = at_boundary(heard_of, WITHIN).partition_by("pair", as_dict=True)
    found = dict(heard_of.hours(WITHIN).select("span", "boundary_silence_hours").iter_rows())
    for pair, cutoff in enumerate(heard_of.pairs["cutoff"]):
        rows = walked(visible(tables["position"], cutoff), heard_of.periods.filter(pl.col("pair") == pair))
        near = [
            (one["at"], other["at"] if other else cutoff)
            for one, other in pairwise([*rows, None] if rows else [])
            if (other["at"] if other else cutoff) - one["at"] >= 12 * HOUR
            and (is_near(one) or (other is not None and is_near(other)))
        ]
        assert (silences[pair,].select("start", "end").rows() if (pair,) in silences else []) == near
        for span in heard_of.spans.filter(pl.col("pair") == pair).iter_rows(named=True):
            value = found[span["span"]]
            if not any(row["at"] < span["to"] for row in rows):
                assert value is None
                continue
            inside = [max(min(end, span["to"]) - max(begin, span["from"]), timedelta()) for begin, end in near]
            assert value == pytest.approx(sum(part / HOUR for part in inside), abs=1e-3)


class Heard:
    """What is known of the silences of some vessels, as in features.voyage_history, without the cost of all events."""

    def __init__(self, tables: Tables, questions: pl.DataFrame) -> None:
        asked = Asked(tables, questions)
        self.pairs = vessels_of(asked).pairs
        self.periods = mmsi_periods(identity_rows(asked, self.pairs), self.pairs)
        self.reports = reports_of(tables["position"])
        self.parts = list(heard(self.periods, self.reports, self.pairs["cutoff"].to_physical().to_numpy()))
        self.silences = pl.concat(long_silences(part, self.reports) for part in self.parts)
        self.spans = spans_of(self.pairs, pl.DataFrame(schema=NO_TRIPS))

    def hours(self, options: Options) -> pl.DataFrame:
        """Per span its hours of silence at a boundary."""
        heard_of = pl.concat(hours_heard(part, self.spans) for part in self.parts)
        measured = heard_of.sort("span").select("span", observed_share=pl.when("was_heard").then(0.5))
        return with_boundary(measured, self, self.spans, options)


def walked(seen: pl.DataFrame, periods: pl.DataFrame) -> list[dict[str, object]]:
    """The visible reports of a vessel while it had its MMSIs, in order."""
    parts = [
        seen.filter(
            pl.col("mmsi") == period["mmsi"], pl.col("at").is_between(period["begin"], period["end"], closed="left")
        ).sort("at", "source")
        for period in periods.iter_rows(named=True)
    ]
    return [row for part in parts for row in part.iter_rows(named=True)]


def asked_of(places: list[tuple[float, tuple[float, float]]], cutoff: float) -> tuple[Tables, pl.DataFrame]:
    """A consignment of a vessel with reports at hours and places, asked about at another hour."""

    def at(hour: float) -> datetime:
        return START + DAY + timedelta(hours=hour)

    reports = [
        {"mmsi": "111111111", "at": at(hour), "lat": lat, "lon": lon, "source": "s", "known_at": at(hour)}
        for hour, (lat, lon) in places
    ]
    vessel = {"vessel_id": "V", "valid_from": START, "mmsi": "111111111", "kind": "fishing", "known_at": START}
    consignment = {"consignment_id": "C", "vessel_id": "V", "declared_at": START, "known_at": START}
    rows = {"position": reports, "vessel": [vessel], "consignment": [consignment]}
    tables = Tables({name: table(name, content) for name, content in rows.items()})
    schema = {"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")}
    return tables, pl.DataFrame({"consignment_id": ["C"], "cutoff": [at(cutoff)]}, schema=schema)


@pytest.mark.parametrize(
    ("places", "cutoff", "hours"),
    [
        ([(0, STRAIT), (20, AWAY), (21, AWAY)], 22, 20.0),  # it begins there
        ([(0, AWAY), (20, STRAIT), (21, AWAY)], 22, 20.0),  # it ends there
        ([(0, AWAY), (20, AWAY), (21, STRAIT)], 22, 0.0),  # neither, though the vessel was there later
        ([(0, STRAIT), (11, STRAIT), (12, STRAIT)], 13, 0.0),  # too short
        ([(0, STRAIT), (12, STRAIT)], 13, 12.0),  # just long enough
        ([(0, AWAY), (20, STRAIT)], 50, 50.0),  # and one that began there lasts
        ([(0, AWAY)], 50, 0.0),  # one that lasts has no end yet
        ([], 50, None),  # never heard
    ],
)
def test_hours_by_hand(places: list[tuple[float, tuple[float, float]]], cutoff: float, hours: float | None) -> None:
    heard_of = Heard(*asked_of(places, cutoff))
    found = heard_of.spans.join(heard_of.hours(WITHIN), on="span").filter(window="30d")
    assert found["boundary_silence_hours"].item() == hours


def test_how_near_is_near_is_a_setting() -> None:
    place = (45.41, 141.68)  # Wakkanai
    away = float(boundary_nm(np.array([place[0]]), np.array([place[1]]))[0])
    heard_of = Heard(*asked_of([(0, place), (20, AWAY)], 22))
    for nm, found in ((away - 0.01, 0), (away + 0.01, 1)):
        options = replace(WITHIN, voyages=VoyageOptions(boundary_nm=nm))
        assert at_boundary(heard_of, options).height == found


def test_a_house_adds_lines_of_its_own() -> None:
    line = [("own", 2, 44.0, 139.0), ("own", 1, 44.0, 137.0)]
    lines = pl.DataFrame(line, schema=BOUNDARY_LINES, orient="row")
    heard_of = Heard(*asked_of([(0, AWAY), (20, AWAY)], 22))
    assert at_boundary(heard_of, WITHIN).height == 0
    assert at_boundary(heard_of, replace(WITHIN, boundary_lines=lines)).height == 1


def test_it_says_the_setting_and_names_the_silence() -> None:
    catalogue = Catalogue([FAMILY], Options(schemes={}, voyages=VoyageOptions(boundary_nm=12.5)))
    indicator = catalogue.by_name["boundary_silence_hours_30d"]
    assert indicator.code == "MR-27"
    assert "within 12.5 nm of a maritime boundary" in indicator.meaning
    tables, questions = asked_of([(0, STRAIT), (20, AWAY), (40, AWAY)], 60)
    built = catalogue.build(tables, questions)
    assert built["boundary_silence_hours_30d"].item() == 20
    assert built["boundary_silence_hours_30d_vessel"].item() == "V"
    evidence = indicator.evidence(Asked(tables, questions), catalogue.options)
    assert evidence["evidence"].to_list() == [
        "consignment:C",
        "event:boundary_silences/V/2024-01-02T00:00:00Z/45.8,141.7",
    ]
