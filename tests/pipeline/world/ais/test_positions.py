"""The table `position`: shape, determinism for any cut into blocks, silence, lags, values not available."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from ais_frames import GROUND, ROUTES, a_trip, hulls_frame, miles, numbers_frame, span_of, stage, stages_frame
from polars.testing import assert_frame_equal
from sections import load_ais

from pipeline.world.ais.positions import positions
from pipeline.world.calendar import HOUR, SECOND, Span
from pipeline.world.scenario.ais import Ais

AIS = load_ais()
TEXTS = {"mmsi", "receiver", "source"}
COLUMNS = [
    "mmsi", "at", "lat", "lon", "speed_kn", "course_deg", "draught_m", "receiver", "source", "known_at",
]  # fmt: skip


def _world(count: int = 12, trips: int = 2) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, Span]:
    patterns = list(AIS.movement.patterns)
    stages = stages_frame({hull: trips * a_trip(patterns[hull % len(patterns)]) for hull in range(count)})
    hulls = hulls_frame(
        count,
        ais_class=["B" if hull % 4 == 3 else "A" for hull in range(count)],
        gear=["FPO" if hull % 2 else None for hull in range(count)],
        launders=[hull % 5 == 0 for hull in range(count)],
    )
    return hulls, stages, numbers_frame(stages), span_of(stages)


def _made(
    hulls: pl.DataFrame, stages: pl.DataFrame, mmsi: pl.DataFrame, span: Span, block: range, ais: Ais = AIS
) -> pl.DataFrame:
    return positions(7, ais, hulls, stages, mmsi, ROUTES, span, block)


def _quiet(ais: Ais) -> Ais:
    """No silences but those of choice, no errors of place, every report received by satellite."""
    silences = ais.silences.model_copy(update={"faults_per_year": 0.0, "unheard": 0.0, "quay_hours": 1e6})
    spoof = ais.errors.spoof.model_copy(update={"honest": 0.0, "launders": 0.0})
    errors = ais.errors.model_copy(update={"spoof": spoof, "interference": ()})
    sky = ais.coverage.satellite.model_copy(update={"A": 1.0, "B": 1.0})
    coverage = ais.coverage.model_copy(update={"satellite": sky, "zones": ()})
    return ais.model_copy(update={"silences": silences, "errors": errors, "coverage": coverage})


def test_rows_have_the_columns_of_the_contract() -> None:
    hulls, stages, mmsi, span = _world()
    made = _made(hulls, stages, mmsi, span, range(12))
    assert made.columns == COLUMNS
    assert {name: kind for name, kind in made.schema.items() if name in TEXTS} == dict.fromkeys(TEXTS, pl.String)
    assert made.schema["at"] == made.schema["known_at"] == pl.Int64
    assert made.drop("draught_m").null_count().transpose().sum().item() == 0
    assert made["lat"].is_between(-90, 90).all()
    assert made["lon"].is_between(-180, 180).all()
    assert made["speed_kn"].min() >= 0  # type: ignore[operator]
    assert ((made["course_deg"] < 360) | (made["course_deg"] == 360.0)).all()
    assert (made["known_at"] > made["at"]).all()
    assert made["at"].is_between(span.start, span.end, closed="left").all()
    assert (made["at"] % SECOND == 0).all()
    assert (made["known_at"] % SECOND == 0).all()
    assert made.equals(made.sort("mmsi", "at", "source", maintain_order=True))
    assert set(made["receiver"]) == {"terrestrial", "satellite", "dynamic", "vms"}
    assert made.filter(pl.col("receiver") == "vms")["mmsi"].str.slice(4).cast(pl.Int64).is_in([1, 3, 5, 7, 9, 11]).all()


def test_equal_seeds_give_equal_bytes_for_any_cut_into_blocks() -> None:
    hulls, stages, mmsi, span = _world()
    whole = _made(hulls, stages, mmsi, span, range(12))
    assert_frame_equal(whole, _made(hulls, stages, mmsi, span, range(12)), check_exact=True)
    for cuts in ([0, 5, 12], [0, 1, 2, 9, 12]):
        parts = [_made(hulls, stages, mmsi, span, range(a, b)) for a, b in pairwise(cuts)]
        assert_frame_equal(whole, pl.concat(parts), check_exact=True)
    shuffled = _made(hulls.sample(fraction=1, shuffle=True, seed=1), stages, mmsi.reverse(), span, range(12))
    assert_frame_equal(whole, shuffled, check_exact=True)
    other = positions(8, AIS, hulls, stages, mmsi, ROUTES, span, range(12))
    assert not whole.equals(other)


def test_nothing_is_said_while_dark() -> None:
    stages = stages_frame({hull: 2 * a_trip("trawl", dark=hull < 5) for hull in range(10)})
    made = _made(hulls_frame(10), stages, numbers_frame(stages), span_of(stages), range(10), _quiet(AIS))
    for hull in range(10):
        rows = made.filter(pl.col("mmsi") == f"2731{hull:05d}")
        for begins, ends in stages.filter(hull=hull, kind="fishing").select("begins", "ends").rows():
            held = rows.filter(pl.col("at").is_between(begins, ends, closed="left"))
            assert held.is_empty() == (hull < 5)


def test_reported_speeds_fit_the_reported_places() -> None:
    hulls, stages, mmsi, span = _world()
    made = _made(hulls, stages, mmsi, span, range(12), _quiet(AIS)).filter(pl.col("receiver") != "vms")
    pairs = made.unique(["mmsi", "at"], maintain_order=True).with_columns(
        pl.col("at", "lat", "lon", "mmsi").shift(-1).name.suffix("_next")
    )
    hours = (pl.col("at_next") - pl.col("at")) / HOUR
    pairs = pairs.filter(pl.col("mmsi") == pl.col("mmsi_next"), hours < 1, hours > 0.1, pl.col("speed_kn") < 30)
    implied = miles(*(pairs[name].to_numpy() for name in ("lat", "lon", "lat_next", "lon_next")))
    implied = implied / pairs.select(hours).to_series().to_numpy()
    off = np.abs(implied - pairs["speed_kn"].to_numpy())
    assert np.quantile(off, 0.85) < 1.0
    assert np.median(off) < 0.35


def test_vessels_that_meet_are_seen_together_from_different_blocks() -> None:
    one, other = (stage("meeting", 8.0, GROUND, other=hull) for hull in (1, 0))
    stages = stages_frame({0: [one], 1: [other]})
    numbers, span = numbers_frame(stages), span_of(stages)
    seen = [_made(hulls_frame(2), stages, numbers, span, range(hull, hull + 1), _quiet(AIS)) for hull in (0, 1)]
    a, b = (part.filter(pl.col("receiver") != "vms").select("at", "lat", "lon").sort("at") for part in seen)
    near = a.join_asof(b, on="at", strategy="nearest", tolerance=3 * 60 * SECOND).drop_nulls()
    apart = miles(*(near[name].to_numpy() for name in ("lat", "lon", "lat_right", "lon_right"))) * 1852
    assert near.height > 10
    assert apart.max() < 500


def test_a_number_may_be_shared_and_change() -> None:
    stages = stages_frame({hull: a_trip() for hull in range(2)})
    span = span_of(stages)
    half = (span.start + span.end) // 2
    mmsi = pl.DataFrame(
        {
            "hull": [0, 1, 1],
            "begins": [span.start, span.start, half],
            "ends": [span.end, half, span.end],
            "mmsi": ["273000001", "273000002", "273000001"],
        }
    )
    made = _made(hulls_frame(2), stages, mmsi, span, range(2))
    assert (made.filter(mmsi="273000002")["at"] < half).all()
    alone = _made(hulls_frame(2), stages, mmsi, span, range(1))
    shared = made.filter(pl.col("mmsi") == "273000001", pl.col("at") >= half)
    assert shared.height > alone.filter(pl.col("at") >= half).height
    unsaid = _made(hulls_frame(2), stages, mmsi.head(2), span, range(1, 2))
    assert (unsaid["at"] < half).all()


def test_longitudes_wrap_at_the_180th_meridian() -> None:
    across = stage("transit", 150, (43.0, 145.0), end=(53.9, -166.5), route=2)
    stages = stages_frame({0: [across]})
    made = _made(hulls_frame(1), stages, numbers_frame(stages), span_of(stages), range(1), _quiet(AIS))
    assert made["lon"].is_between(-180, 180).all()
    assert made["lon"].max() > 175  # type: ignore[operator]
    assert made["lon"].min() < -175  # type: ignore[operator]


def test_shares_are_those_of_the_scenario() -> None:
    hulls, stages, mmsi, span = _world(24, 6)
    made = _made(hulls, stages, mmsi, span, range(24))
    lag = (pl.col("known_at") - pl.col("at")) / HOUR

    def share(rows: pl.DataFrame, what: pl.Expr, expected: float) -> None:
        found = rows.select(what.mean()).item()
        assert found == pytest.approx(expected, abs=4 * np.sqrt(expected / rows.height) + 1e-9), what

    once = made.unique(COLUMNS[:-1], keep="first", maintain_order=True)
    share(made, pl.struct(COLUMNS[:-1]).is_duplicated(), 2 * AIS.twice / (1 + AIS.twice))
    share(once, pl.col("speed_kn") == 102.3, AIS.errors.speed_missing)
    share(once, pl.col("speed_kn").is_between(35, 100), AIS.errors.speed_absurd)
    small = pl.col("mmsi").str.slice(4).cast(pl.Int64) % 4 == 3
    share(once.filter(~small), pl.col("course_deg") == 360.0, AIS.errors.course_missing.A)
    share(once.filter(small), pl.col("course_deg") == 360.0, AIS.errors.course_missing.B)
    assert once.filter(small)["draught_m"].is_null().all()
    for receiver, told in zip(("terrestrial", "satellite", "dynamic", "vms"), AIS.lags.each(), strict=True):
        rows = once.filter(receiver=receiver)
        share(rows, lag >= 24, told.late)
        assert rows.select(lag.median()).item() * 60 == pytest.approx(told.minutes, rel=0.15)
    feeds = once.filter(receiver="satellite")["source"].value_counts(normalize=True)
    assert dict(feeds.rows()) == pytest.approx({"polar_one": 0.6, "low_orbit": 0.4}, abs=0.02)


def test_a_hull_without_stages_is_told() -> None:
    _, stages, mmsi, span = _world(2)
    with pytest.raises(ValueError, match="found none for hull 2: mend the itineraries"):
        _made(hulls_frame(3), stages, mmsi, span, range(3))


def test_no_hulls_make_an_empty_table() -> None:
    hulls, stages, mmsi, span = _world(2)
    made = _made(hulls, stages, mmsi, span, range(50, 60))
    assert made.columns == COLUMNS
    assert made.is_empty()
    assert made.schema == _made(hulls, stages, mmsi, span, range(2)).schema
