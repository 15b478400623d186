from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from histories import DAY, START, table
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_cases import OPTIONS
from plain_reconciled_calls import PlainCalls
from plain_reconciliation import Plain
from reconciliation_rows import frames_of

from features.reconciliation import FINDINGS, Reconciled, ReconcileOptions, reconcile
from features.tables import Tables

HOUR = timedelta(hours=1)
T = START + DAY * 60
SET = ReconcileOptions(days=40, lag_hours=48, voyage_hours=24)


def states(made: Reconciled, name: str) -> dict[str, str]:
    return dict(made.tables[name].select("row", "state").iter_rows())


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    day=st.integers(1, 60),
    days=st.sampled_from([5, 20, 60]),
    lag=st.sampled_from([None, 24.0, 200.0]),
    voyage=st.sampled_from([None, 0.0, 72.0]),
)
def test_states_are_those_of_the_plain_way(
    seed: int, day: int, days: int, lag: float | None, voyage: float | None
) -> None:
    as_of, asked = START + DAY * day, ReconcileOptions(days, lag, voyage, relay_days=8)
    frames = frames_of(seed)
    made = reconcile(Tables(frames), as_of, OPTIONS, asked)
    plain = Plain(frames, as_of, asked)
    if lag is not None and voyage is not None:  # what is learned is held against worked cases below
        assert states(made, "landings") == plain.landings()
        assert states(made, "entries") == plain.entry_states()
        told = made.tables["relays"].select("row", "entry_numbers").rows()
        assert {row: set(entries.split(", ")) for row, entries in told} == plain.relays()
    assert states(made, "weights") == plain.weights()
    assert set(made.tables["species"]["row"]) == plain.species()
    calls = PlainCalls(frames, as_of, asked, plain.home())
    assert states(made, "calls") == ({} if "calls" in made.missing else calls.stay_states())
    assert states(made, "notices") == ({} if "calls" in made.missing else calls.notice_states())


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), day=st.integers(1, 60))
def test_what_came_later_and_the_order_of_rows_change_nothing(seed: int, day: int) -> None:
    as_of, frames = START + DAY * day, frames_of(seed)
    whole = reconcile(Tables(frames), as_of, OPTIONS, ReconcileOptions(30))
    known = {name: rows.filter(pl.col("known_at") <= as_of) for name, rows in frames.items()}
    again = {name: rows.sample(fraction=1, shuffle=True, seed=seed) for name, rows in known.items()}
    then = reconcile(Tables(again), as_of, OPTIONS, ReconcileOptions(30))
    assert then.missing == whole.missing
    for name, rows in whole.tables.items():
        assert rows.equals(then.tables[name]), name


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), day=st.integers(20, 60))
def test_every_total_counts_the_rows_that_it_leads_to(seed: int, day: int) -> None:
    made = reconcile(Tables(frames_of(seed)), START + DAY * day, OPTIONS, SET)
    for total in made.tables["totals"].iter_rows(named=True):
        rows = made.tables[total["table"]].filter(state=total["state"])
        if total["by"] == "species" and total["value"] is not None:
            rows = rows.filter(pl.col("species").list.contains(total["value"]))
        elif total["by"] == "species":
            rows = rows.filter(pl.col("species").list.len().fill_null(0) == 0)
        elif total["by"] != "all":
            rows = rows.filter(pl.col(total["by"]).eq_missing(pl.lit(total["value"])))
        assert rows.height == total["rows"]
        if total["kg"] is None:
            assert rows["kg"].null_count()
        else:
            assert total["kg"] == pytest.approx(rows["kg"].sum())


# One consignment A of 100 kg of KCD, landed from V1 at JPWKJ on day 30, with the entry RU 1 of the same.
def world(**changed: Any) -> Tables:
    known = {"known_at": START + DAY * 30}
    landing = {
        "consignment_id": "A",
        "regime": "import",
        "vessel_id": "V1",
        "discharge_port": "JPWKJ",
        "destination_country": "JP",
        "declared_at": START + DAY * 29,
        "arrived_at": START + DAY * 30,
        **known,
    }
    item = {"consignment_id": "A", "item_no": 1, "hs6": "030614", "species": "KCD", "net_kg": 100.0, **known}
    paper = {
        "document_id": "A-1",
        "consignment_id": "A",
        "kind": "export_entry",
        "form": "original",
        "number": "1",
        "issuer_country": "RU",
        **known,
    }
    line = {
        "issuer_country": "RU",
        "number": "1",
        "line_no": 1,
        "cleared_at": START + DAY * 29,
        "vessel_id": "V1",
        "destination_port": "JPWKJ",
        "hs6": "030614",
        "species": "KCD",
        "net_kg": 100.0,
        **known,
    }
    # The issuer is known to tell of such goods, and its records to come within a day.
    others = [
        {**line, "number": f"X{n}", "destination_port": "KRPUS", "known_at": START + DAY, "cleared_at": START}
        for n in range(20)
    ]
    rows = {
        "consignment": [landing],
        "goods_item": [{**item, "origin_country": "RU"}],
        "document": [paper],
        "partner_export": [line],
        "port_call": [],
        "vessel": [{"vessel_id": "V1", "valid_from": START, "kind": "fishing", "known_at": START}],
    }
    rows |= changed
    rows["partner_export"] = [{**line, **row} for row in rows["partner_export"]] + others
    rows["consignment"] = [{**landing, **row} for row in rows["consignment"]]
    rows["goods_item"] = [{**item, "origin_country": "RU", **row} for row in rows["goods_item"]]
    rows["document"] = [{**paper, **row} for row in rows["document"]]
    return Tables({name: table(name, content) for name, content in rows.items()})


def found(tables: Tables, name: str, as_of: datetime = T, asked: ReconcileOptions = SET) -> dict[str, str]:
    return states(reconcile(tables, as_of, OPTIONS, asked), name)


def test_a_landing_with_its_entry_agrees() -> None:
    tables = world()
    assert found(tables, "landings") == {"A": "entry found"}
    assert found(tables, "entries") == {"RU 1": "landed"}
    assert found(tables, "weights") == {"A": "agrees"}
    assert found(tables, "species") == {}


def test_a_number_that_the_issuer_does_not_tell_of_counts_after_its_lag_alone() -> None:
    tables = world(partner_export=[])
    lag = START + DAY * 30 + HOUR * 48
    assert found(tables, "landings", lag) == {"A": "too early to say"}
    assert found(tables, "landings", lag + HOUR) == {"A": "landed without entry"}


def test_the_lag_is_learned_from_what_was_known() -> None:
    tables = world(partner_export=[])
    learned = ReconcileOptions(days=40)
    assert found(tables, "landings", START + DAY * 31, learned) == {"A": "too early to say"}
    made = reconcile(tables, START + DAY * 31 + HOUR, OPTIONS, learned)
    assert states(made, "landings") == {"A": "landed without entry"}
    assert made.tables["waits"].rows() == [("RU", 24.0, None)]


def test_a_landing_without_any_paper_names_the_rule_that_asks_for_one() -> None:
    made = reconcile(world(document=[{"kind": "invoice"}], partner_export=[]), T, OPTIONS, SET)
    row = made.tables["landings"].row(0, named=True)
    assert (row["state"], row["why"]) == (
        "landed without entry",
        "no export entry was presented; required by: since; crab",
    )


def test_an_entry_that_nobody_presented_is_lost_after_lag_and_voyage_and_both_sides_are_named() -> None:
    tables = world(document=[{"number": "2"}], partner_export=[{"net_kg": 110.0}])
    wait = START + DAY * 29 + HOUR * 72
    assert found(tables, "entries", wait) == {"RU 1": "too early to say"}
    made = reconcile(tables, wait + HOUR, OPTIONS, SET)
    assert states(made, "entries") == {"RU 1": "entered but never landed"}
    made = reconcile(tables, T, OPTIONS, SET)
    assert made.tables["landings"]["possible_entries"].to_list() == ["RU 1"]
    assert found(tables, "entries", T, ReconcileOptions(days=40)) == {"RU 1": "not assessable"}


def test_a_declared_cargo_that_is_still_at_sea_is_not_lost() -> None:
    assert found(world(consignment=[{"arrived_at": T + DAY}]), "entries", T, ReconcileOptions(40, 1, 1)) == {
        "RU 1": "declared, not landed yet"
    }


@pytest.mark.parametrize(
    ("port", "state"), [("JPXXX", "landed"), ("JPOTR", "landed at another port"), ("KRPUS", "landed at another port")]
)
def test_codes_of_one_port_are_one_port(port: str, state: str) -> None:
    assert found(world(partner_export=[{"destination_port": port}]), "entries", T, ReconcileOptions(40)) == {
        "RU 1": state
    }


@pytest.mark.parametrize(
    ("kg", "state"),
    [
        (95.3, "agrees"),
        (95.0, "weight differs by more than 5 %"),
        (90.9, "weight differs by more than 10 %"),
        (0.1, "weight differs a thousandfold"),
        (100_000, "weight differs a thousandfold"),
        (None, "not assessable"),
    ],
)
def test_weights_are_graded_and_never_repaired(kg: float | None, state: str) -> None:
    assert found(world(partner_export=[{"net_kg": kg}]), "weights") == {"A": state}


def test_a_number_that_serves_two_landings_is_weighed_against_both() -> None:
    second = {"consignment_id": "B"}
    tables = world(consignment=[{}, second], goods_item=[{}, second], document=[{}, {**second, "document_id": "B-1"}])
    made = reconcile(tables, T, OPTIONS, SET)
    row = made.tables["weights"].row(0, named=True)
    assert (row["row"], row["landed_kg"], row["entered_kg"], row["landings"]) == ("A", 200.0, 100.0, "A, B")
    assert states(made, "weights") == {"A": "entry presented again for more"}
    assert row["over_from"] == "B"
    assert row["why"] == "200.0 kg landed, 100.0 kg entered; with B it is more than the entry"


def test_an_entry_that_is_lawfully_divided_is_not_presented_again_for_more() -> None:
    second, half = {"consignment_id": "B"}, {"net_kg": 50.0}
    papers = [{}, {**second, "document_id": "B-1"}]
    tables = world(consignment=[{}, second], goods_item=[half, {**second, **half}], document=papers)
    assert found(tables, "weights") == {"A": "agrees"}


def test_an_entry_on_record_that_was_not_presented_is_named_and_neither_side_is_lost() -> None:
    tables = world(document=[{"kind": "invoice"}])
    made = reconcile(tables, T, OPTIONS, SET)
    row = made.tables["landings"].row(0, named=True)
    assert (row["state"], row["why"]) == (
        "entry on record, not presented",
        "RU 1 is on record for the same vessel, species and weight",
    )
    assert states(made, "entries") == {"RU 1": "landed, not presented"}
    other_vessel = world(document=[{"kind": "invoice"}], partner_export=[{"vessel_id": "V2"}])
    assert found(other_vessel, "landings") == {"A": "landed without entry"}
    abroad = world(document=[{"kind": "invoice"}], partner_export=[{"destination_port": "KRPUS"}])
    assert found(abroad, "landings") == {"A": "landed without entry"}


def test_a_slip_in_the_number_is_no_landing_without_entry() -> None:
    tables = world(document=[{"number": "EX-1243"}], partner_export=[{"number": "EX-1234"}])
    made = reconcile(tables, T, OPTIONS, SET)
    row = made.tables["landings"].row(0, named=True)
    assert row["state"] == "entry found under a like number"
    assert row["why"] == "RU EX-1243 was presented, RU EX-1234 is on record: same vessel, species and weight"
    assert states(made, "entries") == {"RU EX-1234": "landed, not presented"}


def test_a_certificate_of_origin_that_its_state_tells_of_stands_for_the_entry_on_its_side_alone() -> None:
    made = reconcile(world(document=[{"kind": "origin_certificate"}]), T, OPTIONS, SET)
    assert states(made, "entries") == {"RU 1": "landed"}
    assert states(made, "weights") == {"A": "agrees"}
    assert states(made, "landings") == {"A": "landed without entry"}
    papers = [{}, {"document_id": "A-2", "kind": "origin_certificate", "number": "X1"}]
    assert found(world(document=papers), "weights") == {"A": "agrees"}


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "relayed under another origin"),
        ({"origin_country": "RU"}, "relayed, origin declared"),
        ({"loading_port": "KRTGH"}, None),
        ({"consignee": "Vostok Trade"}, None),
        ({"consignee": None}, "relayed under another origin"),
        ({"net_kg": 106.0}, None),
        ({"cleared_at": START + DAY * 19}, None),
    ],
)
def test_goods_entered_for_the_port_that_they_came_from_are_a_relay(changed: dict[str, Any], state: str | None) -> None:
    told = {"destination_port": "KRPUS", "consignee": "Немуро Суйсан", "net_kg": 100.0, "number": "K1"}
    tables = world(
        consignment=[{"loading_port": changed.get("loading_port", "KRPUS"), "exporter_id": "E"}],
        goods_item=[{"origin_country": changed.get("origin_country", "KR")}],
        document=[{"kind": "invoice"}],
        partner_export=[told | {"vessel_id": "V9"} | {k: v for k, v in changed.items() if k in (*told, "cleared_at")}],
        party=[{"party_id": "E", "name": "Nemuro Suisan Co Ltd", "known_at": START}],
    )
    assert found(tables, "relays", T, ReconcileOptions(40, 48, 24, relay_days=10)) == ({"A": state} if state else {})


def test_species_on_one_side_only() -> None:
    made = reconcile(world(partner_export=[{"species": "CRQ"}]), T, OPTIONS, SET)
    assert made.tables["species"].select("row", "why", "kg").rows() == [
        ("A CRQ entered", "CRQ was entered only", 100.0),
        ("A KCD landed", "KCD was landed only", 100.0),
    ]


def call(name: str, hours: float, by: str, known: float = 0, **other: Any) -> dict[str, Any]:
    at = START + DAY * 31 + HOUR * hours
    return {
        "call_id": name,
        "vessel_id": "V1",
        "port": "JPWKJ",
        "arrived_at": at,
        "reported_by": by,
        "known_at": at + HOUR * known,
        **other,
    }


OTHERS = [call(f"O{n}", -480 + n, "ais", 10, vessel_id="V9") for n in range(20)]
FIRST_NOTICE = call("N0", -400, "vessel", vessel_id="V9")


def test_calls_against_notices() -> None:
    calls = [call("K1", 0, "ais", 5), call("K2", 20, "port", 5), call("N1", 44, "vessel"), *OTHERS, FIRST_NOTICE]
    tables = world(port_call=calls)
    assert found(tables, "calls")["K1"] == "call without notice"
    made = reconcile(tables, T, OPTIONS, SET).tables["calls"].filter(row="K1").row(0, named=True)
    assert (made["seen_by"], made["call_ids"]) == ("ais, port", "K1, K2")
    near = world(port_call=[*calls, call("N2", 24, "vessel")])
    assert found(near, "calls")["K1"] == "notice found"
    freighter = [{"vessel_id": "V1", "valid_from": START, "kind": "container", "known_at": START}]
    assert found(world(port_call=calls, vessel=freighter), "calls")["K1"] == "no notice owed"
    assert found(world(port_call=[*calls[:2], *OTHERS]), "calls")["K1"] == "not assessable"


def test_notices_against_calls() -> None:
    calls = [call("N1", 0, "vessel", -20), *OTHERS, FIRST_NOTICE]
    until = START + DAY * 34 + HOUR * 10  # three days in which it may still come, and ten hours until that is told
    assert found(world(port_call=calls), "notices", until)["N1"] == "too early to say"
    assert found(world(port_call=calls), "notices", until + HOUR)["N1"] == "unmatched notice"
    late = world(port_call=[*calls, call("K1", 72, "ais")])
    assert found(late, "notices", T)["N1"] == "call seen"
    few = world(port_call=[*calls[:1], *OTHERS[:3]])
    assert found(few, "notices", T)["N1"] == "not assessable"


def test_what_was_not_delivered_is_said_and_not_counted() -> None:
    without = {"port_call": [], "vessel": []}
    tables = world(**without)
    made = reconcile(tables, T, OPTIONS, SET)
    assert made.missing == {
        "calls": "not delivered by then: port_call, vessel",
        "notices": "not delivered by then: port_call, vessel",
    }
    nothing = Tables({name: tables[name] for name in ("consignment", "goods_item")})
    made = reconcile(nothing, T, OPTIONS, SET)
    assert set(made.missing) == set(FINDINGS)
    assert states(made, "landings") == {"A": "not assessable"}
    assert made.tables["totals"]["table"].unique().to_list() == ["landings"]


@pytest.mark.parametrize(
    ("as_of", "days", "message"),
    [(datetime(2024, 1, 1), 5, "needed an instant with a zone"), (T, 0, "needed at least one day, found 0")],
)
def test_what_cannot_be_asked(as_of: datetime, days: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reconcile(world(), as_of, OPTIONS, ReconcileOptions(days))
