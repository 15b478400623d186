"""Flows: where a consignment stands in the books of both sides, and sums that depend on neither order nor chunks."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signal_frames import SPAN, many_cases, many_lines, one_case, one_line, shipped

from pipeline.world.scenario.signals import Recording, Statistics
from pipeline.world.signals.statistics import Flows

SHIPPED = shipped().statistics
SURE = {name: Recording(unrecorded=0.0, as_declared=0.0) for name in ("honest", "others", "T4")}
SURE["M3"] = Recording(unrecorded=1.0, as_declared=0.0)
SURE["B4"] = Recording(unrecorded=0.0, as_declared=1.0)


def certain(**values: Any) -> Statistics:
    """The shipped numbers without chance: everything is recorded, but M3 never, and B4 as declared."""
    reporters = {name: one.model_copy(update={"by_dispatch": 0.0}) for name, one in SHIPPED.reporters.items()}
    sure = {"reporters": reporters, "recording": SURE, "relay_recorded": 1.0, "last_destination_known": 0.0}
    return SHIPPED.model_copy(update=sure | {"under_way_days": {"others": (20.0, 20.0)}} | values)


def entries(scenario: Statistics, case: pl.DataFrame, line: pl.DataFrame | None = None) -> set[tuple[Any, ...]]:
    flows = Flows(7, scenario, SPAN)
    flows.add(case, one_line() if line is None else line)
    month = pl.col("month") - 2024 * 12 + 1
    return set(flows.sums.select("flow", "reporter", "partner", "hs", month, "grams", "cents").rows())


IMPORT = ("import", "JP", "RU", "030614", 2, 900_000, 900_000)
EXPORT = ("export", "RU", "JP", "030614", 1, 1_000_000, 1_060_000)


def test_each_side_counts_what_it_saw() -> None:
    assert entries(certain(), one_case()) == {IMPORT, EXPORT}


def test_an_unrecorded_export_is_missing_on_the_exporting_side() -> None:
    assert entries(certain(), one_case(mechanism="M3")) == {IMPORT}


def test_an_invoice_that_serves_both_sides_hides_the_difference() -> None:
    assert entries(certain(), one_case(mechanism="B4")) == {IMPORT, (*EXPORT[:5], 900_000, 900_000)}


def test_a_declared_export_is_the_record_of_the_exporter() -> None:
    case = one_case(regime="export", mechanism="M1")
    exported, imported = ("export", "RU", "JP", "030614", 2, 900_000, 900_000), ("import", "JP", "RU", "030614", 3)
    assert entries(certain(), case) == {exported, (*imported, 1_000_000, 1_060_000)}


def test_goods_in_transit_are_nobodys_trade() -> None:
    assert entries(certain(), one_case(regime="transit")) == set()


def test_a_relay_counts_the_goods_in_and_out() -> None:
    case = one_case(dispatch_country="KR", origin_country="KR")
    true = ("030614", 1, 1_000_000, 1_060_000)
    relayed = {("export", "RU", "KR", *true), ("import", "KR", "RU", *true), ("export", "KR", "JP", *true)}
    assert entries(certain(), case) == {("import", "JP", "KR", *IMPORT[3:]), *relayed}
    silent = certain(relay_recorded=0.0, last_destination_known=1.0)
    assert entries(silent, case) == {("import", "JP", "KR", *IMPORT[3:]), EXPORT}


def test_a_country_that_publishes_nothing_leaves_no_entry() -> None:
    case = one_case(dispatch_country="HK")
    assert entries(certain(), case) == {IMPORT, ("export", "RU", "HK", *EXPORT[3:])}


def test_imports_may_be_booked_under_the_country_of_dispatch() -> None:
    japan = SHIPPED.reporters["JP"].model_copy(update={"by_dispatch": 1.0})
    scenario = certain(reporters={"JP": japan})
    assert entries(scenario, one_case(dispatch_country="KR")) == {("import", "JP", "KR", *IMPORT[3:])}


def test_a_swapped_code_stands_on_one_side_alone() -> None:
    sums = entries(certain(), one_case(mechanism="T2"), one_line(hs6="440711"))
    assert {(flow, hs) for flow, _, _, hs, *_ in sums} == {("import", "440711"), ("export", "440321")}


def test_a_rerouted_export_names_another_country() -> None:
    sums = entries(certain(rerouted_to=("CN",)), one_case(mechanism="T4"))
    assert sums == {IMPORT, ("export", "RU", "CN", *EXPORT[3:])}


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 99), cuts=st.lists(st.integers(1, 119), max_size=4))
def test_sums_depend_on_neither_order_nor_chunks(seed: int, cuts: list[int]) -> None:
    cases = many_cases(seed, 120)
    lines = many_lines(seed, cases)
    whole = Flows(seed, SHIPPED, SPAN)
    whole.add(cases, lines.sample(fraction=1.0, shuffle=True, seed=seed))
    bounds = [0, *sorted(set(cuts)), 120]
    parts = Flows(seed, SHIPPED, SPAN)
    for low, high in reversed(list(pairwise(bounds))):
        shift = pl.col("row") - low
        some = lines.filter(pl.col("row").is_between(low, high - 1)).with_columns(row=shift)
        parts.add(cases[low:high].with_columns(row=shift), some)
    assert whole.sums.equals(parts.sums)
    assert whole.table().equals(parts.table())


def test_the_stated_share_of_exports_is_recorded() -> None:
    cases = many_cases(3, 6000, cases=0.0).with_columns(
        regime=pl.lit("import"), dispatch_country=pl.lit("RU"), true_origin_country=pl.lit("RU"),
        origin_country=pl.lit("RU"), destination_country=pl.lit("JP"),
    )  # fmt: skip
    lines = pl.concat([one_line(net_kg=1.0, true_kg=1.0)] * cases.height).with_columns(row=pl.Series(range(6000)))
    for mechanism in (None, "M1", "M3", "T3", "B2"):
        flows = Flows(7, certain(recording=SHIPPED.recording), SPAN)
        flows.add(cases.with_columns(mechanism=pl.lit(mechanism, dtype=pl.String)), lines)
        exported = flows.sums.filter(flow="export")["grams"].sum() / 1000
        known = SHIPPED.recording.get(mechanism or "honest", SHIPPED.recording["others"])
        assert exported / 6000 == pytest.approx(1 - known.unrecorded, abs=0.02)


def test_a_chunk_without_consignments_adds_nothing() -> None:
    flows = Flows(7, SHIPPED, SPAN)
    flows.add(one_case().clear(), one_line().clear())
    assert not flows.sums.height
    assert not flows.table().height
