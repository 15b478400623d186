"""Position reports vessel block by vessel block, in memory that does not grow with the table.

A block holds all reports of its vessels, and the blocks come in the order of their MMSI, so that what is found does not
depend on where they are cut. Where the pieces of the files are in the order of vessels already, or nearly, a block is
read from the pieces that hold some of it; elsewhere all pieces are read once and laid by, cut at the blocks.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from features.contract import INSTANT, load_contract
from features.sift import Sifted, sift, starts
from features.tracks.columns import POSITION, by_vessel
from features.violation import Violation, merged
from features.windows_keys import IntArray
from pipeline.inputs import InputsRefused
from pipeline.position_pieces import TABLE, Piece, mmsis_of, pieces_of, position_files, read_piece
from pipeline.side_by_side import side_by_side

BLOCK_ROWS = 2_000_000
MOST_READ = 2.5  # times the reports, from which on to lay them by costs less
FEW = 256  # different texts of a column that are laid by as numbers
Tell = Callable[[str, int, int], None]
"""Takes the name of a stage, the steps done since it was last told, and all its steps."""


class Block(NamedTuple):
    """The reports of some vessels that hold, by MMSI and instant or in any order, and what became of the others, by
    reason."""

    rows: pl.DataFrame
    left_out: Counter[str]
    violations: tuple[Violation, ...]


@dataclass(frozen=True)
class Share:
    """Where the reports of the vessels after `above` (not it), up to and with `upto`, are to be found: in pieces, or
    laid by in files, from a row on so many rows. Null is no bound."""

    pieces: tuple[Piece, ...] = ()
    laid: tuple[tuple[Path, int, int], ...] = ()
    above: str | None = None
    upto: str | None = None


@dataclass(frozen=True)
class PositionBlocks:
    """`total` counts the reports, `notices` are what an operator should know of their form; iterate for the blocks, or
    read a share alone."""

    total: int
    until: datetime | None
    notices: tuple[Violation, ...]
    shares: Sequence[Share]
    _pieces: Sequence[Piece] = field(repr=False)

    def __len__(self) -> int:
        return len(self.shares)

    def __iter__(self) -> Iterator[Block]:
        return (read_share(share, self.until) for share in self.shares)

    @cached_property
    def mmsis(self) -> list[str]:
        """The MMSIs of all reports, in order. Reads them."""
        return _rows_of_mmsi(map(mmsis_of, self._pieces))["mmsi"].drop_nulls().to_list()


@contextmanager
def position_blocks(
    inputs: Path, until: datetime | None, tell: Tell, block_rows: int = BLOCK_ROWS, jobs: int = 1
) -> Iterator[PositionBlocks]:
    """The reports below `inputs` that were known at `until` (all of them without it), in blocks of at most `block_rows`
    or one vessel, about. `jobs` processes lay by what must be. It vanishes at the end.

    Raises Refused where there is no position table, and InputsRefused where it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as folder:
        pieces, notices = pieces_of(position_files(inputs), Path(folder))
        total = sum(piece.rows for piece in pieces)
        if total <= block_rows:
            shares = [Share(tuple(pieces))] if pieces else []
        else:
            shares = in_place(pieces, block_rows) or _laid_by(pieces, block_rows, Path(folder), tell, jobs)
        yield PositionBlocks(total, until, tuple(merged(notices)), shares, pieces)


def read_share(share: Share, until: datetime | None) -> Block:
    """The block of a share. Raises InputsRefused where some of it cannot be read."""
    if share.laid:
        parts = [_laid_rows(*place) for place in share.laid]
    else:
        read = [read_piece(piece) for piece in share.pieces]
        refusals = [fault for part in read for fault in part.refusals]
        if refusals:
            raise InputsRefused(merged(refusals))
        parts = [_between(part.rows, share) for part in read]
    # To gather rows out of many chunks takes several times as long.
    return _sifted(pl.concat([load_contract()[TABLE].empty_frame(), *parts]).rechunk(), until)


def _between(rows: pl.DataFrame, share: Share) -> pl.DataFrame:
    if share.above is not None:
        rows = rows.filter(pl.col("mmsi") > share.above)
    return rows if share.upto is None else rows.filter(pl.col("mmsi") <= share.upto)


def in_place(pieces: Sequence[Piece], most: int) -> list[Share]:
    """Shares of about `most` reports to be read from the pieces as they lie, none where too much would be read more
    than once, or where it is not told which vessels a piece holds."""
    spans = [(piece.high, piece.low) for piece in pieces]
    if any(high is None or low is None for high, low in spans):
        return []
    ordered = sorted(pieces, key=lambda piece: (str(piece.high), str(piece.low), piece.file.name, piece.first))
    shares: list[Share] = []
    above, filled = None, 0
    for place, piece in enumerate(ordered):
        filled += piece.rows
        full = place == len(ordered) - 1 or filled + ordered[place + 1].rows / 2 > most
        if full and piece.high != above:
            upto = piece.high
            own = (p for p in ordered if (above is None or str(p.high) > above) and str(p.low) <= str(upto))
            shares.append(Share(tuple(own), above=above, upto=upto))
            above, filled = upto, 0
    read = [sum(piece.rows for piece in share.pieces) for share in shares]
    allowed = MOST_READ * max([most, *(piece.rows for piece in pieces)])
    fits = max(read, default=0) <= allowed and sum(read) <= MOST_READ * sum(piece.rows for piece in pieces)
    return shares if fits else []


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


def _rows_of_mmsi(counts: Iterator[pl.DataFrame]) -> pl.DataFrame:
    empty = pl.DataFrame(schema={"mmsi": pl.String(), "rows": pl.Int64()})
    return pl.concat([empty, *counts]).group_by("mmsi").agg(pl.col("rows").sum()).sort("mmsi")


def _laid_by(pieces: Sequence[Piece], block_rows: int, folder: Path, tell: Tell, jobs: int) -> list[Share]:
    counts = side_by_side(mmsis_of, [(piece,) for piece in pieces], jobs)
    blocks = blocks_of(_rows_of_mmsi(told(counts, "reading", len(pieces), tell)), block_rows)
    upto = blocks.group_by("block").agg(pl.col("mmsi").max()).sort("block")["mmsi"].fill_null("")
    tasks = [(own, upto, folder / f"laid-{number}.arrow") for number, own in enumerate(_together(pieces, block_rows))]
    places: list[list[tuple[Path, int, int]]] = [[] for _ in upto]
    refusals: list[Violation] = []
    laid = side_by_side(_lay_by, tasks, jobs)
    for (_, _, path), (counts_of, faults) in zip(tasks, told(laid, "sorting by vessel", len(tasks), tell), strict=True):
        refusals += faults
        for block, (first, rows) in enumerate(zip(np.cumsum(counts_of) - counts_of, counts_of, strict=True)):
            if rows:
                places[block].append((path, int(first), int(rows)))
    if refusals:
        raise InputsRefused(merged(refusals))
    return [Share(laid=tuple(place)) for place in places]


def told(results: Iterator[Any], stage: str, steps: int, tell: Tell) -> Iterator[Any]:
    """The same results; each is a step of the stage."""
    for result in results:
        yield result
        tell(stage, 1, steps)


def _together(pieces: Sequence[Piece], most: int) -> list[tuple[Piece, ...]]:
    """The pieces in their order, about `most` rows together."""
    number = np.cumsum([piece.rows for piece in pieces]) // most
    return [tuple(pieces[int(place)] for place in np.flatnonzero(number == one)) for one in np.unique(number)]


def _lay_by(pieces: Sequence[Piece], upto: pl.Series, path: Path) -> tuple[IntArray, list[Violation]]:
    """Writes the rows of some pieces by block, of which `upto` gives the last MMSIs; how many each block has."""
    read = [read_piece(piece) for piece in pieces]
    rows = pl.concat([part.rows for part in read]).rechunk()
    block = upto.search_sorted(rows["mmsi"].fill_null(""), side="left").to_numpy().astype(np.int16)
    rows = rows[np.argsort(block, kind="stable")]
    short = [name for name, kind in rows.schema.items() if kind == pl.String and name != "mmsi"]
    texts = {name: rows[name].unique().drop_nulls().sort() for name in short}
    # What many rows say in the same words, and what none says, need not be written out.
    rows = rows.with_columns(pl.col(name).cast(pl.Enum(own)) for name, own in texts.items() if 0 < own.len() <= FEW)
    rows.drop(name for name in rows.columns if rows[name].null_count() == rows.height).write_ipc(path)
    return np.bincount(block, minlength=upto.len()), [fault for part in read for fault in part.refusals]


def _laid_rows(path: Path, first: int, rows: int) -> pl.DataFrame:
    """A stretch of what was laid by, in the contract's columns; only that is read from disk."""
    there = pl.scan_ipc(path, glob=False).slice(first, rows).collect()
    schema = load_contract()[TABLE].empty_frame().schema
    return there.select(
        pl.col(name).cast(kind) if name in there.columns else pl.lit(None, kind).alias(name)
        for name, kind in schema.items()
    )


def _sifted(rows: pl.DataFrame, until: datetime | None) -> Block:
    """Of the reports that were known, those that hold against the contract, each in its newest version."""
    left_out: Counter[str] = Counter()
    if until is not None:
        known = pl.col("known_at") <= pl.lit(until, dtype=INSTANT)
        left_out["not_yet_known"] = int(rows.select((~known).sum()).item())
        rows = rows.filter(known.fill_null(True))
    sifted = _held_against_contract(rows)
    left_out["quarantined"] = sum(part.quarantined.height for part in sifted)
    left_out["duplicates"] = sum(part.duplicates for part in sifted)
    newest = [_newest(part.rows) for part in sifted]
    left_out["superseded"] = sum(part.rows.height for part in sifted) - sum(part.height for part in newest)
    rows = pl.concat(newest).rechunk()
    withdrawn = int(rows["withdrawn"].sum())
    if withdrawn:
        left_out["withdrawn"] = withdrawn
        rows = rows.filter(~pl.col("withdrawn"))
    if until is not None:
        # A clock that runs ahead: what is reported has not happened yet.
        later = rows["at"] > pl.Series([until], dtype=INSTANT)[0]
        left_out["later_than_until"] = int(later.sum())
        rows = rows.filter(~later)
    violations = merged(fault for part in sifted for fault in part.violations)
    return Block(rows.select(list(POSITION)), left_out, tuple(violations))


def _held_against_contract(rows: pl.DataFrame) -> list[Sifted]:
    """The reports that share vessel and instant with no other one, and those that do: most stand alone, and of those
    there is no older version and no other copy to be looked for."""
    table = load_contract()[TABLE]
    rows = by_vessel(rows, "mmsi")
    again = ~starts(rows, ["mmsi", "at"])
    if not again.any():
        return [sift(rows, table)]
    shared = again | again.shift(-1, fill_value=False)
    return [sift(rows.filter(~shared), table), sift(rows.filter(shared), table)]


def _newest(rows: pl.DataFrame) -> pl.DataFrame:
    key = list(load_contract()[TABLE].key)
    if starts(rows, key).all():
        return rows
    return rows.filter(pl.col("known_at") == pl.col("known_at").max().over(key))
