"""Alerts: who tells what, how often it is right, and that nothing is told too early."""

from __future__ import annotations

import polars as pl
import pytest
from signal_frames import SPAN, many_cases, many_firms, many_hulls, many_lines, one_case, one_line, shipped

from pipeline.world.calendar import DAY, HOUR
from pipeline.world.scenario.signals import Alerts, Split
from pipeline.world.signals.alerts import SCHEMES, alerts, earlier_alerts

SHIPPED = shipped().alerts
FIRMS, HULLS = many_firms(1), many_hulls(1)
KEY = ["alert_id", "subject_kind", "subject"]


def told(scenario: Alerts = SHIPPED, chunk: int = 0, count: int = 12_000) -> tuple[pl.DataFrame, pl.DataFrame]:
    cases = many_cases(5, count, first=chunk * count)
    return cases, alerts(7, scenario, chunk, cases, many_lines(5, cases), FIRMS, HULLS)


def only(kind: str, **values: object) -> Alerts:
    """Every case is told, nothing untrue, and of one kind of thing."""
    origins = {name: one.model_copy(update={"names": {kind: 1.0}}) for name, one in SHIPPED.origins.items()}
    return SHIPPED.model_copy(update={"told": {"others": 1.0}, "right": 1.0, "origins": origins} | values)


def test_a_key_has_one_row_per_version_and_its_withdrawal_comes_later() -> None:
    _, table = told(SHIPPED.model_copy(update={"withdrawn": Split(honest=0.5, offends=0.5)}))
    assert not table.select(*KEY, "known_at").is_duplicated().any()
    first = table.filter(~pl.col("withdrawn")).group_by(KEY).agg(pl.col("known_at").min().alias("first"))
    later = table.filter("withdrawn").join(first, on=KEY, how="left")
    assert later.height > 20
    assert (later["known_at"] >= later["first"] + SHIPPED.withdrawn_days[0] * DAY).all()
    assert later.group_by("alert_id").agg(pl.col("known_at").n_unique())["known_at"].max() == 1


def test_about_one_alert_in_three_is_right() -> None:
    right = number = 0
    for chunk in range(4):
        cases, table = told(only("document").model_copy(update={"right": SHIPPED.right}), chunk)
        right += cases["mechanism"].is_not_null().sum()
        number += table["alert_id"].n_unique()
    assert right / number == pytest.approx(SHIPPED.right, abs=0.02)


def test_cases_are_told_in_the_stated_share() -> None:
    cases = many_cases(5, 20_000, cases=1.0).with_columns(mechanism=pl.lit("M3"))
    table = alerts(7, SHIPPED, 0, cases, many_lines(5, cases), FIRMS, HULLS)
    assert table["alert_id"].n_unique() / cases.height == pytest.approx(SHIPPED.told["M3"], abs=0.008)


def test_nothing_is_issued_before_the_declaration_nor_known_before_the_issue() -> None:
    case = one_case(mechanism="B1", lane="brand_diversion")
    for chunk in range(12):
        table = alerts(7, only("party"), chunk, case, one_line(), FIRMS, HULLS)
        issued = table["issued_at"] - case["declared"]
        assert issued.is_between(*(round(days * DAY) for days in SHIPPED.learned_days)).all()
        assert (table["known_at"] >= table["issued_at"] + HOUR).all()


def test_the_things_named_are_those_of_the_consignment() -> None:
    case = one_case(mechanism="M1").with_columns(containers=pl.Series([["CSQU3054383"]]))
    documents = pl.DataFrame({"consignment_id": ["C0", "C0"], "number": ["77", "12"]})
    wanted = {
        "vessel": {HULLS["vessel_id"][0]},
        "party": set(FIRMS["party_id"][:2]),
        "hs_prefix": {"03", "0306", "030614"},
        "route": {"RU>JP"},
        "container": {"CSQU3054383"},
        "document": {"12"},
    }
    for kind, subjects in wanted.items():
        found = {
            (row["subject_kind"], row["subject"])
            for chunk in range(12)
            for row in alerts(7, only(kind), chunk, case, one_line(), FIRMS, HULLS, documents).rows(named=True)
        }
        assert found <= {(kind, subject) for subject in subjects}
        assert len(found) >= min(2, len(subjects))


def test_what_cannot_be_named_leaves_the_party_and_the_vessel() -> None:
    table = alerts(7, only("container"), 0, one_case(mechanism="M1"), one_line(), FIRMS, HULLS)
    assert set(table["subject_kind"]) == {"party", "vessel"}


def test_senders_keep_to_their_lanes_and_carry_their_restriction() -> None:
    _, table = told()
    uses = {name: one.use for name, one in SHIPPED.origins.items()}
    assert set(table.select("origin", "use").unique().rows()) == set(uses.items())
    assert set(table.filter(origin="right_holder")["scheme"].drop_nulls()) == {"brand_diversion"}
    assert set(table["scheme"].drop_nulls()) <= set(SCHEMES)
    assert table["weight"].is_between(0, 1).all()
    assert table.select(((pl.col("valid_to") > pl.col("issued_at")) | pl.col("valid_to").is_null()).all()).item()


def test_a_chunk_tells_the_same_whatever_the_order_of_its_lines_and_firms() -> None:
    cases = many_cases(5, 3000)
    lines = many_lines(5, cases)
    one = alerts(7, SHIPPED, 0, cases, lines, FIRMS, HULLS)
    shuffled = [frame.sample(fraction=1.0, shuffle=True, seed=3) for frame in (lines, FIRMS, HULLS)]
    assert one.equals(alerts(7, SHIPPED, 0, cases, *shuffled))
    assert not one.equals(alerts(7, SHIPPED, 1, cases, lines, FIRMS, HULLS))


def test_alerts_from_before_the_world_are_about_firms_that_traded_by_then() -> None:
    firms = many_firms(1, 4000)
    scenario = SHIPPED.model_copy(update={"earlier": SHIPPED.earlier.model_copy(update={"rogue_firms": 0.3})})
    table = earlier_alerts(7, scenario, firms, HULLS, SPAN)
    begin = SPAN.start - SHIPPED.earlier.days * DAY
    assert table["issued_at"].is_between(begin, SPAN.start).all()
    named = (
        table.filter(subject_kind="party")
        .unique("alert_id")
        .join(firms.select(subject="party_id", rogue="rogue", active_from="active_from"), on="subject", how="left")
    )
    assert (named["active_from"] < begin).all()
    assert named["rogue"].mean() == pytest.approx(SHIPPED.right, abs=0.06)
    assert set(table["subject_kind"]) == {"party", "vessel"}


def test_nobody_tells_of_nothing() -> None:
    assert alerts(7, SHIPPED, 0, one_case().clear(), one_line().clear(), FIRMS, HULLS).height == 0
