"""What one vessel does, stage after stage: it keeps the time, the place and what is in the hold."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from math import exp

import numpy as np

from pipeline.world.calendar import HOUR, SECOND
from pipeline.world.sea.sea_lanes import SeaLanes

PORT, TRANSIT, FISHING, MEETING, ADRIFT = range(5)
KINDS = ("port", "transit", "fishing", "meeting", "adrift")
_DRAWN_AT_ONCE = 2048
Stage = tuple[int, int, int, int, int, int, int, bool, float, float, int, float, float]
COLUMNS = (
    "hull", "trip", "kind", "begins", "ends", "from", "to", "dark", "fill_from", "fill_to", "other", "axis_deg",
    "extent_nm",
)  # fmt: skip


class Dice:
    """Draws one by one from a generator, as cheap as a list's."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self._even: list[float] = []
        self._normal: list[float] = []

    def even(self) -> float:
        """A number in [0, 1)."""
        if not self._even:
            self._even = self._generator.random(_DRAWN_AT_ONCE).tolist()
        return self._even.pop()

    def happens(self, share: float) -> bool:
        """True with this probability."""
        return self.even() < share

    def between(self, span: tuple[float, float]) -> float:
        """A number spread evenly over a span."""
        return span[0] + (span[1] - span[0]) * self.even()

    def factor(self, spread: float) -> float:
        """A log-normal factor of median 1."""
        if not self._normal:
            self._normal = self._generator.normal(0, 1, _DRAWN_AT_ONCE).tolist()
        return exp(spread * self._normal.pop())

    def one_of(self, choices: list[int]) -> int:
        """One of several, each as likely."""
        return choices[int(self.even() * len(choices))]


class Lots:
    """Names with weights, ready to be drawn from."""

    def __init__(self, weights: dict[str, float]) -> None:
        self.names = list(weights)
        self._cumulative = list(accumulate(weights.values()))

    def draw(self, dice: Dice) -> str:
        """A name, in proportion to its weight."""
        place = bisect_right(self._cumulative, dice.even() * self._cumulative[-1])
        return self.names[min(place, len(self.names) - 1)]


@dataclass
class Logbook:
    """The stages of one hull. `now` in microseconds; `fill` is the share of the way from light to laden draught.

    A stage is a tuple of COLUMNS: kind by its place in KINDS, from and to as places of the lanes, -1 for no other hull,
    NaN where the stage is not fishing.
    """

    lanes: SeaLanes
    dice: Dice
    hull: int
    speed_kn: float
    speed_spread: float
    now: int
    place: int
    fill: float = 0.0
    trip: int = 0
    stages: list[Stage] = field(default_factory=list)

    def stay(
        self, kind: int, hours: float, fill: float | None = None, dark: bool = False, other: int = -1
    ) -> tuple[int, int]:
        """Remain for hours (in port, adrift, meeting); the hold changes to `fill`. When that began and ended."""
        return self.until(kind, self.now + round(hours * HOUR / SECOND) * SECOND, fill, dark, other)

    def until(
        self, kind: int, end: int, fill: float | None = None, dark: bool = False, other: int = -1
    ) -> tuple[int, int]:
        """Remain until an instant later than now."""
        return self._add(kind, end, self.place, fill, dark, other)

    def fish(self, hours: float, fill: float, dark: bool, axis_deg: float, extent_nm: float) -> tuple[int, int]:
        """Fish on the spot; the vessel ends where it began."""
        end = self.now + round(hours * HOUR / SECOND) * SECOND
        return self._add(FISHING, end, self.place, fill, dark, -1, axis_deg, extent_nm)

    def go(self, place: int, dark: bool = False) -> tuple[int, int]:
        """Pass to a place. When that began and ended."""
        if place == self.place:
            return self.now, self.now
        hours = self.lanes.length_nm(self.place, place) / (self.speed_kn * self.dice.factor(self.speed_spread))
        end = self.now + max(1, round(hours * HOUR / SECOND)) * SECOND
        return self._add(TRANSIT, end, place, None, dark, -1)

    def go_by(self, place: int, end: int, dark: bool = False) -> tuple[int, int]:
        """Pass to a place so as to be there at an instant later than now."""
        return self._add(TRANSIT, end, place, None, dark, -1)

    def extend(self, hours: float) -> None:
        """Stay longer where the vessel already lies."""
        last = self.stages.pop()
        self.now = last[4] + round(hours * HOUR / SECOND) * SECOND
        self.stages.append((*last[:4], self.now, *last[5:]))

    def hours_to(self, start: int, place: int) -> float:
        """How long a passage takes in common weather."""
        return self.lanes.length_nm(start, place) / self.speed_kn

    def _add(
        self,
        kind: int,
        end: int,
        place: int,
        fill: float | None,
        dark: bool,
        other: int,
        axis_deg: float = float("nan"),
        extent_nm: float = float("nan"),
    ) -> tuple[int, int]:
        begin, fill = self.now, self.fill if fill is None else fill
        self.stages.append(
            (
                self.hull,
                self.trip,
                kind,
                begin,
                end,
                self.place,
                place,
                dark,
                self.fill,
                fill,
                other,
                axis_deg,
                extent_nm,
            )
        )
        self.now, self.place, self.fill = end, place, fill
        return begin, end
