"""What a world's consignments stand before: the scenario, the firms, the marks and the ships, all drawn beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipeline.world.calendar import Span
from pipeline.world.firms.brands import Brands
from pipeline.world.firms.firms import Firms
from pipeline.world.papers.certificates import certificates
from pipeline.world.randomness import Booleans, Floats, Integers, stream
from pipeline.world.scenario.load import Scenario
from pipeline.world.scenario.trade import Goods, Lane
from pipeline.world.sea.sea import Sea

NONE = -1  # in a column of places or voyages: nothing there


@dataclass(frozen=True)
class Vocabulary:
    """The words that bookings name by their place: small whole numbers for millions of rows."""

    lanes: tuple[str, ...]
    regimes: tuple[str, ...]
    modes: tuple[str, ...]
    countries: tuple[str, ...]
    places: tuple[str, ...]
    goods: tuple[Goods, ...]
    first_goods: dict[str, int]
    mechanisms: tuple[str, ...]


@dataclass(frozen=True)
class Backdrop:
    """Everything but the consignments. Frames are those of the modules that make them."""

    seed: int
    span: Span
    scenario: Scenario
    firms: Firms
    brands: Brands
    sea: Sea

    @cached_property
    def words(self) -> Vocabulary:
        """The vocabulary of the scenario; the order is that of the file."""
        lanes = self.scenario.trade.lanes
        origins = [country for lane in lanes.values() for country in (lane.destination, *lane.origins, *lane.relays)]
        goods: list[Goods] = []
        first: dict[str, int] = {}
        for name, lane in lanes.items():
            first[name] = len(goods)
            goods += lane.goods
        return Vocabulary(
            lanes=tuple(lanes),
            regimes=("import", "export", "transit"),
            modes=("sea", "air", "road", "rail", "post", "other"),
            countries=tuple(dict.fromkeys(origins)),
            places=tuple(dict.fromkeys(place for lane in lanes.values() for place in _places(lane))),
            goods=tuple(goods),
            first_goods=first,
            mechanisms=self.scenario.offences.mechanisms(),
        )

    def landed(self, voyage: Integers) -> Booleans:
        """Whether each voyage (-1: none) lands what it caught or took over."""
        return np.asarray((voyage != NONE) & self.sea.voyages["catch"].to_numpy()[np.maximum(voyage, 0)])

    @cached_property
    def certificates(self) -> pl.DataFrame:
        """What the certificate of each voyage says."""
        return certificates(self.seed, self.scenario.papers, self.sea.voyages, self.sea.hulls)

    @cached_property
    def leaning(self) -> Floats:
        """The leaning to offend of each party; latent."""
        return self.firms.rows["leaning"].to_numpy()

    @cached_property
    def price_habit(self) -> Floats:
        """The usual price level of each party, as a shift of log prices; latent."""
        spread = self.scenario.trade.cargo.price_habit_spread
        return stream(self.seed, "price habit").normal(0, spread, self.firms.rows.height)

    def marks_of(self, hs6: str) -> Integers:
        """The marks that are recorded for a tariff line."""
        return self.brands.marks.filter(pl.col("hs6").list.contains(hs6))["mark"].to_numpy()

    @cached_property
    def loads(self) -> tuple[list[tuple[str | None, str]], Integers]:
        """The kinds of load that voyages carry, (species of a landing, kind of vessel), and the one of each voyage."""
        kinds = self.sea.hulls["kind"].to_numpy()[self.hull_of_voyage]
        species = self.sea.voyages.select(pl.when("catch").then("species")).to_series().to_list()
        pairs = list(zip(species, kinds.tolist(), strict=True))
        known = list(dict.fromkeys(pairs))
        places = {pair: place for place, pair in enumerate(known)}
        return known, np.fromiter((places[pair] for pair in pairs), dtype=np.int64, count=len(pairs))

    @cached_property
    def hull_of_voyage(self) -> Integers:
        """The hull of each voyage."""
        return self.sea.voyages["hull"].to_numpy()

    @cached_property
    def mechanism_of_voyage(self) -> Integers:
        """The mechanism of each voyage as its place in the vocabulary, -1 for an honest one."""
        places = {name: place for place, name in enumerate(self.words.mechanisms)}
        named = self.sea.voyages["mechanism"].replace_strict(places, default=-1, return_dtype=pl.Int64)
        return named.fill_null(-1).to_numpy()


def _places(lane: Lane) -> list[str]:
    ports = [port for origin in lane.origins.values() for port in origin.ports]
    return [*lane.offices, *ports, *(port for relay in lane.relays.values() for port in relay)]


def places_of(words: tuple[str, ...], wanted: list[str] | tuple[str, ...]) -> Integers:
    """The place of each wanted word among the words."""
    where = {word: place for place, word in enumerate(words)}
    return np.array([where[word] for word in wanted], dtype=np.int64)
