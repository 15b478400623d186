"""Histories: what each row of a table said, and from when until when it said so. Windows run over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from features.row_order import begins_group, in_order

SPAN_COLUMNS = ("unit", "first_known_at", "known_at", "until", "withdrawn")


def history(rows: pl.DataFrame, key: Sequence[str], unit: str, columns: Sequence[str]) -> pl.DataFrame:
    """The versions of `rows` as spans, a row per version, by key and `known_at`.

    Columns: `unit` (the consignment that the row belongs to, from the column named so), `first_known_at` (`known_at` of
    the first version of the key), `known_at` (from when this version counts), `until` (`known_at` of the next version,
    null where there is none), `withdrawn`, and `columns`. Raises KeyError when a column is missing.
    """
    _require(rows, [*key, unit, "known_at", "withdrawn", *columns])
    needed = list(dict.fromkeys([*key, unit, "known_at", "withdrawn", *columns]))
    ordered = in_order(rows.select(needed), [*key, "known_at"])
    return (
        ordered.with_columns(__begins=begins_group(key))
        .with_columns(
            first_known_at=pl.when("__begins").then("known_at").forward_fill(),
            until=pl.when(~pl.col("__begins").shift(-1, fill_value=True)).then(pl.col("known_at").shift(-1)),
        )
        .select(pl.col(unit).alias("unit"), *SPAN_COLUMNS[1:], *[name for name in columns if name not in SPAN_COLUMNS])
    )


def join_history(
    child: pl.DataFrame, parent: pl.DataFrame, on: Mapping[str, str] | Sequence[str] = ("unit",)
) -> pl.DataFrame:
    """Spans of `child` with the columns of `parent` beside them: a new span whenever either of them changes.

    `on` names columns that both histories have, or maps columns of the child to columns of the parent (default: both
    belong to the same consignment). A span holds only while both hold, so it is `withdrawn` if either is; while there
    is no parent there is no span. `first_known_at` is the child's, or the parent's when that is later. A child with
    several parents (a finding, and the goods items of its consignment) gives a span for each. Columns of the parent
    that the child has too are left out. Raises KeyError when a column of `on` is missing.
    """
    pairs = dict(on) if isinstance(on, Mapping) else {name: name for name in on}
    _require(child, [*SPAN_COLUMNS, *pairs])
    _require(parent, [*SPAN_COLUMNS, *pairs.values()])
    added = [name for name in parent.columns if name not in child.columns]
    beside = parent.select(
        *[pl.col(theirs).alias(f"__on_{theirs}") for theirs in pairs.values()],
        *[pl.col(name).alias(f"__{name}") for name in SPAN_COLUMNS[1:]],
        *added,
    )
    return (
        child.join(beside, left_on=list(pairs), right_on=[f"__on_{theirs}" for theirs in pairs.values()], how="inner")
        .with_columns(
            first_known_at=pl.max_horizontal("first_known_at", "__first_known_at"),
            known_at=pl.max_horizontal("known_at", "__known_at"),
            until=pl.min_horizontal("until", "__until"),
            withdrawn=pl.col("withdrawn") | pl.col("__withdrawn"),
        )
        .filter(pl.col("until").is_null() | (pl.col("known_at") < pl.col("until")))
        .select(*child.columns, *added)
    )


def _require(frame: pl.DataFrame, columns: Iterable[str]) -> None:
    missing = sorted(set(columns) - set(frame.columns))
    if missing:
        raise KeyError(
            f"needed the columns {missing} in the frame, found {frame.columns}; add them, or name others in the call"
        )
