"""The times over which a voyage is looked at: the trip before a landing, and the last days before a cut-off."""

from __future__ import annotations

import polars as pl

from features.division import divided

DAYS = (30, 90, 365)
WINDOWS = ("trip", *(f"{days}d" for days in DAYS))
LONG_STAY = pl.duration(hours=24)  # shorter ones (clearance, shelter, orders) do not end a trip
AT_LANDING = pl.duration(hours=24)  # between the arrival that is stated and a visit that is this arrival


def trips(named: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """The trip of each row of `named` (`pair`, `cutoff`, `arrived_at`), in their order: `from` and `to`.

    The landing is the last visit that began until a day after the stated arrival (the cut-off, where none is stated)
    and ended no earlier than a day before it. The trip begins at the end of the last stay of at least LONG_STAY before
    the landing, and ends where that begins; where there is no landing yet, at the arrival, at the latest the cut-off.
    Null where no such stay before is known.
    """
    arrival = pl.col("arrived_at").fill_null(pl.col("cutoff"))
    asked = named.select(
        "pair",
        "cutoff",
        arrival=arrival,
        latest=pl.min_horizontal(arrival + AT_LANDING, "cutoff"),
    ).with_row_index("row")
    long = pl.when(pl.col("end") - pl.col("start") >= LONG_STAY).then("end").forward_fill().over("pair")
    known = visits.with_columns(until_now=long).select(
        "pair", "start", "end", "until_now", before=pl.col("until_now").shift().over("pair")
    )
    found = (
        asked.sort("latest")
        .join_asof(
            known.sort("start"), left_on="latest", right_on="start", by="pair", check_sortedness=False, coalesce=False
        )
        .sort("row")
    )
    landed = pl.col("end") >= pl.col("arrival") - AT_LANDING
    until = pl.when(landed).then("start").otherwise(pl.min_horizontal("arrival", "cutoff"))
    since = pl.when(landed).then("before").otherwise("until_now")
    bounds = found.select(since.alias("from"), until.alias("to"))
    known_trip = pl.col("from").is_not_null() & (pl.col("from") < pl.col("to"))
    return bounds.select(pl.when(known_trip).then(name).alias(name) for name in ("from", "to"))


def spans_of(pairs: pl.DataFrame, trips: pl.DataFrame) -> pl.DataFrame:
    """All spans that are asked about: `span` (a number), `pair`, `window`, `from`, `to` (not included).

    `trips` has `pair`, `from`, `to`.
    """
    numbered = pairs.select("cutoff").with_row_index("pair")
    windows = [
        numbered.select(
            "pair",
            pl.lit(f"{days}d").alias("window"),
            (pl.col("cutoff") - pl.duration(days=days)).alias("from"),
            pl.col("cutoff").alias("to"),
        )
        for days in DAYS
    ]
    own = trips.drop_nulls().unique().select("pair", pl.lit("trip").alias("window"), "from", "to")
    return pl.concat([own, *windows]).sort("pair", "window", "from", "to").with_row_index("span")


def begun_in(spans: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """A row per span and event of its pair that begins in it: `span`, `from`, `to`, and the columns of the event."""
    both = spans.select("span", "pair", "from", "to").join(events, on="pair")
    return both.filter(pl.col("start") >= pl.col("from"), pl.col("start") < pl.col("to"))


def within(spans: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """A row per span and event of its pair that touches it, with `inside_hours`, how long it lies within."""
    both = spans.select("span", "pair", "from", "to").join(events, on="pair")
    both = both.filter(pl.col("start") < pl.col("to"), pl.col("end") > pl.col("from"))
    begin, end = pl.max_horizontal("start", "from"), pl.min_horizontal("end", "to")
    return both.with_columns(inside_hours=divided((end - begin).dt.total_microseconds(), 3_600_000_000))
