"""Withdrawal: a wrong delivery is taken back by appending, so that what was known before stays as it was known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from features.contract import INSTANT, Table, load_contract
from features.sift import in_key_order
from pipeline.delivery import WITHDRAWAL, Staged, ledger, only_writer, refuse_past
from pipeline.errors import Usage
from pipeline.files import find
from pipeline.ingest_report import say, show_counts
from pipeline.runs import instant_text
from pipeline.stored import KEY, hashes, stored_versions


@dataclass(frozen=True)
class KeyCounts:
    """Keys of one table that a delivery brought: withdrawn, put back as they were, left since a later one changed them.

    `nothing_to_do` are keys whose row does not hold anyway.
    """

    withdrawn: int
    put_back: int
    left_alone: int
    nothing_to_do: int


@dataclass(frozen=True)
class WithdrawReport:
    """What a withdrawal did, or the notice that it had been made before (`stood`)."""

    delivery: str
    received_at: datetime
    tables: dict[str, KeyCounts]
    stood: bool = False
    finished: tuple[str, ...] = ()
    exit_code: int = 0

    def show(self, console: Console | None = None) -> None:
        """Tells it: a table on a terminal, plain lines elsewhere."""
        console = console or Console(soft_wrap=True, highlight=False)
        say(console, [f"finished the interrupted delivery {name}" for name in self.finished])
        if self.stood:
            say(console, [f"{self.delivery} was taken back already; nothing was written"])
            return
        say(console, [f"{self.delivery} taken back, known from {instant_text(self.received_at)}"])
        show_counts(console, {table: asdict(counts) for table, counts in self.tables.items()})


def withdraw(delivery: str, inputs: Path, received_at: datetime, home: Path | None = None) -> WithdrawReport:
    """Take a delivery back from `received_at` on; twice changes nothing, and it may be ingested again afterwards.

    A key whose state comes from the delivery goes back to what other deliveries (not taken back themselves) last said,
    or is withdrawn where none spoke of it; a key that a later delivery changed is left alone and counted. Raises Usage
    for a delivery that is none, Refused where the instant lies at or before a night of `home`.
    """
    inputs = inputs.resolve()
    refuse_past(received_at, home, history=False)
    if not inputs.is_dir():
        raise Usage(f"needed a folder of tables, found none at {inputs}; give it with --inputs")
    received_at = received_at.astimezone(UTC)
    with only_writer(inputs) as finished:
        entries = ledger(inputs)
        _refuse_unknown(delivery, entries)
        if delivery + WITHDRAWAL in entries:
            return WithdrawReport(delivery, received_at, {}, stood=True, finished=tuple(finished))
        dead = {name for name in entries if name + WITHDRAWAL in entries or name.endswith(WITHDRAWAL)}
        with Staged(inputs, delivery + WITHDRAWAL) as staged:
            counts = {
                table: _take_back(load_contract()[table], delivery, dead, received_at, staged)
                for table in entries[delivery]["tables"]
            }
            staged.commit(
                {
                    "delivery": delivery + WITHDRAWAL,
                    "withdraws": delivery,
                    "received_at": instant_text(received_at),
                    "contract_version": load_contract().version,
                    "tables": {table: asdict(keys) for table, keys in counts.items()},
                }
            )
    return WithdrawReport(delivery, received_at, counts, finished=tuple(finished))


def _refuse_unknown(delivery: str, entries: dict[str, Any]) -> None:
    known = [name for name in entries if not name.endswith(WITHDRAWAL)]
    if delivery.endswith(WITHDRAWAL) and delivery in entries:
        raise Usage(f"needed a delivery, found the withdrawal {delivery!r}; ingest the raw files again instead")
    if delivery not in known:
        raise Usage(f"needed the name of a delivery, found {delivery!r}; known: {', '.join(known) or 'none'}")


def _take_back(table: Table, delivery: str, dead: set[str], received_at: datetime, staged: Staged) -> KeyCounts:
    files = find(staged.inputs, load_contract().tables.values()).files.get(table.name, [])
    own = [file for file in files if file.path.stem == delivery]
    if not own:
        return KeyCounts(0, 0, 0, 0)
    keys = pl.concat([table.empty_frame(), *(pl.read_parquet(file.path, glob=False) for file in own)])
    versions = stored_versions(files, table, keys).with_columns(
        *hashes(table.key, KEY),
        own=pl.col("delivery") == delivery,
        dead=pl.col("delivery").is_in(list(dead)),
    )
    alive = versions.filter(~pl.col("dead"))
    state = _newest(alive)
    owed = state.filter(pl.col("own").any().over(KEY))
    before = _newest(alive.filter(~pl.col("own"))).join(owed.select(KEY).unique(), on=KEY, how="semi")
    orphaned = owed.join(before.select(KEY).unique(), on=KEY, how="anti")
    gone = orphaned.filter(~pl.col("withdrawn")).with_columns(withdrawn=pl.lit(True))
    last = versions.group_by(KEY).agg(pl.col("known_at").max().alias("last"))
    appended = (
        pl.concat([before, gone])
        .join(last, on=KEY)
        .with_columns(
            known_at=pl.max_horizontal(pl.lit(received_at, INSTANT), pl.col("last") + pl.duration(microseconds=1))
        )
    )
    staged.write_rows(table.name, in_key_order(appended.select(list(table.schema)), table))
    all_keys, put_back, withdrawn = (_keys(frame) for frame in (versions, before, gone))
    return KeyCounts(
        withdrawn=withdrawn,
        put_back=put_back,
        left_alone=all_keys - _keys(owed),
        nothing_to_do=_keys(owed) - put_back - withdrawn,
    )


def _newest(versions: pl.DataFrame) -> pl.DataFrame:
    return versions.filter(pl.col("known_at") == pl.col("known_at").max().over(KEY))


def _keys(rows: pl.DataFrame) -> int:
    return rows.select(KEY).n_unique() if len(rows) else 0
