"""Who sends what to whom, when and by which way, before anybody offends."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import Span, declared_instants
from pipeline.world.parameters import Lane, Parameters
from pipeline.world.parties import Parties
from pipeline.world.randomness import Integers, pick

PARTY_ROLES = ("importer", "exporter", "declarant", "carrier")


def make_trade(
    generator: np.random.Generator, parameters: Parameters, parties: Parties, span: Span, consignments: int
) -> pl.DataFrame:
    """A row per consignment in the order of their declaration.

    Columns: consignment_id, declared (microseconds), lane, regime, office, mode, importer, exporter, declarant and
    carrier (places in the population), origin_country, destination_country, port (where it is loaded), goods (place
    among the lane's goods).
    """
    names = list(parameters.lanes)
    declared = declared_instants(generator, parameters.times, span, consignments)
    drawn = pick(generator, (lane.share for lane in parameters.lanes.values()), consignments)
    parts = []
    for number, name in enumerate(names):
        places = np.flatnonzero(drawn == number)
        parts.append(_of_lane(generator, parameters, parties, name, places))
    whole = pl.concat(parts).sort("place")
    return whole.with_columns(
        declared=pl.Series(declared),
        consignment_id=pl.format("C{}", pl.col("place").add(1).cast(pl.String).str.zfill(8)),
    ).drop("place")


def _of_lane(
    generator: np.random.Generator, parameters: Parameters, parties: Parties, name: str, places: Integers
) -> pl.DataFrame:
    lane = parameters.lanes[name]
    count = len(places)
    importer = parties.groups[name, "importer"].draw(generator, count)
    origins = list(lane.origins)
    origin = pick(generator, (lane.origins[country].share for country in origins), count)
    return pl.DataFrame(
        {
            "place": places,
            "lane": [name] * count,
            "regime": words(generator, lane.regimes, count),
            "office": words(generator, lane.offices, count),
            "mode": words(generator, lane.modes, count),
            "importer": importer,
            "exporter": _exporters(generator, parameters, parties, name, importer),
            "declarant": parties.groups[name, "declarant"].draw(generator, count),
            "carrier": parties.groups[name, "carrier"].draw(generator, count),
            "origin_country": [origins[place] for place in origin],
            "destination_country": [lane.destination] * count,
            "port": _ports(generator, lane, [origins[place] for place in origin]),
            "goods": pick(generator, (goods.share for goods in lane.goods), count),
        },
        schema_overrides=dict.fromkeys(_TEXTS, pl.String),
    )


_TEXTS = ("lane", "regime", "office", "mode", "origin_country", "destination_country", "port")


def words(generator: np.random.Generator, weights: dict[str, float], count: int) -> list[str]:
    """`count` of the words, each drawn in proportion to its weight."""
    known = list(weights)
    return [known[place] for place in pick(generator, weights.values(), count)]


def _exporters(
    generator: np.random.Generator, parameters: Parameters, parties: Parties, lane: str, importer: Integers
) -> Integers:
    population = parameters.population
    count = len(importer)
    habitual = parties.partners[importer, generator.integers(0, population.habitual_partners, count)]
    anybody = parties.groups[lane, "exporter"].draw(generator, count)
    return np.where(generator.random(count) < population.habit_share, habitual, anybody)


def _ports(generator: np.random.Generator, lane: Lane, countries: list[str]) -> list[str]:
    drawn = generator.random(len(countries)).tolist()
    return [
        lane.origins[country].ports[int(draw * len(lane.origins[country].ports))]
        for country, draw in zip(countries, drawn, strict=True)
    ]
