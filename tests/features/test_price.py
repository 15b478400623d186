"""Prices beside those of like goods: worked by hand, and by plain sorting of the lines that were visible."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features import price
from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables

OPTIONS = Options(schemes={})


GOODS = {"hs6": "030614", "origin_country": "RU", "product_form": "frozen", "species": "KCD"}


def market(own: list[dict[str, Any]], others: list[dict[str, Any]]) -> tuple[Tables, pl.DataFrame]:
    """Consignment OWN with these lines, asked about 30 days after others of one line each were declared."""
    rows = [
        {"consignment_id": f"P{number:02d}", "item_no": 1, "known_at": START, **GOODS, **other}
        for number, other in enumerate(others)
    ]
    rows += [
        {"consignment_id": "OWN", "item_no": number, "known_at": START + DAY * 20, **GOODS, **line}
        for number, line in enumerate(own, start=1)
    ]
    consignments = {
        row["consignment_id"]: {
            "consignment_id": row["consignment_id"],
            "declared_at": row.pop("declared_at", START),
            "known_at": row["known_at"],
        }
        for row in rows
    }
    tables = {"goods_item": table("goods_item", rows), "consignment": table("consignment", [*consignments.values()])}
    asked = pl.DataFrame({"consignment_id": ["OWN"], "cutoff": [START + DAY * 30]})
    return Tables(tables), asked.cast({"cutoff": pl.Datetime("us", "UTC")})


def priced(prices: Sequence[float], **other: Any) -> list[dict[str, Any]]:
    return [{"net_kg": 10.0, "value_usd": each * 10, **other} for each in prices]


def answer(own: list[dict[str, Any]], others: list[dict[str, Any]]) -> dict[str, Any]:
    return Catalogue([price.FAMILY], OPTIONS).build(*market(own, others)).row(0, named=True)


def test_a_price_far_below_that_of_like_goods_shows_in_gap_distance_and_duty() -> None:
    prices = [8.0] * 7 + [4.0] * 7 + [16.0] * 7
    row = answer([{"net_kg": 100.0, "value_usd": 100.0, "duty_rate": 10.0}], priced(prices))
    assert row["price_peer_count"] == 21
    assert row["price_peer_median"] == pytest.approx(8.0)
    assert row["price_gap_log"] == pytest.approx(math.log(1 / 8))
    assert row["price_robust_z"] == pytest.approx(math.log(1 / 8) / (1.4826 * math.log(2)))
    assert row["species_price_robust_z"] == pytest.approx(row["price_robust_z"])
    assert row["undervalued_duty_usd"] == pytest.approx((8.0 * 100 - 100) * 0.1)


def test_nineteen_peers_are_too_few_and_are_counted() -> None:
    row = answer([{"net_kg": 100.0, "value_usd": 100.0, "duty_rate": 10.0}], priced([8.0] * 19))
    assert row["price_peer_count"] == 19
    assert row["price_gap_log"] is None
    assert row["price_robust_z"] is None
    assert row["undervalued_duty_usd"] is None


def test_peers_that_all_cost_the_same_give_a_gap_but_no_distance() -> None:
    row = answer([{"net_kg": 10.0, "value_usd": 40.0}], priced([8.0] * 25))
    assert row["price_gap_log"] == pytest.approx(math.log(0.5))
    assert row["price_robust_z"] is None
    assert row["undervalued_duty_usd"] is None


@pytest.mark.parametrize(
    "own",
    [
        {"net_kg": 0.0, "value_usd": 5.0},
        {"net_kg": None, "value_usd": 5.0},
        {"net_kg": 5.0},
        {"net_kg": 5.0, "value_usd": 0.0},
        {"net_kg": 1e-300, "value_usd": 1e300},
    ],
)
def test_a_line_without_a_price_cannot_be_compared(own: dict[str, Any]) -> None:
    row = answer([own], priced([8.0] * 25))
    assert row["price_peer_count"] is None
    assert row["price_gap_log"] is None


def test_a_line_above_its_peers_owes_no_more_duty() -> None:
    row = answer([{"net_kg": 10.0, "value_usd": 800.0, "duty_rate": 10.0}], priced([8.0] * 25))
    assert row["undervalued_duty_usd"] == 0.0


def test_too_few_of_the_month_make_way_for_the_form_then_the_origin_then_the_code() -> None:
    own = [{"net_kg": 10.0, "value_usd": 40.0}]
    june = START + DAY * 155
    others = priced([5.0] * 19)
    same_form = priced([6.0] * 30, declared_at=june)
    same_origin = priced([7.0] * 60, product_form="live")
    same_code = priced([9.0] * 120, origin_country="JP")
    expected = {
        "HS code, origin, form and month of the year": (priced([5.0] * 20), 20, 5.0),
        "HS code, origin and form": (others + same_form, 49, 6.0),
        "HS code and origin": (others + same_origin, 79, 7.0),
        "HS code": (others + same_code, 139, 9.0),
    }
    for group, (known, count, median) in expected.items():
        row = answer(own, known)
        assert (row["price_peer_group"], row["price_peer_count"]) == (group, count)
        assert row["price_peer_median"] == pytest.approx(median)


def test_goods_without_a_form_are_alike_but_an_unknown_origin_is_no_origin() -> None:
    own = {"net_kg": 10.0, "value_usd": 40.0}
    row = answer([{**own, "product_form": None}], priced([8.0] * 20, product_form=None) + priced([9.0] * 30))
    assert (row["price_peer_count"], row["price_peer_median"]) == (20, pytest.approx(8.0))
    row = answer([{**own, "origin_country": None}], priced([8.0] * 20, origin_country=None) + priced([9.0] * 30))
    assert (row["price_peer_group"], row["price_peer_count"]) == ("HS code", 50)


def test_amounts_per_unit_are_compared_within_one_unit() -> None:
    own = [{"net_kg": 10.0, "value_usd": 40.0, "quantity": 2.0, "unit": "NMB"}]
    others = priced([8.0] * 20, quantity=10.0, unit="NMB") + priced([8.0] * 20, quantity=1.0, unit="KGM")
    row = answer(own, others)
    assert (row["unit_price_peer_count"], row["unit_price_peer_median"]) == (20, pytest.approx(8.0))
    assert row["unit_price_gap_log"] == pytest.approx(math.log(20 / 8))
    assert row["unit_mass_gap_log"] == pytest.approx(math.log(5 / 1))
    row = answer([{**own[0], "unit": None}], priced([8.0] * 20, quantity=10.0))
    assert row["unit_price_peer_count"] is None
    assert row["unit_price_gap_log"] is None


def test_a_line_without_a_species_is_not_assessed_by_species() -> None:
    row = answer([{"net_kg": 10.0, "value_usd": 40.0, "species": None}], priced([8.0] * 25, species=None))
    assert row["species_price_peer_count"] is None
    assert row["price_peer_count"] == 25


def test_a_peer_leaves_when_the_window_ends() -> None:
    tables, asked = market([{"net_kg": 10.0, "value_usd": 40.0}], priced([8.0] * 21))
    catalogue = Catalogue([price.FAMILY], OPTIONS)
    just_before, at_its_end = (
        asked.with_columns(cutoff=pl.lit(START + price.WINDOW - wait).dt.cast_time_unit("us"))
        for wait in (timedelta(microseconds=1), timedelta(0))
    )
    assert catalogue.build(tables, just_before)["price_peer_count"].item() == 21
    assert catalogue.build(tables, at_its_end)["price_peer_count"].item() == 0


def test_lines_below_their_peers_add_up_and_one_above_offsets_nothing() -> None:
    own = [
        {"net_kg": 10.0, "value_usd": 40.0, "duty_rate": 10.0},
        {"net_kg": 10.0, "value_usd": 60.0, "duty_rate": 5.0},
        {"net_kg": 10.0, "value_usd": 900.0, "duty_rate": 5.0},
        {"net_kg": 10.0, "value_usd": 60.0},
    ]
    row = answer(own, priced([8.0] * 25))
    assert row["undervalued_duty_usd"] == pytest.approx(40 * 0.1 + 20 * 0.05)
    assert row["price_declared"] == pytest.approx(90.0)


def test_what_the_officer_reads() -> None:
    own = [{"net_kg": 10.0, "value_usd": 31.0}]
    row = answer(own, priced([8.2] * 60 + [4.1] * 41 + [16.4] * 42))
    told = Catalogue([price.FAMILY], OPTIONS).by_name["price_gap_log"]
    assert told.officer.format(value=row["price_gap_log"], **{fact: row[fact] for fact in told.compared}) == (
        "Declared at 3.10 USD per kg; 143 goods lines of the same HS code, origin, form and month of the year had a "
        "median of 8.20."
    )


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_all_comparisons_by_plain_sorting(seed: int) -> None:
    tables = _with_units_and_species(random_rows(seed, consignments=14), seed)
    questions = random_questions(seed, tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("features.peers.LEAST_PEERS", 2)
        found = Catalogue([price.FAMILY], OPTIONS).build(tables, questions)
    for row in found.iter_rows(named=True):
        for name in price.COMPARISONS:
            lines = _plain_lines(tables, row["consignment_id"], row["cutoff"], name)
            _equals_the_farthest(row, name, lines)
            if name == "price":
                duties = [line["duty"] for line in lines if line["duty"] is not None]
                assert row["undervalued_duty_usd"] == (pytest.approx(sum(duties), abs=1e-5) if duties else None)


def _with_units_and_species(rows: dict[str, pl.DataFrame], seed: int) -> Tables:
    draw = np.random.default_rng(seed)
    size = rows["goods_item"].height
    more = {
        "quantity": draw.choice([None, 0.0, 1.0, 2.0, 5.0], size),
        "unit": draw.choice([None, "NMB", "LTR"], size),
        "species": draw.choice([None, "KCD", "KCI"], size),
    }
    columns = [pl.Series(name, values.tolist(), rows["goods_item"].schema[name]) for name, values in more.items()]
    return Tables({**rows, "goods_item": rows["goods_item"].with_columns(columns)})


def _plain_lines(tables: Tables, own: str, cutoff: Any, name: str) -> list[dict[str, Any]]:
    """The own lines, each with what the first group of two or more says of it."""
    comparison = price.COMPARISONS[name]
    declared = {
        row["consignment_id"]: row["declared_at"]
        for row in visible(tables["consignment"].to_dicts(), ["consignment_id"], cutoff)
    }
    lines = visible(tables["goods_item"].to_dicts(), ["consignment_id", "item_no"], cutoff)
    for line in lines:
        of_line = declared.get(line["consignment_id"])
        line["month"], line["measure"] = of_line.month if of_line else None, line["unit"]
        above, below = line[comparison.above], line[comparison.below]
        line["log"] = math.log(above / below) if above and below else None
    others = [line for line in lines if line["log"] is not None and line["consignment_id"] in declared]
    others = [line for line in others if line["consignment_id"] != own]
    return [{**line, **_plain_comparison(line, others, comparison)} for line in lines if line["consignment_id"] == own]


def _plain_comparison(
    line: dict[str, Any], others: list[dict[str, Any]], comparison: price.Comparison
) -> dict[str, Any]:
    said: dict[str, Any] = dict.fromkeys(("gap", "z", "peers", "duty"))
    if line["log"] is None:
        return said
    for level in comparison.levels:
        if any(line[column] is None for column in level if column != "product_form"):
            continue
        group = np.array([other["log"] for other in others if all(other[name] == line[name] for name in level)])
        said["peers"] = len(group)
        if len(group) >= 2:
            middle = np.median(group)
            spread = np.median(np.abs(group - middle))
            said["gap"] = line["log"] - middle
            said["z"] = said["gap"] / (1.4826 * spread) if spread > 1e-6 else None
            if line["duty_rate"] is not None and comparison.below == "net_kg":
                below = max(0.0, math.exp(middle) * line["net_kg"] - line["value_usd"])
                said["duty"] = below * line["duty_rate"] / 100
            break
    return said


def _equals_the_farthest(row: dict[str, Any], name: str, lines: list[dict[str, Any]]) -> None:
    """Equal up to the last digits, by which lines of the same distance may change places."""
    farthest = max((abs(line["z"]) for line in lines if line["z"] is not None), default=None)
    if farthest is None:
        assert row[f"{name}_robust_z"] is None
        farthest = max((abs(line["gap"]) for line in lines if line["gap"] is not None), default=None)
        speaking = [line for line in lines if line["gap"] is None or abs(line["gap"]) == pytest.approx(farthest)]
        speaking = [line for line in speaking if (line["gap"] is None) == (farthest is None)]
    else:
        speaking = [line for line in lines if line["z"] is not None and abs(line["z"]) == pytest.approx(farthest)]
    said = {f"{name}_gap_log": "gap", f"{name}_robust_z": "z", f"{name}_peer_count": "peers"}
    answers = [tuple(line[key] for key in said.values()) for line in speaking] or [(None, None, None)]
    given_answer = tuple(row[column] for column in said)
    assert any(given_answer == pytest.approx(answer, abs=1e-9) for answer in answers)


def evidence_of(indicator: str, tables: Tables, asked: pl.DataFrame) -> list[str]:
    declared = Catalogue([price.FAMILY], OPTIONS).by_name[indicator]
    return declared.evidence(Asked(tables, asked), OPTIONS)["evidence"].to_list()


def test_evidence_names_the_own_lines_and_the_newest_peers_of_the_line_that_speaks() -> None:
    own = [{"net_kg": 10.0, "value_usd": 80.0}, {"net_kg": 10.0, "value_usd": 40.0, "hs6": "160510"}]
    others = priced([8.0] * 22) + priced([8.0] * 22, hs6="160510")
    others = [{**other, "known_at": START + timedelta(hours=number)} for number, other in enumerate(others)]
    newest = [f"goods_item:P{number}/1" for number in (43, 42, 41, 40, 39)]
    assert evidence_of("price_robust_z", *market(own, others)) == ["goods_item:OWN/1", "goods_item:OWN/2", *newest]


def test_evidence_is_of_the_group_that_answered() -> None:
    own = [{"net_kg": 10.0, "value_usd": 80.0, "quantity": 2.0, "unit": "NMB"}]
    others = priced([8.0] * 22, quantity=2.0, unit="NMB", origin_country="JP") + priced([8.0] * 5)
    newest = [f"goods_item:P{number:02d}/1" for number in (0, 1, 2, 3, 4)]
    assert evidence_of("unit_price_gap_log", *market(own, others)) == ["goods_item:OWN/1", *newest]


def test_where_too_few_peers_are_known_the_evidence_is_the_own_lines_alone() -> None:
    own = [{"net_kg": 10.0, "value_usd": 80.0}]
    assert evidence_of("price_peer_count", *market(own, priced([8.0] * 19))) == ["goods_item:OWN/1"]
