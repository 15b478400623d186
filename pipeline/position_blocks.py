"""Position reports vessel block by vessel block, in memory that does not grow with the table.

The reports are read once to count those of each MMSI. Where they are more than a block they are read again and laid
by, a file per block. A block holds all reports of its vessels, and the blocks come in the order of their MMSI, so that
what is found does not depend on where they are cut.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow.parquet as parquet

from features.contract import INSTANT, load_contract
from features.sift import sift, starts
from features.tracks.columns import POSITION
from features.violation import Violation
from pipeline.errors import Refused
from pipeline.files import InputFile, find
from pipeline.inputs import InputsRefused
from pipeline.reading import read_parts

BLOCK_ROWS = 2_000_000
TABLE = "position"
Tell = Callable[[str, int, int], None]
"""Takes the name of a stage, the steps done since it was last told, and all its steps."""


class Block(NamedTuple):
    """The reports of some vessels that hold, and what became of the others, by reason."""

    rows: pl.DataFrame
    left_out: Counter[str]
    violations: tuple[Violation, ...]


@dataclass(frozen=True)
class PositionBlocks:
    """`rows_of_day` counts the reports of each day (UTC), `total` all of them, `mmsis` are those they have, in order;
    iterate for the blocks."""

    total: int
    mmsis: list[str]
    rows_of_day: pl.DataFrame
    until: datetime | None
    notices: tuple[Violation, ...]
    _parts: Sequence[pl.DataFrame | Path] = field(repr=False)

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[Block]:
        for part in self._parts:
            yield _sifted(part if isinstance(part, pl.DataFrame) else pl.read_parquet(part), self.until)


@contextmanager
def position_blocks(
    inputs: Path, until: datetime | None, tell: Tell, block_rows: int = BLOCK_ROWS
) -> Iterator[PositionBlocks]:
    """The reports below `inputs` that were known at `until` (all of them without it). What is laid by vanishes at the
    end.

    Raises Refused where there is no position table, and InputsRefused where it cannot be read.
    """
    files = _files(inputs)
    count = _count(files, tell, block_rows)
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as folder:
        parts: Sequence[pl.DataFrame | Path]
        if count.kept is not None:
            parts = [pl.concat(count.kept)] if count.kept else []
        else:
            parts = _lay_by(files, blocks_of(count.rows_of_mmsi, block_rows), Path(folder), tell)
        total = int(count.rows_of_mmsi.select(pl.col("rows").sum()).item())
        seen = count.rows_of_mmsi["mmsi"].drop_nulls().to_list()
        yield PositionBlocks(total, seen, count.rows_of_day, until, tuple(count.notices), parts)


def blocks_of(rows_of: pl.DataFrame, most: int) -> pl.DataFrame:
    """The number of the block of each key: a frame of the key and `rows`, with `block`; a block has at most `most`
    rows, but a key is never cut. Keys come in order, null first. O(keys)."""
    rows_of = rows_of.sort(rows_of.columns[0])
    block, filled, numbers = 0, 0, []
    for rows in rows_of["rows"]:
        if filled and filled + rows > most:
            block, filled = block + 1, 0
        filled += rows
        numbers.append(block)
    return rows_of.with_columns(block=pl.Series(numbers, dtype=pl.Int64))


@contextmanager
def laid_by(paths: Sequence[Path]) -> Iterator[Callable[[int, pl.DataFrame], None]]:
    """Files to lay frames by: yields a function that takes the place of a file among `paths`, and a frame for it."""
    with ExitStack() as open_files:
        writers: dict[int, parquet.ParquetWriter] = {}

        def add(place: int, frame: pl.DataFrame) -> None:
            table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            if place not in writers:
                writer = parquet.ParquetWriter(paths[place], table.schema, compression="lz4")
                writers[place] = open_files.enter_context(writer)
            writers[place].write_table(table)

        yield add


def _files(inputs: Path) -> list[InputFile]:
    found = find(inputs, load_contract().tables.values())
    refusals = [v for v in found.violations if v.severity == "refuse" and v.table in (TABLE, "")]
    if refusals:
        raise InputsRefused(refusals)
    if TABLE not in found.files:
        there = ", ".join(sorted(found.files)) or "no table"
        raise Refused(
            f"needed the table {TABLE} below {inputs}, found {there}; deliver it as {TABLE}.parquet, a folder "
            f"{TABLE} of Parquet files or {TABLE}.csv, or give another folder with --inputs"
        )
    return found.files[TABLE]


@dataclass
class _Count:
    """`kept` are all reports, null where they are more than a block."""

    rows_of_mmsi: pl.DataFrame
    rows_of_day: pl.DataFrame
    notices: list[Violation]
    kept: list[pl.DataFrame] | None


def _count(files: list[InputFile], tell: Tell, block_rows: int) -> _Count:
    by_mmsi, by_day, total = [], [], 0
    faults: list[Violation] = []
    kept: list[pl.DataFrame] | None = []
    for file in files:
        for part in read_parts(file, load_contract()[TABLE]):
            faults += part.violations
            rows = part.rows
            by_mmsi.append(rows.group_by("mmsi").agg(rows=pl.len().cast(pl.Int64)))
            by_day.append(rows.group_by(day=pl.col("at").dt.date()).agg(rows=pl.len().cast(pl.Int64)))
            total += rows.height
            kept = [*kept, rows] if kept is not None and total <= block_rows else None
        tell("reading", 1, len(files))
    refusals = [fault for fault in faults if fault.severity == "refuse"]
    if refusals:
        raise InputsRefused(refusals)
    return _Count(_summed(by_mmsi, "mmsi", pl.String()), _summed(by_day, "day", pl.Date()), faults, kept)


def _summed(parts: list[pl.DataFrame], key: str, kind: pl.DataType) -> pl.DataFrame:
    empty = pl.DataFrame(schema={key: kind, "rows": pl.Int64()})
    return pl.concat([empty, *parts]).group_by(key).agg(pl.col("rows").sum()).sort(key)


def _lay_by(files: list[InputFile], blocks: pl.DataFrame, folder: Path, tell: Tell) -> list[Path]:
    number = blocks.select("mmsi", "block")
    paths = [folder / f"block-{block}.parquet" for block in blocks["block"].unique().sort()]
    with laid_by(paths) as add:
        for file in files:
            for part in read_parts(file, load_contract()[TABLE]):
                rows = part.rows.join(number, on="mmsi", how="left", nulls_equal=True)
                for (block,), own in sorted(rows.partition_by("block", as_dict=True, include_key=False).items()):
                    add(int(block), own)
            tell("sorting by vessel", 1, len(files))
    return paths


def _sifted(rows: pl.DataFrame, until: datetime | None) -> Block:
    """Of the reports that were known, those that hold against the contract, each in its newest version."""
    table = load_contract()[TABLE]
    left_out: Counter[str] = Counter()
    if until is not None:
        known = pl.col("known_at") <= pl.lit(until, dtype=INSTANT)
        left_out["not_yet_known"] = int(rows.select((~known).sum()).item())
        rows = rows.filter(known.fill_null(True))
    sifted = sift(rows, table)
    left_out["quarantined"] = sifted.quarantined.height
    left_out["duplicates"] = sifted.duplicates
    rows = sifted.rows
    if not starts(rows, list(table.key)).all():
        newest = rows.filter(pl.col("known_at") == pl.col("known_at").max().over(table.key))
        left_out["superseded"] = rows.height - newest.height
        rows = newest
    withdrawn = int(rows["withdrawn"].sum())
    if withdrawn:
        left_out["withdrawn"] = withdrawn
        rows = rows.filter(~pl.col("withdrawn"))
    if until is not None:
        # A clock that runs ahead: what is reported has not happened yet.
        later = rows["at"] > pl.Series([until], dtype=INSTANT)[0]
        left_out["later_than_until"] = int(later.sum())
        rows = rows.filter(~later)
    return Block(rows.select(list(POSITION)), left_out, sifted.violations)
