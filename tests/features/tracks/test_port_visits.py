"""Port events and visits: against a walk through each track, by hand, and against those that others found."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from position_reports import PLACES, START, random_reports, real, real_reports, reports

from features.tracks.geodesy import distance_km
from features.tracks.port_events import KINDS, PortOptions, port_events
from features.tracks.port_visits import VISIT, port_visits, visits

HOUR = timedelta(hours=1)
UNTIL = START + timedelta(days=60)
POINTS = pl.DataFrame(
    [(f"P{n}{m}", lat, lon + m * 0.02) for n, (lat, lon) in enumerate(PLACES) for m in range(2)],
    schema=["point", "lat", "lon"],
    orient="row",
)
DEGREE = 111.195  # km


def plain_events(positions: pl.DataFrame, options: PortOptions, until: datetime | None) -> list[dict[str, Any]]:
    """A state machine that walks through each track."""
    found: list[dict[str, Any]] = []
    for mmsi in sorted(set(positions["mmsi"])):
        track = positions.filter(mmsi=mmsi).sort("at").to_dicts()
        inside = stopped = False
        point, known = None, []
        for number, row in enumerate(track):
            was_inside, was_stopped, before = inside, stopped, track[number - 1]
            name, km = plain_nearest(row["lat"], row["lon"])
            inside = km <= options.enter_km or (was_inside and km < options.leave_km)
            speed = row["speed_kn"]
            slow, fast = (False, False) if speed is None else (speed <= 0.2, speed >= 0.5)
            stopped = inside and (slow or (was_stopped and not fast))
            if inside and not was_inside:
                known = [before["known_at"]] if number else []
            point = name if inside else point
            known.append(row["known_at"])

            def event(kind: str, at: datetime, mmsi=mmsi, point=point, known=tuple(known)) -> None:
                found.append({"track": mmsi, "at": at, "kind": kind, "point": point, "known_at": max(known)})

            if options.from_the_first and inside and number in (0, len(track) - 1):
                event("seen", row["at"])
            if was_inside and row["at"] - before["at"] >= options.gap_hours * HOUR:
                event("gap_begin", before["at"] + options.gap_hours * HOUR)
                event("gap_end", row["at"])
            if number and inside and not was_inside:
                event("entry", row["at"])
            if stopped and not was_stopped and (number or options.from_the_first):
                event("stop_begin", row["at"])
            if was_stopped and not stopped:
                event("stop_end", row["at"])
            if was_inside and not inside:
                event("exit", row["at"])
        if inside and until is not None and until - row["at"] >= options.gap_hours * HOUR:
            event("gap_begin", row["at"] + options.gap_hours * HOUR)
    return sorted(found, key=lambda one: (one["track"], one["at"], KINDS.index(one["kind"])))


def plain_nearest(lat: float, lon: float) -> tuple[str, float]:
    km = distance_km(
        np.full(len(POINTS), lat), np.full(len(POINTS), lon), *(POINTS[name].to_numpy() for name in ("lat", "lon"))
    )
    return POINTS["point"][int(km.argmin())], float(km.min())


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_events_equal_a_walk_through_each_track(seed: int, is_compatible: bool, is_open: bool) -> None:
    positions = random_reports(seed)
    options = PortOptions.compatible() if is_compatible else PortOptions()
    until = UNTIL if is_open else None
    found = port_events(positions, POINTS, options, until=until)
    assert found.select("track", "at", "kind", "point", "known_at").to_dicts() == plain_events(
        positions, options, until
    )


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_chunks_of_vessels_and_the_order_of_rows_change_nothing(seed: int) -> None:
    positions = random_reports(seed)
    whole = port_visits(positions, POINTS, until=UNTIL)
    pieces = [port_visits(part, POINTS, until=UNTIL) for part in positions.partition_by("mmsi")]
    assert_frame_equal(whole, pl.concat(pieces).sort("track", "start"), check_exact=True)
    shuffled = positions.sample(fraction=1, shuffle=True, seed=1)
    assert_frame_equal(whole, port_visits(shuffled, POINTS.reverse(), until=UNTIL), check_exact=True)


def call(kilometres: list[float], speeds: list[float | None], hours: float = 1.0) -> pl.DataFrame:
    """A vessel that is seen every so many hours, so many kilometres north of a port."""
    return reports(
        [
            {"at": START + n * hours * HOUR, "lat": 43.0 + km / DEGREE, "lon": 131.8, "speed_kn": speed}
            for n, (km, speed) in enumerate(zip(kilometres, speeds, strict=True))
        ]
    )


@pytest.mark.parametrize(
    ("positions", "start_and_end", "confidence", "flags"),
    [
        (call([9, 2, 2, 9], [9, 9, 0, 9]), (1, 3), 4, (True, True, False, True)),
        (call([9, 2, 3.5, 3.9, 4.1], [9] * 5), (1, 4), 1, (True, False, False, True)),
        (call([9, 2, 2], [9, 9, 0.1]), (1, 2), 3, (True, True, False, False)),
        (call([2, 2, 9], [0, 0, 9]), (0, 2), 3, (False, True, False, True)),
        (call([2, 2], [0, 0]), (0, 1), 2, (False, True, False, False)),
        (call([2], [None]), (0, 0), 1, (False, False, False, False)),
        (call([9, 2, 2, 9], [9, 9, 9, 9], hours=4.0), (4, 12), 4, (True, False, True, True)),
    ],
)
def test_a_visit_by_hand(
    positions: pl.DataFrame, start_and_end: tuple[int, int], confidence: int, flags: tuple[bool, ...]
) -> None:
    (found,) = port_visits(positions, POINTS).to_dicts()
    assert (found["start"], found["end"]) == tuple(START + hours * HOUR for hours in start_and_end)
    assert found["hours"] == start_and_end[1] - start_and_end[0]
    assert (found["confidence"], found["start_point"], found["end_point"]) == (confidence, "P00", "P00")
    assert tuple(found[name] for name in ("entered", "stopped", "silent", "left")) == flags


def test_what_no_event_tells_is_no_visit_to_others() -> None:
    assert port_visits(call([2, 2], [0, 0]), POINTS, PortOptions.compatible()).height == 0


def test_two_visits_of_one_vessel_and_none_at_sea() -> None:
    found = port_visits(call([9, 2, 9, 2, 9, 9], [9] * 6), POINTS)
    assert found["start"].to_list() == [START + HOUR, START + 3 * HOUR]
    assert port_visits(call([9, 3.5, 9], [0, 0, 0]), POINTS).height == 0


def test_an_open_gap_needs_a_cutoff() -> None:
    positions = call([9, 2], [9, 9])
    assert port_visits(positions, POINTS)["confidence"].to_list() == [1]
    found = port_visits(positions, POINTS, until=START + 5 * HOUR).row(0, named=True)
    assert (found["confidence"], found["silent"], found["end"]) == (3, True, START + 5 * HOUR)
    assert port_visits(positions, POINTS, until=START + 4.9 * HOUR)["silent"].to_list() == [False]


def test_a_visit_is_known_when_its_last_report_is() -> None:
    late = datetime(2024, 2, 1, tzinfo=UTC)
    positions = call([9, 2, 2, 2, 9], [9, 0, 0, 0, 9])
    for place, expected in ((0, late), (2, late), (4, late)):
        changed = positions.with_row_index().with_columns(
            known_at=pl.when(pl.col("index") == place).then(late).otherwise("known_at")
        )
        assert port_visits(changed, POINTS)["known_at"].to_list() == [expected]


def test_no_reports_make_no_visits() -> None:
    assert dict(port_visits(random_reports(1).clear(), POINTS, until=START).schema) == VISIT


def test_messages() -> None:
    with pytest.raises(
        ValueError, match=r"needed port points, .* with point, lat, lon; found 9 with .* 1 of them again"
    ):
        port_events(random_reports(1), pl.concat([POINTS, POINTS.head(1)]))
    with pytest.raises(ValueError, match=r"needed port points, at least one, .*; found 0 with"):
        port_events(random_reports(1), POINTS.clear())
    with pytest.raises(ValueError, match=r"needed 0 < enter_km < leave_km .*, found 5, 4.0, 0.2 and 0.5; mend the"):
        PortOptions(enter_km=5)


THEIR_KINDS = {f"PORT_{kind.upper()}": kind for kind in KINDS}


def test_the_same_visits_as_others_make_of_their_events() -> None:
    cases = json.loads(real("reference_cases/port_visits_gfw_tests.json").read_text())
    assert len(cases) == 4
    for case in cases:
        # Each of their cases tells tracks apart by segment.
        frame = pl.DataFrame(case["events"]).select(
            track=pl.col("seg_id").cast(pl.String),
            mmsi=pl.col("ssvid"),
            at=pl.from_epoch(pl.col("timestamp").cast(pl.Int64)).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
            kind=pl.col("event_type").replace_strict(THEIR_KINDS),
            point="anchorage_id",
            port_lat="lat",
            port_lon="lon",
        )
        order = pl.col("kind").replace_strict({kind: n for n, kind in enumerate(KINDS)})
        found = visits(frame.with_columns(known_at="at").sort("track", "at", order))
        names = {"start": "start_timestamp", "start_point": "start_anchorage_id", "end_point": "end_anchorage_id"}
        names |= {"hours": "duration_hrs", "confidence": "confidence", "start_lat": "start_lat", "end_lon": "end_lon"}
        expected = sorted(case["expected_visits"], key=lambda visit: visit["start_timestamp"])
        assert found.sort("start").with_columns(pl.col("start").dt.epoch("s")).select(*names).rows() == [
            tuple(visit[name] for name in names.values()) for visit in expected
        ]


def test_the_same_visits_as_others_found_in_real_reports() -> None:
    golden = pl.read_parquet(real("reference_cases/golden_port_visits.parquet"))
    points = pl.read_csv(real("ports/gfw_anchorage_overrides.csv.gz"), schema_overrides={"s2id": pl.String})
    points = points.unique("s2id", keep="last", maintain_order=True).select(
        point="s2id", lat="latitude", lon="longitude"
    )
    positions = pl.concat([real_reports("noaa_marinecadastre_20220103"), real_reports("dma_kattegat_20251101_1min")])
    end = datetime(2025, 11, 4, tzinfo=UTC) - timedelta(microseconds=1)
    found = port_visits(positions, points, PortOptions.compatible(), until=end)
    assert found.height == golden.height == 1728
    golden = golden.with_columns(pl.col("mmsi").cast(pl.String)).rename(
        {"start_timestamp": "start", "end_timestamp": "their_end"}
    )
    both = found.join(golden, on=["mmsi", "start"], suffix="_golden")
    # Theirs thins the reports of each day by itself, so that one vessel between 3 and 4 km at midnight leaves late.
    assert golden.join(found, on=["mmsi", "start"], how="anti")["mmsi"].to_list() == ["304011028"]
    for ours, theirs in (
        ("end", "their_end"),
        ("start_point", "start_anchorage_id"),
        ("end_point", "end_anchorage_id"),
        ("confidence", "confidence_golden"),
        ("events", "n_events"),
    ):
        assert both.filter(pl.col(ours) != pl.col(theirs)).select("mmsi", ours, theirs).rows() == []
