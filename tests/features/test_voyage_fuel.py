"""Fuel on board against what the way takes: beside filtering and computing one by one, and by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import Row, visible

from features.asked import Asked
from features.options import Options
from features.tables import Tables
from features.tracks.ports import ports
from features.vessels import identities, identity_rows, vessels_of
from features.voyage_fuel import fuel_measures
from features.voyage_options import VoyageOptions
from features.voyage_reports import mmsi_periods, reports_of
from features.voyage_silences import heard

OPTIONS = Options(schemes={})
HOUR = timedelta(hours=1)


def measured(asked: Asked, options: Options = OPTIONS) -> tuple[pl.DataFrame, pl.DataFrame, SimpleNamespace]:
    """The fuel of all vessels asked about, who they are, and what is known of their voyages, without any events."""
    vessels = vessels_of(asked)
    rows = identity_rows(asked, vessels.pairs)
    periods = mmsi_periods(rows, vessels.pairs)
    reports = reports_of(asked.tables["position"])
    known = SimpleNamespace(
        pairs=vessels.pairs,
        identities=identities(rows, vessels.pairs),
        periods=periods,
        reports=reports,
        parts=list(heard(periods, reports, vessels.pairs["cutoff"].to_physical().to_numpy())),
    )
    named = vessels.named.with_columns(vessels.pairs["cutoff"].gather(vessels.named["pair"]))
    return fuel_measures(asked, options, named, known), named, known


def way_nm(lat: float, lon: float, port: str) -> float | None:
    """Along the great circle by the spherical law of cosines, 3,440.0695 nm being the radius of the Earth."""
    there = ports().filter(unlocode=port)
    if not there.height:
        return None
    to_lat, to_lon = there["lat"][0], there["lon"][0]
    one, other, between = (math.radians(angle) for angle in (lat, to_lat, to_lon - lon))
    cosine = math.sin(one) * math.sin(other) + math.cos(one) * math.cos(other) * math.cos(between)
    return 3440.0695 * math.acos(max(-1.0, min(1.0, cosine)))


def plain(asked: Asked, named: Row, known: SimpleNamespace) -> Row | None:
    """The announced call of a vessel with the most fuel for its way, by what was visible."""
    cutoff, tonnage = named["cutoff"], known.identities["gross_tonnage"][named["pair"]]
    arrival = asked.consignment["arrived_at"][named["question"]] or cutoff
    periods = known.periods.filter(pl.col("pair") == named["pair"]).to_dicts()
    seen = [
        row
        for row in visible(asked.tables["position"].to_dicts(), ["mmsi", "at", "source"], cutoff)
        if any(row["mmsi"] == one["mmsi"] and one["begin"] <= row["at"] < one["end"] for one in periods)
    ]
    found = []
    for call in visible(asked.tables["port_call"].to_dicts(), ["call_id"], cutoff):
        if call["vessel_id"] != named["vessel_id"] or call["reported_by"] != "vessel" or call["fuel_t"] is None:
            continue
        before = [row for row in seen if row["at"] <= call["known_at"]]
        if abs(call["arrived_at"] - arrival) > 72 * HOUR or not before or tonnage is None:
            continue
        last = max(before, key=lambda row: (row["at"], row["source"]))
        way = way_nm(last["lat"], last["lon"], call["port"])
        if way is not None:
            needed = max(way, 50.0) * 0.023 * (tonnage / 1000) ** 0.6
            found.append((-call["fuel_t"] / needed, call["call_id"], call["fuel_t"], needed, call["port"]))
    if not found:
        return None
    ratio, call_id, fuel, needed, port = min(found)
    return {
        "fuel_to_need_ratio": -ratio,
        "fuel_t": fuel,
        "fuel_needed_t": needed,
        "call_id": call_id,
        "fuel_port": port,
    }


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_as_when_each_call_is_looked_at_alone(seed: int) -> None:
    tables = Tables(random_rows(seed))
    asked = Asked(tables, random_questions(seed, tables, count=5))
    found, everyone, known = measured(asked)
    expected = {
        (row["question"], row["vessel_id"]): best
        for row in everyone.iter_rows(named=True)
        if (best := plain(asked, row, known)) is not None
    }
    answers = {(row.pop("question"), row.pop("vessel_id")): row for row in found.drop("use").to_dicts()}
    assert answers.keys() == expected.keys()
    for key, answer in answers.items():
        best = expected[key]
        assert (answer.pop("call_id"), answer.pop("fuel_port")) == (best.pop("call_id"), best.pop("fuel_port"))
        assert answer == pytest.approx(best, rel=1e-6)


# At 34 N on the meridian of Busan (35.1 N 129.05 E), 66 nm from it; 1.1 degrees are 66.03 nm.
HERE = (34.0, ports().filter(unlocode="KRPUS")["lon"][0])
ARRIVAL = START + 10 * DAY


def of_calls(*calls: Row, tonnage: float | None = 1000.0, at: datetime = START + 8 * DAY, **more: Row) -> Row | None:
    """The fuel of a vessel whose one report is HERE, and whose calls are as given."""
    call = {"vessel_id": "V", "port": "KRPUS", "reported_by": "vessel", "arrived_at": ARRIVAL, "fuel_t": 10.0}
    lat, lon = more.get("place", HERE)
    rows = {
        "port_call": [{"call_id": f"P{n}", "known_at": START + 9 * DAY, **call, **one} for n, one in enumerate(calls)],
        "position": [{"mmsi": "111", "at": at, "lat": lat, "lon": lon, "source": "s", "known_at": at}],
        "vessel": [{"vessel_id": "V", "valid_from": START, "mmsi": "111", "gross_tonnage": tonnage, "known_at": START}],
        "consignment": [{"consignment_id": "C", "vessel_id": "V", "arrived_at": ARRIVAL, "known_at": START}],
    }
    tables = Tables({name: table(name, content) for name, content in rows.items()})
    schema = {"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")}
    questions = pl.DataFrame({"consignment_id": ["C"], "cutoff": [START + 12 * DAY]}, schema=schema)
    options = replace(OPTIONS, voyages=more["voyages"]) if "voyages" in more else OPTIONS
    found, _, _ = measured(Asked(tables, questions), options)
    return found.row(0, named=True) if found.height else None


def test_a_vessel_of_1000_tons_needs_23_kilograms_a_mile() -> None:
    found = of_calls({})
    assert found is not None
    way = (ports().filter(unlocode="KRPUS")["lat"][0] - 34.0) * math.pi / 180 * 3440.0695
    assert found["fuel_needed_t"] == pytest.approx(way * 0.023)
    assert found["fuel_to_need_ratio"] == pytest.approx(10 / (way * 0.023))
    assert (found["fuel_t"], found["fuel_port"], found["call_id"]) == (10.0, "KRPUS", "P0")


def test_a_larger_one_needs_more_by_a_power_of_its_tonnage() -> None:
    small, large = of_calls({}), of_calls({}, tonnage=32_000.0)
    assert small is not None
    assert large is not None
    assert large["fuel_needed_t"] == pytest.approx(8 * small["fuel_needed_t"])  # 32 ** 0.6


def test_a_short_way_counts_as_50_miles() -> None:
    found = of_calls({}, place=(35.0, HERE[1]))
    assert found is not None
    assert found["fuel_needed_t"] == pytest.approx(50 * 0.023)


def test_what_it_needs_is_a_setting() -> None:
    voyages = VoyageOptions(fuel_t_per_nm=0.1, fuel_gross_tonnage=500.0, fuel_power=1.0, fuel_least_nm=200.0)
    found = of_calls({}, voyages=voyages)
    assert found is not None
    assert found["fuel_needed_t"] == pytest.approx(200 * 0.1 * 2)


@pytest.mark.parametrize(
    ("call", "counts"),
    [
        ({"arrived_at": ARRIVAL - 72 * HOUR}, True),
        ({"arrived_at": ARRIVAL - 73 * HOUR}, False),
        ({"arrived_at": ARRIVAL + 72 * HOUR}, True),
        ({"arrived_at": ARRIVAL + 73 * HOUR}, False),
        ({"reported_by": "port"}, False),
        ({"fuel_t": None}, False),
        ({"port": "XXXXX"}, False),
        ({"known_at": START + 7 * DAY}, False),  # before the vessel was heard at all
        ({"known_at": START + 13 * DAY}, False),  # after the cut-off
    ],
)
def test_which_calls_count(call: Row, counts: bool) -> None:
    assert (of_calls(call) is not None) == counts


def test_without_a_tonnage_nothing_is_told() -> None:
    assert of_calls({}, tonnage=None) is None


def test_of_several_calls_the_one_with_the_most_fuel_for_its_way() -> None:
    far = {"port": "JPWKJ", "fuel_t": 40.0}  # over ten times the way
    found = of_calls(far, {"fuel_t": 9.0}, {"fuel_t": 11.0}, {"fuel_t": 11.0})
    assert found is not None
    assert (found["call_id"], found["fuel_t"]) == ("P2", 11.0)
