"""Who offends, by which mechanism, and how each consignment shows: cases and the honest alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from pipeline.world.parameters import Lane, Parameters, Symptoms
from pipeline.world.parties import Parties
from pipeline.world.randomness import Floats, chances, pick


def with_cases(
    generator: np.random.Generator, parameters: Parameters, parties: Parties, trade: pl.DataFrame
) -> pl.DataFrame:
    """The trade with `mechanism` (null: honest), a case where it is not null and the lane is then its scheme."""
    mechanism = np.full(trade.height, None, dtype=object)
    lanes = trade["lane"].to_numpy()
    for name, scheme in parameters.schemes.items():
        rows = np.flatnonzero(lanes == name)
        log_odds = _leanings(parameters, parties, trade[rows], parameters.lanes[name])
        offends = generator.random(len(rows)) < chances(log_odds, scheme.rate)
        known = list(scheme.mechanisms)
        drawn = pick(generator, (item.share for item in scheme.mechanisms.values()), len(rows))
        for row, place in zip(rows[offends], drawn[offends], strict=True):
            mechanism[row] = known[place]
    return trade.with_columns(mechanism=pl.Series(mechanism.tolist(), dtype=pl.String))


def _leanings(parameters: Parameters, parties: Parties, trade: pl.DataFrame, lane: Lane) -> Floats:
    goods = np.array([goods.leaning for goods in lane.goods])[trade["goods"].to_numpy()]
    origin = np.array([lane.origins[country].leaning for country in trade["origin_country"]], dtype=np.float64)
    party = sum(weight * parties.leaning[trade[role].to_numpy()] for role, weight in parameters.leanings.items())
    return np.asarray(goods + origin + party, dtype=np.float64)


def with_symptoms(generator: np.random.Generator, parameters: Parameters, cases: pl.DataFrame) -> pl.DataFrame:
    """The cases with `odd_route`, `bad_container` (boolean), `amendments` (number), `price_log` and `mass_log`."""
    shown = [_symptoms(parameters, lane, mechanism) for lane, mechanism in cases.select("lane", "mechanism").rows()]

    def happens(chance: Callable[[Symptoms], float]) -> pl.Series:
        wanted = np.array([chance(symptoms) for symptoms in shown], dtype=np.float64)
        return pl.Series(generator.random(len(shown)) < wanted)

    most = parameters.amendments.most
    return cases.with_columns(
        odd_route=happens(lambda symptoms: symptoms.odd_route),
        bad_container=happens(lambda symptoms: symptoms.bad_container),
        amendments=happens(lambda symptoms: symptoms.amended).cast(pl.Int64)
        * pl.Series(generator.integers(1, most + 1, len(shown))),
        price_log=pl.Series([symptoms.price_log for symptoms in shown], dtype=pl.Float64),
        mass_log=pl.Series([symptoms.mass_log for symptoms in shown], dtype=pl.Float64),
    )


def _symptoms(parameters: Parameters, lane: str, mechanism: str | None) -> Symptoms:
    return parameters.honest if mechanism is None else parameters.schemes[lane].mechanisms[mechanism]


def with_route(generator: np.random.Generator, parameters: Parameters, cases: pl.DataFrame) -> pl.DataFrame:
    """The cases with dispatch_country, loading_port and discharge_port in place of `port`.

    An export goes the other way. An odd route is one that is dispatched from a third country, where the lane knows one.
    """
    draws = generator.random((cases.height, 2)).tolist()
    columns = cases.select("lane", "regime", "office", "origin_country", "destination_country", "port", "odd_route")
    routes = [
        _route(parameters.lanes[lane], *rest, *draw) for (lane, *rest), draw in zip(columns.rows(), draws, strict=True)
    ]
    told = pl.DataFrame(routes, schema=dict.fromkeys(_ROUTE, pl.String), orient="row")
    export = pl.col("regime") == "export"
    swapped = [
        pl.when(export).then(pl.col(other)).otherwise(pl.col(one)).alias(one)
        for one, other in (("importer", "exporter"), ("exporter", "importer"))
    ]
    return cases.drop("port", "origin_country", "destination_country").hstack(told).with_columns(swapped)


_ROUTE = ("origin_country", "dispatch_country", "destination_country", "loading_port", "discharge_port")


def _route(
    lane: Lane,
    regime: str,
    office: str,
    origin: str,
    destination: str,
    port: str,
    odd: bool,
    which_country: float,
    which_port: float,
) -> tuple[str, str, str, str, str]:
    if regime == "export":
        return destination, destination, origin, office, port
    relays = [country for country in lane.relays if country != origin]
    if not (odd and relays):
        return origin, origin, destination, port, office
    dispatch = relays[int(which_country * len(relays))]
    ports = lane.relays[dispatch]
    return origin, dispatch, destination, ports[int(which_port * len(ports))], office
