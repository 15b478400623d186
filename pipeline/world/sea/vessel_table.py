"""The `vessel` table: true identities as a register holds them, late, with gaps and slips of the pen."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, in_seconds
from pipeline.world.randomness import Booleans, Integers, between, stream
from pipeline.world.scenario.sea import SeaScenario
from pipeline.world.sea.sea import Sea

_MEASURES = ("gross_tonnage", "deadweight_t", "hold_m3")


def vessel_table(seed: int, scenario: SeaScenario, sea: Sea, firms: pl.DataFrame) -> pl.DataFrame:
    """The rows of `vessel`, one per identity, in the contract's columns and `known_at`; instants in microseconds.

    `firms` has the columns party and party_id.
    """
    draw = stream(seed, "vessel_table")
    parties = firms.select("party", "party_id")
    rows = (
        sea.identities.join(_measured(draw, scenario, sea.hulls), on="hull", maintain_order="left")
        .join(parties.rename({"party": "owner", "party_id": "owner_id"}), on="owner", how="left", maintain_order="left")
        .join(
            parties.rename({"party": "operator", "party_id": "operator_id"}),
            on="operator",
            how="left",
            maintain_order="left",
        )
    )
    table = scenario.vessel_table
    count = len(rows)
    slips = {
        "imo": draw.random(count) < table.bad_imo_digit,
        "length": draw.random(count) < table.bad_mmsi_length,
        "country": draw.random(count) < table.bad_mmsi_country,
    }
    where, shift = draw.integers(0, 7, count), draw.integers(1, 10, count)
    every_mid = sorted(mid for mids in scenario.identities.mid.values() for mid in mids)
    abroad = pl.Series([every_mid[place] for place in draw.integers(0, len(every_mid), count)], dtype=pl.String)
    faulty = rows.with_columns(
        _mistyped(rows["imo"], slips["imo"], where, shift),
        pl.when(pl.Series(slips["length"]))
        .then(pl.col("mmsi").str.head(8))
        .when(pl.Series(slips["country"]))
        .then(abroad + pl.col("mmsi").str.tail(6))
        .otherwise("mmsi")
        .alias("mmsi"),
        pl.Series("known_at", rows["valid_from"].to_numpy() + _lags(draw, scenario, count)),
    )
    missing = {column: draw.random(count) < share for column, share in table.missing.items()}
    gaps = [pl.when(~pl.Series(lost)).then(column).alias(column) for column, lost in missing.items()]
    return (
        faulty.with_columns(gaps)
        .sort("vessel_id", "valid_from")
        .select(
            "vessel_id", "valid_from", "imo", "mmsi", "call_sign", "name", "flag", "owner_id", "operator_id", "kind",
            "gear", "built_year", "length_m", "gross_tonnage", "deadweight_t", "hold_m3", "known_at",
        )
    )  # fmt: skip


def _measured(draw: np.random.Generator, scenario: SeaScenario, hulls: pl.DataFrame) -> pl.DataFrame:
    """What the register says of the hull itself, the same in all its rows."""
    spread = np.exp(draw.normal(0, scenario.vessel_table.measure_digits, (len(_MEASURES), len(hulls))))
    measures = [(pl.col(name) * pl.Series(spread[place])).round(0) for place, name in enumerate(_MEASURES)]
    return hulls.select("hull", "vessel_id", "kind", "gear", "built_year", "length_m", *measures)


def _mistyped(numbers: pl.Series, slips: Booleans, where: Integers, shift: Integers) -> pl.Series:
    """Numbers with one digit replaced by another where a slip happened."""
    told: list[str | None] = numbers.to_list()
    for row in np.flatnonzero(slips):
        number, place = told[row], int(where[row])
        if number is not None:
            told[row] = number[:place] + str((int(number[place]) + int(shift[row])) % 10) + number[place + 1 :]
    return pl.Series(numbers.name, told, dtype=pl.String)


def _lags(draw: np.random.Generator, scenario: SeaScenario, count: int) -> Integers:
    table = scenario.vessel_table
    late = draw.random(count) < table.late
    days = np.where(late, between(draw, table.late_days, count), between(draw, table.known_days, count))
    return in_seconds(days, DAY)
