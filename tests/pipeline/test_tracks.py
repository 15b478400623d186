from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from conftest import tidewaiter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import CARRIER, FISHER, LONER, OTHER, START, reports, sea, write_inputs

from features.tracks.clean import CleanOptions, clean
from features.tracks.encounters import EncounterOptions, encounters
from features.tracks.port_distance import port_km
from pipeline.cli_tracks import VERBS
from pipeline.errors import Refused, Usage
from pipeline.event_kinds import KINDS
from pipeline.inputs import InputsRefused
from pipeline.track_flags import FLAGS, options_with
from pipeline.tracks import find_events, find_several

AT_ONCE = 10**9


def found(kind: str, inputs: Path, out: Path, **given: object) -> pl.DataFrame:
    find_events(kind, inputs, out, **given)  # type: ignore[arg-type]
    return pl.read_parquet(out)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_inputs(tmp_path_factory.mktemp("tracks") / "inputs", sea(), files=3)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_do_not_change_what_is_found(kind: str, inputs: Path, tmp_path: Path) -> None:
    whole = found(kind, inputs, tmp_path / "whole.parquet", block_rows=AT_ONCE)
    assert whole.schema == KINDS[kind].columns
    for rows in (1, 500):
        assert found(kind, inputs, tmp_path / "cut.parquet", block_rows=rows).equals(whole)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].compatible])
def test_blocks_do_not_change_what_is_found_under_the_public_definition(
    kind: str, inputs: Path, tmp_path: Path
) -> None:
    compatible = KINDS[kind].compatible
    assert compatible is not None
    whole = found(kind, inputs, tmp_path / "whole.parquet", options=compatible(), block_rows=AT_ONCE)
    assert found(kind, inputs, tmp_path / "cut.parquet", options=compatible(), block_rows=300).equals(whole)


def test_several_kinds_at_once_and_processes_side_by_side_do_not_change_a_byte(inputs: Path, tmp_path: Path) -> None:
    for kind in KINDS:
        find_events(kind, inputs, tmp_path / "alone" / f"{kind}.parquet")
    several = {kind: tmp_path / "several" / f"{kind}.parquet" for kind in KINDS}
    reports = find_several(several, inputs, block_rows=300, jobs=2)
    for kind, out in several.items():
        alone = tmp_path / "alone" / out.name
        assert pl.read_parquet(out).equals(pl.read_parquet(alone))
        # Cleaned reports are written block by block.
        assert kind == "clean" or out.read_bytes() == alone.read_bytes()
        assert out.with_name(out.name + ".json").read_bytes() == alone.with_name(out.name + ".json").read_bytes()
        assert reports[kind].rows == pl.read_parquet(out).height


def test_a_file_in_order_is_read_as_it_lies_and_gives_the_same_events(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.position_pieces.LEAST_ROWS", 1)
    for kind in ("gaps", "port-visits", "encounters"):
        (tmp_path / "inputs").mkdir(exist_ok=True)
        sea().sort("mmsi", "at").write_parquet(tmp_path / "inputs" / "position.parquet", row_group_size=100)
        whole = found(kind, inputs, tmp_path / "whole.parquet")
        assert found(kind, tmp_path / "inputs", tmp_path / "cut.parquet", block_rows=300).equals(whole)


def test_a_cleaning_of_its_own_is_that_of_its_kind_alone(inputs: Path, tmp_path: Path) -> None:
    options = {"segments": CleanOptions(ahead_hours=-1.0), "gaps": None}  # all are known too early
    reports = find_several({kind: tmp_path / f"{kind}.csv" for kind in options}, inputs, options)
    assert dict(reports["segments"].left_out) == {"clock_ahead": sea().height}
    assert not reports["gaps"].left_out
    assert (reports["segments"].rows, reports["gaps"].rows) == (0, 1)


@pytest.mark.parametrize("kind", ["gaps", "encounters", "fishing"])
def test_the_order_of_rows_and_files_does_not_change_a_byte(kind: str, inputs: Path, tmp_path: Path) -> None:
    other = write_inputs(tmp_path / "inputs", sea(seed=2), files=1)
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    find_events(kind, inputs, one)
    find_events(kind, other, two)
    assert one.read_bytes() == two.read_bytes()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), block_rows=st.integers(1, 400))
def test_encounters_of_a_crowd_in_blocks_equal_those_of_all_reports_at_once(
    seed: int, block_rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    draw = np.random.default_rng(seed)
    hours = np.sort(draw.uniform(0, 60, 150))
    crowd = []
    for number in range(6):
        # All about one place, each coming and going.
        lat = 45 + np.cumsum(draw.normal(0, 0.002, hours.size))
        crowd.append(reports(f"27300000{number}", hours + draw.uniform(0, 0.1), lat, np.full(hours.size, 150.0), 1.0))
    rows = pl.concat(crowd)
    place = tmp_path_factory.mktemp("crowd")
    expected = encounters(clean(rows).positions, EncounterOptions(), from_port=port_km())
    written = write_inputs(place / "inputs", rows)
    assert found("encounters", written, place / "e.parquet", block_rows=block_rows).equals(expected)


def test_who_met_whom_and_who_fell_silent(inputs: Path, tmp_path: Path) -> None:
    met = found("encounters", inputs, tmp_path / "e.parquet")
    assert sorted(met.select("mmsi", "other_mmsi").rows()) == [(FISHER, CARRIER), (CARRIER, OTHER)]
    silent = found("gaps", inputs, tmp_path / "g.parquet")
    assert silent["mmsi"].to_list() == [LONER]
    assert silent["hours"][0] == pytest.approx(20.3, abs=0.1)


def test_until_shows_what_was_known_then(inputs: Path, tmp_path: Path) -> None:
    until = START + timedelta(hours=20)
    report = find_events("gaps", inputs, tmp_path / "g.parquet", until=until)
    gap = pl.read_parquet(tmp_path / "g.parquet").to_dicts()[0]
    assert gap["mmsi"] == LONER
    assert gap["end"] is None
    assert gap["hours"] == pytest.approx(10.2, abs=0.1)
    late = sea().filter(pl.col("known_at") > until).height
    assert report.left_out["not_yet_known"] == late
    assert report.used == sea().height - late


def test_every_row_is_accounted_for_by_reason(tmp_path: Path) -> None:
    rows = sea()
    first = rows.sort("mmsi", "at")[:1]
    hour = pl.duration(hours=1)
    rows = pl.concat(
        [
            rows,
            first,  # the same again
            first.with_columns(at=pl.col("at") + pl.duration(seconds=1), lat=pl.lit(91.0)),
            first.with_columns(at=pl.col("at") + pl.duration(seconds=2), known_at=pl.col("at") - 5 * hour),
            first.with_columns(known_at=pl.col("known_at") + hour),  # a newer version of the same row
            first.with_columns(source=pl.lit("another")),  # the same report by another way
        ]
    )
    written = write_inputs(tmp_path / "inputs", rows)
    report = find_events("segments", written, tmp_path / "s.csv")
    expected = {"duplicates": 1, "quarantined": 1, "clock_ahead": 1, "superseded": 1, "repeated": 1}
    assert dict(+report.left_out) == expected
    assert report.total == rows.height == report.used + 5
    assert [violation.rule for violation in report.violations] == ["max"]
    assert "1 quarantined" in str(report)
    beside = json.loads((tmp_path / "s.csv.json").read_text())
    assert beside["reports"] == {"in": rows.height, "used": report.used, **expected}
    assert beside["options"]["segments"]["max_speed_kn"] == 25.0


def test_a_withdrawn_report_is_left_out(tmp_path: Path) -> None:
    rows = sea().with_columns(withdrawn=pl.lit(False))
    last = rows.sort("mmsi", "at")[-1:]
    later = last.with_columns(withdrawn=pl.lit(True), known_at=pl.col("known_at") + pl.duration(days=1))
    report = find_events("clean", write_inputs(tmp_path / "inputs", pl.concat([rows, later])), tmp_path / "c.parquet")
    assert dict(+report.left_out) == {"superseded": 1, "withdrawn": 1}


def test_csv_holds_what_parquet_holds(inputs: Path, tmp_path: Path) -> None:
    expected = found("gaps", inputs, tmp_path / "g.parquet")
    find_events("gaps", inputs, tmp_path / "g.csv")
    text = pl.read_csv(tmp_path / "g.csv", infer_schema=False)
    assert text.columns == expected.columns
    assert text["start"].to_list() == [f"{at:%Y-%m-%dT%H:%M:%S}Z" for at in expected["start"]]
    assert text["hours"].cast(pl.Float64).to_list() == expected["hours"].to_list()


def test_reports_from_csv_give_the_same_events(inputs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "inputs"
    folder.mkdir()
    sea().write_csv(folder / "position.csv", datetime_format="%Y-%m-%dT%H:%M:%S%.fZ")
    expected = found("encounters", inputs, tmp_path / "parquet.parquet")
    assert found("encounters", folder, tmp_path / "csv.parquet").equals(expected)


def test_no_table_and_no_rows_are_refused(tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    with pytest.raises(Refused, match=r"needed the table position below .*, found no table"):
        find_events("gaps", tmp_path / "inputs", tmp_path / "g.parquet")
    write_inputs(tmp_path / "empty", sea().clear())
    with pytest.raises(Refused, match=r"needed reports in the table position .*, found none"):
        find_events("gaps", tmp_path / "empty", tmp_path / "g.parquet")
    assert not list(tmp_path.glob("*g.parquet*"))


def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_left(inputs: Path, tmp_path: Path) -> None:
    broken = write_inputs(tmp_path / "inputs", sea(), files=2)
    (broken / "position" / "part-1.parquet").write_bytes(b"PAR1 not")
    with pytest.raises(InputsRefused, match="needed a whole Parquet file"):
        find_events("gaps", broken, tmp_path / "g.parquet")
    assert not list(tmp_path.glob("*g.parquet*"))


def test_fishing_needs_gears(inputs: Path, tmp_path: Path) -> None:
    bare = write_inputs(tmp_path / "inputs", sea())
    (bare / "vessel.parquet").unlink()
    with pytest.raises(Usage, match="needed vessels with a gear in the table vessel"):
        find_events("fishing", bare, tmp_path / "f.parquet")


def test_the_name_of_a_file_says_its_form(inputs: Path, tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"needed a file that ends in .parquet or .csv, found .txt"):
        find_events("gaps", inputs, tmp_path / "g.txt")


@pytest.mark.parametrize("kind", KINDS)
def test_flags_tell_the_defaults_of_the_options(kind: str) -> None:
    options = KINDS[kind].options()
    for flag in FLAGS[kind]:
        value = options
        for name in flag.setting.split("."):
            value = getattr(value, name)
        assert (flag.name, value) == (flag.name, flag.default)
    assert options_with(options, kind, {flag.name: flag.default for flag in FLAGS[kind]}) == options


def test_a_flag_changes_one_setting_and_leaves_the_public_ones() -> None:
    options = options_with(EncounterOptions.compatible(), "encounters", {"within_km": 2.0, "max_gap_minutes": 30.0})
    assert (options.within_km, options.published, options.resample.max_gap_minutes) == (2.0, True, 30.0)
    assert options.resample.days_apart


def test_the_command_writes_and_tells_what_became_of_every_report(inputs: Path, tmp_path: Path) -> None:
    done = tidewaiter("tracks", "gaps", "--inputs", str(inputs), "--out", str(tmp_path / "g.csv"), "--min-hours", "12")
    assert done.returncode == 0, done.stderr
    assert "1 gaps of 1 tracks" in done.stdout
    assert f"{sea().height:,} reports in = {sea().height:,} used" in done.stdout
    done = tidewaiter("tracks", "port-visits", "--out", str(tmp_path / "v.csv"), "--enter-km", "9")
    assert done.returncode == 2
    assert "needed 0 < enter_km < leave_km" in done.stderr


def test_the_command_writes_several_kinds_into_files_of_their_names(inputs: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "events")
    given = ("--inputs", str(inputs), "--out", out, "--form", "csv", "--jobs", "1")
    done = tidewaiter("tracks", "events", *given, "--kinds", "gaps, encounters")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "events").glob("*.csv")) == ["encounters.csv", "gaps.csv"]
    assert "1 gaps of 1 tracks" in done.stdout
    assert "2 encounters of 2 tracks" in done.stdout
    done = tidewaiter("tracks", "events", *given, "--kinds", "gaps,visits")
    assert done.returncode == 2
    assert "needed kinds of events out of clean, segments, gaps" in done.stderr


def test_the_verbs_are_the_kinds() -> None:
    assert list(VERBS) == list(KINDS)
    assert [kind for kind, verb in VERBS.items() if verb.public] == [kind for kind in KINDS if KINDS[kind].compatible]


@pytest.mark.parametrize("verb", [*KINDS, "events", "picture"])
def test_every_kind_has_help_with_an_example(verb: str) -> None:
    done = tidewaiter("tracks", verb, "--help")
    assert done.returncode == 0
    assert "Example: tidewaiter tracks" in " ".join(done.stdout.split())
