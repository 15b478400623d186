"""Family `calls`: what vessels announced of their calls, what others saw of them, and when they were last inspected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from features.arrival_notices import next_notices, notice_of_arrival, notices_of, residue
from features.asked import Asked
from features.asof import Aggregate, WindowPlan, history, join_history, windows
from features.calls_indicators import declare_calls
from features.catalogue import Family, Indicator
from features.division import divided
from features.evidence import SHOWN_FINDINGS, as_evidence, the_consignment
from features.options import Options
from features.origin_calls import origin_calls, owed_calls, skipped
from features.port_calls import OBSERVED, port_calls, visible
from features.tables import Tables
from features.unannounced_calls import observed_where_announced, unannounced
from features.vessels import AskedVessels, identities_at, identity_pointers, vessels_of

YEAR = timedelta(days=365)
_DAY_US = 86_400_000_000


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators of features/calls_indicators.py and what their sentences compare."""
    vessels = vessels_of(asked)
    now = identities_at(asked, identity_pointers(asked, vessels.pairs), vessels.pairs)
    seen = _seen(asked, vessels)
    parts = [
        notice_of_arrival(asked, options, _carriers(asked, vessels, now)),
        residue(asked),
        _unannounced(asked, options, vessels, now),
        _last_inspection(asked, vessels),
        skipped(asked, options, vessels, vessels.share(seen["observed"] > 0) > 0),
        pl.DataFrame({"vessel_call_share": vessels.share(seen["calls"] > 0)}),
    ]
    return pl.concat(parts, how="horizontal")


def _carriers(asked: Asked, vessels: AskedVessels, now: pl.DataFrame) -> pl.DataFrame:
    """Per question `kind` and `flag` of its carrying vessel, null where it is not stated or not known."""
    carrier = asked.questions.select("cutoff").with_columns(asked.consignment["vessel_id"])
    known = vessels.pairs.with_columns(now["kind"], now["flag"])
    return carrier.join(known, on=["vessel_id", "cutoff"], how="left", maintain_order="left").select("kind", "flag")


def _as_questions(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs as the windows take them; nobody's own, since calls belong to no consignment."""
    return pairs.with_columns(consignment_id=pl.lit(""))


def _seen(asked: Asked, vessels: AskedVessels) -> pl.DataFrame:
    """Per pair how many `calls` were known in the last year, and how many of them were `observed`."""
    is_observed = pl.when(pl.col("reported_by").is_in(OBSERVED)).then(1)
    calls = port_calls(asked.tables).with_columns(observed=is_observed)
    counted = {"calls": Aggregate("count"), "observed": Aggregate("count", "observed")}
    found = windows(calls, _as_questions(vessels.pairs), ["vessel_id"], counted, [YEAR])
    return found.rename({"calls_365d": "calls", "observed_365d": "observed"})


def _unannounced(asked: Asked, options: Options, vessels: AskedVessels, now: pl.DataFrame) -> pl.DataFrame:
    """Days in the last year on which a vessel came unannounced to another flag's port, of the days on which it came."""
    within = timedelta(hours=options.vessels.notice_match_hours)
    questions = _as_questions(vessels.pairs).with_columns(now["flag"].alias("country"))
    observed = WindowPlan(observed_where_announced(asked.tables), questions)
    found = pl.DataFrame(
        {
            "calls_without_notice": _days_abroad(observed.beside(unannounced(asked.tables, within))),
            "calls_observed": _days_abroad(observed),
            "owes": now["kind"].is_in(options.vessels.notice_kinds),
        }
    )
    judged = pl.col("owes").fill_null(False) & (pl.col("calls_observed") > 0)
    counted = found.select(pl.when(judged).then("calls_without_notice").alias("calls_without_notice"), "calls_observed")
    return vessels.worst(counted, "calls_without_notice").rename({"vessel_id": "unannounced_vessel"})


def _days_abroad(plan: WindowPlan) -> pl.Series:
    """Days and countries of arrival in the last year, less those in the vessel's own country; null without a flag."""
    days = {"n": Aggregate("distinct", "arrival")}
    everywhere, at_home = (plan.windows(by, days, [YEAR])["n_365d"] for by in (["vessel_id"], ["vessel_id", "country"]))
    return everywhere - at_home


def inspections_by_vessel(tables: Tables) -> pl.DataFrame:
    """The history of every finding with the `vessel_id` that carried its consignment; `inspected_us` since 1970."""

    def make() -> pl.DataFrame:
        of_finding = ["inspection_id", "scheme", "inspected_at", "use"]
        found = history(tables["inspection"], ["inspection_id", "scheme"], "consignment_id", of_finding)
        carried = history(tables["consignment"], ["consignment_id"], "consignment_id", ["vessel_id"])
        return join_history(found, carried).with_columns(inspected_us=pl.col("inspected_at").to_physical())

    return tables.derived("inspections_by_vessel", make)


def _last_inspection(asked: Asked, vessels: AskedVessels) -> pl.DataFrame:
    """Days since the last known inspection of another consignment of the vessel; of several vessels the longest ago."""
    named = vessels.named.select("question", "vessel_id")
    own = asked.questions[named["question"]].with_columns(named["vessel_id"])
    last = windows(
        inspections_by_vessel(asked.tables), own, ["vessel_id"], {"last": Aggregate("max", "inspected_us")}, [None]
    )["last_all"]
    since = own["cutoff"].dt.epoch("us") - last.cast(pl.Int64)
    found = named.with_columns(
        last.cast(pl.Int64).cast(pl.Datetime("us", "UTC")).dt.to_string("%Y-%m-%d").alias("vessel_inspected_on"),
        days_since_vessel_inspection=pl.DataFrame({"since": since}).select(divided(pl.col("since"), _DAY_US))["since"],
    )
    worst = vessels.worst_named(found, "days_since_vessel_inspection")
    return worst.rename({"vessel_id": "inspected_vessel"})


def _notices(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment and the notice of its arrival."""
    return pl.concat([the_consignment(asked, options), as_evidence(notices_of(asked), "port_call", ["call_id"])])


def _notices_and_next(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment, the notice of its arrival, and the vessel's next one."""
    following = as_evidence(next_notices(asked, notices_of(asked)), "port_call", ["call_id"])
    return pl.concat([_notices(asked, options), following])


def _unannounced_calls(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment and the newest observed calls of its vessels that had no notice."""
    within = timedelta(hours=options.vessels.notice_match_hours)
    named = vessels_of(asked).named.select("question", "vessel_id")
    named = named.with_columns(asked.questions["cutoff"].gather(named["question"]))
    found = named.join(unannounced(asked.tables, within), on="vessel_id")
    recent = pl.col("first_known_at") > pl.col("cutoff") - YEAR
    return _with_newest(asked, options, found.filter(visible(found), recent), "arrived_at", "port_call", ["call_id"])


def _inspections(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment and the newest findings of other consignments of its vessels."""
    named = vessels_of(asked).named.select("question", "vessel_id")
    own = asked.questions[named["question"]].hstack(named)
    found = own.join(inspections_by_vessel(asked.tables), on="vessel_id")
    others = pl.col("unit") != pl.col("consignment_id")
    key = ["inspection_id", "scheme"]
    return _with_newest(asked, options, found.filter(visible(found), others), "inspected_at", "inspection", key)


def _with_newest(
    asked: Asked, options: Options, found: pl.DataFrame, order: str, table: str, key: list[str]
) -> pl.DataFrame:
    ordered = found.sort("question", order, *key, descending=[False, True, *[False] * len(key)])
    shown = ordered.group_by("question", maintain_order=True).head(SHOWN_FINDINGS)
    return pl.concat([the_consignment(asked, options), as_evidence(shown, table, key)])


def _catch_and_calls(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment, the lines of papers that date the last catch, and the calls at the origin, if any."""
    owed = owed_calls(asked, options)
    dated = asked.catches.join(owed.select("question", "last_catch").unique(), on="question")
    lines = as_evidence(
        dated.filter(pl.col("ends") == pl.col("last_catch")), "document_line", ["document_id", "line_no"]
    )
    calls = as_evidence(origin_calls(asked, vessels_of(asked), owed), "port_call", ["call_id"])
    return pl.concat([the_consignment(asked, options), lines, calls.unique(maintain_order=True)])


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family."""
    return declare_calls(
        options,
        notice=_notices,
        notice_and_next=_notices_and_next,
        unannounced=_unannounced_calls,
        inspections=_inspections,
        catch=_catch_and_calls,
    )


FAMILY = Family(
    name="calls",
    about="What vessels announced of their calls, what others saw of them, and when they were last inspected.",
    compute=compute,
    declare=declare,
)
