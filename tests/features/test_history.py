from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from features.asof import history, join_history
from features.contract import INSTANT

DAY = timedelta(days=1)
START = datetime(2024, 3, 1, tzinfo=UTC)
KEY = ("consignment_id", "item_no")
SPANS = ["unit", "first_known_at", "known_at", "until", "withdrawn"]


def day(number: int) -> datetime:
    return START + number * DAY


version = st.fixed_dictionaries(
    {
        "consignment_id": st.sampled_from(["a", "b", None]),
        "item_no": st.sampled_from([1, 2, None]),
        "known_at": st.integers(0, 8).map(day),
        "withdrawn": st.booleans(),
        "value_usd": st.integers(0, 5),
    }
)


def without_conflicts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(*[row[name] for name in KEY], row["known_at"]): row for row in rows}.values())


versions = st.lists(version, max_size=16).map(without_conflicts)


def as_rows(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        rows,
        schema={
            "consignment_id": pl.String,
            "item_no": pl.Int64,
            "known_at": INSTANT,
            "withdrawn": pl.Boolean,
            "value_usd": pl.Int64,
        },
    )


def holding(spans: pl.DataFrame, cutoff: datetime) -> list[tuple[Any, ...]]:
    """What the spans say at one instant."""
    found = spans.filter(
        ~pl.col("withdrawn"),
        pl.col("known_at") <= cutoff,
        pl.col("until").is_null() | (pl.col("until") > cutoff),
    )
    return sorted(found.select("unit", "first_known_at", pl.exclude(SPANS)).rows(), key=repr)


@settings(max_examples=100, deadline=None)
@given(rows=versions, cutoff=st.integers(-1, 9).map(day))
def test_spans_say_at_every_instant_what_is_visible(rows: list[dict[str, Any]], cutoff: datetime) -> None:
    spans = history(as_rows(rows), KEY, "consignment_id", ["item_no", "value_usd"])
    expected = [
        (row["consignment_id"], row["first_known_at"], row["item_no"], row["value_usd"])
        for row in reference.visible(rows, KEY, cutoff)
    ]
    assert holding(spans, cutoff) == sorted(expected, key=repr)


@settings(max_examples=50, deadline=None)
@given(rows=versions, seed=st.integers(0, 9))
def test_history_does_not_depend_on_the_order_of_rows(rows: list[dict[str, Any]], seed: int) -> None:
    frame = as_rows(rows)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    made = [history(each, KEY, "consignment_id", ["item_no", "value_usd"]) for each in (frame, shuffled)]
    assert made[0].equals(made[1])


@settings(max_examples=100, deadline=None)
@given(children=versions, parents=versions, cutoff=st.integers(-1, 9).map(day))
def test_joined_spans_hold_while_both_hold(
    children: list[dict[str, Any]], parents: list[dict[str, Any]], cutoff: datetime
) -> None:
    child = history(as_rows(children), KEY, "consignment_id", ["item_no", "value_usd"])
    parent = history(as_rows(parents).rename({"value_usd": "gross_kg"}), KEY, "consignment_id", ["gross_kg"])
    parent_rows = [{**row, "gross_kg": row["value_usd"]} for row in parents]
    expected = [
        (
            ours["consignment_id"],
            max(ours["first_known_at"], theirs["first_known_at"]),
            ours["item_no"],
            ours["value_usd"],
            theirs["gross_kg"],
        )
        for ours in reference.visible(children, KEY, cutoff)
        for theirs in reference.visible(parent_rows, KEY, cutoff)
        if ours["consignment_id"] is not None and ours["consignment_id"] == theirs["consignment_id"]
    ]
    assert holding(join_history(child, parent), cutoff) == sorted(expected, key=repr)


def test_a_join_on_other_columns_keeps_the_childs_own_unit() -> None:
    rows = as_rows([{"consignment_id": "a", "item_no": 1, "known_at": START, "withdrawn": False, "value_usd": 7}])
    child = history(rows.with_columns(vessel_id=pl.lit("v")), KEY, "consignment_id", ["vessel_id"])
    parent = history(
        rows.with_columns(hull=pl.lit("v"), flag=pl.lit("PA"), vessel_id=pl.lit("other")),
        KEY,
        "hull",
        ["hull", "flag", "vessel_id"],
    )
    joined = join_history(child, parent, on={"vessel_id": "hull"})
    assert joined.select("unit", "vessel_id", "hull", "flag").rows() == [("a", "v", "v", "PA")]


@pytest.mark.parametrize(
    ("columns", "message"),
    [(["net_kg"], r"needed the columns \['net_kg'\] in the frame"), (["hs6", "net_kg"], r"\['hs6', 'net_kg'\]")],
)
def test_history_names_every_missing_column(columns: list[str], message: str) -> None:
    with pytest.raises(KeyError, match=message):
        history(as_rows([]), KEY, "consignment_id", columns)


def test_join_history_names_a_missing_column() -> None:
    spans = history(as_rows([]), KEY, "consignment_id", [])
    with pytest.raises(KeyError, match=r"needed the columns \['vessel_id'\] in the frame"):
        join_history(spans, spans, on=["vessel_id"])
