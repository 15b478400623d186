"""What the scenario says of movement and of AIS: its section `ais`, checked."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, Field, model_validator

from pipeline.world.scenario.bounds import Amounts, Frozen, NotNegative, Positive, Range, Share, Weights


def _in_order(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if box[0] >= box[2] or box[1] >= box[3]:
        raise ValueError(f"needed a box [south, west, north, east] (east may pass 180), found {list(box)}: reorder it")
    return box


def _at_most(most: float) -> AfterValidator:
    def check(span: tuple[float, float]) -> tuple[float, float]:
        if span[1] > most:
            raise ValueError(f"needed at most {most}, or no meeting shows, found {list(span)}: lower it")
        return span

    return AfterValidator(check)


Box = Annotated[tuple[float, float, float, float], AfterValidator(_in_order)]
Item = TypeVar("Item")


class ByClass(Frozen):
    """A share for each AIS class."""

    A: Share
    B: Share

    def of(self, ais_class: str) -> float:
        """The share of a class, `A` or `B`."""
        return self.A if ais_class == "A" else self.B


class Intervals(Frozen):
    """Minutes between reports by what the vessel does; the names are the kinds of stages."""

    port: Positive
    transit: Positive
    fishing: Positive
    meeting: Positive
    adrift: Positive


class Reports(Frozen):
    """When a transponder's reports are kept."""

    A: Intervals
    B: Intervals
    vms: Intervals
    jitter: Share


class Phase(Frozen):
    """One part of a cycle of fishing: how long, how fast, at which angle to the axis of the ground."""

    hours: Amounts
    knots: Amounts
    heading: Range


class Pattern(Frozen):
    """How a gear is fished."""

    breadth: Annotated[float, Field(gt=0, le=1)]
    returns: bool
    daily: bool
    phases: tuple[Phase, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _takes_time(self) -> Pattern:
        if sum(phase.hours[0] for phase in self.phases) <= 0:
            raise ValueError("needed a cycle that takes time, found least hours that add up to 0: raise one")
        return self


class Movement(Frozen):
    """How vessels move."""

    speed_wobble: Annotated[float, Field(ge=0, le=0.5)]
    waves: Amounts
    lane_nm: NotNegative
    lane_share: Annotated[float, Field(ge=0, le=0.1)]
    berth_m: Amounts
    sway_m: NotNegative
    back_kn: Positive
    # Two vessels are told as meeting below 2 knots and 500 m (indicator MR-28).
    drift_kn: Annotated[Amounts, _at_most(1.5)]
    tide_hours: Positive
    apart_m: Annotated[Amounts, _at_most(400)]
    patterns: dict[str, Pattern]


class Station(Frozen):
    """A coast station."""

    name: str
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    range_nm: Positive


class Zone(Frozen):
    """Where reception differs from the open sea: factors on the shares heard."""

    name: str
    box: Box
    terrestrial: Share
    satellite: Share


class Coverage(Frozen):
    """Who hears what, where."""

    region: Box
    cell_deg: Positive
    terrestrial: Share
    close: Annotated[float, Field(ge=0, lt=1)]
    range_B: Share
    satellite: ByClass
    dynamic: ByClass
    stations: tuple[Station, ...]
    zones: tuple[Zone, ...]


class Silences(Frozen):
    """When nothing is sent."""

    faults_per_year: NotNegative
    fault_hours: Positive
    fault_spread: NotNegative
    power: Share
    unheard_hours: Positive
    unheard: Share
    quay_hours: NotNegative
    quay_off: ByClass
    early_minutes: Amounts
    late_minutes: Amounts


class Spoof(Frozen):
    """The share of hulls that ever send a false place."""

    honest: Share
    launders: Share


class Interference(Frozen):
    """A box in which satellite navigation is disturbed for spells of hours."""

    name: str
    box: Box
    spells_per_year: NotNegative
    hours: Amounts
    km: Amounts
    share: Share


class Errors(Frozen):
    """How wrong a report is."""

    gnss_m: NotNegative
    speed_kn: NotNegative
    course_deg: NotNegative
    still_kn: NotNegative
    speed_missing: Share
    course_missing: ByClass
    speed_absurd: Share
    absurd_kn: Amounts
    spoof: Spoof
    spoofs_per_year: NotNegative
    spoof_hours: Amounts
    spoof_km: Amounts
    interference: tuple[Interference, ...]


class Draught(Frozen):
    """How the crew enters the draught."""

    never: Share
    absent: Share
    stale: Share
    lag_hours: Positive
    lag_spread: NotNegative


class Vms(Frozen):
    """The fishing authority's own reports."""

    carries: Share
    heard: Share


class Lag(Frozen):
    """How long until a report is known: median minutes, spread of the log, share that is days late."""

    minutes: Positive
    spread: NotNegative
    late: Share


class ByReceiver(Frozen, Generic[Item]):
    """Something for each receiver of the contract, in the order of `RECEIVERS`."""

    terrestrial: Item
    satellite: Item
    dynamic: Item
    vms: Item

    def each(self) -> tuple[Item, Item, Item, Item]:
        """The items in the order of the receivers."""
        return self.terrestrial, self.satellite, self.dynamic, self.vms


class Ais(Frozen):
    """Everything that the table `position` is made from, beside the seed and the itineraries."""

    reports: Reports
    movement: Movement
    coverage: Coverage
    silences: Silences
    errors: Errors
    draught: Draught
    vms: Vms
    lags: ByReceiver[Lag]
    late_days: Amounts
    twice: Share
    twice_hours: Amounts
    sources: ByReceiver[Weights]
