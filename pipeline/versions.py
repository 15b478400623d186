"""Which delivered rows are new versions, which say what is known already, and from when each is known.

Keys and contents are compared by two 64-bit hashes each, made and used within one call and never stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.contract import INSTANT, Table
from features.sift import Rule, in_key_order, set_aside, starts
from features.violation import Violation
from pipeline.stored import KEY, hashes

CONTENT = ("content", "content_again")
NUMBER = "number"

CONFLICT = Rule(
    column="",
    name="conflict",
    broken=pl.lit(False),
    needed="the content that is stored for this key and known_at",
    mend="deliver the version that holds with a later known_at",
)


@dataclass(frozen=True)
class Plan:
    """`appended` are new versions with the `known_at` that they are stored with; `conflicts` are as delivered.

    Rows in = appended + unchanged + conflicts.
    """

    appended: pl.DataFrame
    unchanged: int
    conflicts: pl.DataFrame
    violations: tuple[Violation, ...] = ()


def plan(rows: pl.DataFrame, stored: pl.DataFrame, table: Table, received_at: datetime | None) -> Plan:
    """Hold delivered rows (sifted: sorted by key and `known_at`) against the stored versions of their keys.

    A row is known from the later of its own `known_at` and `received_at` (None: its own, a first load); versions of
    one key that would fall on one instant follow each other by a microsecond. A row that equals the version just
    before it, or the one of its own instant, is unchanged. Another content for a stored key and instant is a conflict.
    Nothing is placed before a withdrawal of its key, since what was taken back would stay so.
    """
    new, old = _numbered(_compact(rows, table), _compact(stored, table).with_columns(stored["by_withdrawal"]))
    first = starts(new, [NUMBER])
    alone = first & first.shift(-1, fill_value=True) & ~new[NUMBER].is_in(old[NUMBER].unique().implode())
    fresh = _placed(new.filter(alone), old, received_at)
    versions = new.filter(~alone)
    resent = _sent_before(versions, old) if received_at and not table.keeps_conflicts else _none(versions)
    placed = _placed(versions.filter(~resent), old, received_at)
    again = _is_among(placed, old, (NUMBER, "known_at", *CONTENT))
    clash = _none(placed) if table.keeps_conflicts else _is_among(placed, old, (NUMBER, "known_at")) & ~again
    left = placed.filter(~(again | clash))
    repeats = _equal_to_the_version_before(left, old)
    appended = pl.concat([fresh, left.filter(~repeats)]).sort("row")
    conflicts, violations = _conflicts(rows, placed.filter(clash)["row"], table)
    return Plan(
        appended=in_key_order(rows[appended["row"]].with_columns(appended["known_at"]), table),
        unchanged=sum(int(mask.sum()) for mask in (resent, again, repeats)),
        conflicts=conflicts,
        violations=violations,
    )


def _compact(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    content = [name for name in table.columns if name not in (*table.key, "known_at")]
    return rows.select(*hashes(table.key, KEY), *hashes(content, CONTENT), "known_at")


def _numbered(new: pl.DataFrame, old: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with a number per key in place of its hashes, new ones with their place as `row`; other keys are dropped."""
    first = starts(new, [*KEY])
    new = new.with_columns(first.cum_sum().alias(NUMBER))
    numbers = new.filter(first).select(*KEY, NUMBER)
    return new.drop(KEY).with_row_index("row"), old.join(numbers, on=KEY).drop(KEY)


def _none(rows: pl.DataFrame) -> pl.Series:
    return pl.repeat(False, len(rows), dtype=pl.Boolean, eager=True)


def _conflicts(rows: pl.DataFrame, places: pl.Series, table: Table) -> tuple[pl.DataFrame, tuple[Violation, ...]]:
    broken = _none(rows).scatter(places, True)
    return set_aside(rows, [(CONFLICT, broken)] if broken.any() else [], table)


def _is_among(rows: pl.DataFrame, others: pl.DataFrame, on: Sequence[str]) -> pl.Series:
    marked = others.select(on).unique().with_columns(found=pl.lit(True))
    return rows.select(on).join(marked, on=on, how="left", maintain_order="left")["found"].fill_null(False)


def _newest(old: pl.DataFrame) -> pl.DataFrame:
    return old.filter(pl.col("known_at") == pl.col("known_at").max().over(NUMBER))


def _sent_before(rows: pl.DataFrame, old: pl.DataFrame) -> pl.Series:
    """True on the rows by which a feed that repeats a key's history leads up to its newest stored version.

    They are the rows up to one that equals that version, if all of them are stored and none is newer by its own time.
    """
    contents = [pl.col(name).alias(f"new_{name}") for name in CONTENT]
    newest = _newest(old).select(NUMBER, pl.col("known_at").alias("newest"), *contents)
    marked = (
        rows.with_columns(stored=_is_among(rows, old, (NUMBER, *CONTENT)))
        .join(newest, on=NUMBER, how="left", maintain_order="left")
        .with_columns(stored=(pl.col("stored") & (pl.col("known_at") <= pl.col("newest"))).fill_null(False))
        .with_columns(leads=(~pl.col("stored")).cast(pl.UInt32).cum_sum().over(NUMBER) == 0)
        .with_columns(ends=pl.col("leads") & pl.all_horizontal(pl.col(n) == pl.col(f"new_{n}") for n in CONTENT))
        .with_columns(last=pl.when("ends").then("row").max().over(NUMBER))
    )
    return marked.select((pl.col("row") <= pl.col("last")).fill_null(False).alias("resent")).to_series()


def _placed(rows: pl.DataFrame, old: pl.DataFrame, received_at: datetime | None) -> pl.DataFrame:
    """The rows with the `known_at` that they are stored with."""
    taken_back = _newest(old).filter("by_withdrawal").select(NUMBER, pl.col("known_at").alias("taken_back"))
    receipt = pl.lit(received_at, INSTANT)
    instant = starts(rows, [NUMBER, "known_at"]).cum_sum().cast(pl.Int64)
    return (
        rows.with_columns(instant=instant)
        .join(taken_back.unique(), on=NUMBER, how="left", maintain_order="left")
        .with_columns(floor=pl.max_horizontal(receipt, pl.col("taken_back") + pl.duration(microseconds=1)))
        .with_columns(step=pl.col("instant") - pl.col("instant").first().over(NUMBER))
        .with_columns(pl.max_horizontal("known_at", pl.col("floor") + pl.duration(microseconds="step")))
        .select(rows.columns)
    )


def _equal_to_the_version_before(rows: pl.DataFrame, old: pl.DataFrame) -> pl.Series:
    both = pl.concat([frame.select(NUMBER, "known_at", *CONTENT) for frame in (old, rows)])
    instants = both.select(NUMBER, "known_at").unique().sort(NUMBER, "known_at")
    same_key = pl.col(NUMBER) == pl.col(NUMBER).shift()
    before = instants.with_columns(before=pl.when(same_key).then(pl.col("known_at").shift()))
    told = rows.join(before, on=[NUMBER, "known_at"], how="left", maintain_order="left")
    return _is_among(told, both.rename({"known_at": "before"}), (NUMBER, "before", *CONTENT))
