"""A year of a catching vessel: to the ground, perhaps to a carrier, by customs to a port abroad, home."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from pipeline.world.calendar import DAY, HOUR, SECOND
from pipeline.world.sea.logbook import MEETING, PORT, Dice, Logbook, Lots
from pipeline.world.sea.sailing import Landing, Meeting, Sailing, Vessel

# Nobody plans farther ahead than the ground's stay and a passage of this length.
_LONGEST_PASSAGE_HOURS = 300.0


@dataclass(eq=False)
class Slot:
    """A stretch of a carrier's stay at which one catcher can come alongside; `together`: all stretches of that stay."""

    water: str
    place: int
    begins: int
    ends: int
    carrier: int
    trip: int
    undeclared: bool
    together: list[Slot]
    taken: Meeting | None = None
    ground: str = ""
    fished: tuple[int, int] = (0, 0)
    gear: str = ""


@dataclass(eq=False)
class _Trip:
    mechanism: str | None
    ground: str
    species: str
    live_kg: float = 0.0
    fished: tuple[int, int] = (0, 0)
    met: bool = False
    slot: Slot | None = None
    dark: bool = False


class Catcher:
    """Sails one catching vessel through the world's span; what it lands stands in `landings`."""

    def __init__(self, sailing: Sailing, vessel: Vessel, dice: Dice, slots: list[Slot]) -> None:
        self._sailing = sailing
        self._vessel = vessel
        self._dice = dice
        self._slots = slots
        self._begins = [slot.begins for slot in slots]
        self._fleet = sailing.sea.fleets[vessel.fleet]
        self._trips = sailing.sea.trips
        self._lots = sailing.landings[vessel.fleet]
        begin = sailing.span.start - round(dice.even() * self._trips.prepare_days * DAY / SECOND) * SECOND
        self.book: Logbook = sailing.book(dice, vessel, begin, vessel.home)
        self.landings: list[Landing] = []

    def sail(self) -> None:
        """Trip after trip, until the world ends."""
        self.book.stay(PORT, self._dice.between(self._trips.home_hours), self._trips.stores)
        while self.book.now < self._sailing.span.end:
            self._trip()

    def _trip(self) -> None:
        book, dice, sailing = self.book, self._dice, self._sailing
        book.trip += 1
        grounds = sailing.open_grounds(self._vessel.fleet, book.now)
        if grounds is None:
            self._go_home(self._trips.layup)
            return
        trip = self._begun(grounds)
        left = book.now
        spot = dice.one_of(sailing.lanes.spots(trip.ground))
        sailing.pause(book, dice, spot)
        book.go(spot)
        self._fish(trip)
        trip.dark = dice.happens(sailing.share("dark_passage", trip.mechanism))
        if trip.slot:
            self._give(trip, trip.slot)
        self._land(trip, left)

    def _begun(self, grounds: Lots) -> _Trip:
        dice, vessel = self._dice, self._vessel
        ground = grounds.draw(dice)
        agreed = self._agreed(grounds) if dice.happens(self._fleet.meets) else None
        if agreed:
            ground = agreed[0]
        mechanism = None
        drawn = dice.even()
        if drawn < vessel.chances["M3"]:
            mechanism = "M3"
        elif drawn < vessel.chances["M3"] + vessel.chances["M8"]:
            mechanism = "M8"
        elif vessel.launders_from is not None and self.book.now >= vessel.launders_from:
            mechanism = "M5"
        beside = self._sailing.sea.grounds[ground].beside
        if mechanism == "M8" and beside and dice.happens(self._sailing.sea.offences.off_limits):
            ground = beside[int(dice.even() * len(beside))]
        slot = agreed[1] if agreed and agreed[1].water in self._sailing.sea.grounds[ground].meet else None
        return _Trip(mechanism, ground, self._sailing.species[ground].draw(dice), slot=slot)

    def _fish(self, trip: _Trip) -> None:
        dice, sailing, fleet, offences = self._dice, self._sailing, self._fleet, self._sailing.sea.offences
        hours = dice.between(fleet.fish_hours)
        if trip.mechanism == "M3":
            hours *= dice.between(offences.longer)
        if trip.slot:
            passage = self.book.hours_to(self.book.place, trip.slot.place)
            until = (trip.slot.begins - self.book.now) / HOUR - passage
            # Who was held up on the way does not find the carrier any more.
            if until > fleet.fish_hours[0] / 2 and trip.slot.taken is None:
                hours = until
            else:
                trip.slot = None
        live = hours * dice.between(fleet.catch_kg_h) * dice.factor(self._trips.catch_spread)
        if trip.mechanism == "M3":
            live *= dice.between(offences.excess)
        trip.live_kg = round(min(live, self._vessel.hold_kg))
        trip.fished = self.book.fish(
            hours, self._fill(trip.live_kg), dice.happens(sailing.share("dark_fishing", trip.mechanism)),
            180 * dice.even(), dice.between(fleet.extent_nm),
        )  # fmt: skip

    def _agreed(self, grounds: Lots) -> tuple[str, Slot] | None:
        """The first free slot of a carrier that leaves time for a ground by it, and that ground."""
        now, here, lanes = self.book.now, self.book.place, self._sailing.lanes
        least, most = self._fleet.fish_hours
        for slot in self._slots[bisect_left(self._begins, now + least * HOUR) :]:
            hours = (slot.begins - now) / HOUR
            if hours > most + _LONGEST_PASSAGE_HOURS:
                return None
            if slot.taken is not None:
                continue
            for ground in grounds.names:
                if slot.water in self._sailing.sea.grounds[ground].meet:
                    centre = lanes.place(ground)
                    passage = self.book.hours_to(here, centre) + self.book.hours_to(centre, slot.place)
                    if least <= hours - passage <= most:
                        return ground, slot
        return None

    def _give(self, trip: _Trip, slot: Slot) -> None:
        dice, book = self._dice, self.book
        given = round(trip.live_kg * dice.between(self._trips.given_share))
        book.go_by(slot.place, slot.begins, trip.dark)
        if any(other.taken and other.undeclared for other in slot.together):
            slot.undeclared = dice.happens(self._sailing.sea.offences.undeclared)
        dark = dice.happens(self._sailing.share("dark_donor", "M4" if slot.undeclared else None))
        trip.live_kg -= given
        begins, ends = book.until(MEETING, slot.ends, self._fill(trip.live_kg), dark, slot.carrier)
        slot.taken = Meeting(
            self._vessel.hull,
            slot.carrier,
            begins,
            ends,
            slot.place,
            trip.species,
            given,
            not slot.undeclared,
            slot.trip,
        )
        slot.ground, slot.fished, slot.gear = trip.ground, trip.fished, self._fleet.gear
        trip.met = True

    def _land(self, trip: _Trip, left: int) -> None:
        book, dice, sailing = self.book, self._dice, self._sailing
        homewards = dice.happens(self._trips.home_after_giving if trip.met else self._fleet.home_share)
        port = self._vessel.home if homewards else sailing.lanes.place(self._lots.draw(dice))
        cleared = None
        if port != self._vessel.home and not dice.happens(sailing.share("skips_customs", trip.mechanism)):
            cleared = sailing.customs[trip.ground].draw(dice)
            sailing.approach(book, dice, sailing.lanes.place(cleared), trip.dark)
            _, left = book.stay(PORT, dice.between(self._trips.customs_hours))
        sailing.approach(book, dice, port, trip.dark)
        hours = dice.between(self._trips.landing_hours)
        if homewards:
            hours += dice.between(self._trips.home_hours)
        arrived, leaves = book.stay(PORT, hours, self._trips.stores)
        self.landings.append(
            Landing(
                hull=book.hull,
                trip=book.trip,
                catch=True,
                from_port=cleared,
                to_port=sailing.lanes.names[port],
                departed=left,
                arrived=arrived,
                leaves=leaves,
                fishing_from=trip.fished[0],
                fishing_to=trip.fished[1],
                ground=trip.ground,
                catch_area=sailing.sea.grounds[trip.ground].area,
                species=trip.species,
                gear=self._fleet.gear,
                live_kg=trip.live_kg,
                taken_over_kg=0.0,
                donor=None,
                fishing_hours=(trip.fished[1] - trip.fished[0]) / HOUR,
                mechanism=trip.mechanism,
            )
        )
        if not homewards and dice.happens(self._trips.home_between):
            self._go_home(self._trips.home_hours)

    def _go_home(self, hours: tuple[float, float]) -> None:
        book = self.book
        if book.place == self._vessel.home:
            book.extend(self._dice.between(hours))
            return
        self._sailing.approach(book, self._dice, self._vessel.home)
        book.stay(PORT, self._dice.between(hours))

    def _fill(self, live_kg: float) -> float:
        return self._trips.stores + (1 - self._trips.stores) * live_kg / self._vessel.hold_kg
