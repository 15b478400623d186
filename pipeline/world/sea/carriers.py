"""A year of a carrier: it waits at a meeting place, takes catch over, and brings it by customs to a port abroad."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.world.calendar import DAY, HOUR, SECOND
from pipeline.world.sea.catchers import Slot
from pipeline.world.sea.logbook import ADRIFT, MEETING, PORT, Dice, Logbook, Lots, Stage
from pipeline.world.sea.sailing import Landing, Meeting, Sailing, Vessel, day_of_year


@dataclass(frozen=True)
class _Round:
    """One trip as planned: everything but what the catchers will bring."""

    trip: int
    slots: list[Slot]
    station: int
    left: int
    cleared: str | None
    port: str
    arrived: int
    leaves: int
    mechanism: str | None


class Carrier:
    """Plans one carrier's trips through the world's span; once the catchers have sailed, `load` fills them in."""

    def __init__(self, sailing: Sailing, vessel: Vessel, dice: Dice, fleets: list[str]) -> None:
        self._sailing = sailing
        self._vessel = vessel
        self._dice = dice
        self._fleets = fleets
        self._trips = sailing.sea.trips
        begin = sailing.span.start - round(dice.even() * self._trips.prepare_days * DAY / SECOND) * SECOND
        self.book: Logbook = sailing.book(dice, vessel, begin, vessel.home)
        self._rounds: list[_Round] = []
        self.landings: list[Landing] = []
        self.meetings: list[Meeting] = []

    @property
    def slots(self) -> list[Slot]:
        """All stretches of time in which a catcher can come alongside."""
        return [slot for planned in self._rounds for slot in planned.slots]

    def plan(self) -> None:
        """Trip after trip, until the world ends."""
        book = self.book
        book.stay(PORT, self._dice.between(self._trips.home_hours), self._trips.stores)
        while book.now < self._sailing.span.end:
            book.trip += 1
            water = self._water()
            if water is None:
                book.extend(self._dice.between(self._trips.layup))
            else:
                self._plan(water)

    def _water(self) -> str | None:
        """A meeting place by which the catchers of the block now fish."""
        sailing, sea = self._sailing, self._sailing.sea
        day = day_of_year(self.book.now // DAY)
        weights: dict[str, float] = {}
        for fleet in self._fleets:
            for ground, weight in sea.fleets[fleet].grounds.items():
                if sailing.in_season(ground, day):
                    for water in sea.grounds[ground].meet:
                        weights[water] = weights.get(water, 0.0) + weight
        return Lots(weights).draw(self._dice) if weights else None

    def _plan(self, water: str) -> None:
        book, dice, sailing, trips = self.book, self._dice, self._sailing, self._trips
        mechanism = self._mechanism()
        _, left = book.stages[-1][3:5]
        book.go(dice.one_of(sailing.lanes.spots(water)))
        place, station = book.place, len(book.stages)
        begins, ends = book.stay(ADRIFT, dice.between(sailing.sea.carriers.station_hours))
        slots = self._alongside(water, place, begins, ends, mechanism == "M4")
        port = sailing.all_landings.draw(dice)
        dark = dice.happens(sailing.share("dark_passage", mechanism))
        cleared = None
        if not dice.happens(sailing.share("skips_customs", mechanism)):
            cleared = self._customs(water)
            sailing.approach(book, dice, sailing.lanes.place(cleared), dark)
            _, left = book.stay(PORT, dice.between(trips.customs_hours))
        sailing.approach(book, dice, sailing.lanes.place(port), dark)
        arrived, leaves = book.stay(PORT, dice.between(trips.landing_hours))
        self._rounds.append(_Round(book.trip, slots, station, left, cleared, port, arrived, leaves, mechanism))
        sailing.approach(book, dice, self._vessel.home)
        book.stay(PORT, dice.between(trips.home_hours))

    def _mechanism(self) -> str | None:
        if self._dice.happens(self._vessel.chances["M4"]):
            return "M4"
        launders = self._vessel.launders_from
        return "M5" if launders is not None and self.book.now >= launders else None

    def _customs(self, water: str) -> str:
        grounds = [
            name for name, ground in self._sailing.sea.grounds.items() if water in ground.meet and not ground.off_limits
        ]
        return self._sailing.customs[grounds[int(self._dice.even() * len(grounds))]].draw(self._dice)

    def _alongside(self, water: str, place: int, begins: int, ends: int, undeclared: bool) -> list[Slot]:
        """Slots in turn, each after the carrier lay alone for a while."""
        dice, trips = self._dice, self._trips
        slots: list[Slot] = []
        while True:
            first = (slots[-1].ends if slots else begins) + _seconds(dice.between(trips.meeting_gap_hours))
            last = first + _seconds(dice.between(trips.meeting_hours))
            if last + HOUR > ends:
                return slots
            slots.append(Slot(water, place, first, last, self._vessel.hull, self.book.trip, undeclared, slots))

    def load(self) -> None:
        """Put the meetings that came about into the logbook, and the catch into the hold and ashore."""
        stages: list[Stage] = []
        done = 0
        for planned in self._rounds:
            taken = [(slot, slot.taken) for slot in planned.slots if slot.taken]
            stages += self.book.stages[done : planned.station]
            fill = self._alongside_catchers(stages, self.book.stages[planned.station], taken)
            done = self._carried(stages, planned, fill)
            if taken:
                self._land(planned, taken)
        self.book.stages = stages + self.book.stages[done:]

    def _alongside_catchers(self, stages: list[Stage], waited: Stage, taken: list[tuple[Slot, Meeting]]) -> float:
        """The time on station: alone, with a catcher, alone again; how full the carrier is at its end."""
        fill = stores = self._trips.stores
        for slot, meeting in taken:
            stages.append(_changed(waited, ends=slot.begins, fill=(fill, fill)))
            after = min(fill + (1 - stores) * meeting.live_kg / self._vessel.hold_kg, 1.0)
            met = _changed(waited, begins=slot.begins, ends=slot.ends, fill=(fill, after))
            dark = self._dice.happens(self._sailing.share("dark_meeting", "M4" if slot.undeclared else None))
            stages.append((*met[:2], MEETING, *met[3:7], dark, *met[8:10], meeting.donor, *met[11:]))
            self.meetings.append(meeting)
            fill = after
            waited = _changed(waited, begins=slot.ends)
        stages.append(_changed(waited, fill=(fill, fill)))
        return fill

    def _carried(self, stages: list[Stage], planned: _Round, fill: float) -> int:
        """The stages from the station to the landing, laden; the position of the next one."""
        position = planned.station + 1
        while True:
            stage = self.book.stages[position]
            landed = stage[3] == planned.arrived and stage[2] == PORT
            stages.append(_changed(stage, fill=(fill, self._trips.stores if landed else fill)))
            position += 1
            if landed:
                return position

    def _land(self, planned: _Round, taken: list[tuple[Slot, Meeting]]) -> None:
        by_species: dict[str, float] = {}
        for _, meeting in taken:
            by_species[meeting.species] = by_species.get(meeting.species, 0.0) + meeting.live_kg
        live = sum(by_species.values())
        main, largest = max(taken, key=lambda pair: pair[1].live_kg)
        self.landings.append(
            Landing(
                hull=self.book.hull,
                trip=planned.trip,
                catch=True,
                from_port=planned.cleared,
                to_port=planned.port,
                departed=planned.left,
                arrived=planned.arrived,
                leaves=planned.leaves,
                fishing_from=min(slot.fished[0] for slot, _ in taken),
                fishing_to=max(slot.fished[1] for slot, _ in taken),
                ground=main.ground,
                catch_area=self._sailing.sea.grounds[main.ground].area,
                species=max(by_species, key=lambda name: by_species[name]),
                gear=main.gear,
                live_kg=live,
                taken_over_kg=live,
                donor=largest.donor,
                fishing_hours=0.0,
                mechanism=planned.mechanism,
            )
        )


def _seconds(hours: float) -> int:
    return round(hours * HOUR / SECOND) * SECOND


def _changed(
    stage: Stage, begins: int | None = None, ends: int | None = None, fill: tuple[float, float] = (0.0, 0.0)
) -> Stage:
    first = stage[3] if begins is None else begins
    last = stage[4] if ends is None else ends
    return (*stage[:3], first, last, *stage[5:8], *fill, *stage[10:])
