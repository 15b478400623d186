"""Calls at ports as histories, and the calls of a vessel that lie in a span of time, found without comparing all."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from features.asof import history
from features.tables import Tables

ANNOUNCED = ("vessel",)
OBSERVED = ("ais", "port", "partner_customs")
_COLUMNS = (*("call_id", "vessel_id", "port", "arrived_at", "reported_by", "laden", "onboard_kg", "offload_kg", "use"),)


def port_calls(tables: Tables) -> pl.DataFrame:
    """The history of every call, with `country`, the first two letters of its port."""

    def make() -> pl.DataFrame:
        spans = history(tables["port_call"], ["call_id"], "call_id", list(_COLUMNS))
        return spans.with_columns(country=pl.col("port").str.head(2))

    return tables.derived("port_calls", make)


def told_from(calls: pl.DataFrame, name: str) -> pl.DataFrame:
    """Per country from when on calls there are told of: `country` and the column `name`."""
    return calls.group_by("country").agg(pl.col("known_at").min().alias(name))


def calls_between(
    asked: pl.DataFrame, calls: pl.DataFrame, on: tuple[str, ...], begins: str, ends: str, step: timedelta
) -> pl.DataFrame:
    """Rows of `asked` with each visible call whose columns `on` are the same and that began from `begins` to `ends`.

    Both ends are inclusive. Visible is what was known at the row's `cutoff`; without that column every version that was
    ever known counts. Time is cut into steps, and only calls of a step that the span touches are compared: the work
    grows with the length of the spans over `step`. Columns of calls that `asked` has too get the suffix `_called`.
    """
    size = int(step / timedelta(microseconds=1))
    first, last = (pl.col(name).to_physical() // size for name in (begins, ends))
    spread = (
        asked.filter(pl.col(begins) <= pl.col(ends))
        .with_columns(__step=pl.int_ranges(first, last + 1))
        .explode("__step")
    )
    stepped = calls.with_columns(__step=pl.col("arrived_at").to_physical() // size, __at="arrived_at")
    found = spread.join(stepped, on=[*on, "__step"], suffix="_called").filter(
        pl.col("__at") >= pl.col(begins), pl.col("__at") <= pl.col(ends)
    )
    return found.filter(visible(found)).drop("__step", "__at")


def visible(frame: pl.DataFrame) -> pl.Expr:
    """Whether a span of a history holds at the row's `cutoff`; always, where there is no such column."""
    if "cutoff" not in frame.columns:
        return pl.lit(True)
    until = pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff"))
    return ~pl.col("withdrawn") & (pl.col("known_at") <= pl.col("cutoff")) & until
