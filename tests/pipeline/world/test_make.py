"""The verb `world`: its bytes, its conformity to the contract, what it replaces and what it refuses."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from worlds import Written

from features.conform import cast
from features.contract import load_contract
from features.sift import sift
from pipeline.check import check
from pipeline.errors import Usage
from pipeline.world import make, make_world
from pipeline.world.tables import TableWriter

TABLES = tuple(load_contract().tables)
LATENT = {"mechanism", "leaning", "rogue", "shell", "true_kg", "true_usd", "true_species", "odd_route", "launders"}


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_equal_seeds_give_equal_bytes_for_any_threads_and_others_do_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; from pathlib import Path; from pipeline.world import make_world; "
               "make_world(int(sys.argv[1]), 400, Path(sys.argv[2]), months=2)"]  # fmt: skip
    for name, seed, threads in (("one", "7", "1"), ("again", "7", "3"), ("other", "8", "3")):
        environment = {**os.environ, "POLARS_MAX_THREADS": threads, "PYTHONHASHSEED": threads}
        subprocess.run([*command, seed, str(tmp_path / name / "inputs")], check=True, env=environment)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "again")
    one, other = hashes(tmp_path / "one"), hashes(tmp_path / "other")
    same = {name for name in one if one[name] == other[name]}
    assert same == {"inputs/use_restriction.parquet", "inputs/parallel_import_regime.parquet"} & same


def test_the_truth_stands_beside_the_inputs_never_inside(world: Written) -> None:
    place = world.report.inputs.parent
    assert world.report.truth == place / "inputs.truth.parquet"
    assert sorted(path.name for path in place.iterdir()) == ["inputs", "inputs.truth.parquet"]
    assert world.truth.columns == ["consignment_id", "scheme", "mechanism", "value_usd"]
    assert world.truth["consignment_id"].is_unique().all()
    assert world.truth["consignment_id"].is_in(world.first["consignment_id"].implode()).all()
    for rows in world.tables.values():
        assert not set(rows.columns) & LATENT


def test_positions_are_cut_by_month(world: Written) -> None:
    folders = sorted(path.name for path in (world.report.inputs / "position").iterdir())
    assert folders == [f"month=2024-{month:02d}" for month in range(7, 13)]
    july = pl.read_parquet(world.report.inputs / "position/month=2024-07/part.parquet", hive_partitioning=False)
    assert july["at"].dt.strftime("%Y-%m").unique().to_list() == ["2024-07"]


@pytest.mark.parametrize("name", TABLES)
def test_every_row_conforms_to_the_contract(world: Written, name: str) -> None:
    table = load_contract()[name]
    done = cast(world.tables[name], table)
    assert done.violations == ()
    sifted = sift(done.rows, table)
    assert sifted.quarantined.height == 0, sifted.quarantined.head(3)
    assert sifted.rows.height + sifted.duplicates == world.tables[name].height
    assert world.tables[name].height > 0


@pytest.mark.parametrize(("seed", "consignments", "months"), [(1, 150, 1), (2, 700, 3)])
def test_other_sizes_and_seeds_pass_the_check(tmp_path: Path, seed: int, consignments: int, months: int) -> None:
    report = make_world(seed, consignments, tmp_path / "inputs", months)
    found = check(report.inputs, None, set())
    quarantined = {name: counts["quarantined"] for name, counts in found.inputs.counts.items()}
    assert not any(quarantined.values()), quarantined
    assert not [violation for violation in found.violations if violation.severity == "refuse"]


@pytest.mark.parametrize("name", [name for name in TABLES if load_contract()[name].event])
def test_nothing_is_known_before_it_happened_where_that_cannot_be(world: Written, name: str) -> None:
    table = load_contract()[name]
    told_ahead = {  # announced, licensed, planned or stated beforehand
        "leg",  # a declared route may end in the future
        "port_call",  # a notice comes before the call
        "fishing_right",
        "strategic_licence",
        "parallel_import_regime",
        "brand_channel",
        "party_link",
    }
    rows = world.tables[name].filter(pl.col(table.event).is_not_null())
    event = pl.col(table.event).cast(pl.Datetime("us", "UTC")) if table.event == "period" else pl.col(table.event)
    early = rows.filter(pl.col("known_at") < event)
    if name not in told_ahead:
        assert early.height == 0, early.head(3)
    elif name == "port_call":
        assert set(early["reported_by"]) == {"vessel"}


def test_nothing_is_known_after_the_end_and_every_consignment_is_there(world: Written) -> None:
    for rows in world.tables.values():
        assert rows["known_at"].max() < datetime(2025, 1, 1, tzinfo=UTC)
    assert world.first.height == 6000
    assert world.tables["goods_item"]["consignment_id"].n_unique() == 6000


def test_there_are_findings_enough_to_learn_from(world: Written) -> None:
    confirmed = world.report.confirmed
    assert min(confirmed["marine_smuggling"], confirmed["brand_diversion"]) >= 40
    assert confirmed.get("strategic_goods", 0) < 30


def test_an_earlier_world_is_replaced_and_progress_is_told(tmp_path: Path) -> None:
    told: dict[str, list[int]] = {}
    make_world(7, 60, tmp_path / "inputs", months=1)
    before = hashes(tmp_path)

    def tell(stage: str, done: int, total: int) -> None:
        told.setdefault(stage, [0, total])[0] += done

    report = make_world(8, 50, tmp_path / "inputs", months=1, progress=tell)
    assert all(done == total for done, total in told.values())
    assert told["consignments"] == [50, 50]
    assert hashes(tmp_path) != before
    assert pl.read_parquet(tmp_path / "inputs/consignment.parquet")["consignment_id"].n_unique() == 50
    assert str(tmp_path / "inputs") in str(report)


@pytest.mark.parametrize("broken_at", ["party", "inspection", "position"])
def test_a_failure_leaves_the_earlier_world_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken_at: str
) -> None:
    make_world(7, 50, tmp_path / "inputs", months=1)
    before = hashes(tmp_path)
    write = TableWriter.write

    def failing(self: TableWriter, name: str, frame: pl.DataFrame) -> None:
        if name == broken_at:
            raise OSError("no space left")
        write(self, name, frame)

    monkeypatch.setattr(TableWriter, "write", failing)
    with pytest.raises(OSError, match="no space left"):
        make_world(8, 50, tmp_path / "inputs", months=1)
    assert hashes(tmp_path) == before


def test_a_failed_exchange_puts_the_earlier_world_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_world(7, 50, tmp_path / "inputs", months=1)
    before = hashes(tmp_path)
    replace = make.os.replace

    def failing(source: Path, target: Path) -> None:
        if Path(source).name == "fresh":
            raise OSError("the place is gone")
        replace(source, target)

    monkeypatch.setattr(make.os, "replace", failing)
    with pytest.raises(OSError, match="the place is gone"):
        make_world(8, 50, tmp_path / "inputs", months=1)
    assert hashes(tmp_path) == before


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["notes.txt"], "notes.txt"),
        (["_world.json", "consignment.parquet", "ranked.parquet"], "ranked.parquet"),
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
