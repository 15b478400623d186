from __future__ import annotations

from pathlib import Path

import pytest
from feed_house import FeedHouse

from pipeline.delivery import ledger
from pipeline.errors import Refused, Usage


@pytest.fixture
def house(tmp_path: Path) -> FeedHouse:
    return FeedHouse(tmp_path)


def _names(house: FeedHouse) -> dict[str, str | None]:
    """What holds in the end: the newest name of each party, None where it is withdrawn."""
    newest: dict[str, str | None] = {}
    for row in house.table().iter_rows(named=True):
        newest[row["party_id"]] = None if row["withdrawn"] else row["name"]
    return newest


def test_what_a_delivery_brought_is_withdrawn_by_appending(house: FeedHouse) -> None:
    wrong = house.take("A,Ann,DE,2024-01-01T00:00Z").delivery
    report = house.withdraw(wrong)
    assert house.table()["withdrawn"].to_list() == [False, True]
    assert house.versions()[1] == ("A", "Ann", "2024-06-10T12:00:00")
    assert (report.tables["party"].withdrawn, report.exit_code) == (1, 0)
    assert ledger(house.inputs)[f"{wrong}-withdrawn"]["withdraws"] == wrong


def test_what_a_delivery_changed_is_put_back_as_it_was(house: FeedHouse) -> None:
    house.take("A,Ann,DE,2024-01-01T00:00Z", "B,Bo,DE,2024-01-01T00:00Z")
    wrong = house.take("A,Eve,DE,2024-01-01T00:00Z", received_at="2024-06-02T12:00")
    assert _names(house) == {"A": "Eve", "B": "Bo"}
    report = house.withdraw(wrong.delivery)
    assert _names(house) == {"A": "Ann", "B": "Bo"}
    assert report.tables["party"].put_back == 1


def test_what_a_later_delivery_changed_is_left_alone_and_counted(house: FeedHouse) -> None:
    wrong = house.take("A,Ann,DE,2024-01-01T00:00Z", "B,Bo,DE,2024-01-01T00:00Z")
    house.take("A,Anna,DE,2024-01-01T00:00Z", received_at="2024-06-02T12:00")
    report = house.withdraw(wrong.delivery)
    assert _names(house) == {"A": "Anna", "B": None}
    assert (report.tables["party"].left_alone, report.tables["party"].withdrawn) == (1, 1)


def test_deliveries_taken_back_in_any_order_leave_what_the_others_said(house: FeedHouse) -> None:
    first = house.take("A,Ann,DE,2024-01-01T00:00Z").delivery
    second = house.take("A,Anna,DE,2024-01-01T00:00Z", received_at="2024-06-02T12:00").delivery
    third = house.take("A,Annie,DE,2024-01-01T00:00Z", received_at="2024-06-03T12:00").delivery
    house.withdraw(second, "2024-06-10T12:00")
    assert _names(house) == {"A": "Annie"}
    house.withdraw(third, "2024-06-11T12:00")
    assert _names(house) == {"A": "Ann"}
    house.withdraw(first, "2024-06-12T12:00")
    assert _names(house) == {"A": None}


def test_twice_changes_nothing(house: FeedHouse) -> None:
    wrong = house.take("A,Ann,DE,2024-01-01T00:00Z").delivery
    house.withdraw(wrong)
    before = house.tree()
    assert house.withdraw(wrong, "2024-06-11T12:00").stood
    assert house.tree() == before


@pytest.mark.parametrize("history", [False, True])
@pytest.mark.parametrize("received_at", ["2024-06-10T12:00", "2024-06-11T12:00"])
def test_it_may_be_ingested_again_and_then_holds(house: FeedHouse, history: bool, received_at: str) -> None:
    lines = ("A,Ann,DE,2024-01-01T00:00Z", "A,Anna,DE,2024-02-01T00:00Z", "B,Bo,DE,2024-01-01T00:00Z")
    wrong = house.take(*lines, history=history).delivery
    house.withdraw(wrong)
    again = house.ingest(received_at, history=history)
    assert (again.delivery, again.exit_code) == (f"{wrong}-2", 0)
    assert _names(house) == {"A": "Anna", "B": "Bo"}
    house.withdraw(again.delivery, "2024-06-12T12:00")
    assert _names(house) == {"A": None, "B": None}


def test_a_corrected_feed_may_follow_a_first_load_that_was_taken_back(house: FeedHouse) -> None:
    wrong = house.take("A,Ann,DE,2024-01-01T00:00Z", history=True).delivery
    house.withdraw(wrong)
    again = house.take("A,Anna,DE,2024-01-01T00:00Z", history=True)
    assert again.exit_code == 0
    assert _names(house) == {"A": "Anna"}


def test_a_row_known_from_a_later_instant_on_is_taken_back_after_it(house: FeedHouse) -> None:
    wrong = house.take("A,Ann,DE,2024-12-01T00:00Z").delivery
    house.withdraw(wrong)
    assert house.versions()[-1] == ("A", "Ann", "2024-12-01T00:00:00.000001")
    assert _names(house) == {"A": None}


def test_a_delivery_that_changed_nothing_is_taken_back_without_rows(house: FeedHouse) -> None:
    house.take("A,Ann,DE,2024-01-01T00:00Z")
    idle = house.take("A,Ann,DE,2024-05-01T00:00Z", received_at="2024-06-02T12:00").delivery
    before = house.versions()
    house.withdraw(idle)
    assert house.versions() == before


def test_an_unknown_delivery_is_wrong_usage_and_the_known_ones_are_named(house: FeedHouse) -> None:
    with pytest.raises(Usage, match="needed a folder of tables"):
        house.withdraw("parties-0123456789ab")
    name = house.take("A,Ann,DE,2024-01-01T00:00Z").delivery
    for unknown in ("parties-0123456789ab", "../party", ""):
        with pytest.raises(Usage, match=f"needed the name of a delivery, found '{unknown}'; known: {name}"):
            house.withdraw(unknown)
    house.withdraw(name)
    with pytest.raises(Usage, match=r"found the withdrawal .*; ingest the raw files again instead"):
        house.withdraw(f"{name}-withdrawn")


def test_a_past_night_is_not_rewritten(house: FeedHouse) -> None:
    wrong = house.take("A,Ann,DE,2024-01-01T00:00Z").delivery
    (house.home / "ranked" / "20240610T2000Z").mkdir(parents=True)
    with pytest.raises(Refused, match="needed a receipt after the newest night 2024-06-10T20:00:00Z"):
        house.withdraw(wrong, "2024-06-10T20:00")


def test_the_report_tells_what_became_of_each_key(house: FeedHouse, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = house.take("A,Ann,DE,2024-01-01T00:00Z").delivery
    house.withdraw(wrong).show()
    told = capsys.readouterr().out
    assert f"{wrong} taken back, known from 2024-06-10T12:00:00Z" in told
    assert "party: 1 withdrawn, 0 put_back, 0 left_alone, 0 nothing_to_do" in told
    house.withdraw(wrong).show()
    assert "was taken back already; nothing was written" in capsys.readouterr().out
