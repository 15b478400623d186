"""The position reports of the vessels asked about, by MMSI and instant, with what was visible of them when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.windows_keys import BoolArray, IntArray

DAY = 86_400_000_000  # microseconds
LOOK_BACK = 366 * DAY  # windows of 365 days, and a day, since cut-offs are not at midnight
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Reports:
    """Reports by MMSI and instant: `rows` (the columns of position), `vessel` (the code of the MMSI of each), `at`,
    `known_at`, `until` (from when a newer version counts), as microseconds; `mmsi` names the codes, in order."""

    rows: pl.DataFrame
    mmsi: pl.Series
    vessel: IntArray
    at: IntArray
    known_at: IntArray
    until: IntArray

    def codes(self, mmsi: pl.Series) -> IntArray:
        """The code of each MMSI, -1 where it has no report."""
        known = pl.DataFrame({"mmsi": self.mmsi}).with_row_index("code")
        found = pl.DataFrame({"mmsi": mmsi}).join(known, on="mmsi", how="left", maintain_order="left")
        return found["code"].cast(pl.Int64).fill_null(-1).to_numpy()

    def between(self, code: IntArray, begin: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
        """First and last place (not included) of the reports of each MMSI with begin <= at < end."""
        return self._place(code, begin), self._place(code, end)

    def _place(self, code: IntArray, at: IntArray) -> IntArray:
        first = np.searchsorted(self.vessel, code, side="left")
        return first_at_least(self.at, at, first, np.searchsorted(self.vessel, code, side="right"))

    def held(self, place: IntArray, cutoff: IntArray) -> BoolArray:
        """Whether each report was visible at a cut-off."""
        seen: BoolArray = (self.known_at[place] <= cutoff) & (self.until[place] > cutoff)
        return seen


def first_at_least(values: IntArray, least: IntArray, low: IntArray, high: IntArray) -> IntArray:
    """The first place in each stretch [low, high) of values, which ascend there, of at least `least`, else `high`.

    Binary searches, all at once.
    """
    low, high = low.copy(), high.copy()
    while (open_ := np.flatnonzero(low < high)).size:
        middle = (low[open_] + high[open_]) // 2
        less = values[middle] < least[open_]
        low[open_[less]] = middle[less] + 1
        high[open_[~less]] = middle[~less]
    return low


def reports_of(position: pl.DataFrame, mmsi: pl.Series) -> Reports:
    """The reports of some MMSIs, every version. `mmsi` names them, each once."""
    wanted = position.filter(pl.col("mmsi").is_in(mmsi.implode()))
    content = ["lat", "lon", "speed_kn", "course_deg", "draught_m", "receiver", "use", "withdrawn"]
    rows = wanted.sort("mmsi", "at", "source", "known_at", *content)
    key = pl.struct("mmsi", "at", "source")
    at, source = pl.col("at"), pl.col("source")
    again = (pl.col("mmsi") == pl.col("mmsi").shift(-1)) & (at == at.shift(-1)) & source.eq_missing(source.shift(-1))
    rows = rows.with_columns(again=again.fill_null(False)).with_row_index("row")
    if rows["again"].any():
        repeated = rows.filter(pl.col("again") | pl.col("again").shift(fill_value=False))
        instants = repeated.select("mmsi", "at", "source", "known_at").unique().sort("mmsi", "at", "source", "known_at")
        instants = instants.with_columns(until=pl.col("known_at").shift(-1).over(key))
        rows = rows.join(instants, on=["mmsi", "at", "source", "known_at"], how="left", nulls_equal=True).sort("row")
    else:
        rows = rows.with_columns(until=pl.lit(None, INSTANT))
    names = rows["mmsi"].unique().sort()
    vessel = rows["mmsi"].rle_id().cast(pl.Int64).to_numpy() if rows.height else np.zeros(0, dtype=np.int64)
    return Reports(
        rows=rows.drop("row", "again"),
        mmsi=names,
        vessel=vessel,
        at=rows["at"].to_physical().to_numpy(),
        known_at=rows["known_at"].to_physical().to_numpy(),
        until=np.where(rows["withdrawn"].to_numpy(), 0, rows["until"].to_physical().fill_null(NEVER).to_numpy()),
    )


def mmsi_periods(identity: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """When a pair's vessel had which MMSI, as known at the cut-off: `pair`, `mmsi`, `gear`, `begin`, `end` (not
    included), `cutoff`; in order of pair and begin.

    `identity` are the rows of features.vessels.identity_rows: an identity holds from its `valid_from` until the next.
    Only what lies in the LOOK_BACK up to the cut-off is given; the last one ends just after the cut-off.
    """
    periods = identity.select(
        "pair",
        "mmsi",
        "gear",
        begin="valid_from",
        end=pl.col("valid_from").shift(-1).over("pair"),
        cutoff=pairs["cutoff"].gather(identity["pair"]),
    ).with_columns(
        pl.max_horizontal("begin", pl.col("cutoff") - pl.duration(microseconds=LOOK_BACK)),
        pl.col("end").fill_null(pl.col("cutoff") + pl.duration(microseconds=1)),
    )
    return periods.filter(pl.col("mmsi").is_not_null(), pl.col("begin") < pl.col("end"))
