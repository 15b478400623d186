"""Casts to the contract: what loses nothing is accepted, what would be a guess is refused, all faults at once."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from small_tables import START, valid

from features.conform import Cast, cast, repeated_columns
from features.contract import INSTANT, Table, load_contract

CONTRACT = load_contract()


def with_column(name: str, values: pl.Series, table: str = "consignment") -> Cast:
    return cast(valid(table, len(values)).with_columns(values.alias(name)), CONTRACT[table])


def rules(outcome: Cast) -> list[tuple[str, str, str]]:
    return [(violation.column, violation.rule, violation.severity) for violation in outcome.violations]


def test_rows_come_in_the_columns_order_and_types_of_the_contract() -> None:
    frame = valid("consignment", 2).select(pl.all().reverse())
    outcome = cast(frame.select(reversed(frame.columns)), CONTRACT["consignment"])
    assert outcome.violations == ()
    assert outcome.rows.schema == pl.Schema(CONTRACT["consignment"].schema)


@pytest.mark.parametrize("table", CONTRACT.tables.values(), ids=lambda table: table.name)
def test_every_table_takes_a_valid_frame(table: Table) -> None:
    assert cast(valid(table.name, 3), table).violations == ()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("packages", pl.Series([1, 2], dtype=pl.Int32)),
        ("packages", pl.Series([1, 2], dtype=pl.UInt8)),
        ("packages", pl.Series([1.0, 2.0])),
        ("packages", pl.Series([Decimal("1.00"), Decimal("2.00")])),
        ("packages", pl.Series([1, 2], dtype=pl.Int128)),
        ("gross_kg", pl.Series([1, 2], dtype=pl.Int64)),
        ("gross_kg", pl.Series([1, 2], dtype=pl.Float32)),
        ("gross_kg", pl.Series([Decimal("1.00"), Decimal("2.0")])),
        ("gross_kg", pl.Series([Decimal("1.0000000000000000000"), Decimal("2.0")], dtype=pl.Decimal(38, 19))),
        ("regime", pl.Series(["import", "export"], dtype=pl.Categorical)),
        ("regime", pl.Series(["import", "export"], dtype=pl.Enum(["import", "export"]))),
        ("containers", pl.Series([["CSQU3054383"], None], dtype=pl.List(pl.Categorical))),
        ("containers", pl.Series([["CSQU3054383"]] * 2, dtype=pl.Array(pl.String, 1))),
        ("gross_kg", pl.Series([None, None])),
        ("containers", pl.Series([None, None])),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_casts_that_lose_nothing_are_accepted(column: str, values: pl.Series) -> None:
    outcome = with_column(column, values)
    assert outcome.violations == ()
    assert outcome.rows[column].to_list() == [
        value if not isinstance(value, Decimal) else float(value) for value in values.to_list()
    ]


def test_instants_in_another_zone_and_unit_are_accepted() -> None:
    for unit in ("ms", "us", "ns"):
        values = pl.Series([START, None]).cast(pl.Datetime(unit, "UTC")).dt.convert_time_zone("Asia/Tokyo")
        outcome = with_column("arrived_at", values)
        assert outcome.rows["arrived_at"].to_list() == [START, None]


def test_dates_may_come_as_midnights() -> None:
    values = pl.Series([datetime(2020, 5, 17), None])
    assert with_column("incorporated_on", values, "party").rows["incorporated_on"].to_list() == [
        date(2020, 5, 17),
        None,
    ]
    refused = with_column("incorporated_on", pl.Series([datetime(2020, 5, 17, 1)]), "party")
    assert rules(refused) == [("incorporated_on", "lossy", "refuse")]


@pytest.mark.parametrize(
    ("column", "values", "rule", "message"),
    [
        ("arrived_at", pl.Series([START]).dt.replace_time_zone(None), "zone", "without a zone.*offset from UTC"),
        ("arrived_at", pl.Series([date(2024, 1, 1)]), "zone", "needed instants with a zone, found the type Date"),
        (
            "arrived_at",
            pl.Series(["2024-01-01T00:00:00Z"]),
            "type",
            "needed instants with a zone, found the type String",
        ),
        ("arrived_at", pl.Series([1]).cast(pl.Datetime("ns", "UTC")), "lossy", "microseconds cannot hold in 1 row"),
        ("arrived_at", pl.Series([2**62]).cast(pl.Datetime("ms", "UTC")), "lossy", "microseconds cannot hold in 1 row"),
        ("gross_kg", pl.Series(["12"]), "type", r"consignment.gross_kg: needed numbers, found the type String.*\(12\)"),
        ("bill_no", pl.Series([123]), "type", "needed text, found the type Int64.*lost its leading zeros"),
        ("bill_no", pl.Series([b"caf\xe9"]), "type", "needed text, found the type Binary"),
        ("packages", pl.Series([1.5]), "lossy", r"found numbers that are not whole in 1 row \(1.5\)"),
        ("packages", pl.Series([float("nan")]), "lossy", "not whole"),
        ("packages", pl.Series([2**63], dtype=pl.UInt64), "lossy", "beyond 64 bits"),
        ("packages", pl.Series([True]), "type", "needed whole numbers of 64 bits, found the type Boolean"),
        ("gross_kg", pl.Series([2**53 + 1]), "lossy", "more digits than a 64-bit float holds"),
        ("gross_kg", pl.Series([Decimal("1234567890123456.7")]), "lossy", "more digits"),
        ("containers", pl.Series(["CSQU3054383"]), "type", "needed a list of text, found the type String"),
        ("containers", pl.Series([[1]]), "type", "needed a list of text"),
        ("withdrawn", pl.Series([0]), "type", "needed true or false"),
        ("regime", pl.Series([{"a": 1}]), "type", "needed text, found the type Struct"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_be_a_guess_refuses_the_table(column: str, values: pl.Series, rule: str, message: str) -> None:
    outcome = with_column(column, values)
    assert rules(outcome) == [(column, rule, "refuse")]
    assert outcome.rows.is_empty()
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(outcome.violations[0].message)


def test_all_faults_are_told_at_once() -> None:
    frame = (
        valid("consignment")
        .drop("office", "bill_no")
        .with_columns(pl.lit("x").alias("gross_kg"), pl.lit(1).alias("regime"), pl.lit(1).alias("ofice"))
    )
    outcome = cast(frame, CONTRACT["consignment"])
    assert sorted(rules(outcome)) == [
        ("bill_no", "missing column", "warning"),
        ("gross_kg", "type", "refuse"),
        ("office", "missing column", "refuse"),
        ("ofice", "unknown column", "warning"),
        ("regime", "type", "refuse"),
    ]
    assert "nearest: office" in outcome.warnings[-1].message


def test_a_column_that_may_be_empty_may_be_missing() -> None:
    outcome = cast(valid("consignment", 2).drop("bill_no"), CONTRACT["consignment"])
    assert outcome.rows["bill_no"].to_list() == [None, None]
    assert rules(outcome) == [("bill_no", "missing column", "warning")]


def test_withdrawn_use_and_source_may_be_missing_without_a_word() -> None:
    outcome = cast(valid("consignment").drop("withdrawn", "use", "source"), CONTRACT["consignment"])
    assert outcome.violations == ()
    assert outcome.rows.select("withdrawn", "use", "source").row(0) == (False, None, None)


def test_a_position_needs_its_source() -> None:
    assert rules(cast(valid("position").drop("source"), CONTRACT["position"])) == [
        ("source", "missing column", "refuse")
    ]


def test_an_unknown_column_is_a_warning_and_is_not_read() -> None:
    outcome = cast(valid("consignment").with_columns(suspicion=pl.lit(1.0)), CONTRACT["consignment"])
    assert rules(outcome) == [("suspicion", "unknown column", "warning")]
    assert "suspicion" not in outcome.rows.columns


def test_a_column_that_stands_twice_is_refused() -> None:
    found = repeated_columns(["mode", "office", "mode"], CONTRACT["consignment"])
    assert [violation.message for violation in found] == [
        "consignment.mode: needed each column once, found it 2 times; keep one of them in the feed"
    ]


def test_equal_content_has_one_form() -> None:
    frame = valid("consignment", 3).with_columns(
        bill_no=pl.Series(["", None, " "]),
        containers=pl.Series([[], None, ["", "CSQU3054383"]], dtype=pl.List(pl.String)),
        gross_kg=pl.Series([-0.0, 0.0, None]),
        withdrawn=pl.Series([None, False, True]),
    )
    rows = cast(frame, CONTRACT["consignment"]).rows
    assert rows["bill_no"].to_list() == [None, None, " "]
    assert rows["containers"].to_list() == [None, None, [None, "CSQU3054383"]]
    assert str(rows["gross_kg"].to_list()) == "[0.0, 0.0, None]"
    assert rows["withdrawn"].to_list() == [False, False, True]


@pytest.mark.parametrize("dtype", [pl.Float64, pl.Float32])
def test_what_ais_calls_not_available_is_null(dtype: type[pl.DataType]) -> None:
    frame = valid("position", 2).with_columns(
        speed_kn=pl.Series([102.3, 102.2], dtype=dtype), course_deg=pl.Series([360, 359.9], dtype=dtype)
    )
    rows = cast(frame, CONTRACT["position"]).rows
    assert rows["speed_kn"].is_null().to_list() == [True, False]
    assert rows["course_deg"].is_null().to_list() == [True, False]


def test_no_rows_are_cast_too() -> None:
    outcome = cast(valid("consignment", 0), CONTRACT["consignment"])
    assert outcome.violations == ()
    assert outcome.rows.schema["known_at"] == INSTANT
    assert cast(pl.DataFrame(), CONTRACT["consignment"]).refusals


def test_hostile_column_names_are_escaped_in_messages() -> None:
    frame = valid("consignment").with_columns(pl.lit(1).alias("a\x1b[2J\u202e"))
    (violation,) = cast(frame, CONTRACT["consignment"]).violations
    assert violation.message.startswith("consignment.a\\x1b[2J\\u202e: ")


def test_instants_before_the_first_year_are_cast_without_a_fault() -> None:
    values = pl.Series([-(2**62)]).cast(INSTANT)
    assert with_column("arrived_at", values).rows["arrived_at"].to_physical().to_list() == [-(2**62)]
