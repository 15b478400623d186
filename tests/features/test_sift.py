"""Row rules: what sends a row to quarantine, what counts once, and that every row is accounted for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tables import KNOWN, day, lists, valid

from features.conform import cast
from features.contract import INSTANT, Table, load_contract
from features.sift import Sifted, sift

CONTRACT = load_contract()


def sifted(table: str, frame: pl.DataFrame) -> Sifted:
    outcome = cast(frame, CONTRACT[table])
    assert outcome.refusals == []
    result = sift(outcome.rows, CONTRACT[table])
    assert len(frame) == len(result.rows) + len(result.quarantined) + result.duplicates
    return result


def reasons(result: Sifted) -> list[tuple[str, str]]:
    return list(zip(result.quarantined["column"], result.quarantined["rule"], strict=True))


@pytest.mark.parametrize("table", CONTRACT.tables.values(), ids=lambda table: table.name)
def test_valid_rows_of_every_table_hold(table: Table) -> None:
    result = sifted(table.name, valid(table.name))
    assert (len(result.rows), result.violations) == (1, ())


@pytest.mark.parametrize("table", CONTRACT.tables.values(), ids=lambda table: table.name)
def test_an_empty_value_where_none_may_be_sends_the_row_to_quarantine(table: Table) -> None:
    for column in table.columns.values():
        result = sifted(table.name, valid(table.name, **{column.name: None}))
        expected = [] if column.empty else [(column.name, "empty")]
        assert reasons(result) == expected


BROKEN = [
    ("consignment", "regime", "Import", "in", "needed one of import, export, transit in regime, found Import; map"),
    ("party", "roles", [["importer", "spy"]], "in", "found importer|spy"),
    ("goods_item", "hs6", "30614", "pattern", "needed the form ^[0-9]{6}$ in hs6, found 30614; correct the code"),
    ("goods_item", "hs6", "0306140", "pattern", "found 0306140"),
    ("trade_stat", "hs", "0", "pattern", "in hs, found 0"),
    ("goods_item", "net_kg", -0.001, "min", "needed at least 0 in net_kg, found -0.001; correct the value"),
    ("goods_item", "item_no", 0, "min", "needed at least 1 in item_no, found 0"),
    ("position", "lat", 90.5, "max", "needed at most 90 in lat, found 90.5"),
    ("position", "lat", -90.5, "min", "needed at least -90 in lat"),
    ("inspection", "propensity", 1.1, "max", "needed at most 1 in propensity"),
    ("goods_item", "net_kg", float("nan"), "finite", "needed a finite number in net_kg, found NaN; leave it empty"),
    ("goods_item", "net_kg", float("inf"), "finite", "found inf"),
    ("position", "lon", float("-inf"), "finite", "found -inf"),
    ("consignment", "arrived_at", datetime(1949, 12, 31, 23, tzinfo=UTC), "instant", "found 1949-12-31T23:00:00Z"),
    ("consignment", "arrived_at", datetime(2200, 1, 1, tzinfo=UTC), "instant", "from 1950 until 2200"),
    ("consignment", "known_at", datetime(1949, 1, 1, tzinfo=UTC), "instant", "in known_at"),
    ("consignment", "dispatch_country", "kr", "pattern", "(capitals, no blanks, all digits)"),
    ("consignment", "dispatch_country", "KR ", "pattern", "found KR "),
    ("consignment", "dispatch_country", "KOR", "pattern", "found KOR"),
    ("consignment", "office", "KR 01", "pattern", "in office"),
    ("consignment", "loading_port", "krpus", "pattern", "in loading_port"),
    ("goods_item", "species", "cod", "pattern", "in species"),
    ("goods_item", "catch_area", "6l", "pattern", "in catch_area"),
    ("document_line", "gear", "o t b", "pattern", "in gear"),
    ("vessel", "imo", "IMO9074729", "pattern", "in imo"),
    ("position", "mmsi", "44O123456", "pattern", "in mmsi"),
    ("consignment", "containers", [["CSQU3054383", "csqu3054383"]], "pattern", "in containers"),
    ("consignment", "containers", [["CSQU3054383", ""]], "empty", "needed no empty element in containers"),
    ("strategic_licence", "hs6", [["2844"]], "pattern", "in hs6"),
    ("strategic_licence", "hs6", [[]], "empty", "in hs6, found empty"),
    ("vessel", "flag", "K\n", "pattern", "found K\\n"),
]


@pytest.mark.parametrize(("table", "column", "value", "rule", "message"), BROKEN)
def test_a_value_outside_of_its_rule_sends_the_row_to_quarantine(
    table: str, column: str, value: Any, rule: str, message: str
) -> None:
    result = sifted(table, valid(table, **{column: value}))
    assert reasons(result) == [(column, rule)]
    assert message in result.quarantined["message"][0]
    assert result.violations[0].severity == "quarantine"
    assert message.split(";")[0] in result.violations[0].message


@pytest.mark.parametrize("value", [datetime(1950, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)])
def test_instants_from_1950_until_2200_hold(value: datetime) -> None:
    assert sifted("consignment", valid("consignment", arrived_at=value)).violations == ()


@pytest.mark.parametrize("ticks", [2**62, -(2**62), 2**63 - 1])
def test_instants_that_python_cannot_hold_are_told_as_numbers(ticks: int) -> None:
    frame = valid("consignment").with_columns(arrived_at=pl.Series([ticks]).cast(INSTANT))
    assert f"found {ticks} microseconds since 1970" in sifted("consignment", frame).quarantined["message"][0]


def test_old_dates_hold_and_dates_without_a_year_do_not() -> None:
    assert sifted("party", valid("party", incorporated_on=date(1602, 3, 20))).violations == ()
    frame = valid("party").with_columns(incorporated_on=pl.Series([2**30], dtype=pl.Int32).cast(pl.Date))
    assert reasons(sifted("party", frame)) == [("incorporated_on", "instant")]


def test_an_inspection_known_before_it_happened_is_quarantined() -> None:
    result = sifted("inspection", valid("inspection", inspected_at=KNOWN + timedelta(microseconds=1)))
    assert reasons(result) == [("known_at", "known before it happened")]
    assert "needed known_at at or after inspected_at" in result.violations[0].message
    assert sifted("inspection", valid("inspection", inspected_at=KNOWN)).violations == ()
    assert sifted("consignment", valid("consignment", declared_at=KNOWN + timedelta(days=1))).violations == ()


def test_failed_check_digits_and_short_mmsi_are_kept() -> None:
    assert sifted("vessel", valid("vessel", imo="9074720", mmsi="12345")).violations == ()
    assert sifted("consignment", valid("consignment", containers=[["CSQU3054380"]])).violations == ()


def test_the_first_broken_rule_is_the_reason_and_every_one_is_counted() -> None:
    frame = valid("consignment", 3, regime=["x", "import", "y"], office="kr", gross_kg=[-1.0, -2.0, 1.0])
    result = sifted("consignment", frame)
    assert reasons(result) == [("regime", "in"), ("office", "pattern"), ("regime", "in")]
    assert [(violation.column, violation.count) for violation in result.violations] == [
        ("regime", 2),
        ("office", 3),
        ("gross_kg", 2),
    ]


def test_up_to_five_example_keys_are_given() -> None:
    result = sifted("goods_item", valid("goods_item", 7, hs6="x"))
    assert result.violations[0].count == 7
    assert result.violations[0].examples == tuple(f"consignment-{row}/{row + 1}" for row in range(5))


def test_equal_rows_count_once() -> None:
    frame = valid("consignment", 2)
    result = sifted("consignment", pl.concat([frame, frame, frame.head(1)]))
    assert (len(result.rows), result.duplicates, result.violations) == (2, 3, ())


def test_equal_rows_that_break_a_rule_are_quarantined_once() -> None:
    frame = valid("consignment", 1, regime="x")
    result = sifted("consignment", pl.concat([frame, frame]))
    assert (len(result.quarantined), result.duplicates, result.violations[0].count) == (1, 1, 1)


def test_rows_of_one_key_and_known_at_with_different_content_are_all_quarantined() -> None:
    frame = valid("consignment", 4, consignment_id=["a", "b", "a", "a"], gross_kg=[1.0, 1.0, 2.0, 2.0])
    result = sifted("consignment", frame)
    assert result.rows["consignment_id"].to_list() == ["b"]
    assert reasons(result) == [("", "conflict")] * 2
    assert result.duplicates == 1
    assert "needed one content for one key and known_at" in result.violations[0].message
    assert "(a); deliver the version that holds with a later known_at" in result.violations[0].message


def test_positions_of_one_key_and_known_at_are_both_kept() -> None:
    frame = valid("position", 3, source="x", lat=[2.0, 1.0, 1.0])
    result = sifted("position", frame)
    assert result.rows["lat"].to_list() == [1.0, 2.0]
    assert (result.duplicates, result.violations) == (1, ())


def test_empty_keys_equal_each_other() -> None:
    frame = valid("brand_channel", 2, brand_id="b", party_id="p", route=lists([None, None]).to_list())
    assert sifted("brand_channel", frame).duplicates == 1
    link = valid("party_link", 2, party_id="a", other_id="b", valid_from=None, valid_to=[None, day(3)])
    assert reasons(sifted("party_link", link)) == [("", "conflict")] * 2


def test_lists_can_be_keys() -> None:
    routes = [["KR", "JP"], ["KR"], ["KR", "JP"], None]
    frame = valid("brand_channel", 4, brand_id="b", party_id="p", route=routes)
    result = sifted("brand_channel", frame)
    assert result.rows["route"].to_list() == [None, ["KR"], ["KR", "JP"]]
    assert result.duplicates == 1


def test_later_versions_are_no_conflict() -> None:
    frame = valid("consignment", 2, consignment_id="a", gross_kg=[2.0, 1.0], known_at=[day(5), day(4)])
    assert sifted("consignment", frame).rows["known_at"].to_list() == [day(4), day(5)]


def test_no_rows_are_sifted_too() -> None:
    result = sifted("position", valid("position", 0))
    assert result.quarantined.columns == [*CONTRACT["position"].columns, "rule", "column", "message"]


def test_a_table_may_name_a_column_like_a_helper() -> None:
    assert "conflicting" not in sifted("position", valid("position", 2, source="x", lat=[1.0, 2.0])).rows.columns


ROW = st.tuples(
    st.sampled_from(["a", "b", "c", None]),
    st.integers(2, 4),
    st.sampled_from(["import", "export", "x"]),
    st.sampled_from([1.0, 2.0, float("nan"), -1.0, None]),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(ROW, max_size=25), st.randoms(use_true_random=False))
def test_the_outcome_is_that_of_a_plain_reading_of_the_rules_in_any_order(rows: list[Any], random: Any) -> None:
    def frame(rows: list[Any]) -> pl.DataFrame:
        identifiers, days, regimes, weights = [list(values) for values in zip(*rows, strict=True)] or [[], [], [], []]
        return valid(
            "consignment",
            len(rows),
            consignment_id=identifiers,
            known_at=[day(number) for number in days],
            regime=regimes,
            gross_kg=weights,
        )

    distinct = {(i, d, r, str(w)) for i, d, r, w in rows}
    alone = {row for row in distinct if sum(other[:2] == row[:2] for other in distinct) == 1}
    hold = {row for row in alone if row[0] is not None and row[2] != "x" and row[3] not in ("nan", "-1.0")}
    result = sifted("consignment", frame(rows))
    assert len(result.rows) == len(hold)
    assert len(result.quarantined) == len(distinct) - len(hold)
    shuffled = list(rows)
    random.shuffle(shuffled)
    again = sifted("consignment", frame(shuffled))
    assert again.rows.equals(result.rows)
    assert again.quarantined.equals(result.quarantined)
    assert again.violations == result.violations
