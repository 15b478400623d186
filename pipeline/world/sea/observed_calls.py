"""Calls as others see them: in the tracks of vessels, and by the ports."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, in_seconds
from pipeline.world.randomness import Booleans, Floats, between, stream
from pipeline.world.scenario.sea import SeaScenario
from pipeline.world.scenario.vessels import ObservedCalls
from pipeline.world.sea.sea import Sea

COLUMNS = (
    "call_id", "vessel_id", "port", "arrived_at", "departed_at", "reported_by", "purpose", "laden", "onboard_kg",
    "offload_kg", "known_at",
)  # fmt: skip


def observed_calls(seed: int, scenario: SeaScenario, sea: Sea) -> pl.DataFrame:
    """The rows of `port_call` that tracks (`ais`) and ports (`port`) give, some of the former in two versions.

    COLUMNS of the contract; instants in microseconds. What a port is told of the catch follows the true landing, or is
    less.
    """
    calls = _true_calls(scenario, sea)
    tracked = _tracked(stream(seed, "calls_ais"), scenario.observed_calls, calls)
    reported = _reported(stream(seed, "calls_port"), scenario, calls, sea.voyages)
    return pl.concat([tracked, reported]).sort("known_at", "call_id").select(COLUMNS)


def _true_calls(scenario: SeaScenario, sea: Sea) -> pl.DataFrame:
    """Stays in port: hull, vessel_id, ais_class, catches, home, port, begins, ends, silent (came in dark), call."""
    hulls = sea.hulls.select(
        "hull",
        "vessel_id",
        "ais_class",
        "home_port",
        pl.col("fleet").is_in([*scenario.fleets, "carriers"]).alias("catches"),
    )
    return (
        sea.stages.select("hull", "kind", "port", "begins", "ends", "dark")
        .with_columns(pl.col("dark").shift(1).over("hull").fill_null(False).alias("silent"))
        .filter(pl.col("kind") == "port")
        .join(hulls, on="hull", maintain_order="left")
        .with_columns((pl.col("port") == pl.col("home_port")).alias("home"))
        .drop("kind", "dark", "home_port")
    )


def _tracked(draw: np.random.Generator, numbers: ObservedCalls, calls: pl.DataFrame) -> pl.DataFrame:
    count = len(calls)
    share = np.where(calls["ais_class"].to_numpy() == "B", numbers.ais_b, numbers.ais)
    share = np.where(calls["silent"].to_numpy(), share * (1 - numbers.dark_missing), share)
    told = _timed(draw, calls, numbers.ais_hours_off).with_columns(
        pl.Series("call_id", _numbers(draw, "A", count)),
        pl.Series("closed_at", in_seconds(between(draw, numbers.ais_known_days, count), DAY)),
        pl.Series("open_at", in_seconds(between(draw, numbers.open_known_days, count), DAY)),
        pl.Series("revised", draw.random(count) < numbers.revised),
        pl.Series("seen", draw.random(count) < share),
        pl.lit("ais").alias("reported_by"),
        pl.lit(None, dtype=pl.String).alias("purpose"),
        pl.lit(None, dtype=pl.Boolean).alias("laden"),
        pl.lit(None, dtype=pl.Float64).alias("onboard_kg"),
        pl.lit(None, dtype=pl.Float64).alias("offload_kg"),
    )
    told = told.filter("seen").with_columns(
        closed_at=pl.col("departed_at") + pl.col("closed_at"), open_at=pl.col("arrived_at") + pl.col("open_at")
    )
    still_there = told.filter(pl.col("revised") & (pl.col("open_at") < pl.col("departed_at")))
    return pl.concat([
        told.with_columns(known_at="closed_at").select(COLUMNS),
        still_there.with_columns(known_at="open_at", departed_at=pl.lit(None, dtype=pl.Int64)).select(COLUMNS),
    ])  # fmt: skip


def _reported(
    draw: np.random.Generator, scenario: SeaScenario, calls: pl.DataFrame, voyages: pl.DataFrame
) -> pl.DataFrame:
    numbers = scenario.observed_calls
    calls = _with_cargo(draw, scenario, calls, voyages)
    count = len(calls)
    share = calls["port"].str.head(2).replace_strict(numbers.port_by_country, default=numbers.port).to_numpy()
    told = _timed(draw, calls, numbers.port_hours_off)
    says_cargo = pl.Series(draw.random(count) < numbers.cargo_said) & pl.col("catches")
    onboard = pl.col("told_kg").fill_null(0.0)
    offloaded = (onboard * pl.Series(between(draw, numbers.offloaded_share, count))).round(0)
    told = told.with_columns(
        pl.Series("call_id", _numbers(draw, "B", count)),
        pl.Series(
            "known_at", told["departed_at"].to_numpy() + in_seconds(between(draw, numbers.port_known_days, count), DAY)
        ),
        pl.lit("port").alias("reported_by"),
        pl.Series("purpose", _purposes(draw, numbers, calls), dtype=pl.String),
        pl.when(says_cargo).then(onboard > 0).alias("laden"),
        pl.when(says_cargo).then(onboard).alias("onboard_kg"),
        pl.when(says_cargo).then(pl.when("lands").then(offloaded).otherwise(0.0)).alias("offload_kg"),
        pl.Series("seen", draw.random(count) < share),
    )
    return told.filter("seen").select(COLUMNS)


def _with_cargo(
    draw: np.random.Generator, scenario: SeaScenario, calls: pl.DataFrame, voyages: pl.DataFrame
) -> pl.DataFrame:
    """Calls with `lands` and `clears`, and `told_kg`: what the port is told is on board (null: no catch)."""
    numbers = scenario.observed_calls
    landings = voyages.filter("catch")
    chances = landings["mechanism"].fill_null("honest").replace_strict(
        numbers.understated, default=numbers.understated["honest"], return_dtype=pl.Float64
    )  # fmt: skip
    understated = draw.random(len(landings)) < chances.to_numpy()
    told = np.exp(draw.normal(0, numbers.kg_spread, len(landings))) * np.where(
        understated, between(draw, numbers.understated_share, len(landings)), 1.0
    )
    cargo = landings.select("hull", "arrived", "departed", "from_port", (pl.col("live_kg") * pl.Series(told)).round(0))
    landed = cargo.select("hull", pl.col("arrived").alias("begins"), pl.col("live_kg").alias("landed_kg"))
    cleared = cargo.filter(pl.col("from_port").is_not_null()).select(
        "hull", pl.col("departed").alias("ends"), pl.col("live_kg").alias("cleared_kg")
    )
    return (
        calls.join(landed, on=["hull", "begins"], how="left", maintain_order="left")
        .join(cleared, on=["hull", "ends"], how="left", maintain_order="left")
        .with_columns(
            pl.col("landed_kg").is_not_null().alias("lands"),
            pl.col("cleared_kg").is_not_null().alias("clears"),
            pl.coalesce("landed_kg", "cleared_kg").alias("told_kg"),
        )
    )


def _timed(draw: np.random.Generator, calls: pl.DataFrame, hours_off: float) -> pl.DataFrame:
    """Observed times: after the true arrival, before the true departure, and a stay never turned round."""
    begins, ends = calls["begins"].to_numpy(), calls["ends"].to_numpy()
    late = in_seconds(np.abs(draw.normal(0, hours_off, len(calls))), HOUR)
    early = in_seconds(np.abs(draw.normal(0, hours_off, len(calls))), HOUR)
    third = (ends - begins) // 3_000_000 * 1_000_000
    return calls.with_columns(
        pl.Series("arrived_at", begins + np.minimum(late, third)),
        pl.Series("departed_at", ends - np.minimum(early, third)),
    )


def _numbers(draw: np.random.Generator, letter: str, count: int) -> list[str]:
    """Keys without any meaning in their order."""
    return [f"{letter}{number:08d}" for number in draw.permutation(count) + 1]


def _purposes(draw: np.random.Generator, numbers: ObservedCalls, calls: pl.DataFrame) -> list[str | None]:
    kinds = calls.select(
        pl.when(~pl.col("catches"))
        .then(pl.lit("trade"))
        .when("lands")
        .then(pl.lit("catch"))
        .when("clears")
        .then(pl.lit("customs"))
        .otherwise(pl.lit("home"))
    ).to_series()
    unsaid: Booleans = draw.random(len(calls)) < numbers.purpose_missing
    which: Floats = draw.random(len(calls))
    return [
        None if lost else numbers.purposes[kind][int(share * len(numbers.purposes[kind]))]
        for kind, lost, share in zip(kinds, unsaid.tolist(), which.tolist(), strict=True)
    ]
