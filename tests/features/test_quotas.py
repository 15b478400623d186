"""Quotas against filtering and adding, and by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
from catch_reference import Rows, arrivals_at, draws_at, goods_at, plain
from catch_rows import FACTORS
from histories import DAY, START, random_questions, random_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import Row, visible
from test_ledger import certificate, landing, tables_of

from features.asked import Asked
from features.options import Options
from features.quotas import YEAR, quotas
from features.tables import Tables

OPTIONS = Options(schemes={}, conversion_factors=FACTORS)
COLUMNS = ("quota_uptake_share", "quota_pace", "quota_landed_kg", "quota_kg", "quota_of")


def landings_at(rows: Rows, cutoff: datetime) -> list[tuple[str, str, str | None, str | None, str | None, date, int]]:
    """Consignment, species, vessel, holder, area, day, grams."""
    arrived, found = arrivals_at(rows, cutoff), []
    drawn = draws_at(rows, FACTORS, cutoff)
    for (unit, _, _, species, vessel, holder, area, caught), grams in drawn.items():
        own = arrived[unit]
        found.append((unit, species, vessel or own["vessel_id"], holder, area, caught or own["landed_on"], grams))
    for (unit, species), lines in goods_at(rows, FACTORS, cutoff).items():
        if not any(key[0] == unit and key[3] == species for key in drawn):
            own, live = arrived[unit], sum(grams or 0 for grams in lines)
            found.append((unit, species, own["vessel_id"], None, None, own["landed_on"], live))
    return found


def quotas_at(rows: Rows, cutoff: datetime) -> dict[tuple[str, str, int], Row]:
    """Season, kilograms and zones by who holds it, species and year."""
    found: dict[tuple[str, str, int], Row] = {}
    for right in visible(rows["fishing_right"], ["right_id"], cutoff):
        names = [f"{kind}:{right[f'{kind}_id']}" for kind in ("vessel", "holder") if right[f"{kind}_id"]]
        if right["kind"] != "fish" or None in (right["species"], right["live_kg"]) or not names:
            continue
        quota = found.setdefault(
            (names[0], right["species"], right["valid_from"].year),
            {"begins": right["valid_from"], "ends": right["valid_from"], "kilograms": 0.0, "zones": set()},
        )
        quota["begins"] = min(quota["begins"], right["valid_from"])
        quota["ends"] = max(quota["ends"], right["valid_to"] or right["valid_from"] + YEAR)
        quota["kilograms"] = max(quota["kilograms"], right["live_kg"])
        quota["zones"] |= set(right["areas"] or [None])
    return found


def expected(rows: Rows, name: str, cutoff: datetime) -> tuple[Any, ...]:
    landed = landings_at(rows, cutoff)
    best: list[tuple[Any, ...]] = []
    for (holder, species, _), quota in quotas_at(rows, cutoff).items():
        days = quota["begins"].date(), quota["ends"].date()
        of_holder = [
            row
            for row in landed
            if row[1] == species and holder in (f"vessel:{row[2]}", f"holder:{row[3]}") and days[0] <= row[5] < days[1]
        ]
        if not quota["kilograms"] or not any(row[0] == name for row in of_holder):
            continue
        grams = sum(row[6] for row in of_holder if None in quota["zones"] or row[4] in quota["zones"])
        share = grams / round(quota["kilograms"] * 1000)
        passed = (min(cutoff, quota["ends"]) - quota["begins"]) / (quota["ends"] - quota["begins"])
        told = f"{species} of {holder.replace(':', ' ')} from {days[0]}"
        pace = share / passed if passed > 0 else None
        best.append((-share, holder, species, quota["begins"], share, pace, grams / 1000, quota["kilograms"], told))
    return min(best)[4:] if best else (None,) * len(COLUMNS)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_equals_the_plain_reference(seed: int) -> None:
    tables = random_tables(seed)
    questions = random_questions(seed, tables)
    rows = plain(tables)
    found = quotas(Asked(tables, questions), OPTIONS).select(COLUMNS).rows()
    assert found == [expected(rows, name, cutoff) for name, cutoff in questions.rows()]


def right(number: str, begins: float, ends: float | None, kilograms: float, **columns: object) -> dict[str, Any]:
    dates = {"valid_from": START + begins * DAY, "valid_to": None if ends is None else START + ends * DAY}
    row = {"right_id": number, "authority": "RU", "kind": "fish", "species": "KCD", "live_kg": kilograms, **dates}
    return {"fishing_right": {**row, "vessel_id": "V1", "known_at": START - 50 * DAY, **columns}}


def caught(name: str, day: float, kilograms: float, **line: Any) -> list[dict[str, Any]]:
    paper = certificate(name, day, f"N{name}", **{"catch_from": START + day * DAY, **line})
    paper["document"]["vessel_id"] = "V1"
    return [landing(name, day, kilograms), paper]


def told(tables: Tables, name: str, day: float) -> Row:
    question = pl.DataFrame({"consignment_id": [name], "cutoff": [START + day * DAY]})
    return quotas(Asked(tables, question), OPTIONS).row(0, named=True)


def test_a_quota_is_used_up_landing_by_landing() -> None:
    tables = tables_of(*caught("A", 0, 60.0), *caught("B", 10, 50.0), right("R", 0, 100, 100.0))
    assert told(tables, "A", 1)["quota_uptake_share"] == 0.6
    first, second = told(tables, "A", 10), told(tables, "B", 20)
    assert (first["quota_uptake_share"], second["quota_uptake_share"]) == (1.1, 1.1)
    assert (first["quota_pace"], second["quota_pace"]) == (1.1 / 0.1, 1.1 / 0.2)


def test_parts_of_a_right_name_one_quota() -> None:
    parts = right("R1", 0, 5, 100.0), right("R2", 8, 100, 100.0)
    tables = tables_of(*caught("A", 0, 60.0), *caught("B", 10, 50.0), *parts)
    row = told(tables, "B", 20)
    assert (row["quota_uptake_share"], row["quota_kg"]) == (1.1, 100)


def test_other_areas_seasons_and_vessels_count_elsewhere() -> None:
    tables = tables_of(
        *caught("A", 5, 10.0, catch_area="61"),
        *caught("B", 6, 20.0, catch_area="67"),
        *caught("C", 7, 40.0, catch_area="61", catch_from=START - 9 * DAY),
        right("R", 0, 100, 100.0, areas=["61"]),
        right("S", 0, 100, 1.0, vessel_id="V2"),
    )
    assert told(tables, "A", 20)["quota_uptake_share"] == 0.1


def test_the_holder_counts_where_a_right_names_no_vessel() -> None:
    parts = caught("A", 5, 10.0)
    parts[1]["document"] = {**parts[1]["document"], "vessel_id": None, "holder_id": "H"}
    tables = tables_of(*parts, right("R", 0, 100, 100.0, vessel_id=None, holder_id="H"))
    assert told(tables, "A", 20)["quota_of"] == "KCD of holder H from 2024-01-01"


def test_without_a_right_or_kilograms_nothing_is_told() -> None:
    assert told(tables_of(*caught("A", 0, 60.0)), "A", 1)["quota_uptake_share"] is None
    assert told(tables_of(*caught("A", 0, 60.0), right("R", 0, 9, 0.0)), "A", 1)["quota_uptake_share"] is None
