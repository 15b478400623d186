"""Deliveries: staged, moved into place whole or not at all, and written down in a ledger.

A delivery is staged in `<inputs>/_staging/<delivery>/`. The file COMMIT in there is the point of no return: without it
the delivery never happened and the next one clears it away; with it the next one finishes it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.contract import load_contract
from pipeline.errors import Refused, Usage
from pipeline.feeds import Feed
from pipeline.raw_files import RawFile
from pipeline.runs import instant_text

STAGING, LEDGER, QUARANTINE, COMMIT = "_staging", "_deliveries", "_quarantine", "COMMIT"
WITHDRAWAL = "-withdrawn"
CONTRACT_VERSION = "tidewaiter_contract_version"


def delivery_name(feed: Feed, files: Sequence[RawFile], mode: str) -> str:
    """`<feed>-<12 hex>`: equal for equal SQL, raw files (names and bytes) and mode."""
    digest = hashlib.sha256()
    parts = [feed.name, mode]
    parts += [part for table, sql in sorted(feed.statements.items()) for part in (table, sql)]
    parts += [part for file in sorted(files, key=lambda file: file.name) for part in (file.name, file.sha256)]
    for part in parts:
        digest.update(f"{len(part.encode())}:".encode() + part.encode())
    return f"{feed.name}-{digest.hexdigest()[:12]}"


@contextmanager
def only_writer(inputs: Path) -> Iterator[list[str]]:
    """Holds the folder of tables, so that no two deliveries interleave, and settles what interrupted ones left.

    Yields the names of deliveries that were finished. Raises Refused at once where another process holds the folder.
    A folder that this made and that stays empty is removed.
    """
    made = not inputs.exists()
    inputs.mkdir(parents=True, exist_ok=True)
    handle = os.open(inputs, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(
                f"needed {inputs} for itself, found another ingest at work there; wait until it is done, then run again"
            ) from error
        yield settle(inputs)
    finally:
        _remove_if_empty(inputs / STAGING)
        if made:
            _remove_if_empty(inputs)
        os.close(handle)


def settle(inputs: Path) -> list[str]:
    """Finishes deliveries that were committed and clears away those that were not; the names of the finished ones."""
    finished = []
    for staged in sorted(path for path in (inputs / STAGING).glob("*") if path.is_dir()):
        if (staged / COMMIT).exists():
            _move_into_place(inputs, staged)
            finished.append(staged.name)
        shutil.rmtree(staged)
    return finished


def unfinished(inputs: Path) -> list[Path]:
    """The folders of deliveries that were being moved into place when they were interrupted."""
    return sorted(marker.parent for marker in (inputs / STAGING).glob(f"*/{COMMIT}"))


class Staged:
    """A delivery on its way: tables and quarantined rows are written aside, then `commit` puts all of it in place."""

    def __init__(self, inputs: Path, delivery: str) -> None:
        self.inputs = inputs
        self.delivery = delivery
        self.folder = inputs / STAGING / delivery
        self.spill = self.folder / "spill"

    def __enter__(self) -> Staged:
        self.spill.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Clears the stage unless the delivery was committed: then what is left of it is the next one's to finish."""
        if not (self.folder / COMMIT).exists():
            shutil.rmtree(self.folder, ignore_errors=True)

    def write_rows(self, table: str, rows: pl.DataFrame) -> None:
        """Stages rows to be appended to a table; none is no file."""
        self._write("tables", table, rows)

    def write_quarantined(self, table: str, rows: pl.DataFrame) -> None:
        """Stages rows to be quarantined, with rule, column and message; none is no file."""
        self._write("quarantine", table, rows)

    def commit(self, entry: Mapping[str, Any]) -> None:
        """Writes the ledger's entry and puts everything in place. After it the delivery has happened."""
        shutil.rmtree(self.spill)
        text = json.dumps(entry, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
        (self.folder / "entry.json").write_text(text + "\n", encoding="utf-8")
        for path in sorted(self.folder.rglob("*"), reverse=True):
            _sync(path)
        draft = self.folder / f"{COMMIT}.draft"
        draft.write_text(self.delivery, encoding="utf-8")
        _sync(draft)
        os.replace(draft, self.folder / COMMIT)
        for folder in (self.folder, self.folder.parent, self.inputs):
            _sync(folder)
        try:
            settle(self.inputs)
        except OSError as error:
            raise Refused(
                f"needed to move the delivery {self.delivery} into place, found: {error}; it is complete in {STAGING}: "
                "mend the cause and run ingest again, which finishes it"
            ) from error

    def _write(self, kind: str, table: str, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        folder = self.folder / kind
        folder.mkdir(exist_ok=True)
        rows.write_parquet(
            folder / f"{table}.parquet",
            compression="zstd",
            metadata={CONTRACT_VERSION: str(load_contract().version)},
        )


def ledger(inputs: Path) -> dict[str, dict[str, Any]]:
    """All deliveries by name, as they were written down. Raises Refused where an entry cannot be read."""
    entries = {}
    for path in sorted((inputs / LEDGER).glob("[!.]*.json")):
        try:
            entries[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Refused(
                f"needed the ledger's entry {LEDGER}/{path.name} as JSON, found: {error}; "
                "put back the file from a copy: without it a delivery could be taken twice"
            ) from error
    return entries


def place_in_ledger(name: str, entries: Mapping[str, Any]) -> tuple[str, bool]:
    """The name that a delivery takes, and whether it stands already: taken back, it may come again as -2, -3 ..."""
    taken, number = name, 1
    while taken in entries:
        if taken + WITHDRAWAL not in entries:
            return taken, True
        number += 1
        taken = f"{name}-{number}"
    return taken, False


def refuse_past(received_at: datetime, home: Path | None, history: bool) -> None:
    """Nothing may become known at or before a night that was made: Refused; an instant without a zone is Usage."""
    if received_at.tzinfo is None:
        raise Usage(f"needed received_at with a zone, found {received_at.isoformat()}; add it, as in 2024-06-01T20:00Z")
    nights = _nights(home)
    if not nights:
        return
    newest = max(nights)
    if history:
        raise Refused(
            f"needed a home without lists for a first load that keeps the feed's own known_at, found {len(nights)} "
            f"night(s) up to {instant_text(newest)}; ingest without --history, then rows are known from receipt on"
        )
    if received_at <= newest:
        raise Refused(
            f"needed a receipt after the newest night {instant_text(newest)}, found {instant_text(received_at)}; "
            "give the true --received-at: a late delivery must not rewrite a past night"
        )


def _nights(home: Path | None) -> list[datetime]:
    if home is None:
        return []
    names = [path.name for path in (home / "ranked").glob("[!._]*") if path.is_dir()]
    return [night for night in map(_night, names) if night is not None]


def _night(folder: str) -> datetime | None:
    for form in ("%Y%m%dT%H%MZ", "%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S.%fZ"):
        try:
            return datetime.strptime(folder, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _move_into_place(inputs: Path, staged: Path) -> None:
    """Idempotent: what was moved before is no longer staged. The ledger comes last, so that it never runs ahead."""
    delivery = staged.name
    for path in sorted((staged / "tables").glob("*.parquet")):
        _move(path, inputs / path.stem / f"{delivery}.parquet")
    for path in sorted((staged / "quarantine").glob("*.parquet")):
        _move(path, inputs / QUARANTINE / delivery / path.name)
    entry = staged / "entry.json"
    if entry.exists():
        _move(entry, inputs / LEDGER / f"{delivery}.json")


def _move(path: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    os.replace(path, place)
    _sync(place.parent)
    _sync(place.parent.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
