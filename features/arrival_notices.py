"""The notice that a vessel gave of its arrival: how long before, and what it said stays on board."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from features.asked import Asked
from features.division import divided
from features.options import Options
from features.port_calls import ANNOUNCED, calls_between, port_calls, told_from

NEAR = timedelta(days=3)
# A second notice within a day is of the same call.
NEXT_AFTER, NEXT_WITHIN = timedelta(days=1), timedelta(days=7)
_HOUR_US = 3_600_000_000


def arrivals(asked: Asked) -> pl.DataFrame:
    """The arrival of each question's carrying vessel: question, cutoff, vessel_id, country, arrives.

    Questions whose vessel, port of discharge or arrival is not stated have no row.
    """
    numbered = asked.questions.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("question"), "cutoff")
    stated = asked.consignment.select(
        "vessel_id", country=pl.col("discharge_port").str.head(2), arrives=pl.col("arrived_at")
    )
    return numbered.hstack(stated).drop_nulls()


def notices_of(asked: Asked) -> pl.DataFrame:
    """The vessel's notice of each arrival, as visible: of those for the country within 3 days of it, the nearest.

    Columns: those of `arrivals`, and of the call (its own arrival is the expected one). Of two as near, the one that
    was known first, then the first by id.
    """
    calls = port_calls(asked.tables).filter(pl.col("reported_by").is_in(ANNOUNCED))
    spans = arrivals(asked).with_columns(begins=pl.col("arrives") - NEAR, ends=pl.col("arrives") + NEAR)
    found = calls_between(spans, calls, ("vessel_id", "country"), "begins", "ends", NEAR)
    off = (pl.col("arrived_at") - pl.col("arrives")).abs()
    return (
        found.with_columns(off=off)
        .sort("question", "off", "first_known_at", "call_id")
        .unique("question", keep="first", maintain_order=True)
        .drop("begins", "ends", "off")
    )


def next_notices(asked: Asked, notices: pl.DataFrame) -> pl.DataFrame:
    """The vessel's next notice after each of `notices`, one to seven days later, wherever: question and the call."""
    calls = port_calls(asked.tables).filter(pl.col("reported_by").is_in(ANNOUNCED))
    spans = notices.select(
        "question",
        "cutoff",
        "vessel_id",
        begins=pl.col("arrived_at") + NEXT_AFTER,
        ends=pl.col("arrived_at") + NEXT_WITHIN,
    )
    found = calls_between(spans, calls, ("vessel_id",), "begins", "ends", NEXT_WITHIN)
    return found.sort("question", "arrived_at", "call_id").unique("question", keep="first", maintain_order=True)


def notice_of_arrival(asked: Asked, options: Options, carriers: pl.DataFrame) -> pl.DataFrame:
    """Per question `arrival_notice_shortfall` and what its sentence compares.

    `carriers` are kind and flag of the carrying vessels. A vessel of a kind that must give notice owes it abroad, one
    that announces itself as laden everywhere. Without a notice the answer is the least that is certain by the
    cut-off, null before the notice was due, and null where no vessel's notice for that country was ever known.
    """
    hours = options.vessels.notice_hours
    known = told_from(port_calls(asked.tables).filter(pl.col("reported_by").is_in(ANNOUNCED)), "notices_from")
    notices = notices_of(asked).select("question", "first_known_at", "laden", "call_id")
    arrived = arrivals(asked)
    frame = (
        arrived.hstack(carriers[arrived["question"]])
        .join(notices, on="question", how="left", maintain_order="left")
        .join(known, on="country", how="left", maintain_order="left")
    )
    given = pl.when(pl.col("call_id").is_not_null()).then(_hours(pl.col("arrives") - pl.col("first_known_at")))
    still_possible = pl.when(pl.col("notices_from") <= pl.col("cutoff")).then(
        _hours(pl.col("arrives") - pl.col("cutoff"))
    )
    owes = pl.col("kind").is_in(options.vessels.notice_kinds) & (pl.col("flag") != pl.col("country"))
    owed = owes.fill_null(False) | pl.col("laden").fill_null(False)
    due = pl.col("call_id").is_not_null() | (still_possible <= hours)
    short = divided((hours - pl.coalesce(given, still_possible).clip(0)).clip(0), hours)
    day = "%Y-%m-%d %H:%M"
    words = pl.when(pl.col("call_id").is_not_null()).then(
        pl.format("notice on {}", pl.col("first_known_at").dt.to_string(day))
    )
    answered = frame.select(
        "question",
        arrival_notice_shortfall=pl.when(owed & due).then(short),
        arrival_notice=words.otherwise(pl.lit("no notice by then")),
        arrival_expected=pl.col("arrives").dt.to_string(day),
    )
    return _per_question(asked, answered)


def residue(asked: Asked) -> pl.DataFrame:
    """Per question `onboard_residue_share` and the kilograms that it compares, from the notice of arrival.

    Null where the notice does not state what is on board and what is to be unloaded, or the next one states no catch.
    """
    notices = notices_of(asked)
    following = next_notices(asked, notices).select("question", "call_id", next_kg="onboard_kg")
    frame = (
        notices.select("question", "onboard_kg", "offload_kg")
        .join(following, on="question", how="left", maintain_order="left")
        .with_columns(next_kg=pl.when(pl.col("call_id").is_null()).then(0.0).otherwise("next_kg"))
    )
    stays = (pl.col("onboard_kg") - pl.col("offload_kg") - pl.col("next_kg")).clip(0)
    answered = frame.select(
        "question",
        onboard_residue_share=pl.when(pl.col("onboard_kg") > 0).then(stays / pl.col("onboard_kg")),
        notice_onboard_kg="onboard_kg",
        notice_offload_kg="offload_kg",
        next_declared_kg="next_kg",
    )
    return _per_question(asked, answered)


def _hours(span: pl.Expr) -> pl.Expr:
    return divided(span.dt.total_microseconds(), _HOUR_US)


def _per_question(asked: Asked, frame: pl.DataFrame) -> pl.DataFrame:
    everyone = asked.questions.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("question"))
    return everyone.join(frame, on="question", how="left", maintain_order="left").drop("question")
