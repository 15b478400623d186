"""Calls of vessels that others saw and notices that the vessels gave, each held against the other."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from features.arrival_notices import NEAR
from features.asof import newest
from features.port_calls import ANNOUNCED, OBSERVED
from features.reconciled_facts import Facts, at, hours_between, usual
from features.reconciled_states import ANNOUNCED as HAS_NOTICE
from features.reconciled_states import NO_NOTICE, NOT_OWED, SEEN, TOO_EARLY, UNKNOWN, UNMATCHED
from features.reconciled_tables import as_table

# Reports of one vessel at one port that begin within a day of each other are of one stay.
SAME_STAY = timedelta(days=1)


def reconciled_calls(facts: Facts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two frames, each as `as_table`: stays in port as others saw them, and notices of the vessels, by arrival.

    Only of ports of countries at which sea products are landed. Stays have vessel_id, arrived_at, `seen_by`, `laden`,
    `call_ids`; notices have vessel_id, arrived_at (as announced), `laden`.
    """
    calls = newest(facts.tables["port_call"], ["call_id"], facts.as_of)
    calls = calls.with_columns(country=pl.col("port").str.head(2), place=facts.place("port"))
    calls = calls.filter(pl.col("country").is_in(facts.home), pl.col("arrived_at") <= at(facts.as_of + NEAR))
    seen = calls.filter(pl.col("reported_by").is_in(OBSERVED), pl.col("arrived_at") <= at(facts.as_of))
    notices = calls.filter(pl.col("reported_by").is_in(ANNOUNCED)).sort("arrived_at", "call_id")
    stays = _stays(seen)
    return _judged_stays(facts, stays, notices), _judged_notices(facts, notices, stays, seen)


def _stays(seen: pl.DataFrame) -> pl.DataFrame:
    """A row per stay: a report within a day of the one before, of the same vessel and port, is of the same stay."""
    ordered = seen.sort("vessel_id", "place", "arrived_at", "call_id")
    begins = (
        (pl.col("vessel_id") != pl.col("vessel_id").shift())
        | (pl.col("place") != pl.col("place").shift())
        | (pl.col("arrived_at") - pl.col("arrived_at").shift() > SAME_STAY)
    )
    return (
        ordered.with_columns(stay=begins.fill_null(True).cum_sum())
        .group_by("stay", maintain_order=True)
        .agg(
            pl.col("vessel_id", "port", "country", "arrived_at").first(),
            row=pl.col("call_id").first(),
            call_ids=pl.col("call_id").str.join(", "),
            seen_by=pl.col("reported_by").unique().sort().str.join(", "),
            laden=pl.when(pl.col("laden").is_not_null().any()).then(pl.col("laden").any()),
            net_g=(pl.col("offload_kg").max() * 1000).round().cast(pl.Int64),
            use=pl.col("use").drop_nulls().unique().sort().str.join("|"),
        )
        .with_columns(use=pl.when(pl.col("use") != "").then("use"))
        .sort("arrived_at", "row")
    )


def _with_kind(facts: Facts, calls: pl.DataFrame) -> pl.DataFrame:
    """With `owes`: whether the vessel must announce itself, by what it was at its arrival, or since it is laden."""
    identities = newest(facts.tables["vessel"], ["vessel_id", "valid_from"], facts.as_of)
    kinds = identities.select("vessel_id", "valid_from", "kind").sort("valid_from", "vessel_id")
    known = calls.sort("arrived_at", "row").join_asof(
        kinds, left_on="arrived_at", right_on="valid_from", by="vessel_id", check_sortedness=False
    )
    of_kind = pl.col("kind").is_in(facts.options.vessels.notice_kinds)
    return known.with_columns(owes=pl.when(pl.col("laden").fill_null(False)).then(True).otherwise(of_kind))


def _first_known(calls: pl.DataFrame, name: str) -> pl.DataFrame:
    return calls.group_by("country").agg(pl.col("known_at").min().alias(name))


def _nearest(calls: pl.DataFrame, others: pl.DataFrame, within: timedelta) -> pl.Series:
    """Per call the id of the call of the same vessel and country among the others that is nearest in time, or null."""
    theirs = others.select("vessel_id", "country", other_at="arrived_at", other="row").sort("other_at", "other")
    return calls.join_asof(
        theirs,
        left_on="arrived_at",
        right_on="other_at",
        by=["vessel_id", "country"],
        strategy="nearest",
        tolerance=within,
        check_sortedness=False,
    )["other"]


def _judged_stays(facts: Facts, stays: pl.DataFrame, notices: pl.DataFrame) -> pl.DataFrame:
    within = timedelta(hours=facts.options.vessels.notice_match_hours)
    known = _with_kind(facts, stays.filter(facts.within("arrived_at")))
    held = known.with_columns(notice=_nearest(known, notices.rename({"call_id": "row"}), within)).join(
        _first_known(notices, "told_from"), on="country", how="left", maintain_order="left"
    )
    state = (
        pl.when(pl.col("notice").is_not_null())
        .then(pl.lit(HAS_NOTICE))
        .when(~pl.col("owes"))
        .then(pl.lit(NOT_OWED))
        .when(pl.col("owes").is_null() | (pl.col("told_from") > pl.col("arrived_at")).fill_null(True))
        .then(pl.lit(UNKNOWN))
        .otherwise(pl.lit(NO_NOTICE))
    )
    hours = f"{within / timedelta(hours=1):g}"
    why = (
        pl.when(pl.col("state") == NO_NOTICE)
        .then(pl.format(f"seen by {{}}; the vessel announced no call there within {hours} hours", "seen_by"))
        .when((pl.col("state") == UNKNOWN) & pl.col("owes").is_null())
        .then(pl.lit("what kind of vessel it is, and whether it was laden, is not known"))
        .when(pl.col("state") == UNKNOWN)
        .then(pl.lit("no notice for that country was known yet"))
    )
    judged = held.with_columns(state=state).with_columns(why=why)
    return as_table(judged, "arrived_at", ["vessel_id", "arrived_at", "laden", "seen_by", "call_ids", "notice"])


def _judged_notices(facts: Facts, notices: pl.DataFrame, stays: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    named = notices.with_columns(row="call_id", net_g=(pl.col("offload_kg") * 1000).round().cast(pl.Int64))
    known = _with_kind(facts, named.filter(facts.within("arrived_at"))).filter(pl.col("owes").fill_null(True))
    held = (
        known.with_columns(call=_nearest(known, stays, NEAR))
        .join(_first_known(seen, "seen_from"), on="country", how="left", maintain_order="left")
        .join(_call_lags(facts), on="country", how="left", maintain_order="left")
        .with_columns(waited=facts.hours_since("arrived_at"), wait=pl.col("lag_hours") + NEAR / timedelta(hours=1))
    )
    state = (
        pl.when(pl.col("call").is_not_null())
        .then(pl.lit(SEEN))
        .when((pl.col("seen_from") > pl.col("arrived_at")).fill_null(True) | pl.col("wait").is_null())
        .then(pl.lit(UNKNOWN))
        .when(pl.col("waited") <= pl.col("wait"))
        .then(pl.lit(TOO_EARLY))
        .otherwise(pl.lit(UNMATCHED))
    )
    days = (pl.col("wait") / 24).round(1)
    why = (
        pl.when(pl.col("state") == UNMATCHED)
        .then(pl.format(f"nobody saw the vessel there within {NEAR.days} days; calls are told within {{}} days", days))
        .when(pl.col("state") == TOO_EARLY)
        .then(pl.format("calls are told within {} days", days))
        .when(pl.col("state") == UNKNOWN)
        .then(pl.lit("calls in that country are not seen, or how late they are told is not known"))
    )
    judged = held.with_columns(state=state).with_columns(why=why)
    return as_table(judged, "arrived_at", ["vessel_id", "arrived_at", "laden", "call"])


def _call_lags(facts: Facts) -> pl.DataFrame:
    """Per country the hours within which calls that others saw are told of, by the first word of each."""
    rows = facts.tables["port_call"].filter(
        pl.col("reported_by").is_in(OBSERVED), pl.col("known_at") <= at(facts.as_of)
    )
    first = rows.sort("call_id", "known_at").unique("call_id", keep="first", maintain_order=True)
    return first.group_by(country=pl.col("port").str.head(2)).agg(
        lag_hours=usual(hours_between("arrived_at", "known_at")).cast(pl.Float64)
    )
