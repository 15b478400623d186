"""Who deals with whom: importer, exporter, declarant and carrier of each booking, by activity, habit and ship."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.world.backdrop import Backdrop
from pipeline.world.bookings import NONE
from pipeline.world.randomness import Booleans, Floats, Integers, pick, stream

ROLES = ("importer", "exporter", "declarant", "carrier")


@dataclass(frozen=True)
class Pool:
    """The parties of one lane and role: activity, the instant from which they trade, whether that was before the world."""

    party: Integers
    weight: Floats
    active_from: Integers
    settled: Booleans

    def draw(self, draw: np.random.Generator, declared: Integers, tilt: Floats | None = None) -> Integers:
        """A party for each instant, by activity (times `tilt`); of those who trade by then."""
        weight = self.weight if tilt is None else self.weight * tilt
        chosen = pick(draw, weight, len(declared))
        early = self.active_from[chosen] > declared
        chosen[early] = pick(draw, np.where(self.settled, weight, 0.0), int(early.sum()))
        return self.party[chosen]

    def usual(self, draw: np.random.Generator, count: int) -> Integers:
        """Parties for habits: of those who have traded all along."""
        return self.party[pick(draw, np.where(self.settled, self.weight, 0.0), count)]


def with_parties(backdrop: Backdrop, bookings: pl.DataFrame) -> pl.DataFrame:
    """The bookings with importer, exporter, declarant and carrier, as numbers of parties."""
    columns = {role: np.full(bookings.height, NONE, dtype=np.int64) for role in ROLES}
    for place, name in enumerate(backdrop.words.lanes):
        mine = np.flatnonzero((bookings["lane"] == place).to_numpy())
        if len(mine):
            for role, parties in _of_lane(backdrop, name, bookings[mine]).items():
                columns[role][mine] = parties
    return bookings.with_columns(pl.Series(role, parties) for role, parties in columns.items())


def _of_lane(backdrop: Backdrop, name: str, rows: pl.DataFrame) -> dict[str, Integers]:
    draw = stream(backdrop.seed, "dealing", backdrop.words.lanes.index(name))
    lane, declared = backdrop.scenario.trade.lanes[name], rows["declared"].to_numpy()
    pools = {role: pool_of(backdrop, name, role) for role in ROLES}
    importer = pools["importer"].draw(draw, declared)
    importer = _of_offending_ships(draw, backdrop, pools["importer"], rows, importer)
    importer = _usual_of_the_hull(draw, backdrop, pools["importer"], rows, importer)
    if lane.marked:
        wanted = draw.random(rows.height) < backdrop.scenario.trade.dealing.authorised_share
        importer = authorised_instead(draw, backdrop, rows, importer, wanted)
    parties = {
        "importer": importer,
        "exporter": _exporters(draw, backdrop, pools["exporter"], rows, importer),
        "declarant": pools["declarant"].draw(draw, declared),
        "carrier": pools["carrier"].draw(draw, declared),
    }
    return {role: _of_the_sending(rows, party) for role, party in parties.items()}


def pool_of(backdrop: Backdrop, lane: str, role: str) -> Pool:
    """The parties of a lane and role."""
    rows = backdrop.firms.rows.filter((pl.col("lane") == lane) & (pl.col("role") == role))
    since = rows["active_from"].to_numpy()
    return Pool(rows["party"].to_numpy(), rows["weight"].to_numpy(), since, since <= backdrop.span.start)


def _of_offending_ships(
    draw: np.random.Generator, backdrop: Backdrop, pool: Pool, rows: pl.DataFrame, importer: Integers
) -> Integers:
    """Offending landings are bought by those who lean to offend more often than others."""
    voyage = rows["voyage"].to_numpy()
    offends = (voyage != NONE) & (backdrop.mechanism_of_voyage[np.maximum(voyage, 0)] != NONE)
    mine = np.flatnonzero(offends)
    tilt = np.exp(backdrop.scenario.trade.dealing.rogue_pull * backdrop.leaning[pool.party])
    importer = importer.copy()
    importer[mine] = pool.draw(draw, rows["declared"].to_numpy()[mine], tilt)
    return importer


def _usual_of_the_hull(
    draw: np.random.Generator, backdrop: Backdrop, pool: Pool, rows: pl.DataFrame, importer: Integers
) -> Integers:
    hulls = backdrop.sea.hulls.height
    usual = pool.usual(draw, hulls * 3).reshape(hulls, 3)
    landed = _landed(backdrop, rows)
    habit = draw.random(rows.height) < backdrop.scenario.trade.dealing.hull_importer_share
    which = draw.integers(0, 3, rows.height)
    hull = _hull(backdrop, rows)
    return np.where(landed & habit, usual[hull, which], importer)


def _exporters(
    draw: np.random.Generator, backdrop: Backdrop, pool: Pool, rows: pl.DataFrame, importer: Integers
) -> Integers:
    dealing, count = backdrop.scenario.trade.dealing, rows.height
    habitual = backdrop.firms.partners[importer, draw.integers(0, backdrop.firms.partners.shape[1], count)]
    anybody = pool.draw(draw, rows["declared"].to_numpy())
    exporter = np.where((draw.random(count) < dealing.habit_share) & (habitual >= 0), habitual, anybody)
    seller = pool.usual(draw, backdrop.sea.hulls.height)
    sold = _landed(backdrop, rows) & (draw.random(count) < dealing.hull_exporter_share)
    return np.where(sold, seller[_hull(backdrop, rows)], exporter)


def _landed(backdrop: Backdrop, rows: pl.DataFrame) -> Booleans:
    voyage = rows["voyage"].to_numpy()
    return np.asarray((voyage != NONE) & backdrop.sea.voyages["catch"].to_numpy()[np.maximum(voyage, 0)])


def _hull(backdrop: Backdrop, rows: pl.DataFrame) -> Integers:
    """The hull of each booking; the first one where there is none."""
    return backdrop.hull_of_voyage[np.maximum(rows["voyage"].to_numpy(), 0)]


def authorised_instead(
    draw: np.random.Generator, backdrop: Backdrop, rows: pl.DataFrame, importer: Integers, wanted: Booleans
) -> Integers:
    """Where wanted, an importer whom the right holder had authorised for the mark by then; the given one without."""
    register = backdrop.brands.authorised.filter(pl.col("party").is_in(pool_of_importers(backdrop)))
    importer, marks = importer.copy(), rows["mark"].to_numpy()
    chance, declared = draw.random(rows.height), rows["declared"].to_numpy()
    for (mark,), own in register.group_by("mark", maintain_order=True):
        mine = np.flatnonzero(wanted & (marks == mark))
        place = (chance[mine] * own.height).astype(np.int64)
        since, until = own["valid_from"].to_numpy()[place], own["valid_to"].fill_null(2**62).to_numpy()[place]
        holds = (since <= declared[mine]) & (declared[mine] < until)
        importer[mine[holds]] = own["party"].to_numpy()[place[holds]]
    return importer


def pool_of_importers(backdrop: Backdrop) -> list[int]:
    """Every importer of a lane of marked goods."""
    marked = [name for name, lane in backdrop.scenario.trade.lanes.items() if lane.marked]
    return backdrop.firms.rows.filter(pl.col("lane").is_in(marked) & (pl.col("role") == "importer"))["party"].to_list()


def is_authorised(backdrop: Backdrop, rows: pl.DataFrame) -> Booleans:
    """Whether the importer of each booking was authorised for its mark when it was declared."""
    asked = rows.select("mark", "importer", "declared").with_row_index("_row")
    held = asked.join(backdrop.brands.authorised, left_on=["mark", "importer"], right_on=["mark", "party"], how="inner")
    until = pl.col("valid_to").fill_null(2**62)
    valid = held.filter((pl.col("valid_from") <= pl.col("declared")) & (pl.col("declared") < until))
    known = np.zeros(rows.height, dtype=np.bool_)
    known[valid["_row"].to_numpy()] = True
    return known


def _of_the_sending(rows: pl.DataFrame, party: Integers) -> Integers:
    """The parts of one sending have the parties of its first part."""
    first = rows.select(pl.int_range(pl.len()).first().over("split")).to_series().to_numpy()
    return np.where(rows["split"].to_numpy() == NONE, party, party[first])
