"""Whether goods that the law sends through a customs port of their origin came from the sea without a call there."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from features.arrival_notices import arrivals
from features.asked import Asked
from features.options import Options
from features.port_calls import OBSERVED, calls_between, port_calls, told_from
from features.vessels import AskedVessels

LONGEST = timedelta(days=366)  # between catch and landing; above, the papers are not of one voyage
_STEP = timedelta(days=30)


def owed_calls(asked: Asked, options: Options) -> pl.DataFrame:
    """The calls that the law asks for: question, cutoff, `country` of origin, `last_catch`, `arrives`.

    For goods landed, by the cut-off, in another country than their origin, whose papers say when they were last caught,
    where calls at that origin were told of already then.
    """
    caught = asked.catches.group_by("question").agg(last_catch=pl.col("ends").max())
    origins = asked.items.select("question", origin="origin_country").unique()
    told = told_from(port_calls(asked.tables).filter(pl.col("reported_by").is_in(OBSERVED)), "calls_from")
    return (
        arrivals(asked)
        .drop("vessel_id")
        .join(caught, on="question")
        .join(origins.filter(pl.col("origin").is_in(options.vessels.origin_call_countries)), on="question")
        .filter(
            pl.col("origin") != pl.col("country"),
            pl.col("arrives") <= pl.col("cutoff"),
            pl.col("last_catch") <= pl.col("arrives"),
            pl.col("arrives") - pl.col("last_catch") <= LONGEST,
        )
        .drop("country")
        .rename({"origin": "country"})
        .join(told, on="country")
        .filter(pl.col("calls_from") <= pl.col("last_catch"))
        .drop("calls_from")
        .sort("question", "country")
    )


def origin_calls(asked: Asked, vessels: AskedVessels, owed: pl.DataFrame) -> pl.DataFrame:
    """The observed calls of any vessel of the question at the country owed, between the last catch and the landing."""
    calls = port_calls(asked.tables).filter(pl.col("reported_by").is_in(OBSERVED))
    spans = owed.join(vessels.named.select("question", "vessel_id"), on="question")
    return calls_between(spans, calls, ("vessel_id", "country"), "last_catch", "arrives", _STEP)


def skipped(asked: Asked, options: Options, vessels: AskedVessels, seen: pl.Series) -> pl.DataFrame:
    """Per question `origin_port_skipped` and what its sentence compares.

    `seen`: per question, whether any of its vessels was seen at any port in the last year. Without that, or while calls
    of those days may still be told of, no call means nothing.
    """
    owed = owed_calls(asked, options)
    owed = owed.filter(seen.gather(owed["question"]).fill_null(False))
    made = origin_calls(asked, vessels, owed).select("question", "country").unique().with_columns(made=pl.lit(True))
    late = timedelta(days=options.vessels.calls_told_days)
    # Others tell of calls days later: until then only a call that was made is a fact.
    judged = owed.join(made, on=["question", "country"], how="left", maintain_order="left").filter(
        (pl.col("made").is_not_null().all() | (pl.col("cutoff") >= pl.col("arrives") + late).all()).over("question")
    )
    day = "%Y-%m-%d"
    answered = judged.group_by("question", maintain_order=True).agg(
        origin_port_skipped=pl.col("made").is_null().any(),
        origin_call_owed=pl.col("country").str.join(", "),
        origin_call_seen=pl.when(pl.col("made").any()).then(pl.col("country").filter("made").str.join(", ")),
        origin_last_catch=pl.col("last_catch").first().dt.to_string(day),
        origin_landing=pl.col("arrives").first().dt.to_string(day),
    )
    return vessels.per_question(answered.with_columns(pl.col("origin_call_seen").fill_null("none")))
