"""The itineraries of all vessels, block by block: vessels that may meet are sailed together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.world.calendar import Span
from pipeline.world.randomness import Floats, chances, stream
from pipeline.world.scenario.sea import SeaScenario
from pipeline.world.sea.carriers import Carrier
from pipeline.world.sea.catchers import Catcher
from pipeline.world.sea.logbook import COLUMNS, KINDS, Dice, Stage
from pipeline.world.sea.sailing import Landing, Meeting, Sailing, Vessel
from pipeline.world.sea.trade_ships import TradeShip

# Trade ships meet nobody: a block of them is no more than a piece of work.
_TRADE_BLOCK = 16
_STAGE_TYPES = {
    name: pl.Boolean if name == "dark" else pl.Float64 if name.startswith(("fill", "axis", "extent")) else pl.Int64
    for name in COLUMNS
}
_LANDING_TYPES = {
    "hull": pl.Int64, "trip": pl.Int64, "catch": pl.Boolean, "from_port": pl.String, "to_port": pl.String,
    "departed": pl.Int64, "arrived": pl.Int64, "leaves": pl.Int64, "fishing_from": pl.Int64, "fishing_to": pl.Int64,
    "ground": pl.String, "catch_area": pl.String, "species": pl.String, "gear": pl.String, "live_kg": pl.Float64,
    "taken_over_kg": pl.Float64, "donor": pl.Int64, "fishing_hours": pl.Float64, "mechanism": pl.String,
}  # fmt: skip
_MEETING_TYPES = {
    "donor": pl.Int64, "receiver": pl.Int64, "begins": pl.Int64, "ends": pl.Int64, "place": pl.Int64,
    "species": pl.String, "live_kg": pl.Float64, "lawful": pl.Boolean, "trip": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Itineraries:
    """What the vessels did as written down: stages of COLUMNS (places are numbers of the lanes), landings, meetings."""

    sailing: Sailing
    stages: pl.DataFrame
    landings: pl.DataFrame
    meetings: pl.DataFrame


def sail(seed: int, sea: SeaScenario, span: Span, hulls: pl.DataFrame) -> Itineraries:
    """Sail all hulls (columns as `make_hulls` gives them) through the span.

    Stages begin at or before the span's start and end at or after its end. A block depends on the seed and on its own
    hulls alone, beside the rates of offences, which are set over all.
    """
    sailing = Sailing(sea, span)
    vessels = _vessels(sailing, hulls)
    stages, landings, meetings = [], [], []
    for number, block in enumerate(blocks(sea, hulls)):
        told = _Block(sailing, [vessels[hull] for hull in block], Dice(stream(seed, "itinerary", number)))
        told.sail()
        stages.append(pl.DataFrame(told.stages, schema=_STAGE_TYPES, orient="row"))
        landings.append(pl.DataFrame(told.landings, schema=_LANDING_TYPES, orient="row"))
        meetings.append(pl.DataFrame(told.meetings, schema=_MEETING_TYPES, orient="row"))
    return Itineraries(
        sailing,
        pl.concat(stages)
        .filter((pl.col("ends") > span.start) & (pl.col("begins") < span.end))
        .with_columns(pl.col("kind").replace_strict(dict(enumerate(KINDS)), return_dtype=pl.String))
        .sort("hull", "begins"),
        pl.concat(landings),
        pl.concat(meetings),
    )


def blocks(sea: SeaScenario, hulls: pl.DataFrame) -> list[list[int]]:
    """The hulls of each block: a carrier with catchers dealt round by fleet, or some ships in trade."""
    fleets: dict[str, list[int]] = {}
    for hull, fleet in hulls.select("hull", "fleet").iter_rows():
        fleets.setdefault(fleet, []).append(hull)
    catchers = [hull for name in sea.fleets for hull in fleets.get(name, ())]
    carriers = fleets.get("carriers", [])
    count = max(len(carriers), -(-len(catchers) // (sea.donors_per_carrier + 1)), 1)
    together = [catchers[number::count] + carriers[number::count] for number in range(count)]
    trade = [hull for name in sea.loops for hull in fleets.get(name, ())]
    return [block for block in together if block] + [
        trade[first : first + _TRADE_BLOCK] for first in range(0, len(trade), _TRADE_BLOCK)
    ]


def _vessels(sailing: Sailing, hulls: pl.DataFrame) -> dict[int, Vessel]:
    sea = sailing.sea
    concerned = {
        "M3": hulls["fleet"].is_in(list(sea.fleets)), "M8": hulls["fleet"].is_in(list(sea.fleets)),
        "M4": hulls["fleet"] == "carriers", "T5": hulls["kind"] == "tanker",
    }  # fmt: skip
    leaning = hulls["leaning"].to_numpy() * sea.offences.leaning_weight
    rates = {name: _rates(leaning, rows.to_numpy(), sea.offences.rates[name]) for name, rows in concerned.items()}  # type: ignore[index]
    told = hulls.select("hull", "fleet", "home_port", "speed_kn", "hold_m3", "launders_from").iter_rows()
    return {
        hull: Vessel(
            hull, fleet, sailing.lanes.place(home), speed, (hold or 0.0) * sea.hulls.live_kg_per_m3, launders,
            {name: float(shares[row]) for name, shares in rates.items()},
        )
        for row, (hull, fleet, home, speed, hold, launders) in enumerate(told)
    }  # fmt: skip


def _rates(leaning: Floats, rows: np.ndarray[tuple[int], np.dtype[np.bool_]], rate: float) -> Floats:
    shares = np.zeros(len(leaning))
    if rate > 0:
        shares[rows] = chances(leaning[rows], rate)
    return shares


class _Block:
    """Some vessels that are sailed together, from one stream of draws."""

    def __init__(self, sailing: Sailing, vessels: list[Vessel], dice: Dice) -> None:
        self._sailing = sailing
        self._vessels = vessels
        self._dice = dice
        self.stages: list[Stage] = []
        self.landings: list[Landing] = []
        self.meetings: list[Meeting] = []

    def sail(self) -> None:
        """Plan the carriers, sail the rest, then load the carriers with what came."""
        sailing, dice = self._sailing, self._dice
        fleets = [vessel.fleet for vessel in self._vessels if vessel.fleet in sailing.sea.fleets]
        carriers = [Carrier(sailing, vessel, dice, fleets) for vessel in self._vessels if vessel.fleet == "carriers"]
        for carrier in carriers:
            carrier.plan()
        slots = sorted(
            (slot for carrier in carriers for slot in carrier.slots), key=lambda slot: (slot.begins, slot.carrier)
        )
        for vessel in self._vessels:
            if vessel.fleet in sailing.sea.fleets:
                self._keep(Catcher(sailing, vessel, dice, slots))
            elif vessel.fleet in sailing.sea.loops:
                self._keep(TradeShip(sailing, vessel, dice))
        for carrier in carriers:
            carrier.load()
            self.stages += carrier.book.stages
            self.landings += carrier.landings
            self.meetings += carrier.meetings

    def _keep(self, ship: Catcher | TradeShip) -> None:
        ship.sail()
        self.stages += ship.book.stages
        self.landings += ship.landings
