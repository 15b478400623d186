"""Addresses of firms: a place of their own, or one that many share; and what kind of place it is."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.firms.names import OTHERS
from pipeline.world.randomness import Booleans, pick
from pipeline.world.scenario.firms import FirmsOfWorld


def firm_addresses(
    generator: np.random.Generator, scenario: FirmsOfWorld, countries: pl.Series, shared: Booleans, unlikely: Booleans
) -> pl.DataFrame:
    """address, address_kind; a row per firm. The shared addresses of a country are few, all others are one's own."""
    listing, count = scenario.listing, len(countries)
    address = np.empty(count, dtype=object)
    for country in dict.fromkeys(countries):
        here = (countries == country).to_numpy()
        places = _written(generator, scenario, country, int(here.sum()))
        many = np.flatnonzero(here & shared)
        crowded = places[: max(1, round(len(many) / listing.firms_at_shared_address))]
        address[here] = places
        address[many] = crowded[generator.integers(0, len(crowded), len(many))]
    likely = np.array(list(listing.likely_kinds))[pick(generator, listing.likely_kinds.values(), count)]
    boxed = shared | (generator.random(count) < listing.post_box)
    kind = np.where(unlikely, np.where(boxed, "po_box", "residential"), np.where(shared, "office", likely))
    return pl.DataFrame({"address": address.tolist(), "address_kind": kind.tolist()})


def _written(
    generator: np.random.Generator, scenario: FirmsOfWorld, country: str, count: int
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """`count` addresses of a country, in the normalised form."""
    own = scenario.addresses.get(country, scenario.addresses[OTHERS])
    city = generator.integers(0, len(own.cities), count)
    street = generator.integers(0, len(own.streets), count)
    number = generator.integers(1, scenario.listing.highest_house, count, endpoint=True)
    unit = generator.integers(1, scenario.listing.highest_unit, count, endpoint=True)
    told = pl.DataFrame({"number": number, "unit": unit}).select(
        pl.concat_str(
            pl.lit(country),
            pl.Series(own.cities).gather(city),
            pl.Series(own.streets).gather(street),
            pl.concat_str("number", "unit", separator="-"),
            separator=" ",
        )
    )
    return np.array(told.to_series().to_list(), dtype=object)
