"""The example of docs/add_a_feed.md, run as the page tells it."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from feed_house import FeedHouse, at

from features.contract import load_contract

PAGE = (Path(__file__).parents[2] / "docs" / "add_a_feed.md").read_text(encoding="utf-8")
FILES = re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def house(tmp_path: Path) -> FeedHouse:
    house = FeedHouse(tmp_path, {})
    for name, text in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return house


def test_the_page_has_the_files_of_the_example() -> None:
    assert [Path(name).suffix for name, _ in FILES] == [".csv", ".sql", ".sql"]


def test_the_example_says_what_the_page_says(house: FeedHouse, capsys: pytest.CaptureFixture[str]) -> None:
    report = house.ingest("2024-06-01T10:00", feed="harbour")
    report.show()
    told = capsys.readouterr().out.splitlines()
    shown = PAGE[PAGE.index("harbour-0123456789ab, received") :].split("```")[0].splitlines()
    assert told[0].partition(",")[2] == shown[0].partition(",")[2]
    assert told[1:3] == shown[1:3]
    assert told[3].startswith(shown[3].removesuffix(" ..."))
    assert report.exit_code == 1


def test_the_mended_example_takes_in_the_rest(house: FeedHouse) -> None:
    house.ingest("2024-06-01T10:00", feed="harbour")
    path = house.configs / "sources" / "harbour" / "consignment.sql"
    path.write_text(path.read_text().replace("    office,", "    upper(office) AS office,"))
    again = house.ingest("2024-06-01T11:00", feed="harbour")
    assert (again.tables["consignment"].appended, again.tables["consignment"].unchanged, again.exit_code) == (1, 2, 0)
    assert again.tables["goods_item"].unchanged == 3
    consignments, goods = house.table("consignment"), house.table("goods_item")
    assert consignments["office"].to_list() == ["JPMBE", "JPWKJ", "JPNEM"]
    assert consignments["declared_at"][0] == at("2024-06-01T00:30")
    assert goods.select("hs6", "net_kg", "value_usd").row(0) == ("030614", 1200.5, 10_000.0)
    assert goods["value_usd"][1] is None


def test_names_that_the_page_calls_words_of_sql_are_columns() -> None:
    columns = {name for table in load_contract().tables.values() for name in table.columns}
    assert {"at", "procedure", "containers"} <= columns


def test_a_list_is_written_as_the_page_says(house: FeedHouse) -> None:
    house.write_sql(
        "party",
        "SELECT 'A' AS party_id, string_split('importer|exporter', '|') AS roles, '2024-01-01'::TIMESTAMPTZ known_at",
    )
    house.deliver()
    assert house.ingest(history=True).exit_code == 0
    assert house.table()["roles"].to_list() == [["importer", "exporter"]]
    assert house.table()["known_at"].to_list() == pl.Series([at("2024-01-01")]).to_list()
