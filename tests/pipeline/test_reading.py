"""Files in every form: what is read, what is refused, and in which words."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from small_tables import valid

from features.conform import Cast
from features.contract import load_contract
from pipeline.files import find
from pipeline.reading import read

CONTRACT = load_contract()
HEADER = "consignment_id,declared_at,regime,office,mode,bill_no,containers,withdrawn,known_at"
ROW = "C1,2024-01-01T00:00:00Z,import,KRPUS,sea,B1,CSQU3054383|MSKU1234567,true,2024-01-02T09:00:00+09:00"


def read_only(inputs: Path, table: str = "consignment") -> Cast:
    (file,) = find(inputs, CONTRACT.tables.values()).files[table]
    return read(file, CONTRACT[table])


def read_csv(inputs: Path, text: str | bytes) -> Cast:
    (inputs / "consignment.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_only(inputs)


def refusals(outcome: Cast) -> list[str]:
    assert outcome.rows.is_empty()
    return [violation.message for violation in outcome.refusals]


def test_a_csv_is_read_with_lists_booleans_and_instants_with_offset(tmp_path: Path) -> None:
    outcome = read_csv(tmp_path, f"{HEADER}\n{ROW}\n")
    assert outcome.refusals == []
    row = outcome.rows.row(0, named=True)
    assert (row["containers"], row["withdrawn"]) == (["CSQU3054383", "MSKU1234567"], True)
    assert row["known_at"].isoformat() == "2024-01-02T00:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEADER}\n{ROW}\n",
        f"{HEADER}\r\n{ROW}\r\n",
        f"{HEADER}\n{ROW}",
        f"{HEADER}\n{ROW}\n\n",
        HEADER.replace("bill_no", '"bill_no"') + "\n" + ROW.replace("B1", '"B1"') + "\n",
    ],
    ids=["byte-order mark", "CRLF", "no last line end", "blank line", "quotes"],
)
def test_harmless_differences_of_csv_are_harmless(tmp_path: Path, text: str) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "other").mkdir()
    assert read_csv(tmp_path / "other", text).rows.equals(read_csv(tmp_path / "plain", f"{HEADER}\n{ROW}\n").rows)


def test_a_compressed_csv_is_read(tmp_path: Path) -> None:
    (tmp_path / "consignment.csv.gz").write_bytes(gzip.compress(f"{HEADER}\n{ROW}\n".encode()))
    assert read_only(tmp_path).rows["consignment_id"].to_list() == ["C1"]


def test_quoted_cells_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    outcome = read_csv(
        tmp_path,
        f"{HEADER}\n{ROW.replace('B1', chr(34) + 'a, ' + chr(34) * 2 + 'b' + chr(34) * 2 + chr(10) + 'c' + chr(34))}\n",
    )
    assert outcome.rows["bill_no"].to_list() == ['a, "b"\nc']


def test_an_empty_cell_is_null_quoted_or_not(tmp_path: Path) -> None:
    outcome = read_csv(tmp_path, f"{HEADER}\n{ROW.replace('B1', '')}\n{ROW.replace('B1', chr(34) * 2)}\n")
    assert outcome.rows["bill_no"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00", "declared_at: .*found instants without an offset in 1 row"),
        ("true", "yes", r"withdrawn: needed true or false, found other text in 1 row \(yes\)"),
        ("declared_at", "mode", "consignment.mode: needed each column once, found it 2 times"),
        (",import", ",import,extra", "as many cells in every line, found one that cannot be parsed"),
        (",import", "", "as many cells in every line, found one that cannot be parsed"),
        ("2024-01-02", '"2024-01-02', "needed quotes that are closed, found an odd number of quotes"),
    ],
)
def test_what_cannot_be_parsed_refuses_the_table(tmp_path: Path, before: str, after: str, message: str) -> None:
    text = f"{HEADER}\n{ROW}\n"
    position = text.index(before)
    (told,) = refusals(read_csv(tmp_path, text[:position] + after + text[position + len(before) :]))[:1]
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(told)


def test_all_columns_that_cannot_be_parsed_are_told_at_once(tmp_path: Path) -> None:
    header, row = f"{HEADER},gross_kg,packages", f"{ROW.replace('true', '1')},1 000,2.5"
    told = refusals(read_csv(tmp_path, f"{header}\n{row}\n"))
    assert [message.split(":")[0] for message in told] == [
        "consignment.withdrawn",
        "consignment.gross_kg",
        "consignment.packages",
    ]


def test_an_empty_file_is_refused_and_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    assert "needed a CSV file with one header" in refusals(read_csv(tmp_path, ""))[0]
    outcome = read_csv(tmp_path, HEADER + "\n")
    assert (outcome.refusals, len(outcome.rows)) == ([], 0)


def test_a_column_that_stands_twice_in_parquet_refuses_the_table(tmp_path: Path) -> None:
    table = valid("consignment").to_arrow()
    parquet.write_table(table.append_column("mode", pa.array(["sea"])), tmp_path / "consignment.parquet")
    assert "mode: needed each column once, found it 2 times in consignment.parquet" in refusals(read_only(tmp_path))[0]


@pytest.mark.parametrize(("version", "refused"), [("1", False), ("2", True), ("one", True)])
def test_a_later_contract_version_refuses_the_table(tmp_path: Path, version: str, refused: bool) -> None:
    table = valid("consignment").to_arrow().replace_schema_metadata({"tidewaiter_contract_version": version})
    parquet.write_table(table, tmp_path / "consignment.parquet")
    outcome = read_only(tmp_path)
    assert bool(outcome.refusals) == refused
    if refused:
        assert f"contract version 1 or earlier, found version {version}" in refusals(outcome)[0]


def test_a_partition_is_a_column_in_its_contract_type(tmp_path: Path) -> None:
    place = tmp_path / "goods_item" / "item_no=7" / "month=2024-01"
    place.mkdir(parents=True)
    valid("goods_item", 2).drop("item_no").write_parquet(place / "a.parquet")
    outcome = read_only(tmp_path, "goods_item")
    assert outcome.violations == ()
    assert outcome.rows["item_no"].to_list() == [7, 7]


@pytest.mark.parametrize(("folder", "refused"), [("regime=import", False), ("regime=export", True)])
def test_a_partition_must_agree_with_its_column(tmp_path: Path, folder: str, refused: bool) -> None:
    (tmp_path / "consignment" / folder).mkdir(parents=True)
    valid("consignment").write_parquet(tmp_path / "consignment" / folder / "a.parquet")
    outcome = read_only(tmp_path)
    assert bool(outcome.refusals) == refused
    if refused:
        assert "needed the value of its folder, export, found import" in outcome.refusals[0].message


def test_a_partition_that_cannot_be_parsed_refuses_the_table(tmp_path: Path) -> None:
    (tmp_path / "goods_item" / "item_no=seven").mkdir(parents=True)
    valid("goods_item").drop("item_no").write_parquet(tmp_path / "goods_item" / "item_no=seven" / "a.parquet")
    assert (
        "needed whole numbers of 64 bits, found other text in 1 row (seven)"
        in refusals(read_only(tmp_path, "goods_item"))[0]
    )


def test_numbers_that_are_not_finite_are_read_and_left_to_the_row_rules(tmp_path: Path) -> None:
    outcome = read_csv(tmp_path, f"{HEADER},gross_kg\n{ROW},NaN\n{ROW},-inf\n")
    assert outcome.rows["gross_kg"].is_finite().to_list() == [False, False]


def test_a_name_with_glob_characters_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "consignment").mkdir()
    valid("consignment").write_parquet(tmp_path / "consignment" / "a[1]*.parquet")
    assert len(read_only(tmp_path).rows) == 1
    assert isinstance(read_only(tmp_path).rows, pl.DataFrame)
