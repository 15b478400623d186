"""Events of many cut-offs at once against the plain way: filter the visible reports, compute, keep what is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from histories import START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.asked import Asked
from features.tables import Tables
from features.tracks.clean import clean
from features.tracks.draught import draught_changes
from features.tracks.encounters import encounters
from features.tracks.fishing import fishing
from features.tracks.loitering import loitering
from features.tracks.port_distance import port_km
from features.tracks.port_visits import port_visits
from features.tracks.ports import port_points
from features.vessels import identity_rows, vessels_of
from features.voyage_events import VISIT_CONFIDENCE, joined
from features.voyage_history import voyages
from features.voyage_reports import mmsi_periods
from features.voyage_runs import BLOCK_DAYS, CONTEXT_DAYS, REACH

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BLOCK, CONTEXT = timedelta(days=BLOCK_DAYS), timedelta(days=CONTEXT_DAYS)
KEPT = {
    "visits": ["pair", "start", "end", "start_point"],
    "encounters": ["pair", "start", "end", "other_mmsi", "hours", "lat", "lon"],
    "loitering": ["pair", "start", "end", "hours", "lat", "lon"],
    "fishing": ["pair", "start", "end", "hours", "gear", "lat", "lon"],
    "draught": ["pair", "start", "end", "change_m", "visits_since_set"],
}


def visible(position: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The newest visible version of each report."""
    seen = position.filter(pl.col("known_at") <= cutoff)
    newest = seen.filter(pl.col("known_at") == pl.col("known_at").max().over("mmsi", "at", "source"))
    return newest.filter(~pl.col("withdrawn"))


def plain(position: pl.DataFrame, periods: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The events of every period, block after block."""
    found: dict[str, list[pl.DataFrame]] = {name: [] for name in KEPT}
    for period in periods.iter_rows(named=True):
        seen = visible(position, period["cutoff"])
        block = EPOCH + (period["begin"] - EPOCH) // BLOCK * BLOCK
        while block < period["end"]:
            here = seen.filter(pl.col("at") >= block - CONTEXT, pl.col("at") < block + BLOCK + CONTEXT)
            if not (here["mmsi"] == period["mmsi"]).any():
                block += BLOCK
                continue
            begin, end = max(block, period["begin"]), min(block + BLOCK, period["end"])
            for name, events in of_block(here, period["mmsi"], period["gear"]).items():
                last = "end" if name == "visits" else "start"
                kept = events.filter(pl.col("start") < end, pl.col(last) >= begin)
                found[name].append(kept.with_columns(pair=pl.lit(period["pair"], pl.UInt32)))
            block += BLOCK
    order = ["pair", "start", "end"]
    whole = {name: pl.concat(parts).sort(order) for name, parts in found.items()}
    return whole | {"visits": joined(whole["visits"])}


def of_block(seen: pl.DataFrame, mmsi: str, gear: str | None) -> dict[str, pl.DataFrame]:
    own = clean(seen.filter(pl.col("mmsi") == mmsi)).positions
    others = seen.filter(pl.col("mmsi") != mmsi).sort("known_at", "source", "lat", "lon")
    others = others.unique(["mmsi", "at"], keep="first", maintain_order=True).with_columns(track="mmsi")
    gears = pl.DataFrame({"mmsi": [mmsi], "gear": [gear]}, schema={"mmsi": pl.String, "gear": pl.String})
    visits = port_visits(own, port_points()).filter(pl.col("confidence") >= VISIT_CONFIDENCE)
    met = encounters(pl.concat([own, others.select(own.columns)]), from_port=port_km())
    first, second = pl.col("mmsi") == mmsi, pl.col("other_mmsi") == mmsi
    met = met.filter(first | second).with_columns(other_mmsi=pl.when(first).then("other_mmsi").otherwise("mmsi"))
    return {
        "visits": visits,
        "encounters": met,
        "loitering": loitering(own),
        "fishing": fishing(own, gears),
        "draught": draught_changes(own, visits=visits),
    }


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_as_when_the_visible_reports_are_looked_at_alone(seed: int) -> None:
    tables = Tables(random_rows(seed))
    asked = Asked(tables, random_questions(seed, tables, count=5))
    pairs = vessels_of(asked).pairs
    found = voyages(asked, pairs).events
    expected = plain(tables["position"], mmsi_periods(identity_rows(asked, pairs), pairs))
    for name, columns in KEPT.items():
        order = columns[: 4 if name == "encounters" else 3]
        assert_frame_equal(
            found[name].select(columns).sort(order, maintain_order=True),
            expected[name].select(columns).sort(order, maintain_order=True),
            abs_tol=1e-9,
        )


def reports(mmsi: str, begin: datetime, minutes: int, count: int, lat: float, lon: float, **more: object) -> list[dict]:
    at = [begin + timedelta(minutes=minutes * number) for number in range(count)]
    return [
        {"mmsi": mmsi, "at": one, "lat": lat, "lon": lon, "speed_kn": 0.1, "source": "s", "known_at": one, **more}
        for one in at
    ]


def tables_of(rows: list[dict], cutoff: datetime) -> tuple[Asked, pl.DataFrame]:
    vessel = {"vessel_id": "V", "valid_from": START, "mmsi": "111111111", "kind": "reefer", "known_at": START}
    tables = Tables({"position": table("position", rows), "vessel": table("vessel", [vessel])})
    schema = {"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")}
    asked = Asked(tables, pl.DataFrame({"consignment_id": ["C"], "cutoff": [cutoff]}, schema=schema))
    return asked, asked.questions.select(vessel_id=pl.lit("V"), cutoff="cutoff")


def test_a_meeting_that_late_reports_reveal_is_there_from_then_on() -> None:
    begin = START + timedelta(days=3)
    late = begin + timedelta(days=9)
    rows = reports("111111111", begin, 10, 30, 46.0, 151.5)
    rows += reports("222222222", begin, 10, 30, 46.0, 151.502, known_at=late)
    before, after = (tables_of(rows, late + timedelta(hours=hours)) for hours in (-1, 0))
    assert voyages(*before).events["encounters"].height == 0
    met = voyages(*after).events["encounters"]
    assert met.select("start", "end", "other_mmsi").rows() == [
        (begin, begin + timedelta(minutes=290), "222222222"),
    ]


def test_a_meeting_that_a_correction_undoes_is_gone_from_then_on() -> None:
    begin = START + timedelta(days=3)
    late = begin + timedelta(days=9)
    rows = reports("111111111", begin, 10, 30, 46.0, 151.5) + reports("222222222", begin, 10, 30, 46.0, 151.502)
    rows += [{**row, "lat": 47.0, "known_at": late} for row in rows[30:]]
    before, after = (tables_of(rows, late + timedelta(hours=hours)) for hours in (-1, 0))
    assert voyages(*before).events["encounters"].height == 1
    assert voyages(*after).events["encounters"].height == 0


def test_what_an_mmsi_did_before_the_vessel_had_it_is_not_the_vessels() -> None:
    rows = reports("111111111", START - timedelta(days=2), 30, 60, 46.0, 151.5)
    found = voyages(*tables_of(rows, START + timedelta(days=5)))
    assert found.events["loitering"].height == 0
    assert found.latest.height == 0


def test_a_meeting_across_midnight_and_the_end_of_a_block_is_one() -> None:
    midnight = EPOCH + (START - EPOCH + BLOCK) // BLOCK * BLOCK
    begin = midnight - timedelta(hours=3)
    rows = reports("111111111", begin, 10, 40, 46.0, 179.9999) + reports("222222222", begin, 10, 40, 46.0, -179.999)
    met = voyages(*tables_of(rows, midnight + timedelta(days=20))).events["encounters"]
    assert met.select("start", "hours").rows() == [(begin, 6.5)]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=4, deadline=None)
def test_reports_beyond_the_reach_change_nothing(seed: int) -> None:
    tables = random_rows(seed)
    shift = pl.duration(days=385)
    # The same once more, so long before that some is within the reach and some is not.
    ago = tables["position"].with_columns(pl.col("at", "known_at") - shift)
    tables["position"] = pl.concat([ago, tables["position"]]).sort("mmsi", "at", "source", "known_at")
    tables["vessel"] = tables["vessel"].with_columns(pl.col("valid_from", "known_at") - 2 * shift)
    asked = Asked(Tables(tables), random_questions(seed, Tables(tables), count=1))
    pairs = vessels_of(asked).pairs
    reach = asked.questions["cutoff"][0] - timedelta(microseconds=REACH)
    near = Asked(Tables(tables | {"position": tables["position"].filter(pl.col("at") >= reach)}), asked.questions)
    whole, part = voyages(asked, pairs), voyages(near, pairs)
    for name in KEPT:
        assert_frame_equal(whole.events[name], part.events[name], check_exact=True)
    assert_frame_equal(whole.silences, part.silences, check_exact=True)
    assert_frame_equal(whole.latest, part.latest, check_exact=True)


@pytest.mark.parametrize(("km_apart", "jumps"), [(5.0, 0), (30.0, 1)])
def test_a_report_farther_away_than_a_ship_gets(km_apart: float, jumps: int) -> None:
    begin = START + timedelta(days=3)
    rows = reports("111111111", begin, 2, 2, 46.0, 151.5)
    rows[1]["lat"] = 46.0 + km_apart / 111.2
    assert voyages(*tables_of(rows, START + timedelta(days=5))).events["jumps"].height == jumps
