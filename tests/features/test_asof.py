from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from features.asof import newest, visible_rows, visible_version
from features.contract import INSTANT

START = datetime(2024, 3, 1, tzinfo=UTC)
KEY = ("consignment_id", "item_no")
ROW_SCHEMA = {
    "consignment_id": pl.String,
    "item_no": pl.Int64,
    "known_at": INSTANT,
    "withdrawn": pl.Boolean,
    "brand_id": pl.String,
    "value_usd": pl.Int64,
}
QUESTION_SCHEMA = {"consignment_id": pl.String, "cutoff": INSTANT, "item_no": pl.Int64, "mark": pl.String}


def day(number: int) -> datetime:
    return START + timedelta(days=number)


version = st.fixed_dictionaries(
    {
        "consignment_id": st.sampled_from(["a", "b", None]),
        "item_no": st.sampled_from([1, 2, None]),
        "known_at": st.integers(0, 8).map(day),
        "withdrawn": st.sampled_from([False, False, True]),
        "brand_id": st.sampled_from(["m", "n", None]),
        "value_usd": st.integers(0, 99),
    }
)
question = st.fixed_dictionaries(
    {
        "consignment_id": st.sampled_from(["a", "b", "c", None]),
        "cutoff": st.integers(-1, 9).map(day),
        "item_no": st.sampled_from([1, 2, None]),
        "mark": st.sampled_from(["m", "n", "o", None]),
    }
)


def without_conflicts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(*[row[name] for name in KEY], row["known_at"]): row for row in rows}.values())


versions = st.lists(version, max_size=20).map(without_conflicts)
questions_strategy = st.lists(question, max_size=8)


def as_rows(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ROW_SCHEMA)


def as_questions(questions: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(questions, schema=QUESTION_SCHEMA)


def in_key_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Empty before any value, as sorting a frame does."""
    return sorted(rows, key=lambda row: [(row[name] is not None, row[name] or 0) for name in KEY])


def plain(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ROW_SCHEMA) for row in rows]


@pytest.mark.parametrize("keep_withdrawn", [False, True])
@settings(max_examples=80, deadline=None)
@given(rows=versions, cutoff=st.integers(-1, 9).map(day))
def test_newest_equals_the_plain_reference(keep_withdrawn: bool, rows: list[dict[str, Any]], cutoff: datetime) -> None:
    found = newest(as_rows(rows), KEY, cutoff, keep_withdrawn)
    assert found.rows() == plain(in_key_order(reference.visible(rows, KEY, cutoff, keep_withdrawn)))


@settings(max_examples=100, deadline=None)
@given(rows=versions, questions=questions_strategy)
def test_visible_version_equals_the_plain_reference(
    rows: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> None:
    expected = []
    for asked in questions:
        state = {tuple(row[name] for name in KEY): row for row in reference.visible(rows, KEY, asked["cutoff"])}
        row = state.get(tuple(asked[name] for name in KEY), {})
        expected.append(tuple(row.get(name) for name in ("known_at", "withdrawn", "brand_id", "value_usd")))
    found = visible_version(as_rows(rows), KEY, as_questions(questions))
    assert found.columns == ["known_at", "withdrawn", "brand_id", "value_usd"]
    assert found.rows() == expected


@pytest.mark.parametrize("on", [{"consignment_id": "consignment_id"}, {"mark": "brand_id"}])
@settings(max_examples=100, deadline=None)
@given(rows=versions, questions=questions_strategy)
def test_visible_rows_equals_the_plain_reference(
    on: dict[str, str], rows: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> None:
    ((asked_column, row_column),) = on.items()
    expected = [
        (number, *found)
        for number, asked in enumerate(questions)
        for found in plain(
            in_key_order(
                [
                    row
                    for row in reference.visible(rows, KEY, asked["cutoff"])
                    if row[row_column] is not None and row[row_column] == asked[asked_column]
                ]
            )
        )
    ]
    found = visible_rows(as_rows(rows), KEY, as_questions(questions), on=on)
    assert found.columns == ["question", *ROW_SCHEMA]
    assert found.rows() == expected


@settings(max_examples=80, deadline=None)
@given(rows=versions, questions=questions_strategy, cutoff=st.integers(0, 8).map(day), seed=st.integers(0, 99))
def test_rows_known_later_and_their_order_change_nothing(
    rows: list[dict[str, Any]], questions: list[dict[str, Any]], cutoff: datetime, seed: int
) -> None:
    asked = as_questions([{**each, "cutoff": min(each["cutoff"], cutoff)} for each in questions])
    frames = [
        as_rows(rows),
        as_rows(rows).filter(pl.col("known_at") <= cutoff),
        as_rows(rows).sample(fraction=1, shuffle=True, seed=seed),
    ]
    for call in (
        lambda frame: newest(frame, KEY, cutoff),
        lambda frame: visible_version(frame, KEY, asked),
        lambda frame: visible_rows(frame, KEY, asked, on={"mark": "brand_id"}),
    ):
        first, *others = [call(frame) for frame in frames]
        assert all(first.equals(other) for other in others)


def some_rows() -> pl.DataFrame:
    return as_rows(
        [
            dict(zip(ROW_SCHEMA, values, strict=True))
            for values in [("a", 1, day(0), False, "m", 10), ("a", 1, day(2), False, "n", 20)]
        ]
    )


def test_only_the_columns_asked_for_come_back() -> None:
    asked = as_questions([{"consignment_id": "a", "cutoff": day(1), "item_no": 1, "mark": "m"}])
    assert visible_version(some_rows(), KEY, asked, columns=["value_usd"]).rows() == [(10,)]
    found = visible_rows(some_rows(), KEY, asked, on=["consignment_id"], columns=["value_usd"])
    assert found.columns == ["question", "consignment_id", "item_no", "value_usd"]
    assert found.rows() == [(0, "a", 1, 10)]


def test_an_amended_row_is_found_only_where_its_newest_version_points() -> None:
    asked = as_questions(
        [
            {"consignment_id": "q", "cutoff": day(number), "item_no": 1, "mark": mark}
            for number in (1, 2)
            for mark in "mn"
        ]
    )
    found = visible_rows(some_rows(), KEY, asked, on={"mark": "brand_id"}, columns=["brand_id", "value_usd"])
    assert found.select("question", "brand_id", "value_usd").rows() == [(0, "m", 10), (3, "n", 20)]


def test_a_cutoff_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needed a cut-off with a zone"):
        newest(some_rows(), KEY, datetime(2024, 3, 1))


def test_a_part_of_a_key_is_refused() -> None:
    asked = as_questions([])
    with pytest.raises(ValueError, match=r"needed `on` to cover the key .* use visible_rows"):
        visible_version(some_rows(), KEY, asked, on=["consignment_id"])


def test_missing_columns_are_named() -> None:
    with pytest.raises(KeyError, match=r"needed the columns \['species'\] in rows"):
        visible_version(some_rows(), KEY, as_questions([]), columns=["species"])
    with pytest.raises(KeyError, match=r"needed the columns \['vessel_id'\] in questions"):
        visible_rows(some_rows(), KEY, as_questions([]), on={"vessel_id": "brand_id"})
    with pytest.raises(KeyError, match=r"needed the columns \['known_at'\] in rows"):
        newest(some_rows().drop("known_at"), KEY, START)
