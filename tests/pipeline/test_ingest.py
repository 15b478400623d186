from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from feed_house import ALERT_SQL, HEADER, PARTY_SQL, FeedHouse, at

from features.contract import load_contract
from pipeline.errors import Refused, Usage
from pipeline.ingest import ingest
from pipeline.inputs import read_inputs


@pytest.fixture
def house(tmp_path: Path) -> FeedHouse:
    return FeedHouse(tmp_path)


def test_a_row_is_known_from_the_later_of_its_own_instant_and_the_receipt(house: FeedHouse) -> None:
    house.take("A,Ann,DE,2024-01-01T00:00Z", "B,Bo,DE,2024-07-01T00:00Z")
    assert house.versions() == [("A", "Ann", "2024-06-01T12:00:00"), ("B", "Bo", "2024-07-01T00:00:00")]


def test_a_feed_may_leave_out_known_at(house: FeedHouse) -> None:
    house.write_sql("party", "SELECT party_id, name FROM 'parties.csv'")
    house.take("A,Ann,DE,2024-01-01T00:00Z")
    assert house.versions() == [("A", "Ann", "2024-06-01T12:00:00")]


def test_a_first_load_keeps_the_feeds_own_instants(house: FeedHouse) -> None:
    house.take("A,Ann,DE,2024-01-01T00:00Z", "A,Anna,DE,2024-02-01T00:00Z", history=True)
    assert house.versions() == [("A", "Ann", "2024-01-01T00:00:00"), ("A", "Anna", "2024-02-01T00:00:00")]


def test_versions_of_one_delivery_keep_their_order_from_the_receipt_on(house: FeedHouse) -> None:
    house.take("A,Anna,DE,2024-02-01T00:00Z", "A,Ann,DE,2024-01-01T00:00Z")
    assert house.versions() == [("A", "Ann", "2024-06-01T12:00:00"), ("A", "Anna", "2024-06-01T12:00:00.000001")]


def test_files_have_the_contracts_columns_and_version(house: FeedHouse) -> None:
    name = house.take("A,Ann,DE,2024-01-01T00:00Z").delivery
    path = house.inputs / "party" / f"{name}.parquet"
    assert dict(pl.read_parquet_schema(path)) == load_contract()["party"].schema
    assert pl.read_parquet_metadata(path)["tidewaiter_contract_version"] == "1"


def test_the_same_delivery_twice_changes_nothing(house: FeedHouse) -> None:
    first = house.take("A,Ann,DE,2024-01-01T00:00Z", "B,Bo,de,2024-01-01T00:00Z")
    before = house.tree()
    second = house.ingest("2024-06-02T12:00")
    assert (second.delivery, second.stood, second.exit_code) == (first.delivery, True, 0)
    assert house.tree() == before


def test_a_delivery_is_another_when_its_mode_is(house: FeedHouse) -> None:
    first = house.take("A,Ann,DE,2024-01-01T00:00Z").delivery
    assert house.ingest(history=True).delivery != first


@pytest.mark.parametrize("change", ["sql", "name", "bytes"])
def test_a_delivery_is_another_when_its_sql_or_files_are(house: FeedHouse, change: str) -> None:
    first = house.take("A,Ann,DE,2024-01-01T00:00Z").delivery
    if change == "sql":
        house.write_sql("party", PARTY_SQL + "-- checked")
    elif change == "name":
        (house.raw / "parties.csv").rename(house.raw / "parties_2.csv")
    else:
        house.deliver("A,Ann,DE,2024-01-01T00:00Z", "")
    second = house.ingest("2024-06-02T12:00")
    assert second.delivery != first
    assert (second.tables["party"].unchanged, house.table().height) == (1, 1)


def test_a_row_equal_to_the_newest_version_is_not_appended_again(house: FeedHouse) -> None:
    house.take("A,Ann,DE,2024-01-01T00:00Z")
    report = house.take("A,Ann,DE,2024-05-01T00:00Z", "B,Bo,DE,2024-01-01T00:00Z", received_at="2024-06-02T12:00")
    assert report.tables["party"].as_dict() == {
        "in": 2,
        "appended": 1,
        "unchanged": 1,
        "duplicates": 0,
        "quarantined": 0,
    }


def test_a_changed_row_is_a_new_version_and_so_is_the_change_back(house: FeedHouse) -> None:
    for day, name in enumerate(["Ann", "Anna", "Ann"], start=1):
        house.deliver(f"A,{name},DE,2024-01-01T00:00Z", name=f"parties_{day}.csv")
        house.ingest(f"2024-06-0{day}T12:00")
    assert [name for _, name, _ in house.versions()] == ["Ann", "Anna", "Ann"]


def test_a_feed_that_repeats_a_keys_history_adds_only_what_is_new(house: FeedHouse) -> None:
    old = ("A,Ann,DE,2024-01-01T00:00Z", "A,Anna,DE,2024-02-01T00:00Z")
    house.take(*old)
    report = house.take(*old, "A,Annie,DE,2024-06-02T00:00Z", received_at="2024-06-03T12:00")
    assert (report.tables["party"].appended, report.tables["party"].unchanged) == (1, 2)
    assert house.versions()[-1] == ("A", "Annie", "2024-06-03T12:00:00")


def test_rows_that_say_the_same_twice_count_once(house: FeedHouse) -> None:
    report = house.take("A,Ann,DE,2024-01-01T00:00Z", "A,Ann,DE,2024-01-01T00:00Z")
    assert report.tables["party"].as_dict() == {
        "in": 2,
        "appended": 1,
        "unchanged": 0,
        "duplicates": 1,
        "quarantined": 0,
    }


def test_bad_rows_wait_in_quarantine_with_their_reason_until_a_good_version_comes(house: FeedHouse) -> None:
    bad = house.take("A,Ann,DE,2024-01-01T00:00Z", "B,Bo,de,2024-01-01T00:00Z")
    assert bad.exit_code == 1
    waiting = house.quarantined(bad.delivery).row(0, named=True)
    assert (waiting["party_id"], waiting["rule"], waiting["column"]) == ("B", "pattern", "country")
    assert "found de" in waiting["message"]
    assert "in 1 row (B)" in bad.violations[0].message
    good = house.take("B,Bo,DE,2024-01-01T00:00Z", received_at="2024-06-02T12:00")
    assert good.exit_code == 0
    assert [party for party, _, _ in house.versions()] == ["A", "B"]


def test_another_content_for_a_stored_key_and_instant_is_quarantined(house: FeedHouse) -> None:
    house.take("A,Ann,DE,2024-01-01T00:00Z", history=True)
    report = house.take("A,Eve,DE,2024-01-01T00:00Z", history=True)
    assert report.tables["party"].quarantined == 1
    assert house.quarantined(report.delivery)["rule"].to_list() == ["conflict"]
    assert "needed the content that is stored" in report.violations[0].message
    assert house.versions() == [("A", "Ann", "2024-01-01T00:00:00")]


def test_two_ships_on_one_mmsi_are_both_kept(house: FeedHouse) -> None:
    house.write_sql(
        "position",
        'SELECT mmsi::VARCHAR AS mmsi, "at"::TIMESTAMPTZ AS "at", lat::DOUBLE AS lat, 1.5::DOUBLE AS lon, '
        "'ais' AS source, \"at\"::TIMESTAMPTZ AS known_at FROM 'ais.csv'",
        feed="ais",
    )
    header = "mmsi,at,lat\n"
    for latitudes in (["1.0"], ["1.0", "7.0"], ["7.0", "1.0"]):
        house.deliver(*(f"412345678,2024-01-01T00:00Z,{lat}" for lat in latitudes), name="ais.csv", header=header)
        report = house.ingest(history=True, feed="ais")
        assert report.exit_code == 0
    assert sorted(house.table("position")["lat"]) == [1.0, 7.0]


def test_a_structural_fault_refuses_the_whole_delivery_and_all_faults_are_told(tmp_path: Path) -> None:
    house = FeedHouse(tmp_path, {"party": PARTY_SQL, "alert": ALERT_SQL.replace("weight::DOUBLE", "weight")})
    house.write_sql("brand", "SELECT brand_id, 7 AS name, 8 AS name FROM 'alerts.csv'")
    house.deliver("A,Ann,DE,2024-01-01T00:00Z")
    (house.raw / "alerts.csv").write_text("alert_id,issued_at,subject,weight,brand_id\n1,2024-01-01T00:00Z,A,0.5,b\n")
    with pytest.raises(Refused, match="nothing was written") as refusal:
        house.ingest()
    assert "alert.weight: needed numbers, found the type String" in str(refusal.value)
    assert "brand.name: needed each column once, found it 2 times" in str(refusal.value)
    assert not house.inputs.exists()


def test_a_table_that_is_one_file_is_not_given_a_second_form(house: FeedHouse) -> None:
    house.inputs.mkdir()
    load_contract()["party"].empty_frame().write_parquet(house.inputs / "party.parquet")
    before = house.tree()
    with pytest.raises(Refused, match=r"needed the table party as a folder.*found the file party.parquet"):
        house.take("A,Ann,DE,2024-01-01T00:00Z")
    assert house.tree() == before


def test_a_stored_file_that_cannot_be_read_refuses_the_delivery(house: FeedHouse) -> None:
    first = house.take("A,Ann,DE,2024-01-01T00:00Z")
    path = house.inputs / "party" / f"{first.delivery}.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Refused, match="as a whole Parquet file"):
        house.take("A,Anna,DE,2024-01-01T00:00Z", received_at="2024-06-02T12:00")


def test_stored_files_of_other_column_types_are_compared_too(house: FeedHouse) -> None:
    (house.inputs / "party" / "country=DE").mkdir(parents=True)
    rows = pl.DataFrame({"party_id": ["A"], "name": ["Ann"], "known_at": [at("2024-01-01")]})
    rows.with_columns(pl.col("name").cast(pl.Categorical)).write_parquet(
        house.inputs / "party" / "country=DE" / "old.parquet"
    )
    report = house.take("A,Ann,DE,2024-02-01T00:00Z")
    assert report.tables["party"].unchanged == 1


def _ranked(house: FeedHouse, night: str) -> None:
    (house.home / "ranked" / night).mkdir(parents=True)


def test_a_first_load_is_refused_once_a_list_exists(house: FeedHouse) -> None:
    _ranked(house, "20240520T2000Z")
    with pytest.raises(Refused, match=r"needed a home without lists.*found 1 night.*without --history"):
        house.take("A,Ann,DE,2024-01-01T00:00Z", history=True)


@pytest.mark.parametrize("received_at", ["2024-05-20T20:00", "2024-05-19T00:00"])
def test_a_receipt_at_or_before_the_newest_night_is_refused(house: FeedHouse, received_at: str) -> None:
    _ranked(house, "20240518T2000Z")
    _ranked(house, "20240520T2000Z")
    with pytest.raises(Refused, match=r"needed a receipt after the newest night 2024-05-20T20:00:00Z"):
        house.take("A,Ann,DE,2024-01-01T00:00Z", received_at=received_at)
    assert house.take("A,Ann,DE,2024-01-01T00:00Z", received_at="2024-05-20T20:00:00.000001").exit_code == 0


def test_a_receipt_without_a_zone_is_wrong_usage(house: FeedHouse) -> None:
    house.deliver("A,Ann,DE,2024-01-01T00:00Z")
    with pytest.raises(Usage, match="needed received_at with a zone"):
        ingest(
            "parties",
            house.raw,
            house.inputs,
            config_dirs=[house.configs],
            received_at=at("2024-06-01").replace(tzinfo=None),
        )


def test_tables_within_the_raw_folder_are_wrong_usage(house: FeedHouse) -> None:
    house.deliver("A,Ann,DE,2024-01-01T00:00Z")
    house.inputs = house.raw / "tables"
    with pytest.raises(Usage, match="needed raw files apart from the tables"):
        house.ingest()


def test_a_run_reads_what_was_ingested(house: FeedHouse) -> None:
    house.take("A,Ann,DE,2024-01-01T00:00Z", "B,Bo,DE,2024-01-01T00:00Z")
    read = read_inputs(house.inputs, at("2024-06-01T20:00"), set(), set(), None)
    assert read.tables["party"]["party_id"].to_list() == ["A", "B"]
    assert not read.violations


def test_the_report_tells_counts_reasons_and_what_the_feed_leaves_out(
    house: FeedHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    house.take("A,Ann,DE,2024-01-01T00:00Z", "B\x1b[31m,Bo,de,2024-01-01T00:00Z").show()
    told = capsys.readouterr().out
    assert "party: 2 in, 1 appended, 0 unchanged, 0 duplicates, 1 quarantined" in told
    assert "quarantined: party.country: needed the form" in told
    assert "note: party: not in the feed, read as empty: activity, address" in told
    assert "\x1b" not in told
    house.ingest("2024-06-02T12:00").show()
    assert "was taken already; nothing was written" in capsys.readouterr().out


def test_the_header_of_the_helper_is_what_the_feed_reads() -> None:
    assert all(name in PARTY_SQL for name in HEADER.strip().split(","))
