"""Which consignments officers open, when, what they find, and when that becomes known."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, in_seconds, next_decision
from pipeline.world.parameters import Parameters, Policy
from pipeline.world.parties import Parties
from pipeline.world.randomness import Booleans, Floats, Integers, between, chances


def with_selection(
    generator: np.random.Generator, parameters: Parameters, parties: Parties, cases: pl.DataFrame
) -> pl.DataFrame:
    """The cases with `selected_by` (null: nobody opens it) and `propensity` (logged for the random draw only).

    Only consignments of a scheme's lane are opened. The officers see what is declared and have an opinion of the
    importer; they look less often at the far offices, whatever they see.
    """
    policy = parameters.policy
    eligible = np.isin(cases["lane"].to_numpy(), list(parameters.schemes))
    at_random = eligible & (generator.random(cases.height) < policy.random_share)
    by_rule = eligible & ~at_random & _meets_rule(cases) & (generator.random(cases.height) < policy.rule_share)
    wanted = policy.inspected_share * eligible.sum() - at_random.sum() - by_rule.sum()
    open_to_officers = eligible & ~at_random & ~by_rule
    by_officer = _by_officer(generator, policy, parties, cases, open_to_officers, float(wanted))
    reason = np.select([at_random, by_rule, by_officer], ["random", "rule", "officer"], default="")
    return cases.with_columns(
        selected_by=pl.Series(reason.tolist(), dtype=pl.String).replace("", None),
        propensity=pl.Series(np.where(at_random, policy.random_share, np.nan), nan_to_null=True),
    )


def _meets_rule(cases: pl.DataFrame) -> Booleans:
    bad_box = cases["bad_container"] & cases["containers"].is_not_null()
    return (bad_box | (cases["amendments"] > 1)).to_numpy()


def _by_officer(
    generator: np.random.Generator,
    policy: Policy,
    parties: Parties,
    cases: pl.DataFrame,
    eligible: Booleans,
    wanted: float,
) -> Booleans:
    count = int(eligible.sum())
    share = wanted / count if count else 0.0
    if not 0 < share < 1:
        return eligible & (share >= 1)
    seen = {
        "cheap": _cheapness(cases),
        "odd_route": cases["odd_route"].cast(pl.Float64).to_numpy(),
        "reputation": parties.leaning[cases["importer"].to_numpy()],
        "far_office": cases["office"].is_in(list(policy.far_offices)).cast(pl.Float64).to_numpy(),
    }
    log_odds = sum(weight * seen[name] for name, weight in policy.weights.items())
    log_odds = np.asarray(log_odds + generator.normal(0, policy.noise, cases.height), dtype=np.float64)
    chosen = np.zeros(cases.height, dtype=np.bool_)
    chosen[eligible] = generator.random(count) < chances(log_odds[eligible], share)
    return chosen


def _cheapness(cases: pl.DataFrame) -> Floats:
    """How far the log of the declared value per gross kilogram lies below the mean of the same goods."""
    price = cases.select(
        "lane",
        "goods",
        log=(pl.col("value_usd").clip(lower_bound=0.01) / pl.col("gross_kg").clip(lower_bound=0.1)).log(),
    )
    return price.select(pl.col("log").mean().over("lane", "goods") - pl.col("log")).to_series().to_numpy()


def with_times(generator: np.random.Generator, parameters: Parameters, cases: pl.DataFrame) -> pl.DataFrame:
    """The cases with first_known, arrived, inspected (null where not opened) and released, all in microseconds."""
    times = parameters.times
    count = cases.height
    declared = cases["declared"].to_numpy()
    lag = np.minimum(generator.exponential(times.known_hours, count), DAY / HOUR)
    first_known = declared + in_seconds(lag, HOUR)
    arrived = declared + in_seconds(between(generator, times.arrival, count), DAY)
    ready = np.maximum(arrived, first_known)
    cleared = ready + in_seconds(between(generator, times.clearance, count), DAY)
    after_decision = in_seconds(between(generator, times.inspection_hours, count), HOUR)
    inspected = next_decision(ready, times.decision_hour) + after_decision
    after_inspection = inspected + in_seconds(between(generator, times.release_after_inspection_hours, count), HOUR)
    opened = cases["selected_by"].is_not_null()
    released = np.where(opened.to_numpy(), after_inspection, cleared)
    return cases.with_columns(
        first_known=pl.Series(first_known),
        arrived=pl.Series(arrived),
        released=pl.Series(released),
        inspected=pl.select(pl.when(opened).then(pl.Series(inspected))).to_series(),
    )


def make_inspections(generator: np.random.Generator, parameters: Parameters, cases: pl.DataFrame) -> pl.DataFrame:
    """The versions of the table inspection, without those columns that are always empty; instants in microseconds."""
    wanted = parameters.findings
    opened = cases.filter(pl.col("selected_by").is_not_null()).with_row_index("number", offset=1)
    count = opened.height
    is_case = opened["mechanism"].is_not_null().to_numpy()
    found = is_case & (generator.random(count) < wanted.detected)
    settled = np.where(found, "confirmed", "unfounded")
    inconclusive = generator.random(count) < wanted.inconclusive
    known = opened["inspected"].to_numpy() + _finding_lags(generator, parameters, count)
    first = opened.select(
        inspection_id=pl.format("I{}", pl.col("number").cast(pl.String).str.zfill(7)),
        consignment_id="consignment_id",
        scheme="lane",
        inspected_at="inspected",
        selected_by="selected_by",
        propensity="propensity",
        officer_hours=pl.Series(np.round(generator.gamma(2, wanted.officer_hours / 2, count) + 0.1, 1)),
        result=pl.Series(np.where(inconclusive, "inconclusive", settled).tolist(), dtype=pl.String),
        known_at=pl.Series(known),
        _value=pl.col("true_usd") * pl.Series(between(generator, wanted.recovered_share, count)),
        _severity=pl.Series(generator.integers(1, 4, count)),
    )
    later = inconclusive & (generator.random(count) < wanted.settled_later)
    second = first.with_columns(
        result=pl.Series(settled.tolist(), dtype=pl.String),
        known_at=pl.col("known_at") + pl.Series(_finding_lags(generator, parameters, count)),
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


def _finding_lags(generator: np.random.Generator, parameters: Parameters, count: int) -> Integers:
    """Lags within the span, early ones far more frequent: the square of an even draw."""
    low, high = parameters.times.finding
    return in_seconds(low + (high - low) * generator.random(count) ** 2, DAY)
