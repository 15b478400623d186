"""The numbers of the sea: the section `sea`, validated and frozen."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from pipeline.world.scenario.bounds import Chances, Frozen, NotNegative, Place, Positive, Range, Share, Species, Weights
from pipeline.world.scenario.vessels import IdentityNumbers, ObservedCalls, VesselTable

VesselKind = Literal[
    "fishing", "fish_carrier", "reefer", "container", "general_cargo", "bulk", "tanker", "bunker", "passenger", "other"
]


def _on_earth(position: tuple[float, float]) -> tuple[float, float]:
    if not (-90 <= position[0] <= 90 and -180 <= position[1] <= 360):
        raise ValueError(f"needed a latitude in -90..90 and a longitude in -180..360, found {list(position)}")
    return position


def _of_year(seasons: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    if not seasons or any(not 1 <= first <= last <= 366 for first, last in seasons):
        raise ValueError(f"needed seasons as first and last day of the year (1..366), found {seasons}")
    return seasons


Position = Annotated[tuple[float, float], AfterValidator(_on_earth)]
Seasons = Annotated[tuple[tuple[int, int], ...], AfterValidator(_of_year)]


class Water(Frozen):
    """A stretch of sea at which vessels work: spots lie within `extent_nm` of its centre."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=360)
    extent_nm: Positive
    joins: tuple[str, ...] = Field(min_length=1)


class Roads(Frozen):
    """Where vessels wait: places about each way point."""

    spots: int = Field(ge=1)
    extent_nm: Positive


class Ground(Water):
    """A fishing ground; `seasons` are days of the year, `off_limits` grounds are fished by offenders only."""

    area: str = Field(pattern="^[0-9]{2}$")
    species: dict[Species, Positive]
    seasons: Seasons
    customs: Weights
    meet: tuple[str, ...]
    beside: tuple[str, ...] = ()
    off_limits: bool = False


class Shape(Frozen):
    """What a fleet's vessels are like: their measures follow from the length."""

    share: Share
    fewest: int = Field(ge=1)
    flags: Weights
    length_m: Range
    speed_kn: Range


class Fleet(Shape):
    """Vessels that catch with one gear, where they live, fish and land."""

    kind: VesselKind
    gear: str
    pattern: str
    ais_b: Share
    homes: Weights
    grounds: Weights
    landings: Weights
    home_share: Share
    tonnage: Positive
    hold: Positive
    deadweight: Positive
    draught: Positive
    fish_hours: Range
    catch_kg_h: Range
    meets: Share
    extent_nm: Range
    built: tuple[int, int]


class Carriers(Shape):
    """Vessels that take catch over at sea."""

    kinds: Weights
    homes: Weights
    tonnage: Positive
    hold: Positive
    deadweight: Positive
    draught: Positive
    built: tuple[int, int]
    station_hours: Range


class Loop(Shape):
    """Ships in trade that load at some ports and discharge at others; `single`: at one of each per round."""

    kind: VesselKind
    load: tuple[Place, ...] = Field(min_length=1)
    discharge: tuple[Place, ...] = Field(min_length=1)
    single: bool = False


class Merchant(Frozen):
    """Measures and hours common to the ships in trade."""

    tonnage: Positive
    deadweight: Positive
    draught: Positive
    built: tuple[int, int]
    laden_share: Range
    load_hours: Range
    discharge_hours: Range


class HullNumbers(Frozen):
    """How many vessels there are, and what they share."""

    per_consignment: Positive
    fewest: int = Field(ge=1)
    most: int = Field(ge=1)
    light_share: Share
    measure_spread: NotNegative
    live_kg_per_m3: Positive
    same_flag: Positive
    own_operator: Share
    leaning_spread: NotNegative


class Trips(Frozen):
    """Stays, waits and meetings, in hours."""

    home_hours: Range
    landing_hours: Range
    customs_hours: Range
    home_between: Share
    layup: Range
    speed_spread: NotNegative
    waits: Share
    wait_hours: Range
    pauses: Share
    pause_hours: Range
    catch_spread: NotNegative
    given_share: Range
    home_after_giving: Share
    meeting_hours: Range
    meeting_gap_hours: Range
    stores: Share
    prepare_days: Positive


class VoyageOffences(Frozen):
    """Offences of whole voyages: how often, and what they do."""

    rates: dict[Literal["M3", "M4", "M5", "M8", "T5"], Share]
    leaning_weight: NotNegative
    excess: Range
    longer: Range
    off_limits: Share
    laundered_from: Range
    undeclared: Share
    ship_to_ship: Share
    ship_to_ship_share: Range


class SeaSymptoms(Frozen):
    """How voyages show: the share of each symptom among the honest and by mechanism (not named: as the honest)."""

    skips_customs: Chances
    dark_fishing: Chances
    dark_passage: Chances
    dark_meeting: Chances
    dark_donor: Chances
    dark_ship_to_ship: Chances


class SeaScenario(Frozen):
    """Everything of the section `sea`."""

    ports: dict[Place, Position]
    way_points: dict[str, Position]
    chains: tuple[tuple[str, ...], ...]
    canals: tuple[tuple[str, str], ...]
    narrows: tuple[str, ...]
    spots: int = Field(ge=1)
    roads: Roads
    grounds: dict[str, Ground]
    meeting_places: dict[str, Water]
    fleets: dict[str, Fleet]
    carriers: Carriers
    donors_per_carrier: int = Field(ge=1)
    loops: dict[str, Loop]
    merchant: Merchant
    hulls: HullNumbers
    trips: Trips
    offences: VoyageOffences
    symptoms: SeaSymptoms
    identities: IdentityNumbers
    vessel_table: VesselTable
    observed_calls: ObservedCalls

    @model_validator(mode="after")
    def _one_place_per_name(self) -> SeaScenario:
        kinds = (self.ports, self.way_points, self.grounds, self.meeting_places)
        names = Counter(name for kind in kinds for name in kind)
        twice = sorted(name for name, count in names.items() if count > 1)
        if twice:
            raise ValueError(f"needed a name for each port, way point, ground and meeting place, found {twice} twice")
        return self

    @model_validator(mode="after")
    def _refers(self) -> SeaScenario:
        """Every place, ground and flag that is named must be known; all that are not are told at once."""
        named = list(self._named())
        unknown = [
            f"{where} names {name!r}, which is not among {kind}" for where, kind, name, known in named if not known
        ]
        if unknown:
            raise ValueError("; ".join(unknown) + ": add them or name others")
        return self

    def _named(self) -> list[tuple[str, str, str, bool]]:
        waters = {**self.grounds, **self.meeting_places}
        places = {**self.ports, **self.way_points, **waters}
        told = [("chains", "the places", name, name in places) for chain in self.chains for name in chain]
        told += [("narrows", "way_points", name, name in self.way_points) for name in self.narrows]
        told += [(name, "the places", join, join in places) for name, water in waters.items() for join in water.joins]
        for name, ground in self.grounds.items():
            told += [(name, "ports", port, port in self.ports) for port in ground.customs]
            told += [(name, "meeting_places", place, place in self.meeting_places) for place in ground.meet]
            told += [(name, "grounds", other, other in self.grounds) for other in ground.beside]
        for name, fleet in self.fleets.items():
            told += [(name, "ports", port, port in self.ports) for port in (*fleet.homes, *fleet.landings)]
            told += [(name, "grounds", ground, ground in self.grounds) for ground in fleet.grounds]
        told += [("carriers", "ports", port, port in self.ports) for port in self.carriers.homes]
        for name, loop in self.loops.items():
            told += [(name, "ports", port, port in self.ports) for port in (*loop.load, *loop.discharge)]
        shapes: dict[str, Shape] = {**self.fleets, "carriers": self.carriers, **self.loops}
        flags = [(name, flag) for name, shape in shapes.items() for flag in shape.flags]
        flags += [("identities.convenience", flag) for flag in self.identities.convenience]
        told += [(name, "identities.mid", flag, flag in self.identities.mid) for name, flag in flags]
        told += [(name, "identities.call_signs", flag, flag in self.identities.call_signs) for name, flag in flags]
        return told
