"""Encounters of vessels of different blocks, in memory that does not grow with the table.

The blocks are cut by vessel, but who met whom is a question of place and time. So the reports are laid by twice: by
vessel, and by days, with some hours to either side. By days, the pairs of tracks that came near each other at all are
found; then encounters are sought among the tracks of some pairs at a time, each with all its reports. Whether two
vessels met hangs on the two alone, so it does not matter where anything is cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from features.tracks.bounded import Measure
from features.tracks.contacts import contacts
from features.tracks.encounters import ENCOUNTER, EncounterOptions, at_sea, encounters
from features.tracks.port_distance import port_km
from features.tracks.resample import slots_of
from pipeline.position_blocks import Tell, blocks_of, laid_by

PAIR = ("track", "other_track")


def meetings(
    cleaned: Iterator[pl.DataFrame],
    blocks: int,
    rows_of_day: pl.DataFrame,
    options: EncounterOptions,
    folder: Path,
    tell: Tell,
    block_rows: int,
) -> pl.DataFrame:
    """The encounters of all vessels, equal to those of `encounters` given all reports at once.

    `cleaned` are the reports of some vessels at a time, with `track`, `blocks` frames of them, `rows_of_day` a frame of
    `day` and `rows` before they were cleaned. `folder` is a place to lay by what does not fit in memory.
    """
    from_port = port_km(max(10.0, options.min_port_km))
    if blocks <= 1:
        found = [encounters(rows, options, from_port=from_port) for rows in cleaned]
        return found[0] if found else pl.DataFrame(schema=ENCOUNTER)
    days = blocks_of(rows_of_day, block_rows)
    margin = timedelta(minutes=options.resample.max_gap_minutes)
    rows_of_track, by_vessel, by_days = _laid_by(cleaned, blocks, days, margin, folder)
    pairs = [pl.DataFrame(schema={name: pl.String() for name in PAIR})]
    for path in by_days:
        pairs += [_near(pl.read_parquet(path), options, from_port)] if path.exists() else []
        tell("who came near whom", 1, len(by_days))
    together = _together(pl.concat(pairs).unique().sort(PAIR), rows_of_track, block_rows)
    found = []
    for own in together:
        tracks = pl.concat([own["track"], own["other_track"]]).unique()
        parts = [pl.read_parquet(path).filter(pl.col("track").is_in(tracks.implode())) for path in by_vessel]
        events = encounters(pl.concat(parts), options, from_port=from_port)
        # Two tracks of this share may also meet as a pair of another one.
        both = pl.concat([own, own.select(track="other_track", other_track="track")])
        found.append(events.join(both, on=PAIR, how="semi"))
        tell("encounters", 1, len(together))
    return pl.concat([pl.DataFrame(schema=ENCOUNTER), *found]).sort(*PAIR, "start")


def _laid_by(
    cleaned: Iterator[pl.DataFrame], blocks: int, days: pl.DataFrame, margin: timedelta, folder: Path
) -> tuple[Counter[str], list[Path], list[Path]]:
    """How many reports each track has; files of reports by vessel, and by days."""
    spans = days.group_by("block").agg(first=pl.col("day").min(), last=pl.col("day").max()).sort("block")
    by_vessel = [folder / f"cleaned-{block}.parquet" for block in range(blocks)]
    by_days = [folder / f"days-{block}.parquet" for block in spans["block"]]
    rows_of_track: Counter[str] = Counter()
    with ExitStack() as files:
        add_vessels: Callable[[int, pl.DataFrame], None] = files.enter_context(laid_by(by_vessel))
        add_days: Callable[[int, pl.DataFrame], None] = files.enter_context(laid_by(by_days))
        for block, rows in enumerate(cleaned):
            rows_of_track.update(dict(rows.group_by("track").len().iter_rows()))
            add_vessels(block, rows)
            for place, first, last in spans.select("block", "first", "last").iter_rows():
                add_days(place, rows.filter(_within(first, last, margin)))
    return rows_of_track, by_vessel, by_days


def _within(first: date, last: date, margin: timedelta) -> pl.Expr:
    begin = pl.lit(first).cast(pl.Datetime("us", "UTC")) - margin
    end = pl.lit(last).cast(pl.Datetime("us", "UTC")) + timedelta(days=1) + margin
    return pl.col("at").is_between(begin, end)


def _near(rows: pl.DataFrame, options: EncounterOptions, from_port: Measure) -> pl.DataFrame:
    """The pairs of tracks that came as near each other as in an encounter, at any instant."""
    slots = slots_of(rows, options.resample)
    sea = None if options.published else at_sea(slots, from_port, options)
    found = contacts(slots, options.within_km, sea)
    count = max(slots.names.height, 1)
    one, other = np.divmod(np.unique(slots.track[found.one] * count + slots.track[found.other]), count)
    names = slots.names["track"]
    return pl.DataFrame({"track": names[one], "other_track": names[other]})


def _together(pairs: pl.DataFrame, rows_of_track: Counter[str], most: int) -> Sequence[pl.DataFrame]:
    """The pairs, in shares whose tracks have at most `most` reports in all, or one pair. O(pairs)."""
    number, share, rows, tracks = 0, [], 0, set[str]()
    for pair in pairs.iter_rows():
        new = set(pair) - tracks
        more = sum(rows_of_track[track] for track in new)
        if tracks and rows + more > most:
            number, rows, tracks, new = number + 1, 0, set(), set(pair)
            more = sum(rows_of_track[track] for track in new)
        tracks |= new
        rows += more
        share.append(number)
    return pairs.with_columns(share=pl.Series(share, dtype=pl.Int64)).partition_by(
        "share", maintain_order=True, include_key=False
    )
