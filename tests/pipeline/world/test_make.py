"""The verb `world`: its bytes, its conformity to the contract, what it replaces and what it refuses."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features.conform import cast
from features.contract import load_contract
from features.sift import sift
from pipeline.check import check
from pipeline.errors import Usage
from pipeline.world import World, make, make_world

TABLES = ("consignment", "goods_item", "inspection", "party")


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("again", 7), ("other", 8)):
        make_world(seed, 300, tmp_path / name / "inputs")
    assert hashes(tmp_path / "one") == hashes(tmp_path / "again")
    one, other = hashes(tmp_path / "one"), hashes(tmp_path / "other")
    assert all(one[name] != other[name] for name in one)


def test_the_truth_stands_beside_the_inputs_never_inside(tmp_path: Path) -> None:
    report = make_world(7, 300, tmp_path / "inputs")
    assert report.truth == tmp_path / "inputs.truth.parquet"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inputs", "inputs.truth.parquet"]
    assert sorted(path.name for path in report.inputs.glob("*.parquet")) == [f"{name}.parquet" for name in TABLES]
    truth = pl.read_parquet(report.truth)
    assert truth.columns == ["consignment_id", "scheme", "mechanism", "value_usd"]
    assert truth["consignment_id"].is_unique().all()
    for name in TABLES:
        table = pl.read_parquet(report.inputs / f"{name}.parquet")
        assert not set(table.columns) & {"mechanism", "leaning", "true_kg", "true_usd", "odd_route"}


@pytest.mark.parametrize("name", TABLES)
def test_every_row_conforms_to_the_contract(world: World, name: str) -> None:
    table = load_contract()[name]
    done = cast(world.tables[name], table)
    assert done.violations == ()
    assert done.rows.equals(world.tables[name])
    sifted = sift(done.rows, table)
    assert sifted.quarantined.height == 0
    assert sifted.rows.height == world.tables[name].height


def test_the_whole_world_passes_the_check(tmp_path: Path) -> None:
    report = make_world(7, 300, tmp_path / "inputs")
    absent = set(load_contract().tables) - set(report.rows)
    found = check(report.inputs, set(report.cases), absent)
    assert found.exit_code == 0, str(found)


def test_every_reference_between_its_tables_holds(world: World) -> None:
    consignments = world.tables["consignment"]
    known = consignments.group_by("consignment_id").agg(pl.col("known_at").min().alias("parent"))
    for name in ("goods_item", "inspection"):
        child = world.tables[name].join(known, on="consignment_id", how="left")
        assert child.filter(pl.col("parent").is_null() | (pl.col("parent") > pl.col("known_at"))).height == 0
    parties = world.tables["party"].group_by("party_id").agg(pl.col("known_at").min().alias("parent"))
    for column in ("importer_id", "exporter_id", "declarant_id", "carrier_id"):
        rows = consignments.filter(pl.col(column).is_not_null())
        named = rows.join(parties, left_on=column, right_on="party_id", how="left")
        assert named.filter(pl.col("parent").is_null() | (pl.col("parent") > pl.col("known_at"))).height == 0


def test_nothing_is_known_after_the_end_and_every_consignment_is_there(world: World) -> None:
    for table in world.tables.values():
        assert table["known_at"].max() < datetime(2025, 1, 1, tzinfo=UTC)
    assert world.tables["consignment"]["consignment_id"].n_unique() == 8000
    assert world.tables["goods_item"]["consignment_id"].n_unique() == 8000


def test_there_are_findings_enough_to_learn_from(world: World) -> None:
    newest = world.tables["inspection"].sort("known_at").unique("inspection_id", keep="last")
    confirmed = newest.filter(pl.col("result") == "confirmed").group_by("scheme").len()
    counts = dict(confirmed.rows())
    assert min(counts["marine_smuggling"], counts["brand_diversion"]) >= 100
    assert counts["strategic_goods"] < 30


def test_an_earlier_world_is_replaced_and_progress_is_told(tmp_path: Path) -> None:
    steps: list[int] = []
    make_world(7, 300, tmp_path / "inputs")
    before = hashes(tmp_path)
    report = make_world(8, 200, tmp_path / "inputs", progress=steps.append)
    assert steps == [1] * len(TABLES)
    assert hashes(tmp_path) != before
    assert pl.read_parquet(tmp_path / "inputs/consignment.parquet")["consignment_id"].n_unique() == 200
    assert "200" not in str(report.begins)
    assert str(tmp_path / "inputs") in str(report)


@pytest.mark.parametrize("broken_at", ["party", "truth"])
def test_a_failure_leaves_the_earlier_world_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken_at: str
) -> None:
    make_world(7, 200, tmp_path / "inputs")
    before = hashes(tmp_path)
    write = make._write

    def failing(frame: pl.DataFrame, path: Path) -> None:
        if path.stem == broken_at:
            raise OSError("no space left")
        write(frame, path)

    monkeypatch.setattr(make, "_write", failing)
    with pytest.raises(OSError, match="no space left"):
        make_world(8, 200, tmp_path / "inputs")
    assert hashes(tmp_path) == before


def test_a_failed_exchange_puts_the_earlier_world_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_world(7, 200, tmp_path / "inputs")
    before = hashes(tmp_path)
    replace = make.os.replace

    def failing(source: Path, target: Path) -> None:
        if Path(source).name == "fresh":
            raise OSError("the place is gone")
        replace(source, target)

    monkeypatch.setattr(make.os, "replace", failing)
    with pytest.raises(OSError, match="the place is gone"):
        make_world(8, 200, tmp_path / "inputs")
    assert hashes(tmp_path) == before


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["notes.txt"], "notes.txt"),
        (["_world.json", "consignment.parquet", "vessel.parquet"], "vessel.parquet"),
        (["consignment.parquet"], "without _world.json"),
        (list("abcdefg"), "a, b, c, d, e and 2 more"),
    ],
)
def test_a_folder_that_is_not_a_world_is_refused_and_kept(tmp_path: Path, files: list[str], found: str) -> None:
    out = tmp_path / "inputs"
    out.mkdir()
    for name in files:
        (out / name).write_text("kept", encoding="utf-8")
    with pytest.raises(Usage, match=f"needed a place for the world.*{found}.*name another --out"):
        make_world(7, 200, out)
    assert sorted(path.name for path in out.iterdir()) == sorted(files)
    assert not (tmp_path / "inputs.truth.parquet").exists()


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inputs").write_text("kept", encoding="utf-8")
    with pytest.raises(Usage, match="found a file at"):
        make_world(7, 200, tmp_path / "inputs")


def test_impossible_arguments_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"seed of at least 0, found -1.*consignments of at least 1.*months of at least 1"):
        make_world(-1, 0, tmp_path / "inputs", months=0)
    with pytest.raises(Usage, match="plain name"):
        make_world(7, 200, tmp_path / "_inputs")


@pytest.mark.parametrize("consignments", [1, 2, 10])
def test_the_smallest_worlds_hold(tmp_path: Path, consignments: int) -> None:
    report = make_world(7, consignments, tmp_path / "inputs", months=1)
    assert pl.read_parquet(tmp_path / "inputs/consignment.parquet")["consignment_id"].n_unique() == consignments
    assert report.rows["inspection"] <= consignments * 2
