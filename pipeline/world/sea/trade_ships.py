"""A year of a ship in trade: a loop of loading ports and ports of discharge, or from one to one."""

from __future__ import annotations

from pipeline.world.calendar import HOUR, SECOND
from pipeline.world.sea.logbook import ADRIFT, PORT, Dice, Logbook
from pipeline.world.sea.sailing import Landing, Sailing, Vessel


class TradeShip:
    """Sails one ship through the world's span; what it carries from port to port stands in `landings`."""

    def __init__(self, sailing: Sailing, vessel: Vessel, dice: Dice) -> None:
        self._sailing = sailing
        self._vessel = vessel
        self._dice = dice
        self._loop = sailing.sea.loops[vessel.fleet]
        # Somewhere in a loop when the world begins.
        begin = sailing.span.start - round(dice.even() * self._loop_hours() * HOUR / SECOND) * SECOND
        self.book: Logbook = sailing.book(dice, vessel, begin, vessel.home)
        self.landings: list[Landing] = []

    def sail(self) -> None:
        """Loop after loop, until the world ends."""
        while self.book.now < self._sailing.span.end:
            self.book.trip += 1
            self._round()

    def _loop_hours(self) -> float:
        place, length = self._sailing.lanes.place, self._sailing.lanes.length_nm
        merchant = self._sailing.sea.merchant
        ports = [*self._loop.load, *self._loop.discharge]
        if self._loop.single:
            ports = [self._loop.load[0], self._loop.discharge[0]]
        nm = sum(length(place(one), place(other)) for one, other in zip(ports, [*ports[1:], ports[0]], strict=True))
        return nm / self._vessel.speed_kn + len(ports) * (merchant.load_hours[1] + merchant.discharge_hours[1]) / 2

    def _round(self) -> None:
        book, dice, merchant = self.book, self._dice, self._sailing.sea.merchant
        load, discharge = list(self._loop.load), list(self._loop.discharge)
        if self._loop.single:
            load, discharge = [load[int(dice.even() * len(load))]], [discharge[int(dice.even() * len(discharge))]]
        laden = dice.between(merchant.laden_share)
        left: dict[str, int] = {}
        for number, port in enumerate(load):
            book.fill = book.fill if number else 0.0
            self._call(port, dice.between(merchant.load_hours), laden * (number + 1) / len(load))
            left[port] = book.now
        mechanism = "T5" if self._loop.kind == "tanker" and dice.happens(self._vessel.chances["T5"]) else None
        if mechanism:
            self._ship_to_ship(self._sailing.lanes.place(discharge[0]))
        aboard = book.fill
        for number, port in enumerate(discharge):
            arrived, leaves = self._call(
                port, dice.between(merchant.discharge_hours), aboard * (len(discharge) - number - 1) / len(discharge)
            )
            self.landings += [self._voyage(start, port, left[start], arrived, leaves, mechanism) for start in load]

    def _call(self, port: str, hours: float, fill: float) -> tuple[int, int]:
        dark = self._dice.happens(self._sailing.share("dark_passage", None))
        self._sailing.approach(self.book, self._dice, self._sailing.lanes.place(port), dark)
        return self.book.stay(PORT, hours, fill)

    def _ship_to_ship(self, towards: int) -> None:
        """Part of the cargo sometimes leaves the ship half way."""
        dice, book, offences = self._dice, self.book, self._sailing.sea.offences
        at = self._sailing.lanes.halfway(book.place, towards)
        if at and dice.happens(offences.ship_to_ship):
            dark = dice.happens(self._sailing.share("dark_ship_to_ship", "T5"))
            book.go(dice.one_of(self._sailing.lanes.spots(at)))
            kept = 1 - dice.between(offences.ship_to_ship_share)
            book.stay(ADRIFT, dice.between(self._sailing.sea.trips.meeting_hours), book.fill * kept, dark)

    def _voyage(self, start: str, port: str, left: int, arrived: int, leaves: int, mechanism: str | None) -> Landing:
        return Landing(
            hull=self.book.hull,
            trip=self.book.trip,
            catch=False,
            from_port=start,
            to_port=port,
            departed=left,
            arrived=arrived,
            leaves=leaves,
            fishing_from=None,
            fishing_to=None,
            ground=None,
            catch_area=None,
            species=None,
            gear=None,
            live_kg=0.0,
            taken_over_kg=0.0,
            donor=None,
            fishing_hours=0.0,
            mechanism=mechanism,
        )
