"""Ingest: a feed's SELECTs over the raw files of a delivery, held against the contract, appended to the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from features.conform import Cast, cast
from features.contract import INSTANT, Table, load_contract
from features.sift import in_full_order, sift
from features.violation import Violation, merged
from pipeline.delivery import Staged, delivery_name, ledger, only_writer, place_in_ledger, refuse_past
from pipeline.errors import Refused, Usage
from pipeline.feeds import Feed, find_feed, select
from pipeline.files import InputFile, find
from pipeline.ingest_report import IngestReport, RowCounts
from pipeline.raw_files import RawFile, read_raw_files, refuse_if_changed
from pipeline.runs import instant_text
from pipeline.stored import refuse_single_file, stored_versions
from pipeline.terminal import progress
from pipeline.versions import plan


@dataclass(frozen=True)
class _Delivery:
    """What is the same for all tables of one delivery."""

    feed: Feed
    raw: Path
    received_at: datetime
    history: bool
    threads: int


@dataclass(frozen=True)
class _Taken:
    """One table of a delivery: its counts (None where it is refused) and all that was found."""

    counts: RowCounts | None
    violations: tuple[Violation, ...]


def ingest(
    source: str,
    raw: Path,
    inputs: Path,
    *,
    config_dirs: Sequence[Path],
    received_at: datetime,
    history: bool = False,
    home: Path | None = None,
    threads: int = 2,
) -> IngestReport:
    """Take the delivery in `raw` into the tables under `inputs`, whole or not at all; the same delivery only once.

    `config_dirs` are searched for `sources/<source>/`, a later one laid over an earlier. Rows are known from
    `received_at` on, or from the feed's own `known_at` if that is later; with `history` always from the feed's own,
    which is refused once `home` holds a night. While a feed's SQL runs, the working directory of the process is `raw`.

    Raises Usage (a wrong name, folder or feed) and Refused (SQL or raw files that do not work, rows in another form
    than the contract's, another ingest at work); then nothing was written.
    """
    raw, inputs = raw.resolve(), inputs.resolve()
    refuse_past(received_at, home, history)
    feed = find_feed(source, config_dirs)
    files = read_raw_files(raw)
    if inputs == raw or inputs.is_relative_to(raw):
        raise Usage(f"needed raw files apart from the tables, found the tables within --raw {raw}; move either")
    delivery = _Delivery(feed, raw, received_at.astimezone(UTC), history, threads)
    with only_writer(inputs) as finished:
        base = delivery_name(feed, files, "history" if history else "receipt")
        name, stood = place_in_ledger(base, ledger(inputs))
        if stood:
            return IngestReport(name, delivery.received_at, {}, stood=True, finished=tuple(finished))
        with Staged(inputs, name) as staged:
            taken = _take_tables(delivery, staged)
            refuse_if_changed(raw, files)
            counts = {table: outcome.counts for table, outcome in taken.items() if outcome.counts is not None}
            staged.commit(_entry(delivery, name, files, counts))
    violations = merged(violation for outcome in taken.values() for violation in outcome.violations)
    return IngestReport(
        delivery=name,
        received_at=delivery.received_at,
        tables=counts,
        violations=tuple(v for v in violations if v.severity == "quarantine"),
        notices=tuple(v for v in violations if v.severity == "warning"),
        finished=tuple(finished),
    )


def _take_tables(delivery: _Delivery, staged: Staged) -> dict[str, _Taken]:
    """Stages every table of the feed. Raises Refused that lists every fault of every table."""
    contract = load_contract()
    stored = find(staged.inputs, contract.tables.values()).files
    taken = {}
    with progress(delivery.feed.name, len(delivery.feed.statements)) as step:
        for name in delivery.feed.statements:
            taken[name] = _take_table(delivery, contract[name], stored.get(name, []), staged)
            step(1)
    refusals = merged(v for outcome in taken.values() for v in outcome.violations if v.severity == "refuse")
    if refusals:
        faults = "\n".join(f"  - {violation.message}" for violation in refusals)
        raise Refused(f"the delivery of {delivery.feed.name} was refused, nothing was written:\n{faults}")
    return taken


def _take_table(delivery: _Delivery, table: Table, files: Sequence[InputFile], staged: Staged) -> _Taken:
    refuse_single_file(files, table)
    form = _in_form(delivery, table, staged.spill)
    if form.refusals:
        return _Taken(None, form.violations)
    rows_in, violations = len(form.rows), form.violations
    sifted = sift(form.rows, table)
    del form  # the greatest frames of a delivery stand side by side otherwise
    receipt = None if delivery.history else delivery.received_at
    versions = plan(sifted.rows, stored_versions(files, table, sifted.rows), table, receipt)
    quarantined = in_full_order(pl.concat([sifted.quarantined, versions.conflicts]), table)
    staged.write_rows(table.name, versions.appended)
    staged.write_quarantined(table.name, quarantined)
    counts = RowCounts(rows_in, len(versions.appended), versions.unchanged, sifted.duplicates, len(quarantined))
    return _Taken(counts, (*violations, *sifted.violations, *versions.violations))


def _in_form(delivery: _Delivery, table: Table, spill: Path) -> Cast:
    """What the SELECT gives in the contract's columns; without `known_at` in it, a row is known from receipt."""
    selected = select(delivery.feed.statements[table.name], table, delivery.raw, spill, delivery.threads)
    if selected.violations:
        return Cast(table.empty_frame(), selected.violations)
    rows = selected.rows
    if "known_at" not in rows.columns:
        rows = rows.with_columns(known_at=pl.lit(delivery.received_at, INSTANT))
    return cast(rows, table)


def _entry(delivery: _Delivery, name: str, files: Sequence[RawFile], counts: dict[str, RowCounts]) -> dict[str, Any]:
    return {
        "delivery": name,
        "feed": delivery.feed.name,
        "mode": "history" if delivery.history else "receipt",
        "received_at": instant_text(delivery.received_at),
        "contract_version": load_contract().version,
        "tables": {table: rows.as_dict() for table, rows in counts.items()},
        "files": [{key: value for key, value in asdict(file).items() if key != "changed"} for file in files],
        "statements": {table: sha256(sql.encode()).hexdigest() for table, sql in delivery.feed.statements.items()},
    }
