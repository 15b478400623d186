"""What importers and exporters declared before, against plain filtering; sentences and evidence by hand."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import Row, visible

from features import party
from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables
from features.trading import LEAST_LINES, NEW_DAYS, declare_trading, trading

OPTIONS = Options(schemes={})
YEAR, QUARTER = timedelta(days=365), timedelta(days=90)
BY_NAME = {indicator.name: indicator for indicator in declare_trading()}


def aged(rows: dict[str, pl.DataFrame], factor: int) -> dict[str, pl.DataFrame]:
    """Rows of which the times lie so many times as far from the start, so that windows open and close."""
    return {
        name: frame.with_columns(known_at=pl.lit(START) + (pl.col("known_at") - START) * factor)
        for name, frame in rows.items()
    }


def lines_of(consignments: list[Row], items: list[Row], cutoff: datetime) -> list[Row]:
    """Visible lines with the importer of their consignment, first known when both were."""
    parents = {row["consignment_id"]: row for row in consignments}
    return [
        {
            **row,
            "hs4": row["hs6"][:4],
            "importer_id": parents[row["consignment_id"]]["importer_id"],
            "first_known_at": max(row["first_known_at"], parents[row["consignment_id"]]["first_known_at"]),
        }
        for row in visible(items, ["consignment_id", "item_no"], cutoff)
        if row["consignment_id"] in parents
    ]


def within(rows: list[Row], cutoff: datetime, width: timedelta | None) -> list[Row]:
    return [row for row in rows if width is None or row["first_known_at"] > cutoff - width]


def main_line(lines: list[Row]) -> Row:
    def weight(row: Row) -> tuple[Any, ...]:
        numbers = [row["value_usd"], row["net_kg"]]
        return (*(-math.inf if number is None else number for number in numbers), -row["item_no"])

    return max(lines, key=weight, default={"hs4": None, "value_usd": None})


def of_role(role: str, own: Row, others: list[Row], cutoff: datetime) -> dict[str, Any]:
    """Counts and ages of one party; all null where it is not named."""
    names = [f"{role}_{what}" for what in ("consignments_90d", "consignments_365d", "days_since_first")]
    names += [f"{role}_days_since_last", f"{role}_is_new"]
    if own[f"{role}_id"] is None:
        return dict.fromkeys(names)
    same = [row for row in others if row[f"{role}_id"] == own[f"{role}_id"]]
    ages = [(cutoff - row["first_known_at"]) / DAY for row in same]
    counts = [len(within(same, cutoff, width)) for width in (QUARTER, YEAR)]
    return dict(zip(names, [*counts, max(ages, default=None), min(ages, default=None), not same], strict=True))


def novelty(own: Row, earlier: list[Row], column: str, value: str | None) -> bool | None:
    if own["importer_id"] is None or value is None:
        return None
    return not any(row["importer_id"] == own["importer_id"] and row[column] == value for row in earlier)


def pivot(own_lines: list[Row], earlier: list[Row]) -> float | None:
    ours, theirs = Counter(row["hs4"] for row in own_lines), Counter(row["hs4"] for row in earlier)
    norms = math.hypot(*ours.values()) * math.hypot(*theirs.values())
    return 1 - sum(ours[name] * theirs[name] for name in ours) / norms if norms else None


def plainly(rows: dict[str, list[Row]], question: Row) -> dict[str, Any]:
    cutoff, name = question["cutoff"], question["consignment_id"]
    consignments = visible(rows["consignment"], ["consignment_id"], cutoff)
    keys = ("importer_id", "exporter_id", "dispatch_country")
    own = next((row for row in consignments if row["consignment_id"] == name), dict.fromkeys(keys))
    others = [row for row in consignments if row["consignment_id"] != name]
    lines = lines_of(consignments, rows["goods_item"], cutoff)
    # The main line is that of the visible items, which outlive a withdrawn consignment.
    items = visible(rows["goods_item"], ["consignment_id", "item_no"], cutoff)
    own_lines = [{**row, "hs4": row["hs6"][:4]} for row in items if row["consignment_id"] == name]
    main = main_line(own_lines)
    other_lines = [row for row in lines if row["consignment_id"] != name]
    of_importer = within([row for row in others if row["importer_id"] == own["importer_id"]], cutoff, YEAR)
    goods = within([row for row in other_lines if row["importer_id"] == own["importer_id"]], cutoff, YEAR)
    values = [row["value_usd"] for row in goods if row["value_usd"] is not None]
    of_exporter = within([row for row in others if row["exporter_id"] == own["exporter_id"]], cutoff, YEAR)
    answers = of_role("importer", own, others, cutoff) | of_role("exporter", own, others, cutoff)
    answers |= {
        "importer_exporters_365d": len({row["exporter_id"] for row in of_importer} - {None}),
        "importer_offices_365d": len({row["office"] for row in of_importer}),
        "importer_headings_365d": len({row["hs4"] for row in goods}),
        "importer_value_usd_365d": None if goods and not values else sum(round(value * 100) for value in values) / 100,
        "heading_pivot_distance": pivot(own_lines, goods) if len(of_importer) >= 5 else None,
        "heading_is_new_to_importer": novelty(own, other_lines, "hs4", main["hs4"]),
        "exporter_is_new_to_importer": novelty(own, others, "exporter_id", own["exporter_id"]),
        "dispatch_is_new_to_importer": novelty(own, others, "dispatch_country", own["dispatch_country"]),
        "exporter_importers_365d": len({row["importer_id"] for row in of_exporter} - {None}),
    }
    if own["importer_id"] is None:
        answers |= {n: None for n in answers if n.startswith(("importer_", "heading_"))}
    if own["exporter_id"] is None:
        answers["exporter_importers_365d"] = None
    return answers


@given(seed=st.integers(0, 100_000), factor=st.sampled_from([1, 10]))
@settings(max_examples=30, deadline=None)
def test_equals_plain_filtering(seed: int, factor: int) -> None:
    rows = aged(random_rows(seed, consignments=16), factor)
    questions = random_questions(seed, Tables(rows))
    found = trading(Asked(Tables(rows), questions))
    plain = {name: frame.to_dicts() for name, frame in rows.items()}
    for question, answer in zip(questions.to_dicts(), found.to_dicts(), strict=True):
        for name, expected in plainly(plain, question).items():
            if isinstance(expected, float):
                expected = pytest.approx(expected, abs=1e-8)
            assert answer[name] == expected, name


def consignment(name: str, day: float, hs6: str = "030614", value: float | None = 10.0, **columns: object) -> Row:
    return {"consignment_id": name, "known_at": START + DAY * day, "hs6": hs6, "value_usd": value, **columns}


def tables_of(*consignments: Row) -> Tables:
    """Consignments of one line each."""
    items = [
        {"item_no": 1, **{name: row[name] for name in ("consignment_id", "known_at", "hs6", "value_usd")}}
        for row in consignments
    ]
    heads = [
        {"importer_id": "P1", "exporter_id": "E1"}
        | {name: value for name, value in row.items() if name not in ("hs6", "value_usd")}
        for row in consignments
    ]
    return Tables({"consignment": table("consignment", heads), "goods_item": table("goods_item", items)})


def told(tables: Tables, name: str, day: float) -> Row:
    question = pl.DataFrame({"consignment_id": [name], "cutoff": [START + DAY * day]})
    return Catalogue([party.FAMILY], OPTIONS).build(tables, question).row(0, named=True)


def crowd(count: int = LEAST_LINES) -> list[Row]:
    """Lines of other importers, worth 1, 2, 3 and so on, known shortly before day 300, and one of long before."""
    many = [consignment(f"X{n:03d}", 290, value=float(n + 1), importer_id="P9") for n in range(count)]
    return [consignment("OLD", 0, importer_id="P8", hs6="870323"), *many]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(17.0, False), (18.0, False), (18.5, True), (99.0, True), (None, None)],
    ids=["low", "the percentile itself", "just above it", "high", "not stated"],
)
def test_a_new_importer_is_flagged_above_the_ninth_decile(value: float | None, expected: bool | None) -> None:
    assert (
        told(tables_of(*crowd(), consignment("A", 299, value=value)), "A", 300)["new_importer_high_value"] is expected
    )


def test_an_importer_known_for_half_a_year_is_not_new_whatever_the_value() -> None:
    days = [300 - NEW_DAYS - 1, 300 - NEW_DAYS, 300 - NEW_DAYS + 1]
    flags = [
        told(tables_of(*crowd(), consignment("B", day), consignment("A", 299, value=99.0)), "A", 300) for day in days
    ]
    assert [row["new_importer_high_value"] for row in flags] == [False, False, True]


def test_nobody_is_new_where_the_tables_are() -> None:
    young = [row for row in crowd() if row["consignment_id"] != "OLD"]
    assert told(tables_of(*young, consignment("A", 299, value=99.0)), "A", 300)["new_importer_high_value"] is None


def test_few_lines_have_no_percentile() -> None:
    few = tables_of(*crowd(LEAST_LINES - 1), consignment("A", 299, value=99.0))
    assert told(few, "A", 300)["new_importer_high_value"] is None


def test_a_pivot_from_crabs_to_circuits() -> None:
    crabs = [consignment(f"C{n}", n) for n in range(5)]
    distances = [
        told(tables_of(*crabs, consignment("A", 9, hs6=hs6)), "A", 10)["heading_pivot_distance"]
        for hs6 in ("030617", "854231")
    ]
    assert distances == [0.0, 1.0]
    assert told(tables_of(*crabs[:4], consignment("A", 9)), "A", 10)["heading_pivot_distance"] is None


def test_nothing_known_of_a_newcomer_is_told_as_none_and_ages_are_null() -> None:
    row = told(tables_of(consignment("A", 0, dispatch_country="KR")), "A", 1)
    assert row["importer_consignments_365d"] == row["importer_value_usd_365d"] == row["exporter_importers_365d"] == 0
    assert row["importer_is_new"] is row["exporter_is_new"] is row["heading_is_new_to_importer"] is True
    assert row["importer_days_since_first"] is row["importer_days_since_last"] is None


def test_who_is_not_named_cannot_be_assessed() -> None:
    row = told(tables_of(consignment("B", 0), consignment("A", 0, importer_id=None, exporter_id=None)), "A", 1)
    assert {name: row[name] for name in BY_NAME} == dict.fromkeys(BY_NAME)


def test_values_that_are_slips_do_not_stop_the_sums() -> None:
    tables = tables_of(consignment("B", 0, value=1e18), consignment("C", 0, value=5.0), consignment("A", 1))
    assert told(tables, "A", 2)["importer_value_usd_365d"] == 5.0


def sentence(name: str, row: Row) -> str:
    return BY_NAME[name].officer.format(value=row[name], **row)


def test_sentences_tell_what_was_compared() -> None:
    row = told(tables_of(*crowd(), consignment("B", 298), consignment("A", 299, value=99.0)), "A", 300)
    since = date(2024, 1, 1) + timedelta(days=298)
    expected = {
        "importer_consignments_90d": "Other consignments of the importer that became known in the last 90 days: 1.",
        "importer_value_usd_365d": "Value, as far as stated, of other consignments of the importer that became known "
        "in the last 365 days: 10 USD.",
        "importer_days_since_first": "The first of 1 other consignments of the importer became known on "
        f"{since}, 2 days ago.",
        "importer_is_new": "1 other consignments of the importer are known.",
        "exporter_is_new_to_importer": "Known of the importer: 1 other consignments; 1 consignments "
        "with this exporter.",
        "new_importer_high_value": f"Importer known since {since}; 21 of the last year's 21 lines of the heading are "
        "below the main line's 99.00 USD.",
    }
    assert {name: sentence(name, row) for name in expected} == expected


def test_evidence_is_the_own_declaration_and_the_newest_others() -> None:
    others = [consignment(f"C{n}", n, use="secret") for n in range(7)]
    later = consignment("Z", 11)
    asked = Asked(
        tables_of(*others, consignment("A", 8), consignment("B", 8, importer_id="P2"), later),
        pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY * 10]}),
    )
    rows = BY_NAME["importer_consignments_365d"].evidence(asked, OPTIONS)
    assert rows["evidence"].to_list() == [
        "consignment:A",
        "goods_item:A/1",
        *[f"consignment:C{n}" for n in (6, 5, 4, 3, 2)],
    ]
    assert rows["use"].to_list() == [None, None, *["secret"] * 5]
