"""How well a vessel was heard, and its silences, by the reports known at each cut-off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.asof import history
from features.contract import INSTANT
from features.states import ROWS, at_cutoff, states_of
from features.tracks.gaps import GapOptions
from features.tracks.geodesy import KM_PER_NM, Grid, spread
from features.tracks.reception import CELL_KM
from features.tracks.shore import shore_km
from features.voyage_reports import DAY, Reports, first_at_least
from features.windows_keys import IntArray

HOUR = 3_600_000_000  # microseconds
OBSERVED, SILENT = HOUR, 6 * HOUR  # less between two reports: observed; more: a silence
GAP = GapOptions()
AT_ONCE = 5_000_000  # reports looked at together, to bound memory


@dataclass(frozen=True)
class Heard:
    """The visible reports of some pairs, in order of pair and instant: their place in the reports, `at`, and `edges`,
    where the reports of each pair begin, and where the last one's end. `first` is the number of the first pair."""

    place: IntArray
    at: IntArray
    edges: IntArray
    first: int
    cutoff: IntArray

    def owner(self) -> IntArray:
        """The number of the pair of each report, from 0."""
        return np.repeat(np.arange(self.cutoff.size), np.diff(self.edges))


def heard(periods: pl.DataFrame, own: Reports, cutoff: IntArray) -> Iterator[Heard]:
    """The visible reports of all pairs with these cut-offs, some pairs at a time."""
    begin, end = (periods[name].to_physical().to_numpy() for name in ("begin", "end"))
    low, high = own.between(own.codes(periods["mmsi"]), begin, end)
    pair = periods["pair"].to_numpy().astype(np.int64)
    counts = np.maximum(high - low, 0)
    before = np.concatenate([[0], np.cumsum(np.bincount(pair, weights=counts, minlength=cutoff.size))])
    first = 0
    while first < max(cutoff.size, 1):
        last = max(int(np.searchsorted(before, before[first] + AT_ONCE, side="right")) - 1, first + 1)
        chosen = np.flatnonzero((pair >= first) & (pair < last))
        of, step = spread(counts[chosen])
        place, owner = low[chosen][of] + step, pair[chosen][of]
        held = own.held(place, cutoff[owner])
        place, owner = place[held], owner[held] - first
        edges = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=last - first))])
        yield Heard(place, own.at[place], edges, first, cutoff[first:last])
        first = last


def hours_heard(heard: Heard, spans: pl.DataFrame) -> pl.DataFrame:
    """How much of each span (`span`, `pair`, `from`, `to`) of the pairs was observed: `span`, `observed_hours` (between
    reports less than an hour apart), `silent_hours` (in silences of more than 6, that at the cut-off among them),
    `was_heard` (whether there is any report before its end)."""
    here = spans.filter(pl.col("pair").is_between(heard.first, heard.first + heard.cutoff.size - 1))
    pair = here["pair"].to_numpy().astype(np.int64) - heard.first
    low, high = heard.edges[pair], heard.edges[pair + 1]
    since = _until_next(heard)
    answers = {}
    for name, counted in (("observed_hours", since < OBSERVED), ("silent_hours", since > SILENT)):
        total = np.concatenate([[0], np.cumsum(np.where(counted, since, 0))])
        ends = []
        for bound in ("from", "to"):
            instant = here[bound].to_physical().to_numpy()
            next_ = first_at_least(heard.at, instant, low, high)
            before = next_ > low
            last = np.where(before, next_ - 1, low)
            padded = np.append(heard.at, 0)[last], np.append(counted, False)[last], np.append(since, 0)[last]
            part = np.where(padded[1], np.minimum(instant - padded[0], padded[2]), 0)
            ends.append(np.where(before, total[last] + part, total[low]))
        answers[name] = pl.Series((ends[1] - ends[0]) / HOUR, dtype=pl.Float64)
    answers["was_heard"] = pl.Series(before, dtype=pl.Boolean)
    return here.select("span", **answers)


def _until_next(heard: Heard) -> IntArray:
    """Per report the time to the next one of its pair, or to the cut-off."""
    ends = heard.cutoff[heard.owner()]
    following = np.append(heard.at[1:], 0)[: heard.at.size]
    last = np.zeros(heard.at.size, dtype=np.bool_)
    last[heard.edges[1:][np.diff(heard.edges) > 0] - 1] = True
    return np.where(last, ends, following) - heard.at


def latest(heard: Heard) -> pl.DataFrame:
    """Per pair that was heard `pair` and `heard_at`, the instant of its last report."""
    some = np.flatnonzero(np.diff(heard.edges))
    at = pl.Series(heard.at[heard.edges[some + 1] - 1], dtype=pl.Int64).cast(INSTANT)
    return pl.DataFrame({"pair": pl.Series(some + heard.first, dtype=pl.UInt32), "heard_at": at})


def last_place(parts: Iterable[Heard], own: Reports, asked: pl.DataFrame) -> pl.DataFrame:
    """Per row of `asked` (`pair`, `instant`) the `lat` and `lon` of the last report of the pair made by then, null
    where there is none; in their order."""
    numbered = asked.select("pair", "instant").with_row_index("row")
    found = []
    for part in parts:
        here = numbered.filter(pl.col("pair").is_between(part.first, part.first + part.cutoff.size - 1))
        pair = here["pair"].to_numpy().astype(np.int64) - part.first
        low = part.edges[pair]
        later = first_at_least(part.at, here["instant"].to_physical().to_numpy() + 1, low, part.edges[pair + 1])
        some = np.flatnonzero(later > low)
        rows = own.rows.select("lat", "lon")[part.place[later[some] - 1]]
        found.append(rows.with_columns(here["row"][some]))
    return numbered.select("row").join(pl.concat(found), on="row", how="left", maintain_order="left").drop("row")


def long_silences(heard: Heard, own: Reports) -> pl.DataFrame:
    """Silences of the MMSIs of pairs, as long as a suspected disabling is at least: `pair`, `mmsi`, `start`, `end` (the
    cut-off, if it lasts), `hours`, `lat`, `lon`, `before_satellite`, `before_unknown`.

    `before` counts are of the GAP.before_hours up to the start. A silence is that of an MMSI: where two ships share
    one, neither was heard.
    """
    since = _until_next(heard)
    start = np.flatnonzero(since >= round(GAP.suspected_hours * HOUR))
    pair = heard.owner()[start]
    begin = first_at_least(heard.at, heard.at[start] - round(GAP.before_hours * HOUR), heard.edges[pair], start)
    receiver = own.rows["receiver"][heard.place]
    counts = {}
    for name, counted in (("satellite", (receiver == "satellite").fill_null(False)), ("unknown", receiver.is_null())):
        total = np.concatenate([[0], np.cumsum(counted.to_numpy())])
        counts[f"before_{name}"] = pl.Series(total[start + 1] - total[begin], dtype=pl.Int64)
    rows = own.rows[heard.place[start]]
    return pl.DataFrame(
        {
            "pair": pl.Series(pair + heard.first, dtype=pl.UInt32),
            "mmsi": rows["mmsi"],
            "start": rows["at"],
            "end": pl.Series(heard.at[start] + since[start], dtype=pl.Int64).cast(INSTANT),
            "hours": pl.Series(since[start] / HOUR, dtype=pl.Float64),
            "lat": rows["lat"],
            "lon": rows["lon"],
            **counts,
        }
    )


def with_suspicion(found: pl.DataFrame, reports: Reports, pairs: pl.DataFrame) -> pl.DataFrame:
    """Long silences with `suspected`, by the rule of features.tracks.gaps: null where it hangs on what is not known.

    Others were heard in the cell of the start on its day as often as the reports say that were visible at the cut-off.
    """
    satellite, unknown = pl.col("before_satellite"), pl.col("before_unknown")
    enough = pl.when(satellite >= GAP.suspected_satellite).then(True)
    told = enough.when(satellite + unknown < GAP.suspected_satellite).then(False)
    places = found.select("lat", "lon").unique().sort("lat", "lon")
    shore = shore_km(places["lat"].to_numpy(), places["lon"].to_numpy())
    places = places.with_columns(shore_km=pl.Series(shore, dtype=pl.Float64))
    cells = Grid(CELL_KM).cell(found["lat"].to_numpy(), found["lon"].to_numpy())
    rows = (
        found.with_row_index("gap")
        .join(places, on=["lat", "lon"], how="left", maintain_order="left")
        .with_columns(
            pairs["cutoff"].gather(found["pair"]),
            cell=pl.Series(cells, dtype=pl.Int64),
            day=pl.col("start").dt.date(),
            apart=(pl.col("shore_km") > GAP.suspected_nm * KM_PER_NM) & told,
        )
    )
    others = _heard_by_others(rows.filter(pl.col("apart").fill_null(True)), reports)
    often = pl.col("others_reports_per_day") > GAP.suspected_reception
    rows = rows.join(others, on="gap", how="left", maintain_order="left").with_columns(
        suspected=pl.col("apart") & often
    )
    return rows.drop("gap", "cell", "day", "apart", "cutoff")


def _heard_by_others(asked: pl.DataFrame, reports: Reports) -> pl.DataFrame:
    """Per gap `others_reports_per_day`, where any other vessel was heard: `gap` and that."""
    place = ["cell", "day"]
    days = _reports_of_days(asked.select(place).unique(), reports)
    counted = states_of(history(days, ["mmsi", "at", "source"], "mmsi", ["mmsi", *place]), [*place, "mmsi"], {})
    voices = counted.select(*place, "mmsi").unique()
    beside = asked.select("gap", "cutoff", *place, own="mmsi").join(voices, on=place)
    beside = beside.filter(pl.col("own") != pl.col("mmsi")).sort("gap", "mmsi")
    heard_then = at_cutoff(beside, counted, [*place, "mmsi"], [ROWS])[ROWS]
    often = pl.col(ROWS).sum() / pl.len()
    return beside.with_columns(heard_then).filter(pl.col(ROWS) > 0).group_by("gap").agg(others_reports_per_day=often)


def _reports_of_days(asked: pl.DataFrame, reports: Reports) -> pl.DataFrame:
    """The reports with a version in one of the places (`cell` and `day`) of `asked`: all their versions, with the place
    of each, since one that was moved elsewhere no longer counts where it was. The table is gone through a part at a
    time."""
    wanted = asked["day"].to_physical().unique().to_numpy()
    found = [np.zeros(0, dtype=np.int64)]
    for begin in range(0, reports.at.size if wanted.size else 0, AT_ONCE):
        place = begin + np.flatnonzero(np.isin(reports.at[begin : begin + AT_ONCE] // DAY, wanted))
        near = _places(place, reports).with_columns(place=place).join(asked, on=["cell", "day"], how="semi")
        found.append(near["place"].to_numpy())
    some = np.concatenate(found)
    vessel, at = reports.vessel(some), reports.at[some]
    low, high = reports.between(vessel, at, at + 1)
    of, step = spread(high - low)
    every = np.unique(low[of] + step)
    return reports.rows[every].hstack(_places(every, reports))


def _places(place: IntArray, reports: Reports) -> pl.DataFrame:
    """`cell` and `day` of the reports at some places."""
    lat, lon = (reports.rows[name].gather(place).to_numpy() for name in ("lat", "lon"))
    day = pl.Series(reports.at[place] // DAY, dtype=pl.Int64).cast(pl.Int32).cast(pl.Date)
    return pl.DataFrame({"cell": pl.Series(Grid(CELL_KM).cell(lat, lon), dtype=pl.Int64), "day": day})
