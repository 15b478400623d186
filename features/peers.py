"""Order statistics as of a cut-off: median and spread of the values that like rows had when a question was asked.

Median and median absolute deviation, as in Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", JASA
1993. One pass in order of time keeps the sorted values of each group; a row enters when it became known, leaves when an
amendment or a withdrawal takes its place or the window ends. O(n log n) comparisons for n versions and questions, and a
move of memory for each entry, which stays below the cost of the call until a group has some 10,000 members.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import polars as pl

LEAST_PEERS = 20  # a smaller group says nothing robust
_NEVER = np.iinfo(np.int64).max
_ENTERS, _LEAVES, _ASKS = 1, 0, 2  # of one instant, what ends leaves and what begins enters before anything is asked


def peer_statistics(
    spans: pl.DataFrame,
    lines: pl.DataFrame,
    levels: Sequence[Sequence[str]],
    value: str,
    width: timedelta,
) -> pl.DataFrame:
    """Per line: `peers` (in the group that answered), `median`, `spread` (MAD), `level` (place of the group in levels).

    `spans` is a history (features.history) with `value` and the columns of all levels; `lines` has cutoff,
    consignment_id and the columns. The first level whose group has LEAST_PEERS values first known within `width` before
    the cut-off, those of the own consignment left out, answers; where none has, all but `peers` (the number in the
    last group) are null. A null in a level's columns makes a group of its own; the first column must not be null.
    """
    answers = _Answers(lines.height)
    members = spans.filter(~pl.col("withdrawn") & pl.col(value).is_not_null())
    for place, columns in enumerate(levels):
        _ask(members, lines, columns, value, width, answers, place, is_last=place == len(levels) - 1)
    return answers.frame()


class _Answers:
    """What is known per line so far; NaN and -1 for nothing."""

    def __init__(self, size: int) -> None:
        self.peers = np.full(size, np.nan)
        self.median = np.full(size, np.nan)
        self.spread = np.full(size, np.nan)
        self.level = np.full(size, -1)

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(
            {"peers": self.peers, "median": self.median, "spread": self.spread, "level": self.level}
        ).with_columns(
            pl.col("peers", "median", "spread").fill_nan(None), level=pl.when(pl.col("level") >= 0).then("level")
        )


def _ask(
    members: pl.DataFrame,
    lines: pl.DataFrame,
    columns: Sequence[str],
    value: str,
    width: timedelta,
    answers: _Answers,
    place: int,
    is_last: bool,
) -> None:
    """One level. A group that cannot reach LEAST_PEERS is walked in the last one only, where it is counted."""
    open_lines = (
        lines.select("cutoff", "consignment_id", *columns)
        .with_row_index("line")
        .filter(pl.Series(answers.level < 0), pl.col(columns[0]).is_not_null())
    )
    answers.peers[open_lines["line"].to_numpy()] = 0.0
    groups = (
        members.group_by(columns)
        .len()
        .filter(pl.lit(is_last) | (pl.col("len") >= LEAST_PEERS))
        .join(open_lines.select(columns).unique(), on=list(columns), how="semi", nulls_equal=True)
        .sort(columns)
        .with_row_index("group")
    )
    asked = open_lines.join(groups, on=list(columns), how="inner", nulls_equal=True)
    in_groups = members.join(groups.select(*columns, "group"), on=list(columns), how="inner", nulls_equal=True).select(
        "group",
        "unit",
        value,
        enters=pl.col("known_at").to_physical(),
        leaves=pl.min_horizontal(
            pl.col("until").to_physical().fill_null(_NEVER), (pl.col("first_known_at") + width).to_physical()
        ),
    )
    if in_groups.height and asked.height:
        _walk(in_groups.filter(pl.col("enters") < pl.col("leaves")), asked, value, place, answers)


def _walk(members: pl.DataFrame, asked: pl.DataFrame, value: str, place: int, answers: _Answers) -> None:
    last = asked["cutoff"].to_physical().max()
    entering = members.filter(pl.col("enters") <= last)
    events = pl.concat(
        [
            entering.select("group", "unit", at="enters", what=pl.lit(_ENTERS), value=value, line=pl.lit(0)),
            entering.filter(pl.col("leaves") <= last).select(
                "group", "unit", at="leaves", what=pl.lit(_LEAVES), value=value, line=pl.lit(0)
            ),
            asked.select(
                "group",
                unit="consignment_id",
                at=pl.col("cutoff").to_physical(),
                what=pl.lit(_ASKS),
                value=pl.lit(0.0),
                line=pl.col("line").cast(pl.Int32),
            ),
        ]
    ).sort("group", "at", "what")
    group = -1
    values: list[float] = []
    own: dict[str, list[float]] = {}
    columns = [events[name].to_list() for name in ("group", "unit", "what", "value", "line")]
    for of_group, unit, what, number, line in zip(*columns, strict=True):
        if of_group != group:
            group, values, own = of_group, [], {}
        if what == _ENTERS:
            insort(values, number)
            own.setdefault(unit, []).append(number)
        elif what == _LEAVES:
            del values[bisect_left(values, number)]
            own[unit].remove(number)
        else:
            _answer(values, own.get(unit, ()), line, place, answers)


def _answer(values: list[float], own: Sequence[float], line: int, place: int, answers: _Answers) -> None:
    count = len(values) - len(own)
    answers.peers[line] = float(count)
    if count < LEAST_PEERS:
        return
    for number in own:
        del values[bisect_left(values, number)]
    middle = median(values)
    answers.median[line], answers.level[line] = middle, place
    answers.spread[line] = median_deviation(values, middle)
    for number in own:
        insort(values, number)


def median(values: Sequence[float]) -> float:
    """The median of sorted values."""
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def median_deviation(values: Sequence[float], middle: float) -> float:
    """The median of |value - middle| of sorted values, in O(log n): none of the deviations is written down."""
    half = len(values) // 2
    upper = _nearest(values, middle, half)
    return upper if len(values) % 2 else (_nearest(values, middle, half - 1) + upper) / 2


def _nearest(values: Sequence[float], middle: float, rank: int) -> float:
    """The deviation that has `rank` smaller or equal ones before it.

    The rank + 1 nearest values stand beside each other: the left end of that run is searched for.
    """
    low, high = 0, len(values) - rank - 1
    while low < high:
        begin = (low + high) // 2
        if middle - values[begin] > values[begin + rank + 1] - middle:
            low = begin + 1
        else:
            high = begin
    return max(middle - values[low], values[low + rank] - middle)
