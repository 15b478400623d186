from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from features.asof import Aggregate, WindowPlan, history, join_history, smoothed_rate, windows
from features.contract import INSTANT

START = datetime(2024, 3, 1, tzinfo=UTC)
HALF_DAY = timedelta(hours=12)
WIDTHS = (timedelta(days=1), timedelta(days=3), None)
KEY = ("consignment_id", "item_no")
ITEM_COLUMNS = ("importer_id", "net_kg", "value_usd", "confirmed", "hs6")

ROW_SCHEMA = {
    "consignment_id": pl.String,
    "item_no": pl.Int64,
    "known_at": INSTANT,
    "withdrawn": pl.Boolean,
    "importer_id": pl.String,
    "net_kg": pl.Float64,
    "value_usd": pl.Float64,
    "confirmed": pl.Boolean,
    "hs6": pl.String,
}
QUESTION_SCHEMA = {"consignment_id": pl.String, "cutoff": INSTANT, "importer_id": pl.String, "net_kg": pl.Float64}

AGGREGATES = {
    "rows": Aggregate("count"),
    "values": Aggregate("count", "value_usd"),
    "value_sum": Aggregate("sum", "value_usd", scale=100),
    "value_mean": Aggregate("mean", "value_usd", scale=100),
    "value_std": Aggregate("std", "value_usd", scale=100),
    "value_min": Aggregate("min", "value_usd"),
    "value_max": Aggregate("max", "value_usd"),
    "hits": Aggregate("sum", "confirmed"),
    "hs6_distinct": Aggregate("distinct", "hs6"),
    "net_kg_distinct": Aggregate("distinct", "net_kg"),
    "days_since_last": Aggregate("since_last"),
}


def at(half_days: int) -> datetime:
    return START + half_days * HALF_DAY


row_strategy = st.fixed_dictionaries(
    {
        "consignment_id": st.sampled_from("abcd"),
        "item_no": st.sampled_from([1, 1, 2]),
        "known_at": st.integers(0, 14).map(at),
        "withdrawn": st.sampled_from([False, False, False, True]),
        "importer_id": st.sampled_from(["x", "x", "y", None]),
        "net_kg": st.sampled_from([1.5, 2.0, 0.0, None]),
        "value_usd": st.sampled_from([0.0, 1.25, 1.27, 300.0, 1e9, 12345678901.23, None]),
        "confirmed": st.sampled_from([True, False, None]),
        "hs6": st.sampled_from(["030617", "160521", None]),
    }
)
question_strategy = st.fixed_dictionaries(
    {
        "consignment_id": st.sampled_from("abcde"),
        "cutoff": st.integers(-1, 17).map(at),
        "importer_id": st.sampled_from(["x", "x", "y", "z", None]),
        "net_kg": st.sampled_from([1.5, -0.0, None]),
    }
)


def without_conflicts(rows: list[dict[str, Any]], key: tuple[str, ...] = KEY) -> list[dict[str, Any]]:
    return list({(*[row[name] for name in key], row["known_at"]): row for row in rows}.values())


rows_strategy = st.lists(row_strategy, max_size=24).map(without_conflicts)
questions_strategy = st.lists(question_strategy, min_size=1, max_size=8)


def as_rows(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ROW_SCHEMA)


def as_questions(questions: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(questions, schema=QUESTION_SCHEMA)


def fast(rows: pl.DataFrame, questions: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    return windows(history(rows, KEY, "consignment_id", ITEM_COLUMNS), questions, by, AGGREGATES, WIDTHS)


def assert_equal(found: pl.DataFrame, expected: dict[str, list[Any]]) -> None:
    assert found.columns == list(expected)
    for name, values in expected.items():
        assert len(found[name]) == len(values)
        for number, value in zip(found[name], values, strict=True):
            if value is None or number is None:
                assert number is value, name
            else:
                assert math.isclose(number, value, rel_tol=1e-13), (name, number, value)


@pytest.mark.parametrize("by", [("importer_id",), ("net_kg",), ("importer_id", "net_kg"), ()])
@settings(max_examples=60, deadline=None)
@given(rows=rows_strategy, questions=questions_strategy)
def test_windows_equal_the_plain_reference(
    by: tuple[str, ...], rows: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> None:
    expected = reference.windows(reference.state_of(rows, KEY, "consignment_id"), questions, by, AGGREGATES, WIDTHS)
    assert_equal(fast(as_rows(rows), as_questions(questions), by), expected)


@settings(max_examples=60, deadline=None)
@given(rows=rows_strategy, consignments=rows_strategy, questions=questions_strategy)
def test_windows_over_a_joined_history_equal_the_plain_reference(
    rows: list[dict[str, Any]], consignments: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> None:
    consignments = without_conflicts(consignments, ("consignment_id",))
    columns = {name: name for name in ("consignment_id", "known_at", "withdrawn", "importer_id", "net_kg")}
    child_columns = ("value_usd", "confirmed", "hs6")
    children = [{name: row[name] for name in (*KEY, "known_at", "withdrawn", *child_columns)} for row in rows]
    parents = [{name: row[name] for name in columns} for row in consignments]
    expected = reference.windows(
        reference.joined_state(
            reference.state_of(children, KEY, "consignment_id"),
            reference.state_of(parents, ("consignment_id",), "consignment_id"),
            ("consignment_id",),
        ),
        questions,
        ("importer_id", "net_kg"),
        AGGREGATES,
        WIDTHS,
    )
    joined = join_history(
        history(as_rows(rows), KEY, "consignment_id", child_columns),
        history(as_rows(consignments), ("consignment_id",), "consignment_id", ("importer_id", "net_kg")),
    )
    assert_equal(windows(joined, as_questions(questions), ("importer_id", "net_kg"), AGGREGATES, WIDTHS), expected)


@settings(max_examples=60, deadline=None)
@given(rows=rows_strategy, questions=questions_strategy, cutoff=st.integers(0, 14).map(at), seed=st.integers(0, 99))
def test_rows_known_later_order_and_chunks_change_no_bit(
    rows: list[dict[str, Any]], questions: list[dict[str, Any]], cutoff: datetime, seed: int
) -> None:
    asked = as_questions([{**question, "cutoff": min(question["cutoff"], cutoff)} for question in questions])
    by = ("importer_id",)
    everything = as_rows(rows)
    shuffled = rows[:]
    random.Random(seed).shuffle(shuffled)
    in_pieces = pl.concat([as_rows([row]) for row in shuffled] or [everything], rechunk=False)
    answers = fast(everything, asked, by)
    assert answers.equals(fast(everything.filter(pl.col("known_at") <= cutoff), asked, by))
    assert answers.equals(fast(in_pieces, asked, by))


@settings(max_examples=25, deadline=None)
@given(rows=rows_strategy, questions=questions_strategy)
def test_a_question_is_answered_alike_alone_and_among_others(
    rows: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> None:
    together = fast(as_rows(rows), as_questions(questions), ("importer_id",))
    alone = [fast(as_rows(rows), as_questions([question]), ("importer_id",)) for question in questions]
    assert together.equals(pl.concat(alone))


def simple_history(values: list[Any], dtype: type[pl.DataType] = pl.Float64, **more: Any) -> pl.DataFrame:
    """One row per value, each of its own consignment `c0`, `c1`, ..., known half a day apart from START on."""
    rows = pl.DataFrame(
        {
            "consignment_id": [f"c{number}" for number in range(len(values))],
            "known_at": [at(number) for number in range(len(values))],
            "withdrawn": False,
            "value_usd": pl.Series(values, dtype=dtype),
            **more,
        },
        schema_overrides={"known_at": INSTANT},
    )
    return history(rows, ["consignment_id"], "consignment_id", ["value_usd", *more])


def question(cutoff: datetime, consignment_id: str = "asked", **more: Any) -> pl.DataFrame:
    return pl.DataFrame(
        {"consignment_id": [consignment_id], "cutoff": [cutoff], **{name: [value] for name, value in more.items()}},
        schema_overrides={"cutoff": INSTANT},
    )


def one(frame: pl.DataFrame) -> Any:
    return frame.item()


@pytest.mark.parametrize(
    ("cutoff", "expected"),
    [
        (START - timedelta(microseconds=1), 0),
        (START, 1),
        (START + timedelta(days=1) - timedelta(microseconds=1), 1),
        (START + timedelta(days=1), 0),
    ],
)
def test_a_window_is_open_at_its_beginning_and_closed_at_the_cutoff(cutoff: datetime, expected: int) -> None:
    found = windows(simple_history([1.0]), question(cutoff), (), {"rows": Aggregate("count")}, [timedelta(days=1)])
    assert one(found) == expected


def test_sums_of_cents_are_exact_where_floats_would_drift() -> None:
    found = windows(
        simple_history([0.1] * 1000), question(at(1000)), (), {"sum": Aggregate("sum", "value_usd", 100)}, [None]
    )
    assert one(found) == 100.0
    assert sum([0.1] * 1000) != 100.0


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e12, 4e13])
def test_the_deviation_keeps_its_digits_however_large_the_mean(offset: float) -> None:
    values = [offset + cents / 100 for cents in (0, 125, 250, 375)]
    found = windows(simple_history(values), question(at(9)), (), {"std": Aggregate("std", "value_usd", 100)}, [None])
    expected = reference.aggregated(
        [{"value_usd": value} for value in values], Aggregate("std", "value_usd", 100), START
    )
    assert one(found) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "values", [[0.0, 9e13], [9e12, -9e12, 0.01], [5e13, 5e13, 5e13 + 0.01], [4e9 * 2**power for power in range(12)]]
)
def test_the_deviation_of_squares_beyond_64_bits_is_exact(values: list[float]) -> None:
    aggregate = Aggregate("std", "value_usd", 100)
    found = windows(simple_history(values), question(at(99)), (), {"std": aggregate}, [None])
    expected = reference.aggregated([{"value_usd": value} for value in values], aggregate, START)
    assert one(found) == pytest.approx(expected, rel=1e-14)


def test_equal_values_have_no_deviation_to_the_last_bit() -> None:
    found = windows(
        simple_history([123456.78] * 7), question(at(9)), (), {"std": Aggregate("std", "value_usd", 100)}, [None]
    )
    assert one(found) == 0.0


def test_integers_and_large_counts_of_them_come_back_exactly() -> None:
    found = windows(
        simple_history([2**40, 3], dtype=pl.Int64), question(at(9)), (), {"sum": Aggregate("sum", "value_usd")}, [None]
    )
    assert one(found) == float(2**40 + 3)


def test_counts_are_integers_and_the_rest_has_the_asked_type() -> None:
    aggregates = {"n": Aggregate("count"), "mean": Aggregate("mean", "value_usd"), "d": Aggregate("distinct", "hs6")}
    found = windows(simple_history([1.0], hs6=["030617"]), question(at(1)), (), aggregates, [None], floats=pl.Float32)
    assert found.schema == {"n_all": pl.Int32, "mean_all": pl.Float32, "d_all": pl.Int32}


def test_no_questions_give_no_rows_with_the_same_columns() -> None:
    found = windows(simple_history([1.0]), question(START).clear(), (), AGGREGATES_OF_VALUE, WIDTHS)
    assert found.height == 0
    assert found.schema == windows(simple_history([1.0]), question(START), (), AGGREGATES_OF_VALUE, WIDTHS).schema


AGGREGATES_OF_VALUE = {
    kind: Aggregate(kind, "value_usd") for kind in ("count", "sum", "mean", "std", "min", "max", "distinct")
}


def test_a_plan_answers_each_key_as_the_one_shot_form_does() -> None:
    rows = simple_history([1.0, 2.0, 3.0], importer_id=["x", "y", "x"], hs6=["030617", "030617", "160521"])
    asked = pl.concat([question(at(5), importer_id="x", hs6="030617"), question(at(1), importer_id="y", hs6="160521")])
    plan = WindowPlan(rows, asked)
    for by in (("importer_id",), ("hs6",), ("importer_id", "hs6"), ()):
        assert plan.windows(by, AGGREGATES_OF_VALUE, WIDTHS).equals(
            windows(rows, asked, by, AGGREGATES_OF_VALUE, WIDTHS)
        )


def test_many_wide_keys_do_not_overflow_their_codes() -> None:
    columns = {f"key{number}": [f"{number}-{row % 50}" for row in range(200)] for number in range(16)}
    rows = simple_history([1.0] * 200, **columns)
    asked = pl.concat(
        [question(at(500), **{name: values[row] for name, values in columns.items()}) for row in range(200)]
    )
    found = windows(rows, asked, tuple(columns), {"n": Aggregate("count")}, [None])
    assert found["n_all"].to_list() == [4] * 200


def test_smoothed_rate_of_an_unseen_key_is_the_prior() -> None:
    seen = pl.DataFrame({"hits": [0.0, 3.0], "count": [0, 10]})
    rate = seen.select(smoothed_rate("hits", "count", prior_rate=0.05, prior_strength=10.0)).to_series()
    assert rate.to_list() == [0.05, 3.5 / 20]


@pytest.mark.parametrize(
    ("values", "dtype", "kind", "error", "message"),
    [
        ([1.0, float("inf")], pl.Float64, "sum", ValueError, r"needed finite values in 'value_usd', found 1"),
        ([1.0, float("nan")], pl.Float64, "max", ValueError, r"needed finite values in 'value_usd', found 1"),
        ([9e18, 9e18], pl.Float64, "sum", ValueError, r"needed sums of 'value_usd' that fit 64 bits, found 1.8e\+19"),
        ([2**62, 2**62], pl.Int64, "mean", ValueError, r"needed sums of 'value_usd' that fit 64 bits"),
        ([2.0**61], pl.Float64, "std", ValueError, r"needed squares of 'value_usd' that can be summed exactly"),
        (["a"], pl.String, "sum", TypeError, r"needed numbers or booleans in 'value_usd', found String"),
    ],
)
def test_what_cannot_be_exact_is_refused(
    values: list[Any], dtype: type[pl.DataType], kind: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        windows(simple_history(values, dtype), question(at(9)), (), {"x": Aggregate(kind, "value_usd")}, [None])


def test_values_that_become_known_later_cannot_refuse_a_question() -> None:
    rows = simple_history([1.0, float("inf")])
    assert one(windows(rows, question(START), (), {"x": Aggregate("sum", "value_usd")}, [None])) == 1.0


@pytest.mark.parametrize(
    ("by", "aggregate", "width", "error", "message"),
    [
        (("office",), Aggregate("count"), None, KeyError, r"needed the columns \['office'\] in the questions"),
        (("hs6",), Aggregate("count"), None, KeyError, r"needed the columns \['hs6'\] in the history"),
        ((), Aggregate("sum", "net_kg"), None, KeyError, r"needed the columns \['net_kg'\] in the history"),
        (
            (),
            Aggregate("count"),
            timedelta(hours=36),
            ValueError,
            r"needed widths of whole days, .* found 1 day, 12",
        ),
        ((), Aggregate("count"), timedelta(0), ValueError, r"needed widths of whole days, at least one, found 0:00:00"),
        (("item_no",), Aggregate("count"), None, TypeError, r"needed one type for the key column 'item_no', found"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    by: tuple[str, ...], aggregate: Aggregate, width: timedelta | None, error: type[Exception], message: str
) -> None:
    rows = simple_history([1.0], item_no=["1"])
    with pytest.raises(error, match=message):
        windows(rows, question(START, hs6="030617", item_no=1), by, {"x": aggregate}, [width])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "sum"}, "needed a column for the aggregate 'sum'"),
        ({"kind": "since_last", "column": "value_usd"}, "needed no column for 'since_last', found 'value_usd'"),
        ({"kind": "sum", "column": "value_usd", "scale": 0}, "needed a scale of at least 1, found 0"),
    ],
)
def test_an_aggregate_that_means_nothing_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Aggregate(**arguments)


def test_a_history_that_is_none_is_refused() -> None:
    rows = simple_history([1.0]).with_columns(until=pl.col("known_at"))
    with pytest.raises(ValueError, match="needed spans with first_known_at <= known_at < until, found 1 that are not"):
        windows(rows, question(START), (), {"n": Aggregate("count")}, [None])
