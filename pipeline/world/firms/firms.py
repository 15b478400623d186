"""The firms of the world: who they are, where, how active, since when, and how honest, which nobody can see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, SECOND, Span
from pipeline.world.firms.names import firm_names
from pipeline.world.randomness import Booleans, Floats, Integers, pick, stream
from pipeline.world.scenario.firms import FirmsOfWorld

YEAR_DAYS = 365.25
NOBODY = -1
# Roles that sit in the country that goods come to; the others of a lane sit where goods come from.
AT_DESTINATION = ("importer", "declarant", "forwarder")


class LaneOfFirms(TypedDict):
    """What the firms of a lane depend on: its share of the trade, its countries and the activities (ISIC) that fit."""

    share: float
    destination: str
    origins: Mapping[str, float]
    activities: Sequence[str]
    relays: Sequence[str]


@dataclass(frozen=True)
class Firms:
    """The population. Row i of `rows` is the firm with party = i.

    Columns of `rows`: party, party_id, lane (null for owners of vessels), role, country, name, name_other, name_native,
    founded and active_from (microseconds), weight (activity), and, latent: leaning (log-odds to offend),
    rogue, shell, predecessor (party whose business a phoenix took over, else null). `partners` holds per firm
    the exporters that an importer buys from by habit, -1 for all others.
    """

    rows: pl.DataFrame
    partners: Integers


def make_firms(
    seed: int, scenario: FirmsOfWorld, lanes: Mapping[str, LaneOfFirms], consignments: int, span: Span
) -> Firms:
    """The population for a number of consignments; the lanes say what trades there are."""
    generator = stream(seed, "firms")
    rows = _groups(generator, scenario, lanes, consignments)
    count = rows.height
    rows = _with_honesty(generator, scenario, rows)
    rows = _with_times(generator, scenario, rows, span)
    rows = rows.with_columns(predecessor=_predecessors(generator, scenario, rows))
    numbers = generator.permutation(count) + 1
    names = firm_names(stream(seed, "firm names"), scenario.names, rows["country"], scenario.listing)
    rows = rows.with_columns(
        *names,
        party=pl.Series(np.arange(count)),
        party_id=pl.Series([f"P{number:06d}" for number in numbers.tolist()]),
    )
    return Firms(rows.drop("rank"), _partners(generator, scenario, rows, span))


def allot(total: int, weights: Sequence[float], fewest: int) -> list[int]:
    """`total` places dealt out in proportion to the weights, by largest remainder, nobody below `fewest`.

    What `fewest` adds to some is taken from the largest; more than `total` only where all have no more than `fewest`.
    """
    exact = total * np.asarray(weights, dtype=np.float64) / sum(weights)
    counts = np.maximum(np.floor(exact).astype(np.int64), fewest)
    left = total - int(counts.sum())
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: max(left, 0)]] += 1
    for _ in range(-left):
        largest = int(counts.argmax())
        counts[largest] = max(counts[largest] - 1, fewest)
    return [int(number) for number in counts]


def _groups(
    generator: np.random.Generator, scenario: FirmsOfWorld, lanes: Mapping[str, LaneOfFirms], consignments: int
) -> pl.DataFrame:
    """lane, role, country, rank (0 is the largest of a lane and role), weight; a row per firm."""
    population = scenario.population
    total = int(np.clip(round(consignments * population.per_consignment), population.fewest, population.most))
    whole = sum(lane["share"] for lane in lanes.values())
    wanted: list[tuple[str | None, str, float]] = [
        (name, role, share * lane["share"] / whole)
        for name, lane in lanes.items()
        for role, share in population.roles.items()
        if role != "owner"
    ]
    if "owner" in population.roles:
        wanted.append((None, "owner", population.roles["owner"]))
    sizes = allot(total, [share for _, _, share in wanted], population.fewest_of_group)
    frames = []
    for (lane, role, _), size in zip(wanted, sizes, strict=True):
        shares = _countries(scenario, lanes[lane] if lane else None, role)
        counts = allot(size, list(shares.values()), 1)
        countries = np.repeat(np.array(list(shares), dtype=object), counts)
        rank = np.arange(len(countries))
        weight = (rank + 1 + population.zipf_offset) ** -population.zipf_exponent
        drawn = pl.Series(generator.permutation(countries).tolist(), dtype=pl.String)
        frames.append(
            pl.DataFrame({"country": drawn, "rank": rank, "weight": weight}).with_columns(
                lane=pl.lit(lane, dtype=pl.String), role=pl.lit(role)
            )
        )
    return pl.concat(frames)


def _countries(scenario: FirmsOfWorld, lane: LaneOfFirms | None, role: str) -> dict[str, float]:
    """The share of every country among the firms of a role."""
    if lane is None:
        return dict(scenario.flags)
    if role in AT_DESTINATION:
        return {lane["destination"]: 1.0}
    origins = dict(lane["origins"])
    relays = [country for country in lane["relays"] if country not in origins]
    if role != "exporter" or not relays:
        return origins
    each = scenario.population.relay_exporters / (1 - scenario.population.relay_exporters) / len(relays)
    return origins | {country: each * sum(origins.values()) for country in relays}


def _with_honesty(generator: np.random.Generator, scenario: FirmsOfWorld, rows: pl.DataFrame) -> pl.DataFrame:
    """rogue, shell and leaning; the largest of every lane and role are honest."""
    honesty, shells, count = scenario.honesty, scenario.shells, rows.height
    draws = generator.random((count, 2))
    share = rows["role"].replace_strict(dict(honesty.rogue), default=0.0, return_dtype=pl.Float64).to_numpy()
    rogue = (draws[:, 0] < share) & (rows["rank"].to_numpy() >= honesty.honest_largest)
    by_lane = rows["lane"].replace_strict(shells.of_rogue_importers, default=shells.elsewhere, return_dtype=pl.Float64)
    importer = (rows["role"] == "importer").to_numpy()
    shell = rogue & importer & (draws[:, 1] < by_lane.to_numpy())
    leaning = np.where(rogue, honesty.rogue_leaning, 0.0) + generator.normal(0, honesty.leaning_spread, count)
    return rows.with_columns(rogue=pl.Series(rogue), shell=pl.Series(shell), leaning=pl.Series(leaning))


def _with_times(generator: np.random.Generator, scenario: FirmsOfWorld, rows: pl.DataFrame, span: Span) -> pl.DataFrame:
    """founded and active_from. Founded always comes first; both in whole seconds."""
    count, shells, newcomers, age = rows.height, scenario.shells, scenario.newcomers, scenario.age
    rogue, shell = rows["rogue"].to_numpy(), rows["shell"].to_numpy()
    large = rows["rank"].to_numpy() < scenario.honesty.honest_largest
    draws = generator.random((count, 6))
    share = np.where(rogue, newcomers.share.rogue, newcomers.share.honest)
    newcomer = ~shell & ~large & (draws[:, 0] < share)
    # Vessels have owners from the first day on.
    newcomer &= (rows["role"] != "owner").to_numpy()
    within = newcomer | (shell & (draws[:, 0] < shells.start_within) & (rows["role"] != "owner").to_numpy())
    mean_days = np.where(rogue, age.mean_years.rogue, age.mean_years.honest) * YEAR_DAYS
    old = age.fewest_days + mean_days * generator.exponential(1.0, count)
    begins = span.start + draws[:, 1] * (span.end - span.start)
    before = span.start - _spread(shells.before_days, draws[:, 1]) * DAY
    first = np.where(within, begins, np.where(shell, before, span.start - old * DAY * draws[:, 2]))
    young = _spread(shells.founded_days, draws[:, 3])
    founded_before = np.where(newcomer, _spread(newcomers.founded_days, draws[:, 3]), young)
    bought = shell & (draws[:, 4] < shells.off_the_shelf)
    plain = ~newcomer & (~shell | bought)
    founded = np.where(plain & ~bought, span.start - old * DAY, first - founded_before * DAY)
    founded = np.where(bought, first - old * DAY, founded)
    return rows.with_columns(founded=_seconds(founded), active_from=_seconds(first))


def _spread(span: tuple[float, float], draws: Floats) -> Floats:
    return span[0] + draws * (span[1] - span[0])


def _seconds(instants: Floats) -> pl.Series:
    return pl.Series(np.floor(instants / SECOND).astype(np.int64) * SECOND)


def _predecessors(generator: np.random.Generator, scenario: FirmsOfWorld, rows: pl.DataFrame) -> pl.Series:
    """For a phoenix, an older rogue importer of its lane that is no shell; null where there is none, and for others."""
    draws = generator.random((rows.height, 2))
    found = np.full(rows.height, NOBODY)
    lanes, rogue, shell = (rows[name] for name in ("lane", "rogue", "shell"))
    founded = rows["founded"].to_numpy()
    importers = (rows["role"] == "importer") & lanes.is_not_null()
    for lane in lanes.drop_nulls().unique(maintain_order=True):
        own = importers & lanes.eq_missing(lane)
        older = (own & rogue & ~shell).arg_true().to_numpy()
        older = older[np.argsort(founded[older], kind="stable")]
        phoenixes = (own & shell & pl.Series(draws[:, 0] < scenario.shells.phoenix)).arg_true().to_numpy()
        candidates = np.searchsorted(founded[older], founded[phoenixes])
        able = candidates > 0
        chosen = (draws[phoenixes, 1] * candidates).astype(np.int64)
        found[phoenixes[able]] = older[chosen[able]]
    return pl.Series(found).set(pl.Series(found == NOBODY), None)


def _partners(generator: np.random.Generator, scenario: FirmsOfWorld, rows: pl.DataFrame, span: Span) -> Integers:
    """Exporters of the lane, in proportion to activity, that trade before the world begins; a rogue likes rogues."""
    partners = np.full((rows.height, scenario.partners.kept), NOBODY)
    weight, rogue = rows["weight"].to_numpy(), rows["rogue"].to_numpy()
    old = (rows["active_from"] <= span.start).to_numpy()
    for lane in rows["lane"].drop_nulls().unique(maintain_order=True):
        own = rows["lane"].eq_missing(lane).to_numpy()
        importers = np.flatnonzero(own & (rows["role"] == "importer").to_numpy())
        exporters = own & (rows["role"] == "exporter").to_numpy()
        shape = (len(importers), scenario.partners.kept)
        plain = _drawn(generator, np.flatnonzero(_some(exporters & old, exporters)), weight, shape)
        leaning = _drawn(generator, np.flatnonzero(_some(exporters & old & rogue, exporters)), weight, shape)
        likes = rogue[importers][:, None] & (generator.random(shape) < scenario.partners.of_rogue)
        partners[importers] = np.where(likes, leaning, plain)
    return partners


def _some(wanted: Booleans, else_these: Booleans) -> Booleans:
    return wanted if wanted.any() else else_these


def _drawn(generator: np.random.Generator, group: Integers, weight: Floats, shape: tuple[int, int]) -> Integers:
    return group[pick(generator, weight[group], shape[0] * shape[1])].reshape(shape)
