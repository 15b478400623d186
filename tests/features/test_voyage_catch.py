"""Landings against voyages: beside filtering and adding one by one, and by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from catch_reference import Rows, arrivals_at, factor, lines_at
from catch_reference import plain as versions
from catch_rows import FACTORS, STOWED
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import Row, visible

from features.asked import Asked
from features.options import Options
from features.tables import Tables
from features.vessels import vessels_of
from features.voyage_catch import carriers, catch_measures, landings

OPTIONS = Options(schemes={}, conversion_factors=FACTORS, stowage=STOWED)
GEARS = ("OTB", "FPO", "LX", None)  # LX is a gear without a rule
INSTANT = pl.Datetime("us", "UTC")
NAMED = {"from": INSTANT, "to": INSTANT, "observed_share": pl.Float64, "fishing_hours": pl.Float64}
FISHING = {"pair": pl.UInt32, "start": INSTANT, "hours": pl.Float64, "lat": pl.Float64, "lon": pl.Float64}
HOUR = timedelta(hours=1)


def measured(asked: Asked, named: pl.DataFrame, known: SimpleNamespace, options: Options = OPTIONS) -> pl.DataFrame:
    return catch_measures(asked, options, carriers(asked, options, named, known), known)


def random_voyages(seed: int, asked: Asked) -> tuple[pl.DataFrame, SimpleNamespace]:
    """What the vessels asked about are, and trips with fishing that never were."""
    draw = np.random.default_rng(seed)
    vessels = vessels_of(asked)

    def some(*values: object) -> Any:
        return values[int(draw.integers(len(values)))]

    def trip() -> tuple[object, ...]:
        begin = START + int(draw.integers(0, 20)) * DAY
        times = (begin, begin + int(draw.integers(1, 30)) * DAY) if draw.random() < 0.8 else (None, None)
        return (*times, some(None, 0.3, 0.7, 0.9), some(None, 0.0, 2.5, 40.0))

    trips = pl.DataFrame([trip() for _ in range(vessels.named.height)], schema=NAMED, orient="row")
    until = [some(None, 1, 30) for _ in range(trips.height)]
    trips = trips.with_columns(
        fished_until=pl.col("to") - pl.duration(hours=pl.Series(until, dtype=pl.Int64)),
    )
    pairs = vessels.pairs.height
    identities = pl.DataFrame(
        {
            "kind": [some("fishing", "fishing", "reefer", None) for _ in range(pairs)],
            "gear": [some(*GEARS) for _ in range(pairs)],
            "hold_m3": [some(None, 0.0, 0.01, 5.0) for _ in range(pairs)],
        },
        schema={"kind": pl.String, "gear": pl.String, "hold_m3": pl.Float64},
    )
    fishing = [
        (
            int(draw.integers(pairs)),
            START + int(draw.integers(0, 50)) * DAY,
            float(draw.integers(60, 540)) / 60,
            50.0,
            some(150.0, -170.0, 10.0),
        )
        for _ in range(6 * pairs)
    ]
    events = {"fishing": pl.DataFrame(fishing, schema=FISHING, orient="row")}
    named = vessels.named.with_columns(vessels.pairs["cutoff"].gather(vessels.named["pair"])).hstack(trips)
    return named, SimpleNamespace(pairs=vessels.pairs, identities=identities, events=events)


def landed(rows: Rows, vessel: str, day: object, cutoff: datetime) -> tuple[float | None, float | None]:
    """Live kilograms and cubic metres of all goods with a species that a vessel brought on a day."""
    arrived = arrivals_at(rows, cutoff)
    density = dict(STOWED.iter_rows())
    weights: list[float | None] = []
    volumes: list[float | None] = []
    for item in visible(rows["goods_item"], ["consignment_id", "item_no"], cutoff):
        ship = arrived.get(item["consignment_id"])
        if item["species"] is None or ship is None or (ship["vessel_id"], ship["landed_on"]) != (vessel, day):
            continue
        net, form = item["net_kg"], item["product_form"]
        live = factor(FACTORS, item["species"], form, ship["landed_on"])
        weights.append(None if net is None or live is None else net * live)
        volumes.append(None if net is None or form not in density else round(net / density[form] * 1000) / 1000)
    return tuple(None if None in parts or not parts else sum(parts) for parts in (weights, volumes))  # type: ignore


def plain(asked: Asked, rows: Rows, row: Row, known: SimpleNamespace) -> Row:
    """What is told of the carrying vessel of a question; `row` is of `named`."""
    consignment = arrivals_at(rows, row["cutoff"])[asked.questions["consignment_id"][row["question"]]]
    kilograms, cubic = landed(rows, row["vessel_id"], consignment["landed_on"], row["cutoff"])
    identity = known.identities.row(row["pair"], named=True)
    told = identity["kind"] == "fishing" and identity["gear"] in ("OTB", "FPO")
    seen = row["observed_share"] is not None and row["observed_share"] >= 0.7
    hours = row["fishing_hours"] if told else None
    items = [
        item
        for item in visible(rows["goods_item"], ["consignment_id", "item_no"], row["cutoff"])
        if item["consignment_id"] == consignment["consignment_id"]
    ]
    lines = [
        line
        for line in lines_at(rows, row["cutoff"])
        if line["document_consignment_id"] == consignment["consignment_id"]
    ]
    declared = {one["catch_area"].split(".")[0] for one in (*items, *lines) if one["catch_area"] is not None}
    fresh = {item["product_form"] for item in items} & {"live", "fresh"}
    minutes = {
        area: sum(
            round(event["hours"] * 60)
            for event in known.events["fishing"].filter(pl.col("pair") == row["pair"]).iter_rows(named=True)
            if row["from"] is not None
            and row["from"] <= event["start"] < row["to"]
            and {150.0: "61", -170.0: "67"}.get(event["lon"]) == area
        )
        for area in ("61", "67")
    }
    caught = kilograms if kilograms else None
    total = sum(minutes.values())
    inside = sum(spent for area, spent in minutes.items() if area in declared)
    fished_last = row["fished_until"]
    return {
        "hold_fill_share": cubic / identity["hold_m3"] if cubic is not None and identity["hold_m3"] else None,
        "catch_kg_per_fishing_hour": caught / hours if caught and hours else None,
        "catch_without_fishing": hours == 0 if caught and seen and hours is not None else None,
        "days_from_fishing_to_landing": (row["to"] - fished_last) / DAY if told and fresh and fished_last else None,
        "fishing_outside_declared_areas_share": 1 - inside / total if told and seen and total and declared else None,
    }


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_as_when_each_landing_is_looked_at_alone(seed: int) -> None:
    tables = Tables(random_rows(seed))
    asked = Asked(tables, random_questions(seed, tables, count=8))
    named, known = random_voyages(seed, asked)
    rows = versions(tables)
    found = measured(asked, named, known)
    carried = {
        row["question"]: row
        for row in named.iter_rows(named=True)
        if row["vessel_id"] == asked.consignment["vessel_id"][row["question"]]
    }
    for question, answer in enumerate(found.iter_rows(named=True)):
        if question not in carried:
            assert set(answer.values()) == {None}
            continue
        expected = plain(asked, rows, carried[question], known)
        assert {name: answer[name] for name in expected} == pytest.approx(expected)


def of_landing(
    items: list[Row], hold_m3: float | None = 100.0, fishing: list[tuple[object, ...]] | None = None, **trip: object
) -> Row:
    """What is told of a trawler that landed these goods after a trip of ten days, fished until a day before."""
    full = [
        {"consignment_id": "C", "item_no": n, "species": "ALK", "hs6": "030367", "known_at": START, **item}
        for n, item in enumerate(items, 1)
    ]
    arrived = START + 10 * DAY
    consignments = {
        str(item["consignment_id"]): {"vessel_id": "V", "arrived_at": arrived, "known_at": START} for item in full
    }
    tables = Tables(
        {
            "goods_item": table("goods_item", full),
            "consignment": table("consignment", [{"consignment_id": n, **row} for n, row in consignments.items()]),
        }
    )
    cutoff = START + 12 * DAY
    asked = Asked(tables, pl.DataFrame([("C", cutoff)], {"consignment_id": pl.String, "cutoff": INSTANT}, orient="row"))
    values = {"observed_share": 0.9, "fishing_hours": 20.0, "fished_until": arrived - DAY, **trip}
    identity = {"kind": values.pop("kind", "fishing"), "gear": "OTB", "hold_m3": hold_m3}
    named = pl.DataFrame(
        [{"question": 0, "vessel_id": "V", "pair": 0, "cutoff": cutoff, "from": START, "to": arrived, **values}],
        {"question": pl.UInt32, "vessel_id": pl.String, "pair": pl.UInt32, "cutoff": INSTANT, **NAMED}
        | {"fished_until": INSTANT},
    )
    events = [(0, START + start * DAY, hours, 50.0, lon) for start, hours, lon in fishing or []]
    known = SimpleNamespace(
        identities=pl.DataFrame([identity], {"kind": pl.String, "gear": pl.String, "hold_m3": pl.Float64}),
        events={"fishing": pl.DataFrame(events, FISHING, orient="row")},
    )
    return measured(asked, named, known).row(0, named=True)


FROZEN = {"product_form": "frozen", "net_kg": 5500.0}  # 10 m3 at 550 kg/m3; 8,250 kg live weight by a factor of 1.5


def test_the_volume_of_all_that_it_brought_that_day_fills_the_hold() -> None:
    other = {**FROZEN, "consignment_id": "D", "product_form": "live", "net_kg": 400.0}
    assert of_landing([FROZEN])["hold_fill_share"] == pytest.approx(0.1)
    assert of_landing([FROZEN, other])["hold_fill_share"] == pytest.approx(0.11)
    assert of_landing([FROZEN, {**FROZEN, "item_no": 2, "species": None}])["hold_fill_share"] == pytest.approx(0.1)


@pytest.mark.parametrize("odd", [{"product_form": None}, {"product_form": "roe"}, {"net_kg": None}])
def test_a_part_of_unknown_volume_leaves_it_untold(odd: Row) -> None:
    assert of_landing([FROZEN, {**FROZEN, "item_no": 2, **odd}])["hold_fill_share"] is None


@pytest.mark.parametrize("hold", [None, 0.0])
def test_so_does_an_unknown_hold(hold: float | None) -> None:
    assert of_landing([FROZEN], hold)["hold_fill_share"] is None


def test_live_weight_per_hour_of_fishing() -> None:
    assert of_landing([FROZEN])["catch_kg_per_fishing_hour"] == pytest.approx(8250 / 20)
    assert of_landing([FROZEN], fishing_hours=0.0)["catch_kg_per_fishing_hour"] is None
    assert of_landing([FROZEN], kind="reefer")["catch_kg_per_fishing_hour"] is None


@pytest.mark.parametrize(
    ("trip", "expected"),
    [
        ({"fishing_hours": 0.0}, True),
        ({}, False),
        ({"fishing_hours": 0.0, "observed_share": 0.69}, None),
        ({"fishing_hours": 0.0, "observed_share": 0.7}, True),
        ({"fishing_hours": 0.0, "kind": "reefer"}, None),
        ({"fishing_hours": None}, None),
    ],
)
def test_a_catch_without_fishing(trip: dict[str, object], expected: bool | None) -> None:
    assert of_landing([FROZEN], **trip)["catch_without_fishing"] is expected


def test_without_a_catch_there_is_nothing_to_explain() -> None:
    assert of_landing([{**FROZEN, "net_kg": 0.0}], fishing_hours=0.0)["catch_without_fishing"] is None


@pytest.mark.parametrize(("form", "days"), [("live", 1.0), ("fresh", 1.0), ("frozen", None)])
def test_days_since_the_last_fishing_count_for_what_spoils(form: str, days: float | None) -> None:
    found = of_landing([{**FROZEN, "product_form": form}])
    assert found["days_from_fishing_to_landing"] == days
    assert found["voyage_perishable"] == (None if days is None else form)


def test_the_share_of_fishing_outside_the_declared_areas() -> None:
    fishing = [
        (1, 2.9, 150.0),
        (2, 1.1, -170.0),
        (3, 4.0, 10.0),
        (11, 9.0, -170.0),
    ]  # 61, 67, elsewhere, after the trip
    named = {**FROZEN, "catch_area": "61.1"}
    found = of_landing([named], fishing=fishing)
    assert (found["fishing_outside_declared_areas_share"], found["voyage_areas"]) == (pytest.approx(0.275), "61")
    both = of_landing([named, {**FROZEN, "item_no": 2, "catch_area": "67"}], fishing=fishing)
    assert (both["fishing_outside_declared_areas_share"], both["voyage_areas"]) == (0.0, "61, 67")
    assert of_landing([FROZEN], fishing=fishing)["fishing_outside_declared_areas_share"] is None
    assert of_landing([named], fishing=fishing[2:])["fishing_outside_declared_areas_share"] is None
    assert of_landing([named], fishing=fishing, observed_share=0.5)["fishing_outside_declared_areas_share"] is None


def test_landings_are_made_anew_for_other_densities() -> None:
    tables = Tables(random_rows(3))
    dense = Options(schemes={}, conversion_factors=FACTORS, stowage=STOWED.with_columns(pl.col("kg_per_m3") * 2))
    volumes = [landings(tables, options)["litres"].sum() for options in (OPTIONS, dense)]
    assert volumes[0] > volumes[1] > 0
