"""The hulls of the world: how many of each fleet, how large, whose, and which of them will take on a false identity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, Span
from pipeline.world.randomness import Booleans, Floats, Integers, between, chances, pick, stream
from pipeline.world.scenario.sea import Carriers, Fleet, SeaScenario, Shape


@dataclass(frozen=True)
class _Build:
    """What a fleet's hulls have in common beside their shape: kinds and ratios; None where it does not apply."""

    kinds: dict[str, float]
    homes: dict[str, float]
    gear: str | None
    ais_b: float
    tonnage: float
    deadweight: float
    hold: float | None
    draught: float
    built: tuple[int, int]


def fleets_of(sea: SeaScenario) -> dict[str, Shape]:
    """All fleets by name: those that catch, the carriers, the loops of trade."""
    return {**sea.fleets, "carriers": sea.carriers, **sea.loops}


def make_hulls(seed: int, sea: SeaScenario, span: Span, firms: pl.DataFrame, consignments: int) -> pl.DataFrame:
    """The hulls that go with a number of consignments, fleet after fleet.

    `firms` has the columns party, role, country, leaning, weight. Columns of the result: hull, vessel_id, fleet, kind,
    gear, flag, home_port, owner, operator, length_m, gross_tonnage, deadweight_t, hold_m3, draught_light_m,
    draught_laden_m, built_year, ais_class, speed_kn, leaning, launders, launders_from.
    """
    counts = _counts(sea, consignments)
    parts = [
        _fleet(stream(seed, "hulls", number), sea, name, counts[name], firms) for number, name in enumerate(counts)
    ]
    hulls = pl.concat(parts).with_row_index("hull").with_columns(pl.col("hull").cast(pl.Int64))
    draw = stream(seed, "hull_traits")
    numbers = draw.permutation(len(hulls))
    leaning = hulls["leaning"].to_numpy() + draw.normal(0, sea.hulls.leaning_spread, len(hulls))
    return hulls.with_columns(
        pl.Series("vessel_id", [f"V{number:06d}" for number in numbers + 1]),
        pl.Series("leaning", leaning),
    ).pipe(_launderers, draw, sea, span)


def _counts(sea: SeaScenario, consignments: int) -> dict[str, int]:
    total = float(np.clip(consignments * sea.hulls.per_consignment, sea.hulls.fewest, sea.hulls.most))
    shapes = fleets_of(sea)
    shares = sum(shape.share for shape in shapes.values())
    return {name: max(shape.fewest, round(total * shape.share / shares)) for name, shape in shapes.items()}


def _build(sea: SeaScenario, name: str) -> _Build:
    shape = fleets_of(sea)[name]
    if isinstance(shape, Fleet):
        return _Build(
            kinds={shape.kind: 1.0}, homes=shape.homes, gear=shape.gear, ais_b=shape.ais_b, tonnage=shape.tonnage,
            deadweight=shape.deadweight, hold=shape.hold, draught=shape.draught, built=shape.built,
        )  # fmt: skip
    if isinstance(shape, Carriers):
        return _Build(
            kinds=shape.kinds, homes=shape.homes, gear=None, ais_b=0.0, tonnage=shape.tonnage,
            deadweight=shape.deadweight, hold=shape.hold, draught=shape.draught, built=shape.built,
        )  # fmt: skip
    merchant, loop = sea.merchant, sea.loops[name]
    return _Build(
        kinds={loop.kind: 1.0}, homes={loop.load[0]: 1.0}, gear=None, ais_b=0.0, tonnage=merchant.tonnage,
        deadweight=merchant.deadweight, hold=None, draught=merchant.draught, built=merchant.built,
    )  # fmt: skip


def _fleet(draw: np.random.Generator, sea: SeaScenario, name: str, count: int, firms: pl.DataFrame) -> pl.DataFrame:
    shape, build = fleets_of(sea)[name], _build(sea, name)
    length = between(draw, shape.length_m, count)
    spread = np.exp(draw.normal(0, sea.hulls.measure_spread, (4, count)))
    tonnage = build.tonnage * length**3 * spread[0]
    laden = build.draught * length * spread[1]
    flag = _named(draw, shape.flags, count)
    owner = _owners(draw, sea, firms, flag)
    operators = firms.filter(pl.col("role") == "carrier")
    operator = np.where(
        draw.random(count) < sea.hulls.own_operator,
        owner,
        _drawn(draw, sea, operators if len(operators) else firms, flag),
    )
    leaning = firms.sort("party")["leaning"].to_numpy()
    party = firms.sort("party")["party"].to_numpy()
    hold = None if build.hold is None else pl.Series(np.round(build.hold * tonnage * spread[2], 0))
    kind = _named(draw, build.kinds, count)
    return pl.DataFrame({
        "fleet": pl.repeat(name, count, eager=True),
        "kind": kind,
        "gear": pl.repeat(build.gear, count, eager=True, dtype=pl.String),
        "flag": flag,
        "home_port": _named(draw, build.homes, count),
        "owner": owner,
        "operator": operator,
        "length_m": np.round(length, 1),
        "gross_tonnage": np.round(tonnage, 0),
        "deadweight_t": np.round(build.deadweight * tonnage * spread[3], 0),
        "hold_m3": pl.repeat(None, count, eager=True, dtype=pl.Float64) if hold is None else hold,
        "draught_light_m": np.round(sea.hulls.light_share * laden, 1),
        "draught_laden_m": np.round(laden, 1),
        "built_year": draw.integers(build.built[0], build.built[1] + 1, count),
        "ais_class": np.where(draw.random(count) < build.ais_b, "B", "A"),
        "speed_kn": between(draw, shape.speed_kn, count),
        "leaning": leaning[np.searchsorted(party, operator)],
    })  # fmt: skip


def _named(draw: np.random.Generator, weights: dict[str, float], count: int) -> list[str]:
    names = list(weights)
    return [names[place] for place in pick(draw, weights.values(), count)]


def _owners(draw: np.random.Generator, sea: SeaScenario, firms: pl.DataFrame, flag: list[str]) -> Integers:
    owners = firms.filter(pl.col("role") == "owner")
    if not len(owners):
        raise ValueError("needed firms of the role owner, found none: give owners a share in the scenario's population")
    return _drawn(draw, sea, owners, flag)


def _drawn(draw: np.random.Generator, sea: SeaScenario, firms: pl.DataFrame, flag: list[str]) -> Integers:
    """A firm per hull, the likelier the more active it is, and by far the likelier in the flag's country."""
    firms = firms.sort("party")
    party, country, weight = firms["party"].to_numpy(), firms["country"].to_numpy(), firms["weight"].to_numpy()
    flags = np.array(flag)
    drawn = np.empty(len(flag), dtype=np.int64)
    for name in sorted(set(flag)):
        rows = np.flatnonzero(flags == name)
        drawn[rows] = party[pick(draw, _pulled(weight, country == name, sea.hulls.same_flag), len(rows))]
    return drawn


def _pulled(weight: Floats, same: Booleans, factor: float) -> Floats:
    return np.asarray(weight * np.where(same, factor, 1.0), dtype=np.float64)


def _launderers(hulls: pl.DataFrame, draw: np.random.Generator, sea: SeaScenario, span: Span) -> pl.DataFrame:
    """Which hulls that fish or carry take on a false identity, and when: the leaning decides."""
    concerned = hulls["fleet"].is_in([*sea.fleets, "carriers"]).to_numpy()
    leaning = hulls["leaning"].to_numpy()[concerned] * sea.offences.leaning_weight
    launders = np.zeros(len(hulls), dtype=bool)
    # Drawn in turn, not one by one: in a small fleet their number would otherwise stray far from the rate.
    expected = np.cumsum(chances(leaning, sea.offences.rates["M5"])) + draw.random()
    launders[concerned] = np.diff(np.floor(expected), prepend=0.0) > 0
    low, high = sea.offences.laundered_from
    when = (
        span.start + (between(draw, (low, high), len(hulls)) * ((span.end - span.start) // DAY)).astype(np.int64) * DAY
    )
    return hulls.with_columns(
        pl.Series("launders", launders),
        pl.Series("launders_from", when),
    ).with_columns(pl.when("launders").then("launders_from"))
