"""Who receives what, and when it is known."""

from __future__ import annotations

import numpy as np
import pytest
from sections import load_ais

from pipeline.world.ais.reception import (
    DYNAMIC,
    LOST,
    RECEIVERS,
    SATELLITE,
    TERRESTRIAL,
    VMS,
    known_at,
    receivers,
    source_names,
    sources,
)
from pipeline.world.calendar import DAY, HOUR, SECOND, Span

AIS = load_ais()
SPAN = Span(0, 3000 * DAY)
COUNT = 20_000
AT = np.linspace(0, SPAN.end - 1, COUNT).astype(np.int64) // SECOND * SECOND


def _shares(lat: float, lon: float, ais_class: str) -> dict[int, float]:
    got = receivers(
        np.random.default_rng(1),
        AIS.coverage,
        AIS.silences,
        ais_class,
        SPAN,
        AT,
        np.full(COUNT, lat),
        np.full(COUNT, lon),
    )
    return {code: float(np.mean(got == code)) for code in (TERRESTRIAL, SATELLITE, DYNAMIC, LOST)}


@pytest.mark.parametrize("ais_class", ["A", "B"])
def test_the_open_sea_is_heard_from_above(ais_class: str) -> None:
    shares = _shares(48.0, 175.0, ais_class)
    sky = AIS.coverage.satellite.of(ais_class) * (1 - AIS.silences.unheard)
    assert shares[TERRESTRIAL] == 0
    assert shares[SATELLITE] == pytest.approx(sky, abs=0.02)
    assert shares[DYNAMIC] == pytest.approx((1 - sky) * AIS.coverage.dynamic.of(ais_class), abs=0.01)


def test_a_port_is_heard_by_its_station() -> None:
    assert _shares(45.42, 141.68, "A")[TERRESTRIAL] == pytest.approx(AIS.coverage.terrestrial, abs=0.02)


def test_satellites_miss_whole_stretches() -> None:
    at = np.arange(0, 3000 * DAY, 30 * 60 * SECOND)
    always = AIS.coverage.model_copy(
        update={"satellite": AIS.coverage.satellite.model_copy(update={"A": 1.0}), "dynamic": AIS.coverage.dynamic}
    )
    got = receivers(
        np.random.default_rng(1), always, AIS.silences, "A", SPAN, at, np.full(len(at), 48.0), np.full(len(at), 175.0)
    )
    heard = (got == SATELLITE).reshape(-1, 6)
    assert (heard.all(axis=1) | ~heard.any(axis=1)).all()
    assert np.mean(~heard.any(axis=1)) == pytest.approx(AIS.silences.unheard, abs=0.01)


@pytest.mark.parametrize("receiver", range(len(RECEIVERS)))
def test_lags_are_those_of_the_receiver(receiver: int) -> None:
    lag = AIS.lags.each()[receiver]
    delay = (known_at(np.random.default_rng(1), AIS, AT, np.full(COUNT, receiver)) - AT) / (60 * SECOND)
    assert delay.min() >= 1 / 60
    assert np.median(delay) == pytest.approx(lag.minutes, rel=0.06)
    late = delay >= AIS.late_days[0] * DAY / (60 * SECOND)
    assert np.mean(late) == pytest.approx(lag.late, abs=0.004)
    assert delay.max() <= (AIS.late_days[1] + 3) * DAY / (60 * SECOND)


def test_reports_come_out_of_order() -> None:
    at = np.arange(0, 100 * HOUR, 20 * 60 * SECOND)
    known = known_at(np.random.default_rng(1), AIS, at, np.full(len(at), SATELLITE))
    assert (np.diff(known) < 0).any()


def test_each_receiver_has_its_feeds() -> None:
    names = source_names(AIS)
    for receiver, shares in enumerate(AIS.sources.each()):
        drawn = sources(np.random.default_rng(1), AIS, np.full(COUNT, receiver))
        found = {names[code]: float(np.mean(drawn == code)) for code in np.unique(drawn)}
        assert found == pytest.approx(shares, abs=0.02)
    assert names[-1] == "fishery_vms"
    assert RECEIVERS[VMS] == "vms"
