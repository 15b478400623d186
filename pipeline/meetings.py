"""Encounters of vessels of different blocks, in memory that does not grow with the table.

The blocks are cut by vessel, but who met whom is a question of place and time. So the positions on the grid of each
block are laid by, in order of time. By days, the pairs of tracks that came near each other at all are found; then
encounters are sought among the tracks of some pairs at a time, each with all its positions. Whether two vessels met
hangs on the two alone, so it does not matter where anything is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from features.tracks.contacts import contacts
from features.tracks.encounters import ENCOUNTER, EncounterOptions, met, sightings_of
from features.tracks.port_distance import port_km
from features.tracks.sightings import SIGHTING, Sightings
from pipeline.position_blocks import Tell, blocks_of, told
from pipeline.side_by_side import side_by_side

PAIR = ("track", "other_track")
NO_NAMES = pl.DataFrame(schema={"track": pl.String(), "mmsi": pl.String()})


class _Laid(NamedTuple):
    """The positions of a block and the names of its tracks; `before` is how many tracks the blocks before it have, by
    which its tracks and its vessels are numbered among all."""

    seen: Path
    names: Path
    before: int

    def read(self, rows: pl.LazyFrame) -> pl.DataFrame:
        return rows.collect().with_columns(pl.col("track", "vessel") + self.before)


def lay_by(rows: pl.DataFrame, options: EncounterOptions, folder: Path, number: int) -> None:
    """Lays the positions of the cleaned reports of a block by, for `meetings`."""
    seen = sightings_of(rows, options, port_km(max(10.0, options.min_port_km)))
    seen.frame().sort("slot", "track").write_ipc(_seen(folder, number))
    seen.names.write_ipc(_names(folder, number))


def meetings(folder: Path, blocks: int, options: EncounterOptions, most: int, tell: Tell, jobs: int) -> pl.DataFrame:
    """The encounters of all vessels, equal to those of `encounters` given all reports at once.

    `folder` is where `blocks` blocks were laid by. About `most` positions are looked at together, by `jobs` processes.
    """
    laid, before = [], 0
    for number in range(blocks):
        laid.append(_Laid(_seen(folder, number), _names(folder, number), before))
        before += pl.scan_ipc(laid[-1].names, glob=False).select(pl.len()).collect().item()
    spans = _spans(laid, options, most)
    near = side_by_side(_near, [(laid, begin, end, options) for begin, end in spans], jobs)
    empty = pl.DataFrame(schema={**dict.fromkeys(PAIR, pl.Int64()), "first": pl.Int64(), "last": pl.Int64()})
    pairs = pl.concat([empty, *told(near, "who came near whom", len(spans), tell)])
    shares = _together(_long_enough(pairs, options), laid, most)
    found = side_by_side(_met, [(laid, share, options) for share in shares], jobs)
    events: pl.DataFrame = pl.concat([pl.DataFrame(schema=ENCOUNTER), *told(found, "encounters", len(shares), tell)])
    return events.sort(*PAIR, "start")


def _seen(folder: Path, number: int) -> Path:
    return folder / f"seen-{number}.arrow"


def _names(folder: Path, number: int) -> Path:
    return folder / f"names-{number}.arrow"


def _spans(laid: Sequence[_Laid], options: EncounterOptions, most: int) -> list[tuple[int, int]]:
    """Spans of days with at most `most` positions at sea, or one day: the first slot of each and the one after it."""
    day = 1440 // options.resample.step_minutes
    empty = pl.DataFrame(schema={"day": pl.Int32(), "rows": pl.Int64()})
    counts = [
        pl.scan_ipc(own.seen, glob=False)
        .filter("at_sea")
        .group_by(day=pl.col("slot") // day)
        .agg(rows=pl.len().cast(pl.Int64))
        .collect()
        for own in laid
    ]
    blocks = blocks_of(pl.concat([empty, *counts]).group_by("day").agg(pl.col("rows").sum()), most)
    ends = blocks.group_by("block").agg(first=pl.col("day").min(), last=pl.col("day").max()).sort("block")
    return [(first * day, (last + 1) * day) for first, last in ends.select("first", "last").iter_rows()]


def _near(laid: Sequence[_Laid], begin: int, end: int, options: EncounterOptions) -> pl.DataFrame:
    """The pairs of tracks, by their numbers, that came as near each other as in an encounter at slots from `begin` on,
    before `end`; the first and the last of these slots."""
    parts = []
    for own in laid:
        slots = pl.scan_ipc(own.seen, glob=False).select("slot").collect()["slot"].to_numpy()
        here, after = np.searchsorted(slots, [begin, end])
        parts.append(own.read(pl.scan_ipc(own.seen, glob=False).slice(int(here), int(after - here)).filter("at_sea")))
    seen = Sightings.of(pl.concat(parts).sort("track", "slot"), NO_NAMES)
    found = contacts(seen, options.within_km)
    pairs = pl.DataFrame(
        {"track": seen.track[found.one], "other_track": seen.track[found.other], "slot": seen.slot[found.one]}
    )
    return pairs.group_by(PAIR).agg(first=pl.col("slot").min(), last=pl.col("slot").max())


def _long_enough(pairs: pl.DataFrame, options: EncounterOptions) -> pl.DataFrame:
    """The pairs, in order, whose first and last contact are as far apart as the shortest run may be."""
    least = options.min_hours * 60
    whole = pairs.group_by(PAIR).agg(minutes=(pl.col("last").max() - pl.col("first").min()))
    return whole.filter(pl.col("minutes") * options.resample.step_minutes >= least).select(PAIR).sort(PAIR)


def _together(pairs: pl.DataFrame, laid: Sequence[_Laid], most: int) -> Sequence[pl.DataFrame]:
    """The pairs, in shares whose tracks have at most `most` positions in all, or one pair. O(pairs)."""
    rows_of = _rows_of_track(laid, pl.concat([pairs["track"], pairs["other_track"]]).unique())
    number, share, rows, tracks = 0, [], 0, set[int]()
    for pair in pairs.iter_rows():
        new = set(pair) - tracks
        more = sum(rows_of[track] for track in new)
        if tracks and rows + more > most:
            number, rows, tracks, new = number + 1, 0, set(), set(pair)
            more = sum(rows_of[track] for track in new)
        tracks |= new
        rows += more
        share.append(number)
    return pairs.with_columns(share=pl.Series(share, dtype=pl.Int64)).partition_by(
        "share", maintain_order=True, include_key=False
    )


def _rows_of_track(laid: Sequence[_Laid], tracks: pl.Series) -> dict[int, int]:
    """How many positions each of these tracks has, by its number."""
    counts: dict[int, int] = {}
    for own in laid:
        here = (pl.col("track").cast(pl.Int64) + own.before).is_in(tracks.implode())
        rows = pl.scan_ipc(own.seen, glob=False).filter(here).group_by("track").len().collect()
        counts |= dict(rows.select(pl.col("track").cast(pl.Int64) + own.before, "len").iter_rows())
    return counts


def _met(laid: Sequence[_Laid], pairs: pl.DataFrame, options: EncounterOptions) -> pl.DataFrame:
    """The encounters of some pairs of tracks, given by their numbers."""
    tracks = pl.concat([pairs["track"], pairs["other_track"]]).unique().sort()
    parts, names = [], [NO_NAMES]
    for own, after in zip(laid, [*(other.before for other in laid[1:]), None], strict=True):
        mine = tracks.filter((tracks >= own.before) & (True if after is None else tracks < after)) - own.before
        if mine.len():
            here = pl.col("track").cast(pl.Int64).is_in(mine.implode())
            parts.append(own.read(pl.scan_ipc(own.seen, glob=False).filter(here)))
            names.append(pl.scan_ipc(own.names, glob=False).collect()[mine])
    frame = pl.concat(parts).sort("track", "slot")
    number = tracks.search_sorted(frame["track"].cast(pl.Int64)).cast(SIGHTING["track"])
    known = pl.concat(names)
    events = met(Sightings.of(frame.with_columns(track=number), known), options)
    # Two tracks of this share may also meet as a pair of another one.
    one, other = (known["track"][tracks.search_sorted(pairs[name])] for name in PAIR)
    both = pl.DataFrame({"track": one, "other_track": other})
    both = pl.concat([both, both.select(track="other_track", other_track="track")])
    return events.join(both, on=PAIR, how="semi")
