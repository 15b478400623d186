"""Family `timing`: when a consignment was declared, sent to us and due to arrive, and what changed at the last moment.

All times are UTC. Amendments are what the family `declaration` counts: versions that differ from the one before in
what is declared, not in where the goods are. Only rows that hold at the cut-off are looked at, with all their versions
known by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import polars as pl

from features.amendments import is_amendment
from features.asked import Asked
from features.asof import visible_rows, visible_version
from features.catalogue import Family, Indicator
from features.division import divided
from features.evidence import as_evidence, the_consignment, the_declaration
from features.options import Options

LAST_MOMENT = timedelta(hours=24)  # before arrival: indicator BD-26
_TOLD = "%Y-%m-%d %H:%M"


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators declared below."""
    return pl.concat([_clock(asked), _arrival_revisions(asked), _late_changes(asked)], how="horizontal")


def _clock(asked: Asked) -> pl.DataFrame:
    declared, arrived = pl.col("declared_at"), pl.col("arrived_at")
    first = (
        _of_the_asked(asked, "consignment")
        .select("consignment_id", first_known_at="known_at", first_declared_at="declared_at")
        .sort("consignment_id", "first_known_at")
        .unique("consignment_id", keep="first")
    )
    own = asked.questions.join(first, on="consignment_id", how="left", maintain_order="left").with_columns(
        asked.consignment["declared_at"], asked.consignment["arrived_at"]
    )
    sent_after = _hours(pl.col("first_known_at") - pl.col("first_declared_at"))
    return own.select(
        lead_time_hours=_hours(arrived - declared),
        declared_hour_utc=declared.dt.hour().cast(pl.Float64),
        declared_weekday_utc=declared.dt.to_string("%A"),
        sent_after_hours=pl.when(declared.is_not_null()).then(sent_after),
        declared_at_utc=declared.dt.to_string(_TOLD),
        arrival_utc=arrived.dt.to_string(_TOLD),
    )


def _hours(duration: pl.Expr) -> pl.Expr:
    return divided(duration.dt.total_microseconds(), 3_600_000_000)


def _arrival_revisions(asked: Asked) -> pl.DataFrame:
    """How often and how far the stated arrival moved; null where none is stated."""
    stated = (
        _of_the_asked(asked, "consignment")
        .filter(~pl.col("withdrawn") & pl.col("arrived_at").is_not_null())
        .select("consignment_id", "known_at", "withdrawn", "arrived_at")
        .sort("consignment_id", "known_at")
    )
    begins = pl.col("consignment_id").ne_missing(pl.col("consignment_id").shift())
    moved = (pl.col("arrived_at") != pl.col("arrived_at").shift()) & ~begins
    # A running count over all rows, less what had been counted when the consignment began.
    counted = (
        stated.with_columns(begins=begins, revisions=moved.fill_null(False).cast(pl.Int64).cum_sum())
        .with_columns(
            revisions=pl.col("revisions") - pl.when("begins").then("revisions").forward_fill(),
            first_arrived_at=pl.when("begins").then("arrived_at").forward_fill(),
        )
        .drop("begins", "arrived_at")
    )
    found = visible_version(
        counted, ["consignment_id"], asked.questions, columns=["revisions", "first_arrived_at"]
    ).with_columns(asked.consignment["arrived_at"])
    still_stated = pl.col("arrived_at").is_not_null()
    return found.select(
        arrival_revision_count=pl.when(still_stated).then(pl.col("revisions").cast(pl.Float64)),
        arrival_moved_hours=_hours(pl.col("arrived_at") - pl.col("first_arrived_at")),
        first_arrival_utc=pl.when(still_stated).then(pl.col("first_arrived_at").dt.to_string(_TOLD)),
    )


def _late_changes(asked: Asked) -> pl.DataFrame:
    """Changes known in the last day before arrival, so far; null where the arrival is not stated."""
    questions = asked.questions.with_row_index("question")
    late = questions.with_columns(asked.consignment["arrived_at"]).drop_nulls("arrived_at")
    items = asked.items.select("question", "consignment_id", "item_no")
    consignment = _late(_changes(asked, "consignment", ["consignment_id"]), late, ["consignment_id"])
    goods = _late(
        _changes(asked, "goods_item", ["consignment_id", "item_no"]),
        items.join(late.drop("consignment_id"), on="question"),
        ["consignment_id", "item_no"],
    )
    papers = _late(
        _changes(asked, "document", ["document_id"]),
        _papers(asked).select("question", "document_id").join(late, on="question"),
        ["document_id"],
    )
    stated = asked.consignment["arrived_at"].is_not_null()
    return pl.DataFrame(
        {
            "late_amendment_count": _per_question(pl.concat([consignment, goods]), stated),
            "late_document_change_count": _per_question(papers, stated),
        }
    )


def _per_question(changes: pl.Series, stated: pl.Series) -> pl.Series:
    """How many changes each question has, null where no arrival is stated."""
    counted = changes.to_frame("question").group_by("question").agg(count=pl.len().cast(pl.Float64))
    asked = stated.to_frame("stated").with_row_index("question")
    joined = asked.join(counted, on="question", how="left", maintain_order="left")
    return joined.select(pl.when("stated").then(pl.col("count").fill_null(0)).alias("count")).to_series()


def _late(changes: pl.DataFrame, rows: pl.DataFrame, key: list[str]) -> pl.Series:
    """The question of every change of its rows that became known in (arrival - 24 h, arrival], by the cut-off."""
    until = pl.min_horizontal("arrived_at", "cutoff")
    return (
        rows.join(changes, on=key)
        .filter(pl.col("known_at") > pl.col("arrived_at") - LAST_MOMENT, pl.col("known_at") <= until)
        .get_column("question")
    )


def _changes(asked: Asked, table: str, key: list[str]) -> pl.DataFrame:
    """Key and `known_at` of every version that differs from the one before in what is declared."""
    touched = _of_the_asked(asked, table).select(key).unique()
    rows = asked.tables[table].join(touched, on=key, how="semi").sort([*key, "known_at"])
    return rows.filter(is_amendment(rows, key)).select(*key, "known_at")


def _papers(asked: Asked) -> pl.DataFrame:
    """The documents that are visible for each question's consignment, with their `use`."""
    return visible_rows(
        asked.tables["document"], ["document_id"], asked.questions, on=["consignment_id"], columns=["use"]
    )


def _of_the_asked(asked: Asked, table: str) -> pl.DataFrame:
    """The versions of a table's rows that belong to a consignment that is asked about."""
    return asked.tables[table].join(asked.questions, on="consignment_id", how="semi")


def _the_papers(asked: Asked, options: Options) -> pl.DataFrame:
    """The consignment's own row and its documents."""
    return pl.concat([the_consignment(asked, options), as_evidence(_papers(asked), "document", ["document_id"])])


def declare(options: Options) -> Sequence[Indicator]:
    """The indicators of the family; they serve every scheme."""
    return [*_clock_indicators(), *_change_indicators()]


def _clock_indicators() -> list[Indicator]:
    return [
        _indicator(
            "lead_time_hours",
            "Hours from the declaration to the stated arrival; negative where it was declared after arrival.",
            "hours",
            "Declared {value:,.0f} hours before arrival (declared {declared_at_utc}, arrival {arrival_utc}, UTC).",
            "Compare the time of arrival with the port's own record.",
            direction=-1,
            compared=("declared_at_utc", "arrival_utc"),
        ),
        _indicator(
            "declared_hour_utc",
            "Hour of the day, in UTC, at which the declaration was lodged.",
            "hour",
            "Declared at {declared_at_utc} UTC.",
            "Ask whether the declarant works at that hour.",
            compared=("declared_at_utc",),
        ),
        _indicator(
            "declared_weekday_utc",
            "Day of the week, in UTC, on which the declaration was lodged.",
            "weekday",
            "Declared on a {value} ({declared_at_utc} UTC).",
            "Ask whether the declarant works on that day.",
            kind="category",
            compared=("declared_at_utc",),
        ),
        _indicator(
            "sent_after_hours",
            "Hours from the declaration to the moment at which this house could first read it.",
            "hours",
            "The declaration reached us {value:,.0f} hours after it was lodged.",
            "Ask the sending office or the declarant why it came late.",
            direction=1,
        ),
    ]


def _change_indicators() -> list[Indicator]:
    return [
        _indicator(
            "arrival_moved_hours",
            "Hours by which the stated arrival moved from the first one stated; negative where it is earlier now.",
            "hours",
            "Arrival moved by {value:,.0f} hours, from {first_arrival_utc} to {arrival_utc} UTC.",
            "Ask the carrier why; look for calls or stops on the way.",
            compared=("first_arrival_utc", "arrival_utc"),
        ),
        _indicator(
            "arrival_revision_count",
            "How often the stated arrival was changed.",
            "revisions",
            "Arrival was changed {value:.0f} times, first {first_arrival_utc}, now {arrival_utc} UTC.",
            "Ask the carrier why; look for calls or stops on the way.",
            direction=1,
            compared=("first_arrival_utc", "arrival_utc"),
        ),
        _indicator(
            "late_amendment_count",
            "Amendments of it and of its lines that became known in the last 24 hours before arrival, so far.",
            "amendments",
            "{value:.0f} amendments in the last 24 hours before arrival ({arrival_utc} UTC).",
            "Compare the versions before and after; ask why it was changed so late.",
            reads=("consignment", "goods_item"),
            evidence=the_declaration,
            direction=1,
            compared=("arrival_utc",),
            code="BD-26",
        ),
        _indicator(
            "late_document_change_count",
            "Changed versions of its documents that became known in the last 24 hours before arrival, so far.",
            "changes",
            "{value:.0f} changes to its documents in the last 24 hours before arrival ({arrival_utc} UTC).",
            "Compare the versions before and after; ask the issuer.",
            reads=("consignment", "document"),
            evidence=_the_papers,
            direction=1,
            compared=("arrival_utc",),
            code="BD-26",
        ),
    ]


_indicator = partial(Indicator, reads=("consignment",), evidence=the_consignment)


FAMILY = Family(
    name="timing",
    about="When it was declared, sent and due to arrive, and what changed at the last moment.",
    compute=compute,
    declare=declare,
)
