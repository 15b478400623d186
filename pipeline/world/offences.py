"""Who offends, and by which mechanism: offences of a whole voyage first, then those of single consignments."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.backdrop import NONE, Backdrop, places_of
from pipeline.world.dealings import authorised_instead, is_authorised, of_the_sending
from pipeline.world.randomness import Booleans, Floats, Integers, chances, stream
from pipeline.world.scenario.offences import Need, WorldScheme


def with_mechanisms(backdrop: Backdrop, bookings: pl.DataFrame) -> pl.DataFrame:
    """The bookings with `mechanism` (place in the vocabulary, -1 for an honest one).

    Honest imports of a mark whose right holder must consent come, but for a stated share, by an authorised importer:
    so `importer` changes for some of them.
    """
    voyage = bookings["voyage"].to_numpy()
    mechanism = np.where(voyage == NONE, NONE, backdrop.mechanism_of_voyage[np.maximum(voyage, 0)])
    importer = bookings["importer"].to_numpy().copy()
    for number, (name, scheme) in enumerate(backdrop.scenario.offences.schemes.items()):
        lane = backdrop.words.lanes.index(scheme.lane)
        inward = bookings["regime"] == backdrop.words.regimes.index("import")
        mine = np.flatnonzero(((bookings["lane"] == lane) & inward).to_numpy() & (mechanism == NONE))
        rows = bookings[mine]
        draw = stream(backdrop.seed, "offence", number)
        fits = {need: _fits(backdrop, rows, need) for one in scheme.mechanisms.values() for need in one.needs}
        mechanism[mine] = _drawn(draw, backdrop, name, scheme, rows, fits)
        if "unauthorised" in fits:
            consented = draw.random(len(mine)) < backdrop.scenario.trade.dealing.consented_share
            mended = (mechanism[mine] == NONE) & fits["unauthorised"] & ~consented
            instead = authorised_instead(draw, backdrop, rows, importer[mine], mended)
            importer[mine] = of_the_sending(rows, instead)
    return bookings.with_columns(mechanism=pl.Series(mechanism), importer=pl.Series(importer))


def _drawn(
    draw: np.random.Generator,
    backdrop: Backdrop,
    name: str,
    scheme: WorldScheme,
    rows: pl.DataFrame,
    fits: dict[Need, Booleans],
) -> Integers:
    """The mechanism of each row: whether it is a case by who deals and with what, then which among those that fit."""
    if not rows.height:
        return np.zeros(0, dtype=np.int64)
    able = np.stack([np.logical_and.reduce([np.ones(rows.height, dtype=np.bool_), *(fits[need] for need in one.needs)])
                     for one in scheme.mechanisms.values()], axis=1)  # fmt: skip
    weights = able * np.array([one.share for one in scheme.mechanisms.values()])
    total = weights.sum(axis=1)
    case = np.zeros(rows.height, dtype=np.bool_)
    open_to = np.flatnonzero(total > 0)
    # A consignment that few mechanisms fit is a case as much more seldom.
    odds = _log_odds(backdrop, name, rows)[open_to] + np.log(total[open_to])
    if 0 < scheme.rate < 1 and len(open_to):
        share = min(scheme.rate * rows.height / len(open_to), 0.95)
        case[open_to] = draw.random(len(open_to)) < chances(odds, share)
    edges = np.cumsum(weights, axis=1)
    which = (draw.random(rows.height)[:, None] * total[:, None] >= edges).sum(axis=1)
    places = places_of(backdrop.words.mechanisms, tuple(scheme.mechanisms))
    chosen = np.where(case, places[np.minimum(which, len(places) - 1)], NONE)
    # The parts of one sending offend together.
    return of_the_sending(rows, chosen)


def _log_odds(backdrop: Backdrop, scheme: str, rows: pl.DataFrame) -> Floats:
    lanes, offences = backdrop.scenario.trade.lanes, backdrop.scenario.offences
    lane = lanes[offences.schemes[scheme].lane]
    goods = np.array([one.leaning for one in backdrop.words.goods])[rows["goods"].to_numpy()]
    of_origin = np.zeros(len(backdrop.words.countries))
    for country, origin in lane.origins.items():
        of_origin[backdrop.words.countries.index(country)] = origin.leaning
    party = [weight * backdrop.leaning[rows[role].to_numpy()] for role, weight in offences.leanings.items()]
    return np.asarray(goods + of_origin[rows["origin"].to_numpy()] + np.sum(party, axis=0), dtype=np.float64)


def _fits(backdrop: Backdrop, rows: pl.DataFrame, need: Need) -> Booleans:
    goods, words = backdrop.words.goods, backdrop.words

    def of_goods(holds: list[bool]) -> Booleans:
        return np.asarray(np.array(holds)[rows["goods"].to_numpy()], dtype=np.bool_)

    landed = backdrop.landed(rows["voyage"].to_numpy())
    swaps = backdrop.scenario.offences.swaps
    if need == "landed":
        return landed
    if need == "certified":
        return landed & of_goods([one.certified for one in goods])
    if need == "swappable":
        return of_goods([one.swapped_for is not None or bool(set(one.species) & set(swaps.species)) for one in goods])
    if need == "relayed":
        relays = np.array([any(c in lane.relays and lane.relay_of for lane in backdrop.scenario.trade.lanes.values())
                           for c in words.countries])  # fmt: skip
        by_sea = (rows["mode"] == words.modes.index("sea")).to_numpy()
        return np.asarray(relays[rows["origin"].to_numpy()] & by_sea & ~landed, dtype=np.bool_)
    if need == "unauthorised":
        return _unauthorised(backdrop, rows)
    if need == "shell":
        return np.asarray(backdrop.firms.rows["shell"].to_numpy()[rows["importer"].to_numpy()], dtype=np.bool_)
    if need in ("split", "whole"):
        return np.asarray((rows["split"].to_numpy() != NONE) == (need == "split"), dtype=np.bool_)
    if need == "scrap":
        return of_goods([one.hs6.startswith("72") for one in goods])
    radioactive = of_goods([one.activity_bq is not None for one in goods])
    return radioactive if need == "radioactive" else ~radioactive


def _unauthorised(backdrop: Backdrop, rows: pl.DataFrame) -> Booleans:
    """The mark is one whose right holder must consent, and the importer is none whom he authorised."""
    needs_consent = np.zeros(rows.height, dtype=np.bool_)
    marks, declared = rows["mark"].to_numpy(), rows["declared"].to_numpy()
    for mark in np.unique(marks[marks != NONE]):
        mine = np.flatnonzero(marks == mark)
        needs_consent[mine] = backdrop.brands.regime_at(int(mark), declared[mine]) == "national"
    return needs_consent & ~is_authorised(backdrop, rows)
