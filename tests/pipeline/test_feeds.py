from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest
from feed_house import HEADER, PARTY_SQL, FeedHouse

from pipeline.errors import Refused, Usage
from pipeline.feeds import find_feed

LINE = "A,Ann,DE,2024-01-01T00:00Z"


@pytest.fixture
def house(tmp_path: Path) -> FeedHouse:
    house = FeedHouse(tmp_path)
    house.deliver(LINE)
    return house


@pytest.mark.parametrize("source", ["partys", "../parties", "/etc", "parties/../parties", "", "parties'; DROP TABLE x"])
def test_a_name_that_is_no_feed_is_wrong_usage_and_names_the_nearest(house: FeedHouse, source: str) -> None:
    with pytest.raises(Usage, match=r"needed the name of a feed.*nearest of parties is 'parties'"):
        house.ingest(feed=source)
    assert not house.inputs.exists()


def test_a_configuration_without_feeds_says_so(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="no feed is configured"):
        find_feed("parties", [tmp_path])


def test_a_feed_without_sql_is_wrong_usage(house: FeedHouse) -> None:
    (house.configs / "sources" / "parties" / "party.sql").rename(house.configs / "sources" / "parties" / "_party.sql")
    with pytest.raises(Usage, match=r"needed at least one <table>.sql in sources/parties, found none"):
        house.ingest()


def test_a_file_named_after_no_table_is_wrong_usage(house: FeedHouse) -> None:
    house.write_sql("partie", PARTY_SQL)
    with pytest.raises(Usage, match=r"found partie.sql \(nearest: "):
        house.ingest()


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("", "no statement"),
        ("-- only a comment", "no statement"),
        ("SELECT 1; SELECT 2", "SELECT, SELECT"),
        ("COPY (SELECT 1) TO 'out.csv'", "COPY"),
        ("CREATE TABLE party AS SELECT 1", "CREATE"),
        ("SET enable_external_access = true; SELECT 1", "SET, SELECT"),
        ("ATTACH 'other.db'", "ATTACH"),
    ],
)
def test_anything_but_one_select_is_wrong_usage(house: FeedHouse, sql: str, found: str) -> None:
    house.write_sql("party", sql)
    with pytest.raises(Usage, match=f"party.sql: needed exactly one SELECT, found {found}"):
        house.ingest()
    assert [path.name for path in house.raw.iterdir()] == ["parties.csv"]


def test_sql_in_another_encoding_is_wrong_usage(house: FeedHouse) -> None:
    path = house.configs / "sources" / "parties" / "party.sql"
    path.write_bytes("-- Größe\nSELECT 1".encode("latin-1"))
    with pytest.raises(Usage, match=r"needed SQL in UTF-8, found party.sql"):
        house.ingest()


def test_steps_in_between_comments_and_a_byte_order_mark_are_harmless(house: FeedHouse) -> None:
    house.write_sql(
        "party", "\ufeff-- one; two\nWITH raw AS (FROM 'parties.csv') SELECT party_id, name FROM raw -- ;\n;\n"
    )
    assert house.ingest().tables["party"].appended == 1


def test_a_configuration_laid_over_replaces_single_files(house: FeedHouse, tmp_path: Path) -> None:
    over = FeedHouse(tmp_path / "over", {"party": "SELECT 1", "brand": "SELECT 2"})
    feed = find_feed("parties", [house.configs, over.configs])
    assert feed.statements == {"party": "SELECT 1", "brand": "SELECT 2"}
    assert find_feed("parties", [over.configs, house.configs]).statements["party"] == PARTY_SQL


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELEC 1", r"syntax error at or near \"SELEC\""),
        ("SELECT missing FROM 'parties.csv'", '"missing" not found'),
        ("SELECT party_id::INTEGER AS party_id FROM 'parties.csv'", 'Could not convert string "A"'),
        ("FROM read_csv('partys.csv')", r"No files found that match the pattern \"partys.csv\""),
    ],
)
def test_sql_that_does_not_run_is_refused_with_what_duckdb_says(house: FeedHouse, sql: str, found: str) -> None:
    house.write_sql("party", sql)
    with pytest.raises(Refused, match=rf"(?s)party.sql: needed a SELECT.*{found}"):
        house.ingest()
    assert not house.inputs.exists()


@pytest.mark.parametrize(
    "place",
    [
        "'/etc/passwd'",
        "'../secret/parties.csv'",
        "'{raw}/../secret/parties.csv'",
        "'../sec*/*.csv'",
        "'link.csv'",
        "'link/parties.csv'",
        "'https://example.org/parties.csv'",
    ],
)
@pytest.mark.parametrize("function", ["read_csv", "read_text", "read_blob", "sniff_csv"])
def test_a_feed_reads_nothing_outside_of_its_raw_files(house: FeedHouse, place: str, function: str) -> None:
    secret = house.root / "secret"
    secret.mkdir()
    (secret / "parties.csv").write_text(HEADER + LINE)
    (house.raw / "link.csv").symlink_to(secret / "parties.csv")
    (house.raw / "link").symlink_to(secret)
    house.write_sql("party", f"SELECT * FROM {function}({place.format(raw=house.raw)})")
    with pytest.raises(Refused, match="Permission Error") as refusal:
        house.ingest()
    assert "a feed reads only files under --raw" in str(refusal.value)
    assert not house.inputs.exists()


def test_a_feed_cannot_list_what_lies_elsewhere(house: FeedHouse) -> None:
    house.write_sql("party", "SELECT file AS party_id FROM glob('/etc/*')")
    with pytest.raises(Refused, match="Permission Error"):
        house.ingest()


def test_names_in_folders_and_patterns_are_read(house: FeedHouse) -> None:
    (house.raw / "2024").mkdir()
    (house.raw / "2024" / "parties_2.csv").write_text(HEADER + LINE.replace("A,", "B,"))
    house.write_sql("party", PARTY_SQL.replace("parties*.csv", "**/parties*.csv"))
    assert house.ingest().tables["party"].appended == 2


def test_parquet_and_json_are_read(house: FeedHouse) -> None:
    pl.DataFrame({"party_id": ["P"]}).write_parquet(house.raw / "p.parquet")
    (house.raw / "j.json").write_text('[{"party_id": "J", "roles": ["importer"]}]')
    house.write_sql(
        "party", "SELECT party_id, NULL AS roles FROM 'p.parquet' UNION ALL SELECT party_id, roles FROM 'j.json'"
    )
    assert house.ingest().tables["party"].appended == 2
    assert house.table()["roles"].to_list() == [["importer"], None]


def test_text_in_iso_8859_1_is_refused_and_read_once_the_sql_names_it(house: FeedHouse) -> None:
    (house.raw / "parties.csv").write_bytes((HEADER + LINE.replace("Ann", "Müller")).encode("latin-1"))
    with pytest.raises(Refused, match="not utf-8 encoded") as refusal:
        house.ingest()
    assert "encoding = 'latin-1'" in str(refusal.value)
    house.write_sql("party", PARTY_SQL.replace("nullstr", "encoding = 'latin-1', nullstr"))
    house.ingest()
    assert house.table()["name"].to_list() == ["Müller"]


def test_a_truncated_parquet_file_is_refused(house: FeedHouse) -> None:
    path = house.raw / "p.parquet"
    pl.DataFrame({"party_id": ["P"] * 1000}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-9])
    house.write_sql("party", "SELECT party_id FROM 'p.parquet'")
    with pytest.raises(Refused, match="damaged, half written or of another form"):
        house.ingest()
    assert not house.inputs.exists()


def test_a_csv_file_that_breaks_off_is_refused(house: FeedHouse) -> None:
    (house.raw / "parties.csv").write_text(HEADER + f"{LINE}\n" * 3 + LINE[:4])
    with pytest.raises(Refused, match=r"(?s)sniffing file.*half written"):
        house.ingest()


def test_what_a_message_quotes_from_the_raw_data_is_short_and_harmless(house: FeedHouse) -> None:
    (house.raw / "parties.csv").write_text(HEADER + f"{LINE}\n" * 30_000 + "\x1b[31m\u202e" + "x" * 100_000)
    with pytest.raises(Refused, match=r"CSV Error on Line: 30002") as refusal:
        house.ingest()
    assert len(str(refusal.value)) < 2000
    assert all(sign.isprintable() or sign == "\n" for sign in str(refusal.value))


def test_lines_that_look_like_comments_are_rows(house: FeedHouse) -> None:
    house.deliver(LINE, "#1,Bo,DE,2024-01-01T00:00Z", "C,Cy #2,DE,2024-01-01T00:00Z")
    assert house.ingest().tables["party"].appended == 3


def test_ten_megabytes_in_one_cell_pass(house: FeedHouse) -> None:
    with gzip.open(house.raw / "parties.csv.gz", "wt") as stream:
        stream.write(HEADER + LINE.replace("Ann", "x" * 10_000_000))
    (house.raw / "parties.csv").unlink()
    with pytest.raises(Refused, match="raise max_line_size"):
        house.ingest()
    house.write_sql("party", PARTY_SQL.replace("nullstr", "max_line_size = 20000000, nullstr"))
    house.ingest()
    assert house.table()["name"].str.len_bytes().to_list() == [10_000_000]


@pytest.mark.parametrize(
    "identifier",
    ["../../etc/passwd", "'; DROP TABLE party; --", "\x1b[31mred", "\u202egpj.exe", "=cmd()", "_hidden", "a|b"],
)
def test_identifiers_pass_as_they_are(house: FeedHouse, identifier: str) -> None:
    house.deliver(f'"{identifier}",Ann,DE,2024-01-01T00:00Z')
    assert house.ingest().exit_code == 0
    assert house.table()["party_id"].to_list() == [identifier]
    assert sorted(path.name for path in house.root.iterdir()) == ["configs", "inputs", "raw"]
