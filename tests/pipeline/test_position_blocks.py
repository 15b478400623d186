"""Blocks of position reports: whole vessels, all reports once, wherever they lie and however they are cut."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import reports

from features.tracks.columns import POSITION
from pipeline.inputs import InputsRefused
from pipeline.position_blocks import blocks_of, in_place, position_blocks
from pipeline.position_pieces import LEAST_ROWS, Piece, pieces_of, position_files

KEY = ["mmsi", "at"]


def fleet(vessels: int = 12, each: int = 30) -> pl.DataFrame:
    """Reports of some vessels, by vessel and instant."""
    hours = np.arange(each) / 2
    return pl.concat(
        [reports(f"2730000{n:02d}", hours, 40 + hours / 99, 150 + n + hours / 99, 5.0) for n in range(vessels)]
    )


def written(folder: Path, rows: pl.DataFrame, group: int | None = None) -> Path:
    """The rows as a table position of one file in their order, in row groups of so many rows."""
    folder.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(folder / "position.parquet", row_group_size=group)
    return folder


def found(inputs: Path, block_rows: int, jobs: int = 1) -> list[pl.DataFrame]:
    with position_blocks(inputs, None, lambda *_: None, block_rows, jobs) as blocks:
        assert blocks.mmsis == sorted(set(blocks.mmsis))
        return [block.rows for block in blocks]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.position_pieces.LEAST_ROWS", 1)


def test_pieces_are_row_groups_with_the_vessels_that_they_span(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = written(tmp_path, fleet(4, 30), group=20)
    pieces, notices = pieces_of(position_files(inputs), tmp_path)
    assert notices == []
    assert [(piece.first, piece.rows) for piece in pieces] == [(20 * n, 20) for n in range(6)]
    assert [(piece.low, piece.high) for piece in pieces[:2]] == [("273000000", "273000000"), ("273000000", "273000001")]
    monkeypatch.setattr("pipeline.position_pieces.LEAST_ROWS", LEAST_ROWS)
    assert [(piece.first, piece.rows) for piece in pieces_of(position_files(inputs), tmp_path)[0]] == [(0, 120)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    shuffled=st.sampled_from([0.0, 0.05, 1.0]),
    group=st.integers(5, 400),
    block_rows=st.integers(1, 400),
)
def test_each_block_holds_all_reports_of_its_vessels_and_no_other(
    seed: int, shuffled: float, group: int, block_rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    draw = np.random.default_rng(seed)
    rows = fleet()
    place = np.arange(rows.height)
    moved = np.flatnonzero(draw.random(rows.height) < shuffled)
    place[moved] = draw.permutation(moved)
    inputs = written(tmp_path_factory.mktemp("blocks"), rows[place], group)
    blocks = found(inputs, block_rows)
    together = pl.concat(blocks)
    assert together.sort(KEY).equals(rows.select(list(POSITION)))
    vessels = [set(block["mmsi"]) for block in blocks]
    assert all(max(one) < min(other) for one, other in pairwise(vessels))


def test_a_sorted_file_is_read_as_it_lies_and_a_shuffled_one_is_laid_by(tmp_path: Path) -> None:
    inputs = written(tmp_path / "sorted", fleet(), group=20)
    with position_blocks(inputs, None, lambda *_: None, 100) as blocks:
        assert len(blocks) > 2
        assert not any(share.laid for share in blocks.shares)
    shuffled = written(tmp_path / "shuffled", fleet().sample(fraction=1, shuffle=True, seed=1), group=20)
    with position_blocks(shuffled, None, lambda *_: None, 100) as blocks:
        assert all(share.laid for share in blocks.shares)
        files = [path for share in blocks.shares for path, _, _ in share.laid]
        assert all(path.exists() for path in files)
    assert not any(path.exists() for path in files)


def test_what_was_laid_by_comes_back_as_it_was(tmp_path: Path) -> None:
    rows = fleet().with_columns(
        draught_m=None,  # null throughout
        receiver=pl.Series(["satellite", None, "terrestrial"] * 120),
        source=pl.int_range(360).cast(pl.String),  # too many to number
    )
    rows = rows.sample(fraction=1, shuffle=True, seed=3)
    found_rows = pl.concat(found(written(tmp_path, rows, group=50), 100))
    expected = rows.with_columns(pl.col("draught_m").cast(pl.Float64)).select(list(POSITION))
    assert found_rows.sort(KEY).equals(expected.sort(KEY))


def test_a_piece_that_does_not_tell_its_vessels_is_laid_by(tmp_path: Path) -> None:
    file = position_files(written(tmp_path, fleet()))[0]
    known, silent = Piece(file, 0, 100, "273000000", "273000003"), Piece(file, 100, 100, None, None)
    assert in_place([known, known], 100)
    assert in_place([known, silent], 100) == []


def test_a_report_without_an_mmsi_is_set_aside_wherever_it_lies(tmp_path: Path) -> None:
    nobody = pl.when(pl.int_range(pl.len()) % 50 == 7)
    rows = fleet().with_columns(
        mmsi=nobody.then(None).when(pl.int_range(pl.len()) % 90 == 3).then(pl.lit("")).otherwise("mmsi")
    )
    inputs = written(tmp_path, rows, group=40)
    with position_blocks(inputs, None, lambda *_: None, 100) as blocks:
        assert blocks.mmsis == sorted(set(rows["mmsi"]) - {None, ""})
        left_out = sum((block.left_out for block in blocks), Counter[str]())
        kept = sum(block.rows.height for block in blocks)
    assert left_out["quarantined"] == rows.filter(pl.col("mmsi").is_null() | (pl.col("mmsi") == "")).height
    assert kept == rows.height - left_out["quarantined"]


def test_files_that_say_less_of_themselves_give_the_same_blocks(tmp_path: Path) -> None:
    rows = fleet()
    expected = found(written(tmp_path / "plain", rows), 100)
    (tmp_path / "csv").mkdir()
    rows.write_csv(tmp_path / "csv" / "position.csv", datetime_format="%Y-%m-%dT%H:%M:%S%.fZ")
    for (source,), part in rows.with_columns(source=pl.lit("test")).partition_by("source", as_dict=True).items():
        folder = tmp_path / "folders" / "position" / f"source={source}"
        folder.mkdir(parents=True)
        part.drop("source").write_parquet(folder / "part-0.parquet")
    for form in ("csv", "folders"):
        assert pl.concat(found(tmp_path / form, 100)).sort(KEY).equals(pl.concat(expected).sort(KEY))


def test_versions_copies_and_conflicts_are_told_from_reports_that_stand_alone(tmp_path: Path) -> None:
    rows = fleet(3)
    later = pl.duration(hours=1)
    one = rows[5:6]
    inputs = written(
        tmp_path,
        pl.concat(
            [
                rows,
                one,  # the same again
                one.with_columns(known_at=pl.col("known_at") + later, lat=pl.lit(41.0)),  # a newer version
                rows[40:41].with_columns(lat=pl.lit(50.0)),  # two ships on one MMSI: both are kept
                rows[70:71].with_columns(source=pl.lit("another")),
            ]
        ),
    )
    with position_blocks(inputs, None, lambda *_: None) as blocks:
        block = next(iter(blocks))
    assert dict(+block.left_out) == {"duplicates": 1, "superseded": 1}
    kept = block.rows.sort(*KEY, "lat", "source")
    assert kept.filter(pl.col("mmsi") == one["mmsi"][0], pl.col("at") == one["at"][0])["lat"].to_list() == [41.0]
    assert kept.height == rows.height + 2


def test_values_that_the_contract_cannot_hold_are_refused_from_any_piece(tmp_path: Path) -> None:
    at = pl.Series(["2024-05-01T00:00:00.000000001"] * 360).str.to_datetime(time_unit="ns", time_zone="UTC")
    inputs = written(tmp_path, fleet().with_columns(at=at), group=40)
    with pytest.raises(InputsRefused, match="instants that microseconds cannot hold"):
        found(inputs, 100)
    with pytest.raises(InputsRefused, match="needed a column of number"):
        found(written(tmp_path, fleet().drop("lat")), 100)


def test_unknown_columns_are_told_once(tmp_path: Path) -> None:
    inputs = written(tmp_path, fleet().with_columns(colour=pl.lit("blue")), group=20)
    with position_blocks(inputs, None, lambda *_: None, 100) as blocks:
        assert [(notice.column, notice.rule, notice.count) for notice in blocks.notices] == [
            ("colour", "unknown column", 1)
        ]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30), st.integers(1, 120))
@settings(max_examples=50, deadline=None)
def test_keys_are_never_cut(rows: list[int], most: int) -> None:
    counted = pl.DataFrame({"key": [f"{n:03d}" for n in range(len(rows))], "rows": rows})
    blocks = blocks_of(counted, most)
    assert blocks["block"].is_sorted()
    sizes = blocks.group_by("block").agg(pl.col("rows").sum(), keys=pl.len())
    assert sizes.filter((pl.col("rows") > most) & (pl.col("keys") > 1)).is_empty()
