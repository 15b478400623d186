"""The position reports by MMSI and instant, with what was visible of them when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.contract import load_contract
from features.sift import in_key_order
from features.windows_keys import BoolArray, IntArray

DAY = 86_400_000_000  # microseconds
LOOK_BACK = 366 * DAY  # windows of 365 days, and a day, since cut-offs are not at midnight
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Reports:
    """Reports by MMSI and instant, every version: `rows` (the table position), `at`, `known_at`, `until` (from when a
    newer version counts), as microseconds; `mmsi` names the codes of MMSIs, in order, and `edges` say where the reports
    of each begin, and where the last one's end. Nothing of the table is copied that is in order already."""

    rows: pl.DataFrame
    mmsi: pl.Series
    edges: IntArray
    at: IntArray
    known_at: IntArray
    until: IntArray

    def codes(self, mmsi: pl.Series) -> IntArray:
        """The code of each MMSI, -1 where it has no report."""
        known = pl.DataFrame({"mmsi": self.mmsi}).with_row_index("code")
        found = pl.DataFrame({"mmsi": mmsi}).join(known, on="mmsi", how="left", maintain_order="left")
        return found["code"].cast(pl.Int64).fill_null(-1).to_numpy()

    def vessel(self, place: IntArray) -> IntArray:
        """The code of the MMSI of each report."""
        code: IntArray = np.searchsorted(self.edges, place, side="right") - 1
        return code

    def between(self, code: IntArray, begin: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
        """First and last place (not included) of the reports of each MMSI with begin <= at < end."""
        return self.first_from(code, begin), self.first_from(code, end)

    def first_from(self, code: IntArray, at: IntArray) -> IntArray:
        """The place of the first report of each MMSI at an instant or later, else where its reports end."""
        known = code >= 0
        low, high = np.where(known, self.edges[code], 0), np.where(known, self.edges[code + 1], 0)
        return first_at_least(self.at, at, low, high)

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


def reports_of(position: pl.DataFrame) -> Reports:
    """The reports of the table position, every version."""
    rows = in_key_order(position, load_contract()["position"]).rechunk()
    runs = rows["mmsi"].rle().struct.unnest()
    at, known_at = (rows[name].to_physical().to_numpy() for name in ("at", "known_at"))
    edges = np.append(0, np.cumsum(runs["len"].to_numpy(), dtype=np.int64))
    return Reports(rows, runs["value"].alias("mmsi"), edges, at, known_at, _until(rows, edges, at, known_at))


def _until(rows: pl.DataFrame, edges: IntArray, at: IntArray, known_at: IntArray) -> IntArray:
    """From when a newer version counts, NEVER where none does; 0 for what was withdrawn, which never counts."""
    until = np.full(at.size, NEVER)
    again = np.flatnonzero(at[1:] == at[:-1])
    again = np.setdiff1d(again, edges - 1, assume_unique=True)
    source = rows["source"]
    again = again[source[again].eq_missing(source[again + 1]).to_numpy()]
    until[again] = known_at[again + 1]
    until[rows["withdrawn"].to_numpy()] = 0
    return until


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
