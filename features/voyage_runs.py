"""Runs: the reports of an MMSI in some weeks, as they were visible, shared by all cut-offs that saw the same.

The life of an MMSI is looked at in blocks of BLOCK_DAYS, each with CONTEXT_DAYS before and after it, and what is found
belongs to the block in which it begins. What an MMSI did last month was seen alike on every night since its late
reports were in, so that thousands of cut-offs cost little more than one: a new night needs the last blocks again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.tracks.geodesy import spread
from features.voyage_others import Others
from features.voyage_reports import DAY, NEVER, Reports, first_at_least
from features.windows_keys import IntArray

BLOCK_DAYS, CONTEXT_DAYS = 30, 5
STRETCH = (BLOCK_DAYS + 2 * CONTEXT_DAYS + 2) * DAY
BLOCK, CONTEXT = BLOCK_DAYS * DAY, CONTEXT_DAYS * DAY
MOST_RUNS, MOST_ROWS = 4_000, 2_000_000  # at once, to bound memory; no result depends on it
OTHERS = 100_000  # MMSIs of copies are numbers: that of the run times this, plus that of the other vessel
COLUMNS = ("lat", "lon", "speed_kn", "course_deg", "draught_m", "receiver", "source")


@dataclass(frozen=True)
class Runs:
    """`runs`: vessel (code of the MMSI), gear, block, `cutoff` (microseconds) of one of the cut-offs that saw it so.
    `asked`: a row per period of a pair and block of it: pair, run, `begin`, `end` (microseconds, of what lies in both).
    """

    runs: pl.DataFrame
    asked: pl.DataFrame


def runs_of(periods: pl.DataFrame, own: Reports, others: Others) -> Runs:
    """The runs that the periods of features.voyage_reports.mmsi_periods need."""
    codes = pl.Series(own.codes(periods["mmsi"]), dtype=pl.Int64)
    period = periods.select(
        "pair", "gear", vessel=codes, **{name: pl.col(name).to_physical() for name in ("begin", "end", "cutoff")}
    ).filter(pl.col("vessel") >= 0)
    first, last = (period["begin"] // BLOCK).to_numpy(), ((period["end"] - 1) // BLOCK).to_numpy()
    of, step = spread(last - first + 1)
    asked = period[of].with_columns(block=pl.Series(first[of] + step, dtype=pl.Int64))
    asked = asked.with_columns(
        pl.max_horizontal("begin", pl.col("block") * BLOCK), pl.min_horizontal("end", (pl.col("block") + 1) * BLOCK)
    )
    units = asked.select("vessel", "block").unique().sort("vessel", "block").with_row_index("unit")
    asked = asked.join(units, on=["vessel", "block"], how="left", maintain_order="left")
    asked = asked.with_columns(version=pl.Series(_versions(units, asked, own, others), dtype=pl.Int64))
    key = ["vessel", "block", "gear", "version"]
    runs = asked.group_by(key).agg(pl.col("cutoff").min()).sort(key, nulls_last=True).with_row_index("run")
    asked = asked.join(runs.drop("cutoff"), on=key, how="left", maintain_order="left", nulls_equal=True)
    return Runs(runs.drop("version"), asked.select("pair", "run", "begin", "end"))


def _versions(units: pl.DataFrame, asked: pl.DataFrame, own: Reports, others: Others) -> IntArray:
    """How often what was visible of a unit had changed by each cut-off: where it is the same, the same was visible."""
    vessel, block = units["vessel"].to_numpy(), units["block"].to_numpy()
    begin, end = block * BLOCK - CONTEXT, (block + 1) * BLOCK + CONTEXT
    of, place = _reports_in(own, vessel, begin, end)
    met = _meetings(units["unit"].to_numpy(), vessel, begin, end, others)
    of_other, place_other = _reports_in(others.reports, *(met[name].to_numpy() for name in ("other", "begin", "end")))
    unit = np.concatenate([of, met["unit"].to_numpy().astype(np.int64)[of_other]] * 2)
    instant = np.concatenate(
        [
            *(own.known_at[place], others.reports.known_at[place_other]),
            *(own.until[place], others.reports.until[place_other]),
        ]
    )
    changes = pl.DataFrame({"unit": unit, "instant": instant}).filter(pl.col("instant").is_between(1, NEVER - 1))
    changes = changes.unique().sort("unit", "instant")
    which = asked["unit"].to_numpy().astype(np.int64)
    low = np.searchsorted(changes["unit"].to_numpy(), which, side="left")
    high = np.searchsorted(changes["unit"].to_numpy(), which, side="right")
    return first_at_least(changes["instant"].to_numpy(), asked["cutoff"].to_numpy() + 1, low, high) - low


def _reports_in(reports: Reports, code: IntArray, begin: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
    """The number of the stretch, and the place, of every report of a stretch of an MMSI."""
    low, high = reports.between(code, begin, end)
    of, step = spread(np.maximum(high - low, 0))
    return of, low[of] + step


def _meetings(unit: IntArray, vessel: IntArray, begin: IntArray, end: IntArray, others: Others) -> pl.DataFrame:
    """Whom to look at in each stretch, and when: `unit`, `other`, `begin`, `end`, in order."""
    stretches = pl.DataFrame({"unit": unit, "vessel": vessel, "from": begin, "to": end})
    return (
        stretches.join(others.meetings, on="vessel")
        .with_columns(pl.max_horizontal("begin", "from"), pl.min_horizontal("end", "to"))
        .filter(pl.col("begin") < pl.col("end"))
        .select("unit", "other", "begin", "end")
        .sort("unit", "other", "begin")
    )


@dataclass(frozen=True)
class Batch:
    """Copies of the reports of some runs, each run in a time of its own and under MMSIs of its own, so that one pass
    serves all and no run sees another. Times are shifted by whole days: grids of hours and minutes stay.

    `own` are the reports of the runs' MMSIs, `others` those of the vessels near them, one an instant; columns of
    POSITION. `first` is the number of the first run, `shift` how far the time of each was moved."""

    own: pl.DataFrame
    others: pl.DataFrame
    first: int
    shift: IntArray

    def back(self, frame: pl.DataFrame, others: Reports, *instants: str) -> pl.DataFrame:
        """Events of copies with `run` instead of `mmsi`, and instants (and `other_mmsi`) as they were."""
        run = frame["mmsi"].cast(pl.Int64) // OTHERS
        shift = pl.Series(self.shift[run.to_numpy()], dtype=pl.Int64).cast(pl.Duration("us"))
        found = frame.with_columns([(frame[name] - shift).alias(name) for name in instants])
        if "other_mmsi" in frame.columns:
            other = frame["other_mmsi"].cast(pl.Int64) % OTHERS - 1
            found = found.with_columns(others.mmsi.gather(other).alias("other_mmsi"))
        return found.select((run + self.first).cast(pl.UInt32).alias("run"), pl.exclude("mmsi"))


def batches(runs: pl.DataFrame, own: Reports, others: Others) -> Iterator[Batch]:
    """Copies of the reports of all runs, some at a time."""
    vessel, block, cutoff = (runs[name].to_numpy() for name in ("vessel", "block", "cutoff"))
    begin, end = block * BLOCK - CONTEXT, (block + 1) * BLOCK + CONTEXT
    low, high = own.between(vessel, begin, end)
    for first, last in _parts((high - low).tolist()):
        here = slice(first, last)
        of, place = _reports_in(own, vessel[here], begin[here], end[here])
        met = _meetings(np.arange(last - first), vessel[here], begin[here], end[here], others)
        shift = np.arange(last - first) * STRETCH - begin[here]
        of_met, beside = _reports_in(others.reports, *(met[name].to_numpy() for name in ("other", "begin", "end")))
        of_other, other = (met[name].to_numpy().astype(np.int64)[of_met] for name in ("unit", "other"))
        yield Batch(
            own=_copied(own, of, place, np.zeros_like(of), shift, cutoff[here]),
            others=_one_an_instant(_copied(others.reports, of_other, beside, other + 1, shift, cutoff[here])),
            first=first,
            shift=shift,
        )


def _parts(counts: list[int]) -> Iterator[tuple[int, int]]:
    first, rows = 0, 0
    for number, count in enumerate(counts):
        if number > first and (number - first >= MOST_RUNS or rows + count > MOST_ROWS):
            yield first, number
            first, rows = number, 0
        rows += count
    yield first, len(counts)


def _copied(
    reports: Reports, run: IntArray, place: IntArray, other: IntArray, shift: IntArray, cutoff: IntArray
) -> pl.DataFrame:
    held = reports.held(place, cutoff[run])
    run, place, other = run[held], place[held], other[held]
    moved = pl.Series(shift[run], dtype=pl.Int64).cast(pl.Duration("us"))
    name = pl.Series(run * OTHERS + other, dtype=pl.Int64).cast(pl.String).str.zfill(9)
    return reports.rows[place].select(
        name.alias("mmsi"), *[pl.col(name) + moved for name in ("at", "known_at")], *COLUMNS
    )


def _one_an_instant(rows: pl.DataFrame) -> pl.DataFrame:
    """Of several reports of another vessel at one instant, the one known first; whether two ships share an MMSI is not
    asked of others: `track` is the MMSI."""
    again = (pl.col("mmsi") == pl.col("mmsi").shift()) & (pl.col("at") == pl.col("at").shift())
    if rows.select(again.any()).item():
        order = ["mmsi", "at", "known_at", "source", "lat", "lon", "speed_kn"]
        rows = rows.sort(order).unique(["mmsi", "at"], keep="first", maintain_order=True)
    return rows.with_columns(track="mmsi")
