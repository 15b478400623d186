"""Report times: spacing by kind, in order, within the span."""

from __future__ import annotations

import numpy as np
import pytest
from ais_frames import GROUND, a_trip, span_of, stage, stages_frame
from sections import load_ais

from pipeline.world.ais.hull_stages import KINDS, stages_by_hull
from pipeline.world.ais.report_times import report_times
from pipeline.world.calendar import HOUR, SECOND, Span

AIS = load_ais()
FRAME = stages_frame({1: 3 * a_trip()})
STAGES = stages_by_hull(FRAME, AIS.movement.patterns)[1]


def test_reports_are_spaced_by_what_the_vessel_does() -> None:
    at, stage_of = report_times(np.random.default_rng(1), AIS.reports.A, 0.6, STAGES, span_of(FRAME))
    assert (np.diff(at) > 0).all()
    assert (at % SECOND == 0).all()
    assert ((at >= STAGES.begins[stage_of]) & (at < STAGES.ends[stage_of])).all()
    for number, kind in enumerate(STAGES.kind):
        minutes = getattr(AIS.reports.A, KINDS[kind])
        assert (stage_of == number).sum() == pytest.approx(STAGES.hours[number] * 60 / minutes, abs=1)
    fishing = np.diff(at[stage_of == 2]) / (60 * SECOND)
    assert fishing.min() > 15 * 0.4 - 0.1
    assert fishing.max() < 15 * 1.6 + 0.1
    assert fishing.std() > 2


def test_what_is_left_of_an_interval_counts_as_often_as_it_is_long() -> None:
    short = stages_by_hull(stages_frame({1: 4000 * [stage("adrift", 4 / 60, GROUND)]}), AIS.movement.patterns)[1]
    span = Span(int(short.begins[0]), int(short.ends[-1]))
    at, _ = report_times(np.random.default_rng(1), AIS.reports.A, 0.6, short, span)
    assert len(at) / 4000 == pytest.approx(0.4, abs=0.04)


def test_only_the_span_is_reported() -> None:
    span = Span(int(STAGES.begins[0]) + 50 * HOUR, int(STAGES.begins[0]) + 90 * HOUR)
    at, stage_of = report_times(np.random.default_rng(1), AIS.reports.A, 0.6, STAGES, span)
    assert at.min() >= span.start
    assert at.max() < span.end
    assert set(stage_of) == {1}
