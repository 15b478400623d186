"""Input that is broken or means harm: a message that helps, and no row lost."""

from __future__ import annotations

import gzip
from pathlib import Path
from random import Random

import polars as pl
import pytest
from small_tables import valid

from features.contract import load_contract
from pipeline.check import check
from pipeline.inputs import Inputs, InputsRefused, read_inputs

HEADER = "consignment_id,declared_at,regime,office,mode,bill_no,known_at"
ROW = "C1,2024-01-01T00:00:00Z,import,KRPUS,sea,caf\u00e9,2024-01-02T00:00:00Z"
NASTY = [
    "../../etc/passwd",
    "C:\\windows\\system32",
    "'; DROP TABLE consignment; --",
    "=cmd|' /C calc'!A0",
    "a\x00b",
    "a\x07\x1b[31mb",
    "\u202eevil\u202c",
    "a\u2028b",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "%s{0}${HOME}",
    "NULL",
    " ",
    "0",
    "<script>alert(1)</script>",
]


def bare(table: str, rows: int = 1, /, **columns: object) -> pl.DataFrame:
    optional = {name: None for name, column in load_contract()[table].columns.items() if column.ref and column.empty}
    return valid(table, rows, **{**optional, **columns})


def refused(inputs: Path) -> str:
    before = {path: path.lstat().st_mtime_ns for path in inputs.rglob("*")}
    with pytest.raises(InputsRefused) as error:
        read_inputs(inputs, None, None)
    assert error.value.exit_code == 3
    assert check(inputs, None).exit_code == 3
    assert {path: path.lstat().st_mtime_ns for path in inputs.rglob("*")} == before
    return str(error.value)


def accounted(read: Inputs, table: str, rows: int) -> None:
    counts = read.counts[table]
    assert rows == counts["used"] + counts["quarantined"] + counts["duplicates"] + counts["ignored"]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_a_truncated_parquet_file_is_refused(tmp_path: Path, share: float) -> None:
    whole = tmp_path / "consignment.parquet"
    bare("consignment", 500).write_parquet(whole)
    data = whole.read_bytes()
    whole.write_bytes(data[: int(len(data) * share)])
    told = refused(tmp_path)
    assert "consignment: needed a whole Parquet file, found one that cannot be read" in told
    assert "in consignment.parquet; deliver the file again" in told


def test_one_truncated_file_among_good_ones_refuses_the_table(tmp_path: Path) -> None:
    (tmp_path / "consignment").mkdir()
    for name in "abc":
        bare("consignment", 5).write_parquet(tmp_path / "consignment" / f"{name}.parquet")
    broken = tmp_path / "consignment" / "b.parquet"
    broken.write_bytes(broken.read_bytes()[:-20])
    assert "in consignment/b.parquet" in refused(tmp_path)


def test_damaged_parquet_is_refused_or_read_but_never_crashes(tmp_path: Path) -> None:
    random, place = Random(7), tmp_path / "consignment.parquet"
    bare("consignment", 50).write_parquet(place)
    data = place.read_bytes()
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(random.randint(1, 8)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        place.write_bytes(damaged)
        assert check(tmp_path, None, needs=None).exit_code in (0, 1, 3)


def test_text_in_iso_8859_1_is_refused_with_its_place_and_the_way_to_convert_it(tmp_path: Path) -> None:
    place = tmp_path / "consignment.csv"
    place.write_bytes("\n".join([HEADER, ROW.replace("\u00e9", "e"), ROW, ""]).encode("iso-8859-1"))
    told = refused(tmp_path)
    position = place.read_bytes().index(b"\xe9")
    assert f"needed text in UTF-8, found the byte 0xE9 at byte {position + 1}, line 3 in consignment.csv" in told
    assert "iconv -f ISO-8859-1 -t UTF-8" in told


def test_a_header_in_iso_8859_1_is_refused(tmp_path: Path) -> None:
    (tmp_path / "consignment.csv").write_bytes(f"{HEADER},caf\u00e9\n".encode("iso-8859-1"))
    assert "found the byte 0xE9" in refused(tmp_path)


def test_text_in_utf_16_is_refused(tmp_path: Path) -> None:
    (tmp_path / "consignment.csv").write_bytes(f"{HEADER}\n{ROW}\n".encode("utf-16"))
    assert "needed text in UTF-8, found the byte 0xFF at byte 1, line 1" in refused(tmp_path)


@pytest.mark.parametrize("cut", [10, 40, -5])
def test_a_truncated_gzip_file_is_refused(tmp_path: Path, cut: int) -> None:
    (tmp_path / "consignment.csv.gz").write_bytes(gzip.compress(f"{HEADER}\n{ROW}\n".encode())[:cut])
    assert "consignment: needed a whole file, found one that cannot be read" in refused(tmp_path)


def test_descriptions_of_ten_megabytes_are_read_and_cut_in_messages(tmp_path: Path) -> None:
    long = "\u9b5a" * (10 * 2**20 // 3)
    frame = bare("goods_item", 3, consignment_id="C1", description=[long, "x", long], unit=["kg", long, "kg"])
    frame = frame.with_columns(hs6=pl.Series(["030614", long, "030614"]))
    frame.select(pl.all().exclude(pl.Datetime), pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_csv(
        tmp_path / "goods_item.csv"
    )
    bare("consignment", consignment_id="C1").write_parquet(tmp_path / "consignment.parquet")
    read = read_inputs(tmp_path, None, None)
    assert read.tables["goods_item"]["description"].to_list() == [long, long]
    assert len(read.quarantine["goods_item"]["message"][0]) < 500
    assert "characters)" in read.violations[0].message
    assert len(read.violations[0].message) < 500
    accounted(read, "goods_item", 3)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_identifiers_that_look_like_paths_sql_or_markup_are_only_text(tmp_path: Path, form: str) -> None:
    count = len(NASTY)
    consignment = bare("consignment", count, consignment_id=NASTY, bill_no=NASTY)
    goods = bare("goods_item", count, consignment_id=NASTY, description=NASTY)
    for name, frame in (("consignment", consignment), ("goods_item", goods)):
        if form == "parquet":
            frame.write_parquet(tmp_path / f"{name}.parquet")
        else:
            text = frame.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
            lists = [column for column, dtype in frame.schema.items() if dtype == pl.List]
            text.with_columns(pl.col(lists).list.join("|")).write_csv(tmp_path / f"{name}.csv")
    read = read_inputs(tmp_path, None, None)
    assert sorted(read.tables["consignment"]["consignment_id"]) == sorted(NASTY)
    assert sorted(read.tables["goods_item"]["description"]) == sorted(NASTY)
    assert read.violations == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"consignment.{form}", f"goods_item.{form}"]


def test_control_and_direction_characters_never_reach_a_message(tmp_path: Path) -> None:
    bare("consignment", len(NASTY), consignment_id=NASTY, regime=NASTY).write_parquet(tmp_path / "consignment.parquet")
    read = read_inputs(tmp_path, None, None)
    messages = [*map(str, read.violations), *read.quarantine["consignment"]["message"]]
    assert all(message.isprintable() for message in messages)
    assert any("\\u202eevil\\u202c" in message for message in messages)
    assert sorted(read.quarantine["consignment"]["consignment_id"]) == sorted(NASTY)
    accounted(read, "consignment", len(NASTY))


def test_hostile_names_of_files_and_columns_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "leg\u202e.par\x1bquet").touch()
    (tmp_path / "consignment").mkdir()
    frame = bare("consignment").with_columns(pl.lit(1).alias("x\u202e\x1b"))
    frame.write_parquet(tmp_path / "consignment" / "a\u202e.parquet")
    read = read_inputs(tmp_path, None, None)
    assert len(read.notices) == 2
    assert all(notice.message.isprintable() for notice in read.notices)


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "consignment.parquet").mkdir()
    (tmp_path / "consignment.parquet" / "part.parquet").touch()
    assert "needed a file consignment.parquet" in refused(tmp_path)


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "consignment").touch()
    assert "needed a file consignment.parquet" in refused(tmp_path)


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "consignment.parquet").symlink_to(tmp_path / "_gone.parquet")
    assert "consignment: needed" in refused(tmp_path)


def test_numbers_that_are_not_finite_are_quarantined_in_every_form(tmp_path: Path) -> None:
    values = [float("nan"), float("inf"), float("-inf"), 1.0]
    bare("consignment", 4, gross_kg=values).write_parquet(tmp_path / "consignment.parquet")
    read = read_inputs(tmp_path, None, None)
    assert read.quarantine["consignment"]["rule"].to_list() == ["finite"] * 3
    accounted(read, "consignment", 4)


def test_a_quarantined_row_comes_back_once_a_good_version_is_there(tmp_path: Path) -> None:
    bad = bare("consignment", 1, regime="x")
    (tmp_path / "consignment").mkdir()
    bad.write_parquet(tmp_path / "consignment" / "one.parquet")
    assert read_inputs(tmp_path, None, None).counts["consignment"]["used"] == 0
    good = bare("consignment", 1, known_at=bad["known_at"][0].replace(hour=9))
    good.write_parquet(tmp_path / "consignment" / "two.parquet")
    assert read_inputs(tmp_path, None, None).counts["consignment"]["used"] == 1
