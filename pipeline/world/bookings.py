"""Bookings: what comes when, by which way and ship, for the whole world, as whole numbers.

They are drawn at once, a few dozen bytes each, so that a landing, a parcel split in parts or a habit can reach across
the chunks in which declarations are then written out.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.backdrop import NONE, Backdrop, places_of
from pipeline.world.calendar import DAY, HOUR, in_seconds, on_office_days
from pipeline.world.randomness import Integers, pick, stream
from pipeline.world.scenario.trade import Lane

Columns = dict[str, np.ndarray]


def make_bookings(backdrop: Backdrop, consignments: int) -> pl.DataFrame:
    """A row per consignment, by the instant of its declaration; `number` counts them.

    lane, regime, mode, origin, office, loading, goods: places in the vocabulary; mark and voyage: numbers, -1 for none;
    part: weight among the consignments of a voyage; split: number of the sending that it is a part of, -1 for none;
    declared, arrived: instants. Who deals with whom is drawn in dealings.py.
    """
    lanes = backdrop.scenario.trade.lanes
    counts = _apportioned([lane.share for lane in lanes.values()], consignments)
    drawn = [
        pl.DataFrame(_of_lane(backdrop, name, count)) for name, count in zip(lanes, counts, strict=True) if count > 0
    ]
    rows = pl.concat(drawn).sort("declared", "lane", maintain_order=True).with_row_index("number")
    return rows.cast({"number": pl.Int64})


def _apportioned(shares: list[float], total: int) -> list[int]:
    """Whole numbers in proportion to the shares that add up to the total."""
    edges = np.round(np.cumsum([0.0, *shares]) / sum(shares) * total).astype(np.int64)
    return [int(count) for count in np.diff(edges)]


def _of_lane(backdrop: Backdrop, name: str, count: int) -> Columns:
    words, lane = backdrop.words, backdrop.scenario.trade.lanes[name]
    number = words.lanes.index(name)
    draw = stream(backdrop.seed, "booking", number)
    origins = list(lane.origins)
    origin = pick(draw, (lane.origins[country].share for country in origins), count)
    rows: Columns = {
        "lane": np.full(count, number),
        "regime": places_of(words.regimes, tuple(lane.regimes))[pick(draw, lane.regimes.values(), count)],
        "mode": places_of(words.modes, tuple(lane.modes))[pick(draw, lane.modes.values(), count)],
        "origin": places_of(words.countries, origins)[origin],
        "office": places_of(words.places, tuple(lane.offices))[pick(draw, lane.offices.values(), count)],
        "loading": _ports(draw, backdrop, lane, origin),
        "part": draw.gamma(2.0, 0.5, count),
    }
    rows["voyage"] = _voyages(draw, backdrop, lane, rows)
    rows["goods"] = words.first_goods[name] + _goods(draw, backdrop, lane, rows["voyage"])
    _follow_the_ship(backdrop, rows)
    rows["arrived"], rows["declared"] = _times(draw, backdrop, rows["voyage"])
    rows["split"] = _sendings(draw, backdrop, lane, count)
    first = words.first_goods[name]
    if lane.marked:
        _send_in_parts(draw, backdrop, lane, first, rows)
    rows["mark"] = _marks(draw, backdrop, lane, rows["goods"] - first)
    _share_with_parts(rows, "mark")
    return rows


def _ports(draw: np.random.Generator, backdrop: Backdrop, lane: Lane, origin: Integers) -> Integers:
    chosen = draw.random(len(origin))
    ports = [places_of(backdrop.words.places, of.ports) for of in lane.origins.values()]
    sizes = np.array([len(some) for some in ports])[origin]
    first = np.cumsum([0, *(len(some) for some in ports)])[origin]
    return np.asarray(np.concatenate(ports)[first + (chosen * sizes).astype(np.int64)], dtype=np.int64)


def _voyages(draw: np.random.Generator, backdrop: Backdrop, lane: Lane, rows: Columns) -> Integers:
    """A voyage for each import by sea that has one: from its origin, into an office of the lane, within the year."""
    voyages, words, span = backdrop.sea.voyages, backdrop.words, backdrop.span
    inside = voyages["arrived"].is_between(span.start, span.end - 2 * DAY, closed="left")
    into = voyages["to_port"].is_in(list(lane.offices)) & inside
    by_sea = (rows["mode"] == words.modes.index("sea")) & (rows["regime"] == words.regimes.index("import"))
    chosen = np.full(len(by_sea), NONE, dtype=np.int64)
    for country, origin in lane.origins.items():
        if origin.landed:
            serves = voyages["catch"]
        else:
            serves = ~voyages["catch"] & voyages["from_port"].str.starts_with(country).fill_null(False)
        able = voyages.filter(into & serves)["voyage"].to_numpy()
        mine = np.flatnonzero(by_sea & (rows["origin"] == words.countries.index(country)))
        if len(able) and len(mine):
            chosen[mine] = able[draw.integers(0, len(able), len(mine))]
    return chosen


def _goods(draw: np.random.Generator, backdrop: Backdrop, lane: Lane, voyage: Integers) -> Integers:
    """The place of the goods in the lane: what the ship can carry, and of a landing what it caught."""
    loads, of_voyage = backdrop.loads
    load = np.full(len(voyage), NONE, dtype=np.int64)
    load[voyage != NONE] = of_voyage[voyage[voyage != NONE]]
    chosen = np.zeros(len(voyage), dtype=np.int64)
    for which in np.unique(load):
        species, vessel = (None, None) if which == NONE else loads[which]
        mine = np.flatnonzero(load == which)
        chosen[mine] = pick(draw, _fitting(lane, species, vessel), len(mine))
    return chosen


def _fitting(lane: Lane, species: str | None, vessel: str | None) -> list[float]:
    """The share of each of the lane's goods on such a ship; the shares as they stand where nothing fits."""
    able = [
        goods.share * ((vessel in goods.vessels) if goods.vessels else vessel != "tanker") if vessel else goods.share
        for goods in lane.goods
    ]
    caught = [share * (species in goods.species) for share, goods in zip(able, lane.goods, strict=True)]
    return caught if sum(caught) else able if sum(able) else [goods.share for goods in lane.goods]


def _marks(draw: np.random.Generator, backdrop: Backdrop, lane: Lane, goods: Integers) -> Integers:
    """A mark recorded for each of the goods, some far more often than others; -1 in a lane without marks."""
    marks = np.full(len(goods), NONE, dtype=np.int64)
    if not lane.marked:
        return marks
    favour = draw.random(len(goods)) ** 2  # the square makes the first marks of a heading the most frequent
    for place, one in enumerate(lane.goods):
        own = backdrop.marks_of(one.hs6)
        mine = np.flatnonzero(goods == place)
        if len(own):
            marks[mine] = own[(favour[mine] * len(own)).astype(np.int64)]
    return marks


def _follow_the_ship(backdrop: Backdrop, rows: Columns) -> None:
    """Whatever comes by ship is declared where the ship calls, and was loaded where it loaded."""
    words, voyages = backdrop.words, backdrop.sea.voyages
    known = {place: number for number, place in enumerate(words.places)}
    aboard = np.flatnonzero(rows["voyage"] != NONE)
    taken = voyages[rows["voyage"][aboard]]
    for column, port in (("office", "to_port"), ("loading", "from_port")):
        number = taken[port].replace_strict(known, default=NONE, return_dtype=pl.Int64).fill_null(NONE).to_numpy()
        rows[column][aboard] = np.where(number == NONE, rows[column][aboard], number)
    # An export leaves by the office.
    out = rows["regime"] == words.regimes.index("export")
    rows["loading"] = np.where(out, rows["office"], rows["loading"])


def _times(draw: np.random.Generator, backdrop: Backdrop, voyage: Integers) -> tuple[Integers, Integers]:
    """Arrival and declaration; without a ship, arrivals are spread evenly over the year."""
    times, span = backdrop.scenario.trade.times, backdrop.span
    anyhow = span.start + in_seconds(draw.random(len(voyage)) * ((span.end - span.start) / DAY - 3), DAY)
    by_ship = backdrop.sea.voyages["arrived"].to_numpy()
    arrived = anyhow.copy()
    arrived[voyage != NONE] = by_ship[voyage[voyage != NONE]]
    before = in_seconds(draw.uniform(*times.declared_before_arrival, len(voyage)), DAY)
    return arrived, on_office_days(draw, times, span, arrived - before)


def _sendings(draw: np.random.Generator, backdrop: Backdrop, lane: Lane, count: int) -> Integers:
    """The sending of which each row is a part; the first rows of a lane of marked goods are parts, the others whole."""
    dealing = backdrop.scenario.trade.dealing
    sending = np.full(count, NONE, dtype=np.int64)
    wanted = round(count * dealing.split_share) if lane.marked else 0
    if wanted >= dealing.split_parts[0]:
        sizes = draw.integers(dealing.split_parts[0], dealing.split_parts[1] + 1, wanted)
        sending[:wanted] = np.repeat(np.arange(wanted), sizes)[:wanted]
    return sending


def _send_in_parts(draw: np.random.Generator, backdrop: Backdrop, lane: Lane, first: int, rows: Columns) -> None:
    """Parts of a sending are small goods by post, alike in all but the instant."""
    dealing = backdrop.scenario.trade.dealing
    small = [
        place for place, goods in enumerate(lane.goods) if goods.unit_kg and goods.unit_kg <= dealing.split_unit_kg
    ]
    count = int((rows["split"] != NONE).sum())
    if not count or not small:
        return
    rows["goods"][:count] = first + np.array(small)[draw.integers(0, len(small), count)]
    for column in ("regime", "origin", "office", "loading", "goods", "declared"):
        _share_with_parts(rows, column)
    rows["voyage"][:count] = NONE
    rows["mode"][:count] = backdrop.words.modes.index("post")
    later = in_seconds(draw.random(count) * dealing.split_hours, HOUR)
    rows["declared"][:count] = np.minimum(rows["declared"][:count] + later, backdrop.span.end - DAY)
    rows["arrived"][:count] = rows["declared"][:count] + in_seconds(draw.uniform(0.2, 2.0, count), DAY)


def _share_with_parts(rows: Columns, column: str) -> None:
    """Gives every part of a sending the value of the first part."""
    sending = rows["split"][rows["split"] != NONE]
    rows[column][: len(sending)] = rows[column][np.searchsorted(sending, sending)]


def with_parts(bookings: pl.DataFrame) -> pl.DataFrame:
    """The bookings with `part` as the share of the voyage's landing; the sums are taken in the order of the rows."""
    voyage, part = bookings["voyage"].to_numpy(), bookings["part"].to_numpy()
    aboard = voyage != NONE
    sums = np.bincount(voyage[aboard], weights=part[aboard])
    shares = part.copy()
    shares[aboard] = part[aboard] / sums[voyage[aboard]]
    return bookings.with_columns(part=pl.Series(shares))
