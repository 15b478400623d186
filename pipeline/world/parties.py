"""The parties of the world: firms by lane, role and country, with an honesty that nobody can see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.world.parameters import Lane, Names, Parameters, Population
from pipeline.world.randomness import Floats, Integers, pick


@dataclass(frozen=True)
class Group:
    """The parties of one lane and role: they stand at `first` .. `first + len(weights) - 1` of the population."""

    first: int
    weights: Floats

    def draw(self, generator: np.random.Generator, count: int) -> Integers:
        """`count` parties, each in proportion to its activity."""
        return self.first + pick(generator, self.weights, count)


@dataclass(frozen=True)
class Parties:
    """The population, one array per property, a place per party.

    `leaning` (log-odds) and `price_habit` (log price) are latent: they are written to no table.
    """

    ids: list[str]
    lane: list[str]
    role: list[str]
    country: list[str]
    name: list[str]
    leaning: Floats
    price_habit: Floats
    partners: Integers
    groups: dict[tuple[str, str], Group]


def make_parties(generator: np.random.Generator, parameters: Parameters, consignments: int) -> Parties:
    """The population for a number of consignments. `partners` holds, for an importer, its habitual exporters."""
    population = parameters.population
    size = int(np.clip(consignments * population.per_consignment, population.fewest, population.most))
    lanes: list[str] = []
    roles: list[str] = []
    countries: list[str] = []
    names: list[str] = []
    leanings: list[Floats] = []
    groups: dict[tuple[str, str], Group] = {}
    shares = sum(lane.share for lane in parameters.lanes.values())
    for lane_name, lane in parameters.lanes.items():
        for role, role_share in population.roles.items():
            count = max(4, round(size * role_share * lane.share / shares))
            groups[lane_name, role] = Group(len(lanes), _activity(population, count))
            own = _countries(generator, lane, role, count)
            lanes += [lane_name] * count
            roles += [role] * count
            countries += own
            names += _names(generator, parameters.names, own)
            leanings.append(_leanings(generator, population, count))
    total = len(lanes)
    return Parties(
        ids=[f"P{number:05d}" for number in range(1, total + 1)],
        lane=lanes,
        role=roles,
        country=countries,
        name=names,
        leaning=np.concatenate(leanings),
        price_habit=generator.normal(0, population.price_habit_spread, total),
        partners=_partners(generator, population, lanes, groups),
        groups=groups,
    )


def _activity(population: Population, count: int) -> Floats:
    ranks = np.arange(1, count + 1) + population.zipf_offset
    return np.asarray(ranks**-population.zipf_exponent, dtype=np.float64)


def _leanings(generator: np.random.Generator, population: Population, count: int) -> Floats:
    rogue = generator.random(count) < population.rogue_share
    rogue[: population.honest_largest] = False
    spread = generator.normal(0, population.leaning_spread, count)
    return np.asarray(np.where(rogue, population.rogue_leaning, 0.0) + spread, dtype=np.float64)


def _countries(generator: np.random.Generator, lane: Lane, role: str, count: int) -> list[str]:
    if role in ("importer", "declarant"):
        return [lane.destination] * count
    origins = list(lane.origins)
    drawn = pick(generator, (lane.origins[country].share for country in origins), count)
    return [origins[place] for place in drawn]


def _names(generator: np.random.Generator, parts: dict[str, Names], countries: list[str]) -> list[str]:
    draws = generator.random((len(countries), 3)).tolist()
    return [
        " ".join(choices[int(draw * len(choices))] for choices, draw in zip(_parts(parts, country), row, strict=True))
        for country, row in zip(countries, draws, strict=True)
    ]


def _parts(parts: dict[str, Names], country: str) -> tuple[tuple[str, ...], ...]:
    own = parts.get(country, parts["other"])
    return own.stems, own.fields, own.forms


def _partners(
    generator: np.random.Generator, population: Population, lanes: list[str], groups: dict[tuple[str, str], Group]
) -> Integers:
    partners = np.zeros((len(lanes), population.habitual_partners), dtype=np.int64)
    for lane in dict.fromkeys(lanes):
        importers = groups[lane, "importer"]
        count = len(importers.weights)
        drawn = groups[lane, "exporter"].draw(generator, count * population.habitual_partners)
        partners[importers.first : importers.first + count] = drawn.reshape(count, -1)
    return partners
