from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from feed_house import ALERT_SQL, PARTY_SQL, FeedHouse, at

from pipeline import delivery
from pipeline.delivery import ledger, only_writer, place_in_ledger, unfinished
from pipeline.errors import Refused
from pipeline.inputs import InputsRefused, read_inputs

TESTS = Path(__file__).parent
KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from feed_house import FeedHouse, at
from pipeline.ingest import ingest
calls, replace = 0, os.replace
def replace_or_die(source, target):
    global calls
    calls += 1
    if calls == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
os.replace = replace_or_die
root = Path({root!r})
ingest("parties", root / "raw", root / "inputs", config_dirs=[root / "configs"], received_at=at("2024-06-02T12:00"))
"""


class Broken(Exception):
    """Stands for whatever can go wrong."""


@pytest.fixture
def house(tmp_path: Path) -> FeedHouse:
    """Two tables, one of which has a row that goes to quarantine; an earlier delivery stands."""
    house = FeedHouse(tmp_path, {"party": PARTY_SQL, "alert": ALERT_SQL})
    house.deliver("A,Ann,DE,2024-01-01T00:00Z")
    _alerts(house, "0.5")
    house.ingest()
    house.deliver("A,Anna,DE,2024-01-01T00:00Z", "B,Bo,de,2024-01-01T00:00Z")
    _alerts(house, "0.7")
    return house


def _alerts(house: FeedHouse, weight: str) -> None:
    (house.raw / "alerts.csv").write_text(f"alert_id,issued_at,subject,weight\n1,2024-01-01T00:00Z,A,{weight}\n")


def _whole(house: FeedHouse, tmp_path: Path) -> dict[str, bytes]:
    """The tables as they are once the delivery went through undisturbed."""
    other = FeedHouse(tmp_path / "undisturbed", house.statements)
    other.deliver("A,Ann,DE,2024-01-01T00:00Z")
    _alerts(other, "0.5")
    other.ingest()
    other.deliver("A,Anna,DE,2024-01-01T00:00Z", "B,Bo,de,2024-01-01T00:00Z")
    _alerts(other, "0.7")
    other.ingest("2024-06-02T12:00")
    return other.tree()


def _failing(original: Callable[..., Any], call: int) -> Callable[..., Any]:
    calls = 0

    def fail(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            raise Broken(f"call {call}")
        return original(*arguments, **options)

    return fail


@pytest.mark.parametrize("step", ["replace", "fsync", "rmtree", "write_text", "write_parquet"])
def test_an_interruption_at_any_step_leaves_the_tables_as_they_were_or_complete(
    house: FeedHouse, tmp_path: Path, step: str
) -> None:
    before, whole = house.tree(), _whole(house, tmp_path)
    places: dict[str, tuple[Any, str]] = {
        "replace": (delivery.os, "replace"),
        "fsync": (delivery.os, "fsync"),
        "rmtree": (delivery.shutil, "rmtree"),
        "write_text": (Path, "write_text"),
        "write_parquet": (delivery.pl.DataFrame, "write_parquet"),
    }
    target, name = places[step]
    outcomes = []
    for call in range(1, 100):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(target, name, _failing(getattr(target, name), call))
            try:
                house.ingest("2024-06-02T12:00")
                break
            except Broken:
                outcomes.append(_state(house, before, whole))
        _settle(house, outcomes[-1], before, whole)
        _reset(house, before)
    assert outcomes, "the step was never reached"
    assert house.tree() == whole


def _state(house: FeedHouse, before: dict[str, bytes], whole: dict[str, bytes]) -> str:
    """As it was, whole, or on its way: then every reader refuses."""
    seen = {name: content for name, content in house.tree().items() if not name.startswith("_staging/")}
    if not unfinished(house.inputs):
        assert seen in (before, whole)
        return "as it was" if seen == before else "whole"
    with pytest.raises(InputsRefused, match="run `tidewaiter ingest` again to finish it"):
        read_inputs(house.inputs, at("2024-06-03"), set(), set(), None)
    return "on its way"


def _settle(house: FeedHouse, state: str, before: dict[str, bytes], whole: dict[str, bytes]) -> None:
    with only_writer(house.inputs):
        pass
    assert house.tree() == (before if state == "as it was" else whole)


def _reset(house: FeedHouse, before: dict[str, bytes]) -> None:
    for name in house.tree():
        if name not in before:
            (house.inputs / name).unlink()


@pytest.mark.parametrize(("call", "expected"), [(1, "before"), (2, "whole"), (4, "whole")])
@pytest.mark.slow
def test_a_killed_process_leaves_the_tables_as_they_were_or_to_be_finished(
    house: FeedHouse, tmp_path: Path, call: int, expected: str
) -> None:
    before, whole = house.tree(), _whole(house, tmp_path)
    script = KILLED.format(tests=str(TESTS), call=call, root=str(house.root))
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert died.returncode == -signal.SIGKILL, died.stderr
    left = {name: content for name, content in house.tree().items() if not name.startswith("_staging/")}
    if expected == "before":
        assert left == before
        assert not unfinished(house.inputs)
    else:
        assert unfinished(house.inputs)
    report = house.ingest("2024-06-02T12:00")
    assert report.stood is (expected == "whole")
    assert bool(report.finished) is (expected == "whole")
    assert house.tree() == whole


def test_a_move_that_fails_is_told_and_finished_next_time(house: FeedHouse, tmp_path: Path) -> None:
    whole = _whole(house, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "_move", _no_room)
        with pytest.raises(Refused, match=r"needed to move the delivery .* no room; it is complete in _staging"):
            house.ingest("2024-06-02T12:00")
    report = house.ingest("2024-06-02T12:00")
    assert (report.stood, report.finished) == (True, (report.delivery,))
    assert house.tree() == whole


def _no_room(*_: object) -> None:
    raise OSError("no room")


def test_two_ingests_at_once_cannot_interleave(house: FeedHouse) -> None:
    before = house.tree()
    with only_writer(house.inputs), pytest.raises(Refused, match="found another ingest at work there; wait"):
        house.ingest("2024-06-02T12:00")
    assert house.tree() == before
    assert house.ingest("2024-06-02T12:00").exit_code == 1


def test_a_refused_first_delivery_leaves_no_folder(tmp_path: Path) -> None:
    house = FeedHouse(tmp_path, {"party": "SELECT 1 AS party_id"})
    with pytest.raises(Refused, match="party_id: needed text"):
        house.ingest()
    assert not house.inputs.exists()


def test_the_ledger_says_what_was_taken(house: FeedHouse) -> None:
    name = house.ingest("2024-06-02T12:00").delivery
    entry = ledger(house.inputs)[name]
    assert entry["tables"]["party"] == {"in": 2, "appended": 1, "unchanged": 0, "duplicates": 0, "quarantined": 1}
    assert (entry["feed"], entry["mode"], entry["received_at"]) == ("parties", "receipt", "2024-06-02T12:00:00Z")
    assert {file["name"] for file in entry["files"]} == {"alerts.csv", "parties.csv"}


def test_a_ledger_that_cannot_be_read_refuses_every_delivery(house: FeedHouse) -> None:
    (house.inputs / "_deliveries" / "parties-0123456789ab.json").write_text('{"delivery": ')
    with pytest.raises(Refused, match=r"_deliveries/parties-0123456789ab.json as JSON.*could be taken twice"):
        house.ingest("2024-06-02T12:00")


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], ("a-1", False)),
        (["a-1"], ("a-1", True)),
        (["a-1", "a-1-withdrawn"], ("a-1-2", False)),
        (["a-1", "a-1-withdrawn", "a-1-2"], ("a-1-2", True)),
        (["a-1", "a-1-withdrawn", "a-1-2", "a-1-2-withdrawn"], ("a-1-3", False)),
    ],
)
def test_a_delivery_that_was_taken_back_may_come_again(entries: list[str], expected: tuple[str, bool]) -> None:
    assert place_in_ledger("a-1", dict.fromkeys(entries)) == expected


def test_the_lock_goes_with_its_process(house: FeedHouse) -> None:
    child = os.fork()
    if child == 0:
        with only_writer(house.inputs):
            os._exit(0)
    os.waitpid(child, 0)
    with only_writer(house.inputs) as finished:
        assert finished == []
