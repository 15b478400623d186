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
from features.voyage_reports import DAY, LOOK_BACK, Reports, first_at_least
from features.windows_keys import IntArray

BLOCK_DAYS, CONTEXT_DAYS = 30, 5
STRETCH = (BLOCK_DAYS + 2 * CONTEXT_DAYS + 2) * DAY
BLOCK, CONTEXT = BLOCK_DAYS * DAY, CONTEXT_DAYS * DAY
REACH = LOOK_BACK + BLOCK + CONTEXT  # as far before a cut-off as any report matters
# At once, to bound memory, and so that all copies lie in fewer than the 272 years in which reports are sorted fastest;
# no result depends on it.
MOST_RUNS, MOST_ROWS = 2_000, 1_000_000
COLUMNS = ("lat", "lon", "speed_kn", "course_deg", "draught_m", "source")


@dataclass(frozen=True)
class Runs:
    """`runs`: vessel (code of the MMSI), gear, block, `cutoff` (microseconds) of one of the cut-offs that saw it so.
    `asked`: a row per period of a pair and block of it: pair, run, `begin`, `end` (microseconds, of what lies in both).
    """

    runs: pl.DataFrame
    asked: pl.DataFrame


def runs_of(periods: pl.DataFrame, reports: Reports, meetings: pl.DataFrame) -> Runs:
    """The runs that the periods of features.voyage_reports.mmsi_periods need; `meetings` are those of their vessels."""
    codes = pl.Series(reports.codes(periods["mmsi"]), dtype=pl.Int64)
    period = periods.select(
        "pair", "gear", vessel=codes, **{name: pl.col(name).to_physical() for name in ("begin", "end", "cutoff")}
    ).filter(pl.col("vessel") >= 0)
    first, last = (period["begin"] // BLOCK).to_numpy(), ((period["end"] - 1) // BLOCK).to_numpy()
    of, step = spread(last - first + 1)
    asked = period[of].with_columns(block=pl.Series(first[of] + step, dtype=pl.Int64))
    asked = asked.with_columns(
        pl.max_horizontal("begin", pl.col("block") * BLOCK), pl.min_horizontal("end", (pl.col("block") + 1) * BLOCK)
    )
    views = asked.select("vessel", "block", "cutoff").unique().sort("vessel", "block", "cutoff")
    views = views.with_columns(version=pl.Series(_versions(views, reports, meetings), dtype=pl.Int64))
    asked = asked.join(views, on=["vessel", "block", "cutoff"], how="left", maintain_order="left")
    key = ["vessel", "block", "gear", "version"]
    runs = asked.group_by(key).agg(pl.col("cutoff").min()).sort(key, nulls_last=True).with_row_index("run")
    asked = asked.join(runs.drop("cutoff"), on=key, how="left", maintain_order="left", nulls_equal=True)
    return Runs(runs.drop("version"), asked.select("pair", "run", "begin", "end"))


def _versions(views: pl.DataFrame, reports: Reports, meetings: pl.DataFrame) -> IntArray:
    """A number per view of a block (`vessel`, `block`, `cutoff`, in order): where it is that of the cut-off before, the
    same was visible."""
    cutoff = views["cutoff"].to_numpy()
    units = (
        views.with_row_index("view")
        .group_by("vessel", "block", maintain_order=True)
        .agg(first=pl.col("view").first().cast(pl.Int64), views=pl.len().cast(pl.Int64))
    )
    changed = np.zeros(cutoff.size, dtype=np.bool_)
    # What one cut-off alone sees has no other version.
    units = units.filter(pl.col("views") > 1).with_row_index("unit")
    vessel, block, first, count = (units[name].to_numpy() for name in ("vessel", "block", "first", "views"))
    begin, end = _time(block)
    met = _met(np.arange(first.size), vessel, begin, end, meetings)
    stretches = (
        (np.arange(first.size), vessel, begin, end),
        tuple(met[name].to_numpy() for name in ("unit", "other", "begin", "end")),
    )
    for unit, code, since, until in stretches:
        low, high = reports.between(code, since, until)
        for part in parts(high - low):
            of, step = spread(high[part] - low[part])
            place, of = low[part][of] + step, unit[part][of]
            for instant in (reports.known_at[place], reports.until[place]):
                late = np.flatnonzero((instant > cutoff[first[of]]) & (instant <= cutoff[first[of] + count[of] - 1]))
                seen = first[of[late]]
                changed[first_at_least(cutoff, instant[late], seen, seen + count[of[late]])] = True
    version: IntArray = np.cumsum(changed)
    return version


def _met(unit: IntArray, vessel: IntArray, begin: IntArray, end: IntArray, meetings: pl.DataFrame) -> pl.DataFrame:
    """Whom to look at in each stretch of time of a vessel, and when: `unit`, `other`, `begin`, `end`, in order."""
    stretches = pl.DataFrame({"unit": unit.astype(np.int64), "vessel": vessel, "from": begin, "to": end})
    return (
        stretches.join(meetings, on="vessel")
        .with_columns(pl.max_horizontal("begin", "from"), pl.min_horizontal("end", "to"))
        .filter(pl.col("begin") < pl.col("end"))
        .select("unit", "other", "begin", "end")
        .sort("unit", "other", "begin")
    )


@dataclass(frozen=True)
class Batch:
    """Copies of the reports of some runs, each run in a time of its own and under MMSIs of its own, so that one pass
    serves all and no run sees another. Times are shifted by whole days: grids of hours and minutes stay.

    `own` are the reports of the runs' MMSIs, `others` those of the vessels near them, one an instant, in the times when
    these were near. `copies` says of which run and other vessel (code; -1: the run's own) the reports under each MMSI
    are; those of a run are in order, its own first. `first` is the number of the first run, `shift` how far the time
    of each was moved, `meetings` are the times (begin and end of each, as shifted) when a vessel was near."""

    own: pl.DataFrame
    others: pl.DataFrame
    copies: pl.DataFrame
    first: int
    shift: IntArray
    meetings: tuple[IntArray, IntArray]

    def back(self, frame: pl.DataFrame, reports: Reports, *instants: str) -> pl.DataFrame:
        """Events of copies with `run` instead of `mmsi`, and instants (and `other_mmsi`) as they were."""
        run = self.copies["run"].gather(frame["mmsi"].cast(pl.Int64))
        shift = pl.Series(self.shift[run.to_numpy()], dtype=pl.Int64).cast(pl.Duration("us"))
        found = frame.with_columns([(frame[name] - shift).alias(name) for name in instants])
        if "other_mmsi" in frame.columns:
            other = self.copies["other"].gather(frame["other_mmsi"].cast(pl.Int64))
            found = found.with_columns(reports.mmsi.gather(other).alias("other_mmsi"))
        return found.select((run + self.first).cast(pl.UInt32).alias("run"), pl.exclude("mmsi"))

    def of_runs(self, values: pl.Series) -> pl.DataFrame:
        """A value of each run with the `mmsi` of its own reports."""
        own = self.copies.filter(pl.col("other") < 0)
        return own.select(_name(own["copy"]), values)

    def is_own(self, mmsi: pl.Series) -> pl.Series:
        """Whether each MMSI of a copy is that of a run's own reports."""
        return self.copies["other"].gather(mmsi.cast(pl.Int64)) < 0

    def near(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The reports (with `at`) of the times when another vessel was near."""
        begin, end = self.meetings
        at = rows["at"].to_physical().to_numpy()
        last = np.searchsorted(begin, at, side="right")
        return rows.filter(at < np.append(np.iinfo(np.int64).min, np.maximum.accumulate(end))[last])


def run_sizes(runs: pl.DataFrame, reports: Reports) -> IntArray:
    """How many reports the MMSI of each run has in its time."""
    begin, end = _time(runs["block"].to_numpy())
    low, high = reports.between(runs["vessel"].to_numpy(), begin, end)
    return high - low


def _time(block: IntArray) -> tuple[IntArray, IntArray]:
    """Begin and end of blocks, with what is looked at before and after them."""
    return block * BLOCK - CONTEXT, (block + 1) * BLOCK + CONTEXT


def batch_of(runs: pl.DataFrame, here: slice, reports: Reports, meetings: pl.DataFrame) -> Batch:
    """Copies of the reports of some of the runs."""
    vessel, block, cutoff = (runs[name].to_numpy()[here] for name in ("vessel", "block", "cutoff"))
    begin, end = _time(block)
    shift = np.arange(vessel.size) * STRETCH - begin
    met = _met(np.arange(vessel.size), vessel, begin, end, meetings)
    copies = pl.concat(
        [
            pl.DataFrame({"run": np.arange(vessel.size), "other": np.full(vessel.size, -1)}),
            met.select("other", run="unit").unique().select("run", "other"),
        ]
    )
    copies = copies.sort("run", "other").with_row_index("copy")
    own = copies.filter(pl.col("other") < 0)["copy"].to_numpy()
    low, high = reports.between(vessel, begin, end)
    of, step = spread(high - low)
    unit, since, until = (met[name].to_numpy() for name in ("unit", "begin", "end"))
    other = met.join(copies, left_on=["unit", "other"], right_on=["run", "other"], how="left", maintain_order="left")
    low_other, high_other = reports.between(met["other"].to_numpy(), since, until)
    of_met, step_other = spread(high_other - low_other)
    return Batch(
        own=_copied(reports, of, low[of] + step, own[of], shift, cutoff),
        others=_one_an_instant(
            _copied(
                reports, unit[of_met], low_other[of_met] + step_other, other["copy"].to_numpy()[of_met], shift, cutoff
            )
        ),
        copies=copies,
        first=here.start,
        shift=shift,
        meetings=(np.sort(since + shift[unit]), (until + shift[unit])[np.argsort(since + shift[unit], kind="stable")]),
    )


def parts(counts: IntArray) -> Iterator[slice]:
    """Some places of counts of reports at a time; all of them together, and in order."""
    first, rows = 0, 0
    for number, count in enumerate(counts.tolist()):
        if number > first and (number - first >= MOST_RUNS or rows + count > MOST_ROWS):
            yield slice(first, number)
            first, rows = number, 0
        rows += count
    yield slice(first, counts.size)


def _copied(
    reports: Reports, run: IntArray, place: IntArray, copy: IntArray, shift: IntArray, cutoff: IntArray
) -> pl.DataFrame:
    held = reports.held(place, cutoff[run])
    run, place, copy = run[held], place[held], copy[held]
    moved = pl.Series(shift[run], dtype=pl.Int64).cast(pl.Duration("us"))
    return reports.rows.select("at", "known_at", *COLUMNS)[place].select(
        _name(pl.Series(copy)), *[pl.col(name) + moved for name in ("at", "known_at")], *COLUMNS
    )


def _name(copy: pl.Series) -> pl.Series:
    return copy.cast(pl.String).str.zfill(9).alias("mmsi")


def _one_an_instant(rows: pl.DataFrame) -> pl.DataFrame:
    """Of several reports of another vessel at one instant, the one known first; whether two ships share an MMSI is not
    asked of others: `track` is the MMSI."""
    again = (pl.col("mmsi") == pl.col("mmsi").shift()) & (pl.col("at") == pl.col("at").shift())
    if rows.select(again.any()).item():
        order = ["mmsi", "at", "known_at", "source", "lat", "lon", "speed_kn"]
        rows = rows.sort(order).unique(["mmsi", "at"], keep="first", maintain_order=True)
    return rows.with_columns(track="mmsi")
