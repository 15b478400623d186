"""Prices beside those of like goods: worked by hand, and by plain sorting of the lines that were visible."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from histories import DAY, START, random_questions, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features import price
from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables

OPTIONS = Options(schemes={})


def market(own: dict[str, Any], prices: list[float]) -> pl.DataFrame:
    """Features of one consignment, asked about 30 days after others were declared at these prices per kg."""
    goods: dict[str, Any] = {"hs6": "030614", "origin_country": "RU", "product_form": "frozen", "species": "KCD"}
    rows = [
        {
            "consignment_id": f"P{number}",
            "item_no": 1,
            "net_kg": 10.0,
            "value_usd": each * 10,
            "known_at": START,
            **goods,
        }
        for number, each in enumerate(prices)
    ]
    rows.append({"consignment_id": "OWN", "item_no": 1, "known_at": START + DAY * 20, **goods, **own})
    consignments = [
        {"consignment_id": row["consignment_id"], "declared_at": START, "known_at": row["known_at"]} for row in rows
    ]
    tables = Tables({"goods_item": table("goods_item", rows), "consignment": table("consignment", consignments)})
    asked = pl.DataFrame({"consignment_id": ["OWN"], "cutoff": [START + DAY * 30]}).cast(
        {"cutoff": pl.Datetime("us", "UTC")}
    )
    return Catalogue([price.FAMILY], OPTIONS).build(tables, asked)


def test_a_price_far_below_that_of_like_goods_shows_in_gap_distance_and_duty() -> None:
    prices = [8.0] * 7 + [4.0] * 7 + [16.0] * 7
    row = market({"net_kg": 100.0, "value_usd": 100.0, "duty_rate": 10.0}, prices).row(0, named=True)
    assert row["price_peer_count"] == 21
    assert row["price_peer_median"] == pytest.approx(8.0)
    assert row["price_gap_log"] == pytest.approx(math.log(1 / 8))
    assert row["price_robust_z"] == pytest.approx(math.log(1 / 8) / (1.4826 * math.log(2)))
    assert row["species_price_robust_z"] == pytest.approx(row["price_robust_z"])
    assert row["undervalued_duty_usd"] == pytest.approx((8.0 * 100 - 100) * 0.1)


def test_nineteen_peers_are_too_few_and_are_counted() -> None:
    row = market({"net_kg": 100.0, "value_usd": 100.0, "duty_rate": 10.0}, [8.0] * 19).row(0, named=True)
    assert row["price_peer_count"] == 19
    assert row["price_gap_log"] is None
    assert row["price_robust_z"] is None
    assert row["undervalued_duty_usd"] is None


def test_peers_that_all_cost_the_same_give_a_gap_but_no_distance() -> None:
    row = market({"net_kg": 10.0, "value_usd": 40.0}, [8.0] * 25).row(0, named=True)
    assert row["price_gap_log"] == pytest.approx(math.log(0.5))
    assert row["price_robust_z"] is None
    assert row["undervalued_duty_usd"] is None


@pytest.mark.parametrize(
    "own", [{"net_kg": 0.0, "value_usd": 5.0}, {"net_kg": None, "value_usd": 5.0}, {"net_kg": 5.0}]
)
def test_a_line_without_a_price_cannot_be_compared(own: dict[str, Any]) -> None:
    row = market(own, [8.0] * 25).row(0, named=True)
    assert row["price_peer_count"] is None
    assert row["price_gap_log"] is None


def test_a_line_above_its_peers_owes_no_more_duty() -> None:
    row = market({"net_kg": 10.0, "value_usd": 800.0, "duty_rate": 10.0}, [8.0] * 25).row(0, named=True)
    assert row["undervalued_duty_usd"] == 0.0


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_farthest_line_speaks_by_plain_sorting(seed: int) -> None:
    tables = random_tables(seed, consignments=14)
    questions = random_questions(seed, tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("features.peers.LEAST_PEERS", 2)
        found = Catalogue([price.FAMILY], OPTIONS).build(tables, questions)
    for row in found.iter_rows(named=True):
        distances = _plain_distances(tables, row["consignment_id"], row["cutoff"])
        known = [each for each in distances if each is not None]
        if known:
            assert abs(row["price_robust_z"]) == pytest.approx(max(abs(each) for each in known))
        else:
            assert row["price_robust_z"] is None


def _plain_distances(tables: Tables, own: str, cutoff: Any) -> list[float | None]:
    consignments = {
        row["consignment_id"]: row for row in visible(tables["consignment"].to_dicts(), ["consignment_id"], cutoff)
    }
    goods = visible(tables["goods_item"].to_dicts(), ["consignment_id", "item_no"], cutoff)
    lines = [row for row in goods if row["net_kg"] and row["value_usd"]]
    for row in lines:
        row["log"] = math.log(row["value_usd"] / row["net_kg"])
        known = consignments.get(row["consignment_id"])
        row["month"] = known["declared_at"].month if known else None
    peers = [row for row in lines if row["consignment_id"] in consignments and row["consignment_id"] != own]
    distances: list[float | None] = []
    for line in (row for row in lines if row["consignment_id"] == own):
        distances.append(None)
        for level in price.COMPARISONS["price"].levels:
            group = np.array([row["log"] for row in peers if all(row[name] == line[name] for name in level)])
            if len(group) >= 2:
                middle = np.median(group)
                spread = np.median(np.abs(group - middle))
                distances[-1] = float((line["log"] - middle) / (1.4826 * spread)) if spread > 1e-6 else None
                break
    return distances


def test_evidence_names_the_own_lines_and_the_newest_of_the_same_code() -> None:
    rows = [
        {
            "consignment_id": f"P{n}",
            "item_no": 1,
            "hs6": "030614",
            "net_kg": 1.0,
            "value_usd": 2.0,
            "known_at": START + DAY * n,
        }
        for n in range(8)
    ]
    consignments = [{"consignment_id": f"P{n}", "declared_at": START, "known_at": START + DAY * n} for n in range(8)]
    tables = Tables({"goods_item": table("goods_item", rows), "consignment": table("consignment", consignments)})
    asked = pl.DataFrame({"consignment_id": ["P7"], "cutoff": [START + DAY * 9]}).cast(
        {"cutoff": pl.Datetime("us", "UTC")}
    )
    indicator = Catalogue([price.FAMILY], OPTIONS).by_name["price_robust_z"]
    found = indicator.evidence(Asked(tables, asked), OPTIONS)["evidence"].to_list()
    assert found == [f"goods_item:P{n}/1" for n in (7, 6, 5, 4, 3, 2)]
