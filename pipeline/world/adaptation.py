"""How offenders move on when a rule changes: to another port, form or third country, or to goods without a mark."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from pipeline.world.backdrop import NONE, Backdrop
from pipeline.world.calendar import microseconds
from pipeline.world.randomness import Integers, pick, stream
from pipeline.world.scenario.offences import Change

MOVES = ("port", "form", "third_country", "unmarked")
STAYS = 0


def with_moves(backdrop: Backdrop, bookings: pl.DataFrame) -> pl.DataFrame:
    """The bookings with `move` (0: none, else 1 + the place in MOVES), and the ways of those who moved.

    A move to another port takes the landing that is nearest in time there; one by a third country takes a liner from it
    where there is one. `via` is the country that an offender of a lane without landings now goes by, -1 for none.
    """
    rows = bookings.with_columns(move=pl.lit(STAYS, pl.Int64), via=pl.lit(NONE, pl.Int64))
    for number, change in enumerate(backdrop.scenario.offences.changes):
        rows = _after(backdrop, rows, change, number)
    return rows


def _after(backdrop: Backdrop, rows: pl.DataFrame, change: Change, number: int) -> pl.DataFrame:
    draw, words = stream(backdrop.seed, "adaptation", number), backdrop.words
    begins = microseconds(datetime(change.at.year, change.at.month, change.at.day, tzinfo=UTC))
    met = [place for place, goods in enumerate(words.goods) if goods.hs6 in change.goods]
    affected = (
        (rows["lane"] == words.lanes.index(change.lane))
        & (rows["mechanism"] != NONE)
        & (rows["declared"] >= begins)
        & rows["goods"].is_in(met)
    ).to_numpy()
    movers = np.flatnonzero(affected & (draw.random(rows.height) < change.share))
    names = list(change.moves)
    move = np.array([MOVES.index(name) for name in names])[pick(draw, change.moves.values(), len(movers))] + 1
    columns = {name: rows[name].to_numpy().copy() for name in CHANGED}
    columns["move"][movers] = move
    _to_ports(backdrop, columns, movers[move == 1 + MOVES.index("port")], change)
    _by_third_countries(draw, backdrop, columns, movers[move == 1 + MOVES.index("third_country")], change)
    return rows.with_columns(pl.Series(name, values) for name, values in columns.items())


CHANGED = ("move", "via", "voyage", "office", "loading", "origin", "mechanism", "arrived")


def _to_ports(backdrop: Backdrop, columns: dict[str, Integers], movers: Integers, change: Change) -> None:
    """The landing in one of the ports that is nearest in time to the one given up."""
    voyages = backdrop.sea.voyages
    there = voyages.filter(voyages["catch"] & voyages["to_port"].is_in(list(change.ports))).sort("arrived", "voyage")
    movers = movers[backdrop.landed(columns["voyage"][movers])]
    if not there.height or not len(movers):
        return
    arrived = there["arrived"].to_numpy()
    place = np.searchsorted(arrived, columns["arrived"][movers]).clip(1, max(1, len(arrived) - 1))
    before = np.maximum(place - 1, 0)
    place = np.minimum(place, len(arrived) - 1)
    nearer = np.abs(arrived[before] - columns["arrived"][movers]) < np.abs(arrived[place] - columns["arrived"][movers])
    chosen = there[np.where(nearer, before, place)]
    columns["voyage"][movers] = chosen["voyage"].to_numpy()
    columns["arrived"][movers] = chosen["arrived"].to_numpy()
    known = {place: number for number, place in enumerate(backdrop.words.places)}
    columns["office"][movers] = chosen["to_port"].replace_strict(known, return_dtype=pl.Int64).to_numpy()
    loading = chosen["from_port"].replace_strict(known, default=NONE, return_dtype=pl.Int64).fill_null(NONE).to_numpy()
    columns["loading"][movers] = np.where(loading == NONE, columns["loading"][movers], loading)


def _by_third_countries(
    draw: np.random.Generator, backdrop: Backdrop, columns: dict[str, Integers], movers: Integers, change: Change
) -> None:
    words, lane = backdrop.words, backdrop.scenario.trade.lanes[change.lane]
    country = np.array([words.countries.index(name) for name in change.countries])
    country = country[draw.integers(0, len(country), len(movers))]
    if lane.relay_of is None:
        columns["via"][movers] = country
        return
    # Sea products that were landed directly now come by liner, as a relay in disguise.
    columns["origin"][movers] = country
    columns["mechanism"][movers] = words.mechanisms.index("M7")
    columns["voyage"][movers] = NONE
    for place in np.unique(country):
        mine = movers[country == place]
        ports = lane.relays[words.countries[place]]
        columns["loading"][mine] = words.places.index(ports[0])
        _aboard_a_liner(backdrop, columns, mine, words.countries[place])


def _aboard_a_liner(backdrop: Backdrop, columns: dict[str, Integers], mine: Integers, country: str) -> None:
    """The liner from the country that calls at the office nearest in time, where one does within a week."""
    voyages = backdrop.sea.voyages
    liners = voyages.filter(~voyages["catch"] & voyages["from_port"].str.starts_with(country).fill_null(False))
    for office in np.unique(columns["office"][mine]):
        calls = liners.filter(pl.col("to_port") == backdrop.words.places[office]).sort("arrived", "voyage")
        own = mine[columns["office"][mine] == office]
        if not calls.height:
            continue
        arrived = calls["arrived"].to_numpy()
        place = np.minimum(np.searchsorted(arrived, columns["arrived"][own]), len(arrived) - 1)
        near = np.abs(arrived[place] - columns["arrived"][own]) < WEEK
        columns["voyage"][own[near]] = calls["voyage"].to_numpy()[place[near]]
        columns["arrived"][own[near]] = arrived[place[near]]
        columns["loading"][own[near]] = [backdrop.words.places.index(p) for p in calls["from_port"].gather(place[near])]


WEEK = 7 * 24 * 3600 * 1_000_000
