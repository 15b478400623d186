"""What the itineraries of all vessels share: the scenario made ready for quick draws, and what trips leave behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from pipeline.world.calendar import DAY, Span
from pipeline.world.scenario.sea import SeaScenario
from pipeline.world.sea.logbook import ADRIFT, Dice, Logbook, Lots
from pipeline.world.sea.sea_lanes import SeaLanes


class Landing(NamedTuple):
    """A voyage before it has a number, with the columns of `Sea.voyages`."""

    hull: int
    trip: int
    catch: bool
    from_port: str | None
    to_port: str
    departed: int
    arrived: int
    leaves: int
    fishing_from: int | None
    fishing_to: int | None
    ground: str | None
    catch_area: str | None
    species: str | None
    gear: str | None
    live_kg: float
    taken_over_kg: float
    donor: int | None
    fishing_hours: float
    mechanism: str | None


class Meeting(NamedTuple):
    """A transfer at sea: hulls, instants, place of the lanes, what went over, and the receiver's trip that lands it."""

    donor: int
    receiver: int
    begins: int
    ends: int
    place: int
    species: str
    live_kg: float
    lawful: bool
    trip: int


class Vessel(NamedTuple):
    """What an itinerary needs to know of a hull."""

    hull: int
    fleet: str
    home: int
    speed_kn: float
    hold_kg: float
    launders_from: int | None
    chances: dict[str, float]


class Sailing:
    """The scenario ready to sail by: lots per ground and fleet, places by number."""

    def __init__(self, sea: SeaScenario, span: Span) -> None:
        self.sea = sea
        self.span = span
        self.lanes = SeaLanes(sea)
        self.species = {name: Lots(ground.species) for name, ground in sea.grounds.items()}
        self.customs = {name: Lots(ground.customs) for name, ground in sea.grounds.items()}
        self.landings = {name: Lots(fleet.landings) for name, fleet in sea.fleets.items()}
        together: dict[str, float] = {}
        for fleet in sea.fleets.values():
            for port, weight in fleet.landings.items():
                together[port] = together.get(port, 0.0) + weight
        self.all_landings = Lots(together)
        self._open: dict[tuple[str, int], Lots | None] = {}

    def open_grounds(self, fleet: str, at: int) -> Lots | None:
        """The grounds of a fleet that are in season, None where there is none."""
        day = day_of_year(at // DAY)
        if (fleet, day) not in self._open:
            weights = {
                name: weight for name, weight in self.sea.fleets[fleet].grounds.items() if self.in_season(name, day)
            }
            self._open[fleet, day] = Lots(weights) if weights else None
        return self._open[fleet, day]

    def in_season(self, ground: str, day: int) -> bool:
        """Whether a ground is open on a day of the year."""
        return any(first <= day <= last for first, last in self.sea.grounds[ground].seasons)

    def share(self, symptom: str, mechanism: str | None) -> float:
        """How often a symptom shows in a voyage of this mechanism (None: honest)."""
        table: dict[str, float] = getattr(self.sea.symptoms, symptom)
        return table.get(mechanism or "honest", table["honest"])

    def book(self, dice: Dice, vessel: Vessel, begin: int, place: int) -> Logbook:
        """An empty logbook for a vessel."""
        return Logbook(
            lanes=self.lanes, dice=dice, hull=vessel.hull, speed_kn=vessel.speed_kn,
            speed_spread=self.sea.trips.speed_spread, now=begin, place=place,
        )  # fmt: skip

    def approach(self, book: Logbook, dice: Dice, port: int, dark: bool = False) -> None:
        """Go to a port, sometimes after a wait off it."""
        trips = self.sea.trips
        off = self.lanes.before(book.place, port) if book.place != port else None
        if off and dice.happens(trips.waits):
            self.lie(book, dice, off, dice.between(trips.wait_hours), dark)
        book.go(port, dark)

    def pause(self, book: Logbook, dice: Dice, towards: int) -> None:
        """Sometimes lie adrift on the way, for weather or repair."""
        trips = self.sea.trips
        at = self.lanes.halfway(book.place, towards)
        if at and dice.happens(trips.pauses):
            self.lie(book, dice, at, dice.between(trips.pause_hours), dark=False)

    def lie(self, book: Logbook, dice: Dice, way_point: str, hours: float, dark: bool) -> None:
        """Lie adrift about a way point."""
        book.go(dice.one_of(self.lanes.spots(way_point)), dark)
        book.stay(ADRIFT, hours, dark=dark)


@cache
def day_of_year(day: int) -> int:
    """1..366 of a day counted from 1970."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).timetuple().tm_yday
