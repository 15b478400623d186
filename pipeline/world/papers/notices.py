"""Calls at ports as told by others: arrival notices of vessels, and calls that one side's customs tell the other."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, SECOND, Span, in_seconds
from pipeline.world.papers.certificates import whole_seconds
from pipeline.world.papers.symptoms import paper_symptoms
from pipeline.world.randomness import Floats, between, stream
from pipeline.world.scenario.papers import Notices, PapersScenario

SUBJECT = "notice"
COLUMNS = (
    *("call_id", "vessel_id", "port", "arrived_at", "departed_at", "reported_by", "purpose", "laden", "onboard_kg"),
    *("offload_kg", "fuel_t", "known_at", "use"),
)


def notices(
    seed: int, scenario: PapersScenario, voyages: pl.DataFrame, hulls: pl.DataFrame, span: Span
) -> pl.DataFrame:
    """Rows of port_call reported by the vessel or by partner customs, as far as they become known before the span ends.

    A notice is known before the vessel arrives and says when it expects to; weights are of product, fuel in tonnes.
    """
    calls = _calls(voyages, hulls)
    shows = paper_symptoms(seed, SUBJECT, 0, scenario.notices.symptoms, calls["mechanism"])
    calls = calls.with_columns(pl.Series(name, shown) for name, shown in shows.items())
    generator = stream(seed, SUBJECT)
    rules = scenario.notices
    rows = pl.concat(
        [_told_by_vessels(generator, rules, scenario, calls), _told_by_customs(generator, rules, scenario, calls)]
    )
    return rows.select(COLUMNS).filter(pl.col("known_at") < span.end)


def _calls(voyages: pl.DataFrame, hulls: pl.DataFrame) -> pl.DataFrame:
    """A row per call at the end of voyages: those that one ship ends at one port at one time are one call."""
    calls = (
        voyages.sort("voyage")
        .group_by("hull", "to_port", "arrived", maintain_order=True)
        .agg(
            pl.col("voyage", "departed", "leaves").first(),
            pl.col("catch").any(),
            pl.col("live_kg").sum(),
            pl.col("mechanism").drop_nulls().first(),
        )
    )
    measures = hulls.select("hull", "vessel_id", "gross_tonnage")
    return calls.join(measures, on="hull", how="left", maintain_order="left")


def _told_by_vessels(
    generator: np.random.Generator, rules: Notices, scenario: PapersScenario, calls: pl.DataFrame
) -> pl.DataFrame:
    count = calls.height
    wanted = np.where(calls["catch"].to_numpy(), 1.0, rules.other_calls)
    given = pl.Series(generator.random(count) < wanted) & ~calls["no_notice"]
    long = rules.hours_required + between(generator, rules.given_hours, count)
    hours = np.where(calls["short_notice"].to_numpy(), between(generator, rules.short_hours, count), long)
    first = calls.with_columns(
        call_id=pl.format("NV{}", pl.col("voyage").cast(pl.String).str.zfill(7)),
        known_at=pl.col("arrived") - pl.Series(in_seconds(hours, HOUR)),
        error=pl.Series(in_seconds(generator.normal(0, rules.expected_error_hours, count), HOUR)),
        **_weights(generator, rules, scenario, calls),
        fuel_t=_fuel(generator, rules, calls),
        stay_error=pl.Series(in_seconds(generator.normal(0, rules.expected_error_hours, count), HOUR)),
        part=pl.Series(generator.random(count)),
    )
    revised = pl.Series(generator.random(count) < rules.revised)
    second = first.filter(revised & given).with_columns(
        known_at=pl.col("known_at")
        + ((pl.col("arrived") - pl.col("known_at")) // SECOND * pl.col("part")).cast(pl.Int64).clip(1) * SECOND,
        error=whole_seconds(pl.col("error") * rules.revised_error),
    )
    rows = pl.concat([first.filter(given), second])
    expected = pl.max_horizontal(pl.col("arrived") + pl.col("error"), pl.col("known_at") + HOUR)
    return rows.with_columns(
        port="to_port",
        arrived_at=expected,
        departed_at=pl.max_horizontal(pl.col("leaves") + pl.col("stay_error"), expected + HOUR),
        reported_by=pl.lit("vessel"),
        purpose=pl.when("catch").then(pl.lit("landing")).otherwise(pl.lit("cargo")),
        laden="catch",
        use=pl.lit(None, pl.String),
    ).select(COLUMNS)


def _weights(
    generator: np.random.Generator, rules: Notices, scenario: PapersScenario, calls: pl.DataFrame
) -> dict[str, pl.Expr]:
    """Product on board and to be offloaded: all of it, or less than is there where a residue shows."""
    count = calls.height
    noise = np.exp(generator.normal(0, rules.weight_spread, count))
    told = np.where(calls["understated"].to_numpy(), between(generator, scenario.weights.short, count), 1.0)
    kept = np.where(calls["residue"].to_numpy(), between(generator, rules.kept, count), 0.0)
    there = pl.col("catch") & pl.Series(generator.random(count) >= rules.empty)
    onboard = (pl.col("live_kg") * rules.product_per_live * pl.Series(noise * told)).round()
    return {
        "onboard_kg": pl.when(there).then(onboard),
        "offload_kg": pl.when(there).then((onboard * pl.Series(1 - kept)).round()),
    }


def _fuel(generator: np.random.Generator, rules: Notices, calls: pl.DataFrame) -> pl.Expr:
    """Fuel on board: so many times what the passage took, by the vessel's tonnage."""
    count = calls.height
    low, high = rules.fuel_t_per_day
    size: Floats = np.clip(calls["gross_tonnage"].fill_null(0.0).to_numpy() / rules.full_tonnage, 0, 1)
    reserve = np.where(
        calls["much_fuel"].to_numpy(),
        between(generator, rules.fuel_excess, count),
        between(generator, rules.fuel_reserve, count),
    )
    there = pl.Series(generator.random(count) >= rules.empty)
    days = ((pl.col("arrived") - pl.col("departed")) / DAY).clip(1.0)
    return pl.when(there).then((days * pl.Series((low + (high - low) * size) * reserve)).round(1))


def _told_by_customs(
    generator: np.random.Generator, rules: Notices, scenario: PapersScenario, calls: pl.DataFrame
) -> pl.DataFrame:
    """Calls with catch, told some days later by the customs of the other side; when it left, if it had by then."""
    calls = calls.filter("catch")
    count = calls.height
    told = pl.Series(generator.random(count) < rules.told)
    error = pl.Series(in_seconds(np.abs(generator.normal(0, rules.told_error_hours, count)), HOUR))
    noise = pl.Series(np.exp(generator.normal(0, rules.weight_spread, count)))
    restricted = pl.Series(generator.random(count) < scenario.partner.use_share)
    known = pl.col("arrived") + pl.Series(in_seconds(between(generator, rules.told_days, count), DAY))
    return (
        calls.with_columns(
            call_id=pl.format("NP{}", pl.col("voyage").cast(pl.String).str.zfill(7)),
            port="to_port",
            arrived_at=pl.min_horizontal(pl.col("arrived") + error, known),
            departed_at=pl.when(pl.col("leaves") <= known).then("leaves"),
            reported_by=pl.lit("partner_customs"),
            purpose=pl.lit(None, pl.String),
            laden=pl.lit(True),
            onboard_kg=pl.lit(None, pl.Float64),
            offload_kg=(pl.col("live_kg") * rules.product_per_live * noise).round(),
            fuel_t=pl.lit(None, pl.Float64),
            known_at=known,
            use=pl.when(restricted).then(pl.lit(scenario.partner.use)),
        )
        .filter(told)
        .select(COLUMNS)
    )
