"""Which consignments officers open, when, what they find, and when that becomes known."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.backdrop import Backdrop
from pipeline.world.calendar import DAY, HOUR, in_seconds, next_decision
from pipeline.world.randomness import Booleans, Integers, between, chances, stream


def with_selection(backdrop: Backdrop, chunk: int, cases: pl.DataFrame) -> pl.DataFrame:
    """The cases with `selected_by` (null: nobody opens it), `propensity`, and the instants `inspected` and `released`.

    Imports of a lane that a looked-for scheme has are open to inspection. The officers see what is declared and have
    an opinion of the importer; they look less often at the far offices, whatever they see. The propensity is logged for
    the random draw and for the officers' rule. An inspection follows the nightly decision after arrival.
    """
    draw, policy = stream(backdrop.seed, "policy", chunk), backdrop.scenario.inspection.policy
    looked_for = {scheme.lane for scheme in backdrop.scenario.looked_for().values()}
    eligible = (cases["lane"].is_in(list(looked_for)) & (cases["regime"] == "import")).to_numpy()
    count = cases.height
    at_random = eligible & (draw.random(count) < policy.random_share)
    meets = (cases["bad_container"] & cases["containers"].is_not_null()) | (cases["amendments"] > 1)
    by_rule = eligible & ~at_random & meets.to_numpy() & (draw.random(count) < policy.rule_share)
    wanted = policy.inspected_share * eligible.sum() - at_random.sum() - by_rule.sum()
    by_officer = _by_officer(draw, backdrop, cases, eligible & ~at_random & ~by_rule, float(wanted))
    reason = np.select([at_random, by_rule, by_officer], ["random", "rule", "officer"], default="")
    propensity = np.select([at_random, by_rule], [policy.random_share, policy.rule_share], default=np.nan)
    chosen = cases.with_columns(
        selected_by=pl.Series(reason.tolist(), dtype=pl.String).replace("", None),
        propensity=pl.Series(propensity, nan_to_null=True),
    )
    return _with_times(draw, backdrop, chosen)


def _by_officer(
    draw: np.random.Generator, backdrop: Backdrop, cases: pl.DataFrame, eligible: Booleans, wanted: float
) -> Booleans:
    policy, count = backdrop.scenario.inspection.policy, int(eligible.sum())
    share = wanted / count if count else 0.0
    if not 0 < share < 1:
        return eligible & (share >= 1)
    seen = {
        # How far the declared value lies below the usual value of what is declared.
        "cheap": (cases["usual_usd"].clip(lower_bound=0.01) / cases["value_usd"].clip(lower_bound=0.01)).log(),
        "odd_route": cases["first_port"].is_not_null().cast(pl.Float64),
        "reputation": pl.Series(backdrop.leaning[cases["importer"].to_numpy()]),
        "far_office": cases["office"].is_in(list(policy.far_offices)).cast(pl.Float64),
        "amended": (cases["amendments"] > 0).cast(pl.Float64),
        "vague": cases["vague"].cast(pl.Float64),
    }
    log_odds = np.sum([weight * seen[name].to_numpy() for name, weight in policy.weights.items()], axis=0)
    log_odds = log_odds + draw.normal(0, policy.noise, cases.height)
    chosen = np.zeros(cases.height, dtype=np.bool_)
    chosen[eligible] = draw.random(count) < chances(log_odds[eligible], share)
    return chosen


def _with_times(draw: np.random.Generator, backdrop: Backdrop, cases: pl.DataFrame) -> pl.DataFrame:
    times, count = backdrop.scenario.trade.times, cases.height
    ready = np.maximum(cases["arrived"].to_numpy(), cases["first_known"].to_numpy())
    cleared = ready + in_seconds(between(draw, times.clearance, count), DAY)
    inspected = next_decision(ready, times.decision_hour) + in_seconds(
        between(draw, times.inspection_hours, count), HOUR
    )
    after = inspected + in_seconds(between(draw, times.release_after_inspection_hours, count), HOUR)
    opened = cases["selected_by"].is_not_null()
    return cases.with_columns(
        released=pl.Series(np.where(opened.to_numpy(), after, cleared)),
        inspected=pl.select(pl.when(opened).then(pl.Series(inspected))).to_series(),
    )


def make_inspections(backdrop: Backdrop, chunk: int, cases: pl.DataFrame) -> pl.DataFrame:
    """The table inspection: a finding per opened consignment, for the scheme of its lane; some are settled later."""
    draw, wanted = stream(backdrop.seed, "inspection", chunk), backdrop.scenario.inspection.findings
    schemes = {scheme.lane: name for name, scheme in backdrop.scenario.looked_for().items()}
    opened = cases.filter(pl.col("selected_by").is_not_null())
    count = opened.height
    found = opened["mechanism"].is_not_null().to_numpy() & (draw.random(count) < wanted.detected)
    settled = np.where(found, "confirmed", "unfounded")
    inconclusive = draw.random(count) < wanted.inconclusive
    first = opened.select(
        inspection_id=pl.format("I{}", pl.col("consignment_id").str.slice(1)),
        consignment_id="consignment_id",
        scheme=pl.col("lane").replace_strict(schemes, return_dtype=pl.String),
        inspected_at="inspected",
        selected_by="selected_by",
        propensity="propensity",
        officer_hours=pl.Series(np.round(draw.gamma(2, wanted.officer_hours / 2, count) + 0.1, 1)),
        result=pl.Series(np.where(inconclusive, "inconclusive", settled).tolist(), dtype=pl.String),
        known_at=pl.col("inspected") + pl.Series(_lags(draw, backdrop, count)),
        _value=pl.col("true_usd") * pl.Series(between(draw, wanted.recovered_share, count)),
        _severity=pl.Series(draw.integers(1, 4, count)),
    )
    later = inconclusive & (draw.random(count) < wanted.settled_later)
    second = first.with_columns(
        result=pl.Series(settled.tolist(), dtype=pl.String),
        known_at=pl.col("known_at") + pl.Series(_lags(draw, backdrop, count)),
    ).filter(pl.Series(later))
    confirmed = pl.col("result") == "confirmed"
    return (
        pl.concat([first, second])
        .with_columns(
            recovered_usd=pl.when(confirmed).then(pl.col("_value").round(2)),
            severity=pl.when(confirmed).then(pl.col("_severity")),
        )
        .drop("_value", "_severity")
    )


def _lags(draw: np.random.Generator, backdrop: Backdrop, count: int) -> Integers:
    """Lags within the span, early ones far more frequent: the square of an even draw."""
    low, high = backdrop.scenario.trade.times.finding
    return in_seconds(low + (high - low) * draw.random(count) ** 2, DAY)
