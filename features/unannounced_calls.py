"""Calls that others saw or told of, and which of them the vessel had announced, as it was known at each time."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from features.asof import history
from features.port_calls import ANNOUNCED, OBSERVED, calls_between, port_calls, told_from
from features.tables import Tables

_COLUMNS = ("call_id", "vessel_id", "country", "arrived_at", "arrival", "use")


def observed_where_announced(tables: Tables) -> pl.DataFrame:
    """The history of observed calls at countries for which vessels' notices were known before the call was.

    Those that are told as without catch are left out. With `arrival`, a number for each day and country of arrival,
    since one call may be told of by several.
    """

    def make() -> pl.DataFrame:
        calls = port_calls(tables)
        told = told_from(calls.filter(pl.col("reported_by").is_in(ANNOUNCED)), "notices_from")
        counts = (
            pl.col("reported_by").is_in(OBSERVED)
            & pl.col("laden").fill_null(True)
            & (pl.col("first_known_at") >= pl.col("notices_from"))
        )
        place = pl.struct(pl.col("arrived_at").dt.date(), "country").rank("dense").cast(pl.Int64)
        # A version that does not count stays, as one that does not hold: the one before it ends where it begins.
        return (
            calls.join(told, on="country", how="left")
            .with_columns(withdrawn=pl.col("withdrawn") | ~counts.fill_null(False), arrival=place)
            .drop("notices_from")
            .sort("call_id", "known_at")
        )

    return tables.derived("observed_where_announced", make)


def unannounced(tables: Tables, within: timedelta) -> pl.DataFrame:
    """The history of observed calls while no notice of the vessel for that country was known `within` so long of them.

    A span ends where a notice comes to be known and begins anew where that is withdrawn or moved away: such times count
    as withdrawn. Columns: those of a history, call_id, vessel_id, country, arrived_at, arrival, use.
    """

    def make() -> pl.DataFrame:
        observed = observed_where_announced(tables).with_row_index("span")
        notices = port_calls(tables).filter(pl.col("reported_by").is_in(ANNOUNCED) & ~pl.col("withdrawn"))
        times = pl.concat(
            [observed.select("span", at="known_at", change=pl.lit(0)), _changes(observed, notices, within)]
        )
        states = (
            times.group_by("span", "at")
            .agg(pl.col("change").sum())
            .sort("span", "at")
            .with_columns(announced=pl.col("change").cum_sum().over("span") > 0)
        )
        versions = (
            observed.drop("known_at")
            .join(states, on="span")
            .with_columns(withdrawn=pl.col("withdrawn") | pl.col("announced"), known_at="at")
        )
        return history(versions, ["call_id"], "call_id", list(_COLUMNS))

    return tables.derived(("unannounced", within), make)


def _changes(observed: pl.DataFrame, notices: pl.DataFrame, within: timedelta) -> pl.DataFrame:
    """When a notice begins and ceases to cover a span of an observed call: span, at, change (+1, -1)."""
    of_span = observed.select(
        *("span", "vessel_id", "country"),
        begins=pl.col("arrived_at") - within,
        ends=pl.col("arrived_at") + within,
        known_span="known_at",
        until_span="until",
    )
    met = calls_between(of_span, notices, ("vessel_id", "country"), "begins", "ends", within)
    both = met.select(
        "span",
        start=pl.max_horizontal("known_at", "known_span"),
        stop=pl.min_horizontal("until", "until_span"),
        last="until_span",
    ).filter(pl.col("stop").is_null() | (pl.col("start") < pl.col("stop")))
    # Where the span of the call itself ends, nothing has to be taken back.
    ceased = both.filter(pl.col("stop").is_not_null() & pl.col("stop").ne_missing(pl.col("last")))
    return pl.concat(
        [both.select("span", at="start", change=pl.lit(1)), ceased.select("span", at="stop", change=pl.lit(-1))]
    )
