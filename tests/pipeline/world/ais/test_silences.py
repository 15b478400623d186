"""Silences: stretches of time against a plain loop, shares and durations of the scenario."""

from __future__ import annotations

import numpy as np
import pytest
from ais_frames import GROUND, a_trip, span_of, stage, stages_frame
from hypothesis import given, settings
from hypothesis import strategies as st
from sections import load_ais

from pipeline.world.ais.hull_stages import stages_by_hull
from pipeline.world.ais.silences import YEAR, make_spells, silences, spells_at_rate
from pipeline.world.calendar import DAY, HOUR, Span

AIS = load_ais()


@settings(deadline=None, max_examples=80)
@given(
    spells=st.lists(st.tuples(st.integers(0, 50), st.integers(1, 30)), max_size=8),
    at=st.lists(st.integers(0, 90), max_size=20),
)
def test_stretches_hold_what_a_loop_says(spells: list[tuple[int, int]], at: list[int]) -> None:
    begins = np.array([begin for begin, _ in spells], dtype=np.int64)
    ends = begins + np.array([length for _, length in spells], dtype=np.int64)
    held = make_spells(begins, ends).hold(np.array(at, dtype=np.int64))
    assert held.tolist() == [any(begin <= one < begin + length for begin, length in spells) for one in at]


def test_silence_of_choice_is_ragged_and_holds_vms_too() -> None:
    frame = stages_frame({1: 3 * a_trip(dark=True)})
    stages = stages_by_hull(frame, AIS.movement.patterns)[1]
    never = AIS.silences.model_copy(update={"faults_per_year": 0.0, "quay_hours": 1e6})
    told = silences(np.random.default_rng(1), never, "A", stages, span_of(frame))
    dark = np.flatnonzero(stages.dark)
    early = (stages.begins[dark] - told.ais.begins) / HOUR * 60
    late = (told.ais.ends - stages.ends[dark]) / HOUR * 60
    assert len(told.ais.begins) == 3
    assert ((early >= 0) & (early <= AIS.silences.early_minutes[1])).all()
    assert ((late >= 0) & (late <= AIS.silences.late_minutes[1])).all()
    assert told.vms.begins.tolist() == told.ais.begins.tolist()


def test_faults_come_at_their_rate() -> None:
    span = Span(0, int(400 * YEAR))
    frame = stages_frame({1: [stage("adrift", 400 * 365.25 * 24, GROUND)]}, begin=0)
    stages = stages_by_hull(frame, AIS.movement.patterns)[1]
    told = silences(np.random.default_rng(1), AIS.silences, "A", stages, span)
    assert len(told.ais.begins) / 400 == pytest.approx(AIS.silences.faults_per_year, rel=0.15)
    assert len(told.vms.begins) / len(told.ais.begins) == pytest.approx(AIS.silences.power, abs=0.08)
    assert np.median(told.ais.ends - told.ais.begins) / HOUR == pytest.approx(AIS.silences.fault_hours, rel=0.2)


def test_some_are_switched_off_at_the_quay_but_vms_goes_on() -> None:
    frame = stages_frame({1: 1000 * [stage("port", 40, GROUND), stage("adrift", 1, GROUND)]})
    stages = stages_by_hull(frame, AIS.movement.patterns)[1]
    never = AIS.silences.model_copy(update={"faults_per_year": 0.0})
    for ais_class in ("A", "B"):
        told = silences(np.random.default_rng(1), never, ais_class, stages, span_of(frame))
        assert len(told.ais.begins) / 1000 == pytest.approx(AIS.silences.quay_off.of(ais_class), abs=0.06)
        assert len(told.vms.begins) == 0


def test_an_empty_span_holds_no_events() -> None:
    assert len(spells_at_rate(np.random.default_rng(1), 1e6, Span(5 * DAY, 5 * DAY))) == 0
