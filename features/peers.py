"""Order statistics as of a cut-off: median and spread of the values that like rows had when a question was asked.

One pass in order of time keeps the values of each group in order; a row enters when it became known and leaves when an
amendment or a withdrawal takes its place or the window ends. O(n log n) comparisons for n versions and questions; how
many numbers a move in memory takes along is bounded (features.ordered).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from math import nan

import numpy as np
import polars as pl

from features.ordered import Ordered, median, median_deviation

LEAST_PEERS = 20  # a smaller group says nothing robust
_ENTERS, _LEAVES, _ASKS = 1, 0, 2  # of one instant, what ends leaves and what begins enters before anything is asked


def peer_statistics(
    spans: pl.DataFrame,
    lines: pl.DataFrame,
    levels: Sequence[Sequence[str]],
    value: str,
    width: timedelta,
    empty_equal: Collection[str] = (),
) -> pl.DataFrame:
    """Per line: `peers` (in the group that answered), `median`, `spread` (MAD), `level` (place of the group in levels).

    `spans` is a history (features.history) with `value` and the columns of all levels; `lines` has cutoff,
    consignment_id and the columns. Levels stand finest first, each a part of the one before. The first level whose
    group has LEAST_PEERS values first known within `width` before the cut-off, those of the own consignment left out,
    answers; where none has, all but `peers` (the number in the last group) are null. A line has no group at a level of
    which a column is empty, so that `peers` is null where it has none at all; in the columns `empty_equal`, empty
    equals empty.
    """
    answers = _Answers(lines.height)
    members = _members(spans, value, width)
    asked = lines.select("consignment_id", *levels[0], at=pl.col("cutoff").to_physical()).with_row_index("line")
    for place, columns in enumerate(levels):
        filled = pl.all_horizontal(pl.col(name).is_not_null() for name in columns if name not in empty_equal)
        of_level = asked.filter(pl.Series(answers.level < 0), filled)
        answers.peers[of_level["line"].to_numpy()] = 0.0
        # A group that never has LEAST_PEERS members cannot answer; in the last level it is walked for its count.
        least = 1 if place == len(levels) - 1 else LEAST_PEERS
        groups = _groups(members, of_level, columns, least)
        in_groups, in_question = (
            frame.join(groups, on=list(columns), how="inner", nulls_equal=True) for frame in (members, of_level)
        )
        if in_question.height:
            _walk(in_groups, in_question, place, answers)
    return answers.frame()


def _members(spans: pl.DataFrame, value: str, width: timedelta) -> pl.DataFrame:
    """The spans with a value, and from when until when each stands among the peers; instants as integers."""
    return (
        spans.filter(~pl.col("withdrawn") & pl.col(value).is_not_null())
        .with_columns(
            value=pl.col(value),
            enters=pl.col("known_at").to_physical(),
            leaves=pl.min_horizontal("until", pl.col("first_known_at") + width).to_physical(),
        )
        .filter(pl.col("enters") < pl.col("leaves"))
    )


def _groups(members: pl.DataFrame, of_level: pl.DataFrame, columns: Sequence[str], least: int) -> pl.DataFrame:
    """The groups that are asked about and have at least so many members in all, numbered in `group`."""
    return (
        members.group_by(columns)
        .len()
        .filter(pl.col("len") >= least)
        .join(of_level.select(columns).unique(), on=list(columns), how="semi", nulls_equal=True)
        .sort(columns)
        .select(*columns)
        .with_row_index("group")
    )


class _Answers:
    """What is known per line so far; NaN and -1 for nothing."""

    def __init__(self, size: int) -> None:
        self.peers = np.full(size, np.nan)
        self.median = np.full(size, np.nan)
        self.spread = np.full(size, np.nan)
        self.level = np.full(size, -1)

    def take(self, lines: list[int], told: list[tuple[float, float, float]], place: int) -> None:
        """Peers, median and spread of these lines at one level; it has answered where there is a median."""
        self.peers[lines], self.median[lines], self.spread[lines] = np.array(told).T
        self.level[lines] = np.where(np.isnan(self.median[lines]), -1, place)

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(
            {"peers": self.peers, "median": self.median, "spread": self.spread, "level": self.level}
        ).with_columns(
            pl.col("peers", "median", "spread").fill_nan(None), level=pl.when(pl.col("level") >= 0).then("level")
        )


def _walk(members: pl.DataFrame, asked: pl.DataFrame, place: int, answers: _Answers) -> None:
    """One level in order of time, group by group; every question that it can answer is answered on the way."""
    last = asked["at"].max()
    event = ("group", "unit", "at", "what", "value", "line")
    entering = members.filter(pl.col("enters") <= last).with_columns(line=pl.lit(0, dtype=pl.UInt32))
    events = pl.concat(
        [
            entering.with_columns(at="enters", what=pl.lit(_ENTERS)).select(event),
            entering.filter(pl.col("leaves") <= last).with_columns(at="leaves", what=pl.lit(_LEAVES)).select(event),
            asked.with_columns(unit="consignment_id", what=pl.lit(_ASKS), value=pl.lit(0.0)).select(event),
        ]
    ).sort("group", "at", "what")
    group, values = -1, Ordered()
    own: dict[str, list[float]] = {}
    asked_of: list[int] = []
    told: list[tuple[float, float, float]] = []
    columns = [events[name].to_list() for name in event if name != "at"]
    for of_group, unit, what, number, line in zip(*columns, strict=True):
        if of_group != group:
            group, values, own = of_group, Ordered(), {}
        if what == _ENTERS:
            values.add(number)
            own.setdefault(unit, []).append(number)
        elif what == _LEAVES:
            values.remove(number)
            own[unit].remove(number)
        else:
            asked_of.append(line)
            told.append(_answer(values, own.get(unit, ())))
    answers.take(asked_of, told, place)


def _answer(values: Ordered, own: Sequence[float]) -> tuple[float, float, float]:
    """Peers, their median and its spread, without the own values; NaN for both where they are too few."""
    count = len(values) - len(own)
    if count < LEAST_PEERS:
        return count, nan, nan
    for number in own:
        values.remove(number)
    peers = values.view()
    middle = median(peers)
    spread = median_deviation(peers, middle)
    for number in own:
        values.add(number)
    return count, middle, spread
