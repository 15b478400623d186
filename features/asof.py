"""Visibility and windows: the one place that decides what could be known at a cut-off. Families import from here.

A table holds one row per *version*: key columns, `known_at`, `withdrawn`, and the rest. At a cut-off the newest
version with `known_at` at or before it counts; if that one is withdrawn the row does not hold, until a later version
revives it. Empty key values equal each other.

*Questions* are a frame with `consignment_id` and `cutoff` (an instant), one row per question, in any order; a
consignment may be asked about at several cut-offs. What is returned never depends on the order or the chunks of the
rows, nor on any row that became known after the question's cut-off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import polars as pl

from features.contract import INSTANT
from features.history import history, join_history
from features.row_order import begins_group, in_order
from features.windows import WindowPlan, smoothed_rate, windows
from features.windows_answers import Aggregate

__all__ = [
    "Aggregate",
    "WindowPlan",
    "history",
    "join_history",
    "newest",
    "smoothed_rate",
    "visible_pointers",
    "visible_rows",
    "visible_version",
    "windows",
]

_QUESTION, _ASKED_AT = "question", "__asked_at"
VERSION_COLUMNS = ("known_at", "withdrawn")


def newest(rows: pl.DataFrame, key: Sequence[str], cutoff: datetime, keep_withdrawn: bool = False) -> pl.DataFrame:
    """The newest visible version per key at one cut-off, by key; all columns of `rows`.

    Rows whose newest visible version is withdrawn are left out, or kept as they are with `keep_withdrawn`. Raises
    KeyError when a column is missing, ValueError when `cutoff` has no zone.
    """
    _require(rows, [*key, *VERSION_COLUMNS], "rows")
    if cutoff.tzinfo is None:
        raise ValueError(
            f"needed a cut-off with a zone, found {cutoff!r} without one; give it as datetime(..., tzinfo=UTC)"
        )
    visible = rows.filter(pl.col("known_at") <= pl.lit(cutoff, dtype=INSTANT))
    latest = visible.sort([*key, "known_at"]).unique([*key], keep="last", maintain_order=True)
    return latest if keep_withdrawn else latest.filter(~pl.col("withdrawn"))


def visible_version(
    rows: pl.DataFrame,
    key: Sequence[str],
    questions: pl.DataFrame,
    on: Mapping[str, str] | Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> pl.DataFrame:
    """For every question the newest visible version of the row that it points at; one row per question, in their order.

    `on` maps columns of the questions to the columns of `key` (default: the same names), e.g.
    `{"vessel_id": "vessel_id"}`; it must cover the whole key. `columns` are the columns wanted (default: all that are
    not key). All are null where no version is visible or the newest visible one is withdrawn. Raises KeyError when a
    column is missing.
    """
    pointing = _pointing(on, key)
    if sorted(pointing.values()) != sorted(key):
        raise ValueError(
            f"needed `on` to cover the key {list(key)}, found {pointing}; for a part of a key use visible_rows"
        )
    wanted = [name for name in rows.columns if name not in key] if columns is None else list(columns)
    _require(rows, [*key, *VERSION_COLUMNS, *wanted], "rows")
    asked = _asked(questions, pointing)
    codes = asked.select(key).unique().with_row_index("__code")
    versions = (
        rows.select(*key, *VERSION_COLUMNS)
        .with_row_index("__row")
        .join(codes, on=list(key), how="inner", nulls_equal=True)
        .select("__code", "__row", pl.col("known_at").alias("__state_at"), pl.col("withdrawn").alias("__out"))
        .sort("__state_at")
    )
    found = (
        asked.join(codes, on=list(key), how="inner", nulls_equal=True)
        .select(_QUESTION, _ASKED_AT, "__code")
        .sort(_ASKED_AT)
        .join_asof(
            versions,
            left_on=_ASKED_AT,
            right_on="__state_at",
            by="__code",
            strategy="backward",
            check_sortedness=False,
        )
        .sort(_QUESTION)
    )
    # Only now are the columns taken, each once, whatever was sorted and matched on the way.
    holds = pl.when(~pl.col("__out")).then("__row")
    return rows.select(wanted)[found.select(holds).to_series()]


def visible_rows(
    rows: pl.DataFrame,
    key: Sequence[str],
    questions: pl.DataFrame,
    on: Mapping[str, str] | Sequence[str],
    columns: Sequence[str] | None = None,
) -> pl.DataFrame:
    """For every question all rows whose `on` columns equal the question's: the newest visible version of each.

    `on` names columns that both have, or maps columns of the questions to columns of `rows`. Returns `question` (the
    row number of the question, UInt32) and the columns of `rows` (or `key` and `columns`), by question and key; a
    question without rows has none. A row that an amendment moved to another `on` value is found only where its newest
    visible version points. An empty value points at nothing. Raises KeyError when a column is missing.
    """
    wanted = list(rows.columns) if columns is None else _once(*key, *columns)
    _require(rows, wanted, "rows")
    pointers = visible_pointers(rows, key, questions, on)
    return pointers.select(_QUESTION).hstack(rows.select(wanted)[pointers["row"]])


def visible_pointers(
    rows: pl.DataFrame, key: Sequence[str], questions: pl.DataFrame, on: Mapping[str, str] | Sequence[str]
) -> pl.DataFrame:
    """What `visible_rows` finds, as `question` and `row`, the row number in `rows` (both UInt32), in the same order.

    For tables of many columns: each user takes those that it reads.
    """
    pointing = _pointing(on, key)
    targets = list(pointing.values())
    _require(rows, [*key, *VERSION_COLUMNS, *targets], "rows")
    asked = _asked(questions, pointing)
    narrow = rows.select(_once(*key, *VERSION_COLUMNS, *targets)).with_row_index("__row")
    # Until a version of the same key, wherever that one points, follows.
    until = pl.when(~begins_group(key).shift(-1, fill_value=True)).then(pl.col("known_at").shift(-1))
    versions = (
        in_order(narrow, [*key, "known_at"])
        .with_columns(__until=until)
        .filter(~pl.col("withdrawn"))
        .select(*targets, "known_at", "__until", "__row")
    )
    # The questions in their order, and the versions of each by key: no sort is needed.
    return (
        asked.join(versions, on=targets, how="inner", maintain_order="left_right")
        .filter(
            pl.col("known_at") <= pl.col(_ASKED_AT),
            pl.col("__until").is_null() | (pl.col("__until") > pl.col(_ASKED_AT)),
        )
        .select(_QUESTION, row="__row")
    )


def _once(*names: str) -> list[str]:
    return list(dict.fromkeys(names))


def _pointing(on: Mapping[str, str] | Sequence[str] | None, key: Sequence[str]) -> dict[str, str]:
    if on is None:
        return {name: name for name in key}
    return dict(on) if isinstance(on, Mapping) else {name: name for name in on}


def _asked(questions: pl.DataFrame, pointing: Mapping[str, str]) -> pl.DataFrame:
    _require(questions, ["cutoff", *pointing], "questions")
    return questions.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias(_QUESTION),
        pl.col("cutoff").cast(INSTANT).alias(_ASKED_AT),
        *[pl.col(asked).alias(target) for asked, target in pointing.items()],
    )


def _require(frame: pl.DataFrame, columns: Iterable[str], name: str) -> None:
    missing = sorted(set(columns) - set(frame.columns))
    if missing:
        raise KeyError(
            f"needed the columns {missing} in {name}, found {frame.columns}; add them, or name others in the call"
        )
