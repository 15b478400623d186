"""Who deals with whom: importer, exporter, declarant and carrier of each booking, by activity, habit and ship."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.backdrop import NONE, Backdrop
from pipeline.world.firms.firms import Firms
from pipeline.world.randomness import Booleans, Integers, stream

ROLES = ("importer", "exporter", "declarant", "carrier")


OFFERS = 6  # so many importers bid for an offending landing


def with_parties(backdrop: Backdrop, bookings: pl.DataFrame) -> pl.DataFrame:
    """The bookings with importer, exporter, declarant and carrier, as numbers of parties."""
    columns = {role: np.full(bookings.height, NONE, dtype=np.int64) for role in ROLES}
    for place, name in enumerate(backdrop.words.lanes):
        mine = np.flatnonzero((bookings["lane"] == place).to_numpy())
        if len(mine):
            for role, parties in _of_lane(backdrop, name, bookings[mine]).items():
                columns[role][mine] = parties
    return bookings.with_columns(pl.Series(role, parties) for role, parties in columns.items())


def firm_for(firms: Firms, draw: np.random.Generator, lane: str, role: str, instants: Integers) -> Integers:
    """A firm of a lane and role for each instant, in proportion to activity among those that trade by then.

    Where nobody trades yet, the first that will.
    """
    group = firms.rows.filter((pl.col("lane") == lane) & (pl.col("role") == role)).sort("active_from", "party")
    # By the order of beginning, those that trade at an instant are the first so many.
    cumulative = group["weight"].to_numpy().cumsum()
    trading = np.searchsorted(group["active_from"].to_numpy(), instants, side="right").clip(1)
    drawn = np.searchsorted(cumulative, draw.random(len(instants)) * cumulative[trading - 1], side="right")
    return np.asarray(group["party"].to_numpy()[np.minimum(drawn, trading - 1)], dtype=np.int64)


def _of_lane(backdrop: Backdrop, name: str, rows: pl.DataFrame) -> dict[str, Integers]:
    draw = stream(backdrop.seed, "dealing", backdrop.words.lanes.index(name))
    dealing, declared = backdrop.scenario.trade.dealing, rows["declared"].to_numpy()
    importer = firm_for(backdrop.firms, draw, name, "importer", declared)
    importer = _of_offending_ships(draw, backdrop, name, rows, importer)
    importer = _usual_of_the_hull(draw, backdrop, name, rows, importer)
    if backdrop.scenario.trade.lanes[name].marked:
        wanted = draw.random(rows.height) < dealing.authorised_share
        importer = authorised_instead(draw, backdrop, rows, importer, wanted)
    parties = {
        "importer": importer,
        "exporter": _exporters(draw, backdrop, name, rows, importer),
        "declarant": firm_for(backdrop.firms, draw, name, "declarant", declared),
        "carrier": firm_for(backdrop.firms, draw, name, "carrier", declared),
    }
    return {role: of_the_sending(rows, party) for role, party in parties.items()}


def _of_offending_ships(
    draw: np.random.Generator, backdrop: Backdrop, lane: str, rows: pl.DataFrame, importer: Integers
) -> Integers:
    """Offending landings go to whoever leans most to offend among some that bid, by the weight of leaning."""
    voyage = rows["voyage"].to_numpy()
    mine = np.flatnonzero((voyage != NONE) & (backdrop.mechanism_of_voyage[np.maximum(voyage, 0)] != NONE))
    instants = np.repeat(rows["declared"].to_numpy()[mine], OFFERS)
    offers = firm_for(backdrop.firms, draw, lane, "importer", instants).reshape(-1, OFFERS)
    pull = backdrop.scenario.trade.dealing.rogue_pull * backdrop.leaning[offers]
    # The largest of pull and noise of this form wins in proportion to exp(pull).
    best = (pull + draw.gumbel(size=pull.shape)).argmax(axis=1)
    importer = importer.copy()
    importer[mine] = offers[np.arange(len(mine)), best]
    return importer


def _usual_of_the_hull(
    draw: np.random.Generator, backdrop: Backdrop, lane: str, rows: pl.DataFrame, importer: Integers
) -> Integers:
    usual = _usual(draw, backdrop, lane, "importer", backdrop.sea.hulls.height * 3).reshape(-1, 3)
    habit = draw.random(rows.height) < backdrop.scenario.trade.dealing.hull_importer_share
    which = draw.integers(0, 3, rows.height)
    return np.where(backdrop.landed(rows["voyage"].to_numpy()) & habit, usual[_hull(backdrop, rows), which], importer)


def _usual(draw: np.random.Generator, backdrop: Backdrop, lane: str, role: str, count: int) -> Integers:
    """Parties for habits: of those that have traded since before the world begins."""
    return firm_for(backdrop.firms, draw, lane, role, np.full(count, backdrop.span.start))


def _exporters(
    draw: np.random.Generator, backdrop: Backdrop, lane: str, rows: pl.DataFrame, importer: Integers
) -> Integers:
    dealing, count = backdrop.scenario.trade.dealing, rows.height
    habitual = backdrop.firms.partners[importer, draw.integers(0, backdrop.firms.partners.shape[1], count)]
    anybody = firm_for(backdrop.firms, draw, lane, "exporter", rows["declared"].to_numpy())
    exporter = np.where((draw.random(count) < dealing.habit_share) & (habitual >= 0), habitual, anybody)
    seller = _usual(draw, backdrop, lane, "exporter", backdrop.sea.hulls.height)
    sold = backdrop.landed(rows["voyage"].to_numpy()) & (draw.random(count) < dealing.hull_exporter_share)
    return np.where(sold, seller[_hull(backdrop, rows)], exporter)


def _hull(backdrop: Backdrop, rows: pl.DataFrame) -> Integers:
    """The hull of each booking; the first one where there is none."""
    return np.asarray(backdrop.hull_of_voyage[np.maximum(rows["voyage"].to_numpy(), 0)], dtype=np.int64)


def authorised_instead(
    draw: np.random.Generator, backdrop: Backdrop, rows: pl.DataFrame, importer: Integers, wanted: Booleans
) -> Integers:
    """Where wanted, an importer whom the right holder had authorised for the mark by then; the given one without."""
    register = backdrop.brands.authorised.unique("grant", maintain_order=True)
    importer, marks = importer.copy(), rows["mark"].to_numpy()
    chance, declared = draw.random(rows.height), rows["declared"].to_numpy()
    for (mark,), own in register.group_by("mark", maintain_order=True):
        mine = np.flatnonzero(wanted & (marks == mark))
        place = (chance[mine] * own.height).astype(np.int64)
        since, until = own["valid_from"].to_numpy()[place], own["valid_to"].fill_null(2**62).to_numpy()[place]
        holds = (since <= declared[mine]) & (declared[mine] < until)
        importer[mine[holds]] = own["party"].to_numpy()[place[holds]]
    return importer


def is_authorised(backdrop: Backdrop, rows: pl.DataFrame) -> Booleans:
    """Whether the importer of each booking was authorised for its mark when it was declared."""
    asked = rows.select("mark", "importer", "declared").with_row_index("_row")
    held = asked.join(backdrop.brands.authorised, left_on=["mark", "importer"], right_on=["mark", "party"], how="inner")
    until = pl.col("valid_to").fill_null(2**62)
    valid = held.filter((pl.col("valid_from") <= pl.col("declared")) & (pl.col("declared") < until))
    known = np.zeros(rows.height, dtype=np.bool_)
    known[valid["_row"].to_numpy()] = True
    return known


def of_the_sending(rows: pl.DataFrame, values: Integers) -> Integers:
    """The values, but the parts of one sending have that of its first part."""
    first = rows.select("split").with_row_index().select(pl.col("index").first().over("split")).to_series().to_numpy()
    return np.where(rows["split"].to_numpy() == NONE, values, values[first])
