from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from reports import CARRIER, FISHER, LONER, OTHER, START, sea, write_inputs

from features.tracks.clean import clean
from features.tracks.encounters import encounters
from features.tracks.port_distance import port_km
from pipeline.errors import Usage
from pipeline.track_picture import draw_track
from pipeline.vessel_identities import find_vessel, gears_of, identities
from pipeline.vessel_story import vessel_story


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_inputs(tmp_path_factory.mktemp("story") / "inputs", sea(), files=2)


@pytest.mark.parametrize(("wanted", "mmsi"), [("V1", FISHER), (FISHER, FISHER), ("V2", CARRIER), (OTHER, OTHER)])
def test_a_vessel_is_found_by_its_identifier_and_by_its_mmsi(inputs: Path, wanted: str, mmsi: str) -> None:
    story = vessel_story(inputs, wanted)
    assert story.identity.mmsis == (mmsi,)
    assert story.reports["mmsi"].unique().to_list() == [mmsi]


@pytest.mark.parametrize("mmsi", [FISHER, CARRIER, OTHER, LONER])
def test_it_met_those_whom_it_met_among_all(inputs: Path, mmsi: str) -> None:
    among_all = encounters(clean(sea()).positions, from_port=port_km())
    own = among_all.filter(pl.any_horizontal(pl.col("mmsi", "other_mmsi") == mmsi))
    assert vessel_story(inputs, mmsi).encounters.equals(own)


def test_an_unknown_vessel_is_told_with_the_nearest(inputs: Path) -> None:
    with pytest.raises(Usage, match=r"found 27300000, which neither vessel nor position has.*nearest: 27300000"):
        vessel_story(inputs, "27300000")


def test_a_span_without_reports_is_told_with_where_they_are(inputs: Path) -> None:
    with pytest.raises(Usage, match=r"needed reports of Zarya .* from 2024-06-01 .*, found those from 2024-05-01"):
        vessel_story(inputs, "V1", (datetime(2024, 6, 1, tzinfo=UTC), None))


def test_a_vessel_without_reports_is_told(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "inputs", sea().filter(pl.col("mmsi") != CARRIER))
    with pytest.raises(Usage, match=r"needed reports of Sever \(V2, MMSI 273000002\), found none"):
        vessel_story(inputs, "V2")


def test_events_are_those_that_touch_the_span(inputs: Path) -> None:
    day = START + timedelta(hours=36), START + timedelta(hours=60)
    story = vessel_story(inputs, CARRIER, day)
    assert story.encounters.select("mmsi", "other_mmsi").rows() == [(CARRIER, OTHER)]
    assert story.reports["at"].is_between(*day).all()
    assert vessel_story(inputs, LONER, day).gaps.is_empty()
    assert vessel_story(inputs, LONER, (None, START + timedelta(hours=12))).gaps.height == 1


def test_equal_stories_are_equal_pictures(inputs: Path, tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        draw_track(vessel_story(inputs, CARRIER), tmp_path / name)
    content = (tmp_path / "one.png").read_bytes()
    assert content == (tmp_path / "two.png").read_bytes()
    assert content.startswith(b"\x89PNG")


def test_a_vessel_that_lies_still_at_the_180th_meridian_is_drawn(tmp_path: Path) -> None:
    still = sea().filter(pl.col("mmsi") == CARRIER).with_columns(lat=pl.lit(60.0), lon=pl.lit(-180.0))
    draw_track(vessel_story(write_inputs(tmp_path / "inputs", still), CARRIER), tmp_path / "still.png")
    assert (tmp_path / "still.png").stat().st_size > 1000


def test_the_gear_of_a_vessel_is_that_of_its_latest_identity_that_was_known(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "inputs", sea())
    rows = pl.read_parquet(inputs / "vessel.parquet")
    later = datetime(2024, 1, 1, tzinfo=UTC)
    of_v1 = rows.filter(pl.col("vessel_id") == "V1")
    instant = pl.lit(later, dtype=pl.Datetime("us", "UTC"))
    changed = of_v1.with_columns(gear=pl.lit("LLS"), valid_from=instant, known_at=instant)
    pl.concat([changed, rows]).write_parquet(inputs / "vessel.parquet")
    assert gears_of(inputs, None).rows() == [(FISHER, "LLS")]
    assert gears_of(inputs, datetime(2023, 1, 1, tzinfo=UTC)).rows() == [(FISHER, "OTB")]


def test_an_mmsi_of_several_vessels_has_no_name(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "inputs", sea())
    vessels = identities(inputs, None).with_columns(mmsi=pl.lit(FISHER))
    found = find_vessel(FISHER, vessels, [])
    assert (found.vessel_id, found.name, found.mmsis) == (None, None, (FISHER,))
