"""The way of each consignment: origin, dispatch, ports, and the legs that are declared."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.backdrop import NONE, Backdrop
from pipeline.world.calendar import DAY, in_seconds
from pipeline.world.randomness import Floats, Integers, between, stream
from pipeline.world.words import one_of, where


def with_ways(backdrop: Backdrop, chunk: int, rows: pl.DataFrame) -> pl.DataFrame:
    """A chunk of bookings with symptoms, and the way in words.

    lane, regime, mode, office, origin_country, true_origin_country, dispatch_country, destination_country,
    loading_port, discharge_port; first_port (of the first of two legs, null where there is one); hull (null: none).
    """
    draw = stream(backdrop.seed, "way", chunk)
    vocabulary, lanes = backdrop.words, list(backdrop.scenario.trade.lanes.values())
    lane = rows["lane"].to_numpy()
    origin, loading = (rows[name].to_numpy() for name in ("origin", "loading"))
    countries, places = pl.Series(vocabulary.countries), pl.Series(vocabulary.places)
    chance = draw.random((rows.height, 4))
    relay = _relay(backdrop, rows, chance[:, 0])
    relay_port = _port_in(backdrop, lane, relay, chance[:, 1])
    # Sea products that come by liner from a relay country may be the neighbour's catch, in disguise or lawfully.
    relay_of = pl.Series([one.relay_of for one in lanes], dtype=pl.String).gather(lane)
    from_relay = np.array([[c in one.relays for c in vocabulary.countries] for one in lanes])[lane, origin]
    relayed = from_relay & relay_of.is_not_null().to_numpy() & (
        rows["odd_route"].to_numpy() | (rows["mechanism"] == _mechanism(backdrop, "M7")).to_numpy()
    )  # fmt: skip
    outward = (rows["regime"] == vocabulary.regimes.index("export")).to_numpy()
    turned = relay.is_not_null().to_numpy() & ~relayed & ~outward
    own, home = countries.gather(origin), pl.Series([one.destination for one in lanes]).gather(lane)
    made_in, truly = _origins(backdrop, rows, where(relayed, relay_of, own), own, chance[:, 2])
    far = _port_of(backdrop, lane, origin, chance[:, 3])
    office, load = places.gather(rows["office"]), places.gather(loading)
    hull = backdrop.hull_of_voyage[np.maximum(rows["voyage"].to_numpy(), 0)]
    aboard = (rows["voyage"].to_numpy() != NONE) & ~turned
    return rows.drop("lane", "regime", "mode", "office", "origin", "loading", "via").with_columns(
        pl.Series("lane", vocabulary.lanes).gather(lane),
        pl.Series("regime", vocabulary.regimes).gather(rows["regime"]),
        pl.Series("mode", vocabulary.modes).gather(rows["mode"]),
        office.alias("office"),
        where(outward, home, made_in).alias("origin_country"),
        where(outward, home, truly).alias("true_origin_country"),
        where(outward, home, where(turned, relay, own)).alias("dispatch_country"),
        where(outward, own, home).alias("destination_country"),
        where(outward, office, where(turned, relay_port, load)).alias("loading_port"),
        where(outward, far, office).alias("discharge_port"),
        where(turned, load, where(relayed, _landing_port(backdrop, rows, chance[:, 3]))).alias("first_port"),
        where(aboard, pl.Series(hull)).alias("hull"),
        where(rows["voyage"].to_numpy() != NONE, rows["voyage"]).alias("voyage"),
    )


def _mechanism(backdrop: Backdrop, name: str) -> int:
    names = backdrop.words.mechanisms
    return names.index(name) if name in names else len(names)


def _relay(backdrop: Backdrop, rows: pl.DataFrame, chance: Floats) -> pl.Series:
    """The third country by which a consignment with an odd route comes; a landing has none."""
    lanes, known = list(backdrop.scenario.trade.lanes.values()), backdrop.words.countries
    tables = [{relay: 1.0 for relay in lane.relays if relay != country} for lane in lanes for country in known]
    which = rows["lane"].to_numpy() * len(known) + rows["origin"].to_numpy()
    drawn = one_of(tables, which, chance)
    via = rows["via"].to_numpy()
    drawn = where(via != NONE, pl.Series(known).gather(np.maximum(via, 0)), drawn)
    return where(rows["odd_route"].to_numpy() & ~backdrop.landed(rows["voyage"].to_numpy()), drawn)


def _port_in(backdrop: Backdrop, lane: Integers, relay: pl.Series, chance: Floats) -> pl.Series:
    """A port of the relay country that the lane knows."""
    known, lanes = backdrop.words.countries, list(backdrop.scenario.trade.lanes.values())
    tables = [dict.fromkeys(one.relays.get(country, ()), 1.0) for one in lanes for country in known]
    code = relay.replace_strict({c: place for place, c in enumerate(known)}, default=0, return_dtype=pl.Int64)
    return one_of(tables, lane * len(known) + code.fill_null(0).to_numpy(), chance)


def _port_of(backdrop: Backdrop, lane: Integers, origin: Integers, chance: Floats) -> pl.Series:
    """A port of the origin country that the lane knows."""
    known, lanes = backdrop.words.countries, list(backdrop.scenario.trade.lanes.values())
    tables = [
        dict.fromkeys(one.origins[country].ports if country in one.origins else (), 1.0)
        for one in lanes
        for country in known
    ]
    return one_of(tables, lane * len(known) + origin, chance)


def _landing_port(backdrop: Backdrop, rows: pl.DataFrame, chance: Floats) -> pl.Series:
    """Where relayed sea products were first loaded: a port of the country that caught them."""
    lanes = list(backdrop.scenario.trade.lanes.values())
    tables = [
        dict.fromkeys(one.origins[one.relay_of].ports if one.relay_of in one.origins else (), 1.0)
        if one.relay_of
        else {}
        for one in lanes
    ]
    return one_of(tables, rows["lane"].to_numpy(), chance)


def _origins(
    backdrop: Backdrop, rows: pl.DataFrame, caught: pl.Series, own: pl.Series, chance: Floats
) -> tuple[pl.Series, pl.Series]:
    """The declared and the true origin.

    Unmarked goods are of the country that they are loaded in, or that caught them: the relay country is declared where
    the symptom hidden_origin says so. Marked goods are made in a factory of the mark, the one at hand where there is
    one, or elsewhere; origin fraud declares a factory for goods that were made in no one's.
    """
    mark, lane = rows["mark"].to_numpy(), rows["lane"].to_numpy()
    factories = [dict.fromkeys(some, 1.0) for some in backdrop.brands.marks.sort("mark")["production"].to_list()]
    which = np.where(mark == NONE, len(factories), mark)
    at_hand = [dict.fromkeys(some, True) for some in factories]
    made = one_of([*factories, {}], which, chance)
    pairs = [(place, country) for place, some in enumerate(at_hand) for country in some]
    table = pl.DataFrame(pairs, schema={"mark": pl.Int64, "country": pl.String}, orient="row")
    own_factory = pl.DataFrame({"mark": mark, "country": own}).join(
        table.with_columns(there=pl.lit(True)), on=["mark", "country"], how="left", maintain_order="left"
    )
    made = where(own_factory["there"].fill_null(False).to_numpy(), own, made)
    lanes = list(backdrop.scenario.trade.lanes.values())
    elsewhere = [
        dict.fromkeys((country for country in one.origins if country not in some), 1.0)
        for one in lanes
        for some in [*factories, {}]
    ]
    other = one_of(elsewhere, lane * (len(factories) + 1) + which, chance).fill_null(made)
    fraud = (rows["mechanism"] == _mechanism(backdrop, "B3")).to_numpy()
    wrong = rows["wrong_factory"].to_numpy()
    marked = mark != NONE
    truly = where(marked, where(wrong | fraud, other, made), caught)
    said = where(marked, where(wrong, other, made), where(rows["hidden_origin"].to_numpy(), own, caught))
    return said, truly


def make_legs(backdrop: Backdrop, chunk: int, cases: pl.DataFrame) -> pl.DataFrame:
    """The table leg: one leg from the loading port, and one before it where the goods came by another country.

    Of goods in disguise the first leg is seldom declared. Times of a leg by ship are those of the voyage.
    """
    draw, times = stream(backdrop.seed, "leg", chunk), backdrop.scenario.trade.times
    voyage = cases["voyage"].fill_null(0).to_numpy()
    by_ship = cases["hull"].is_not_null().to_numpy()
    sailed = backdrop.sea.voyages["departed"].to_numpy()[voyage]
    days = _days(draw, times.leg_days, cases["mode"])
    departed = np.where(by_ship, sailed, cases["arrived"].to_numpy() - days)
    told_first = cases["first_port"].is_not_null().to_numpy() & ~(
        cases["hidden_origin"].to_numpy() & (draw.random(cases.height) < times.first_leg_hidden)
    )  # fmt: skip
    last = cases.select(
        "row",
        "consignment_id",
        "mode",
        "vessel_id",
        pl.col("loading_port").alias("from_port"),
        pl.col("discharge_port").alias("to_port"),
        "first_known",
        leg_no=pl.Series(np.where(told_first, 2, 1)),
        departed_at=pl.Series(departed),
        arrived_at=pl.col("arrived"),
        free_zone=pl.Series(cases["free_zone"].to_numpy() & told_first),
    )
    ready = departed - in_seconds(between(draw, times.transit_days, cases.height), DAY)
    first = last.with_columns(
        pl.col("from_port").alias("to_port"),
        cases["first_port"].alias("from_port"),
        pl.lit(1, pl.Int64).alias("leg_no"),
        pl.lit(None, pl.String).alias("vessel_id"),
        departed_at=pl.Series(ready - _days(draw, times.leg_days, cases["mode"])),
        arrived_at=pl.Series(ready),
        free_zone=pl.lit(False),
    ).filter(pl.Series(told_first))
    legs = pl.concat([first, last]).filter(pl.col("from_port").is_not_null() & pl.col("to_port").is_not_null())
    return legs.sort("row", "leg_no").with_columns(known_at="first_known")


def _days(draw: np.random.Generator, spans: dict[str, tuple[float, float]], mode: pl.Series) -> Integers:
    """A time on the way by the mode of transport."""
    low = mode.replace_strict({name: span[0] for name, span in spans.items()}, return_dtype=pl.Float64).to_numpy()
    high = mode.replace_strict({name: span[1] for name, span in spans.items()}, return_dtype=pl.Float64).to_numpy()
    return in_seconds(low + (high - low) * draw.random(len(low)), DAY)
