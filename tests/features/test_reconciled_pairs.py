from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import plain_pairs
import polars as pl
import pytest
from histories import START
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_cases import OPTIONS

from features.contract import INSTANT
from features.reconciled_facts import Facts
from features.reconciled_pairs import belonging, free_entries, within_time
from features.reconciled_states import ReconcileOptions
from features.tables import Tables

HOUR = timedelta(hours=1)
VOYAGE = 30.0
NUMBERS = ("1234", "1243", "1235", "124", "9999")


def things(draw: np.random.Generator, count: int, name: str) -> list[dict[str, Any]]:
    """Things of three vessels that land or are cleared at the edges of a voyage and three days."""
    return [
        {
            "name": f"RU {number}" if name == "E" else f"L{number}",
            "vessel": [None, "V1", "V2", "V3"][int(draw.integers(0, 4))],
            "at": START + HOUR * int(draw.choice([0, 1, 101, 102, 103, 204])),
            "port": [None, "JPWKJ", "JPOTR", "KRPUS"][int(draw.integers(0, 4))],
            "species": [["KCD"], ["KCD", "ALK"], ["ALK"], []][int(draw.integers(0, 4))],
            "kg": [None, 100.0, 104.9, 105.0, 105.1, 0.0][int(draw.integers(0, 6))],
            "number": str(draw.choice(NUMBERS)),
            "issuer": str(draw.choice(["RU", "KR"])),
        }
        for number in range(count)
    ]


def frame(rows: list[dict[str, Any]], **columns: pl.DataType | type[pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={name: columns[name] for name in columns}, orient="row")


def landings_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    told = [
        {
            "row": row["name"],
            "state": "landed without entry",
            "vessel_id": row["vessel"],
            "landed_at": row["at"],
            "port": row["port"],
            "species": row["species"],
            "entry_numbers": f"{row['issuer']} {row['number']}",
            "kg": row["kg"],
        }
        for row in rows
    ]
    text = pl.String()
    return frame(
        told, row=text, state=text, vessel_id=text, landed_at=INSTANT, port=text, species=pl.List(text),
        entry_numbers=text, kg=pl.Float64(),
    )  # fmt: skip


def facts_of(rows: list[dict[str, Any]]) -> Facts:
    told = [
        {
            "issuer_country": "RU",
            "code": row["number"],
            "number": row["name"].removeprefix("RU "),
            "vessel_id": row["vessel"],
            "cleared_at": row["at"],
            "port": row["port"],
            "species": row["species"],
            "net_g": None if row["kg"] is None else round(row["kg"] * 1000),
            "consignee": None,
            "use": None,
        }
        for row in rows
    ]
    text, nothing = pl.String(), pl.DataFrame()
    entries = frame(
        told, issuer_country=text, code=text, number=text, vessel_id=text, cleared_at=INSTANT, port=text,
        species=pl.List(text), net_g=pl.Int64(), consignee=text, use=text,
    )  # fmt: skip
    claims = pl.DataFrame(schema={"issuer_country": text, "code": text})
    waits = pl.DataFrame({"issuer_country": ["RU"], "voyage_hours": [VOYAGE]})
    return Facts(
        Tables({}), START, OPTIONS, ReconcileOptions(), nothing, nothing, claims, entries, nothing, waits, ["JP"]
    )


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_pairs_are_those_of_the_plain_way(seed: int) -> None:
    draw = np.random.default_rng(seed)
    landings, entries = things(draw, 5, "L"), things(draw, 6, "E")
    plain = plain_pairs.belonging(
        [{**row, "presented": [(row["issuer"], row["number"])]} for row in landings],
        [{**row, "issuer": "RU", "code": row["number"], "cleared": row["at"]} for row in entries],
        VOYAGE,
    )
    found = belonging(landings_of(landings), free_entries(facts_of(entries)))
    assert {row: (entry, like) for row, entry, like in found.iter_rows()} == plain


@pytest.mark.parametrize(
    ("presented", "like"),
    [("1234", True), ("1243", True), ("124", True), ("12345", True), ("2134", True), ("1324", True), ("1432", False)],
)
def test_a_like_number_is_one_slip_away(presented: str, like: bool) -> None:
    same = {"name": "L", "vessel": "V", "at": START, "port": "JPWKJ", "species": ["KCD"], "kg": 1.0, "issuer": "RU"}
    free = free_entries(facts_of([{**same, "name": "RU x", "number": "1234"}]))
    found = belonging(landings_of([{**same, "number": presented}]), free)
    assert found.rows() == [("L", "RU x", like)]


def test_two_that_fit_are_no_pair_unless_a_number_tells_which() -> None:
    same = {"name": "L", "vessel": "V", "at": START, "port": None, "species": ["KCD"], "kg": 1.0, "issuer": "RU"}
    entries = [{**same, "name": "RU x", "number": "777777"}, {**same, "name": "RU y", "number": "1234"}]
    free = free_entries(facts_of(entries))
    assert belonging(landings_of([{**same, "number": "55"}]), free).is_empty()
    assert belonging(landings_of([{**same, "number": "1243"}]), free).rows() == [("L", "RU y", True)]


@settings(max_examples=100, deadline=None)
@given(
    landed=st.lists(st.integers(0, 300), max_size=6),
    cleared=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 90)), max_size=6),
)
def test_slots_lose_no_pair_and_make_none(landed: list[int], cleared: list[tuple[int, int]]) -> None:
    landings = pl.DataFrame(
        {"by": ["V"] * len(landed), "landed_at": [START + HOUR * at for at in landed], "row": list(range(len(landed)))},
        schema={"by": pl.String, "landed_at": INSTANT, "row": pl.Int64},
    )
    entries = pl.DataFrame(
        [("V", START + HOUR * at, START + HOUR * (at + wait), place) for place, (at, wait) in enumerate(cleared)],
        schema={"by": pl.String, "cleared_at": INSTANT, "latest": INSTANT, "entry": pl.Int64},
        orient="row",
    )
    found = within_time(landings, entries, ["by"]).select("row", "entry").rows()
    plain = [
        (row, place) for row, at in enumerate(landed) for place, (then, wait) in enumerate(cleared)
        if then <= at <= then + wait
    ]  # fmt: skip
    assert sorted(found) == plain


def test_nothing_pairs_with_nothing() -> None:
    assert belonging(landings_of([]), free_entries(facts_of([]))).is_empty()
