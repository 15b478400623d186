"""The numbers of the world's marks: the section `brands` of a scenario, validated and frozen."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.world.scenario.bounds import Country, Frozen, Hs6, NotNegative, Positive, Range, Share

Regime = Literal["national", "regional", "international", "waived"]
Countries = Annotated[tuple[Country, ...], Field(min_length=1)]


class Mark(Frozen):
    """A mark: who holds it, where genuine goods are made, on what it stands, how much it is traded and costs."""

    name: str
    holder: str
    home: Country
    factories: Countries
    hs6: Annotated[tuple[Hs6, ...], Field(min_length=1)]
    weight: Positive
    price: Positive


class Line(Frozen):
    """One unit of a tariff line: its mass (kg) and usual price (USD)."""

    unit_kg: Positive
    usd: Positive


class Models(Frozen):
    """Models of every mark and line, and what of them the right holder states."""

    of_line: Annotated[int, Field(ge=1, le=14)]
    mass_spread: NotNegative
    price_spread: NotNegative
    stated: Share
    stated_mass: Share
    stated_price: Share
    stated_days: Range
    stated_range: tuple[Share, NotNegative]
    revised: Share
    revised_factor: Range


class Record(Frozen):
    """When marks, and their factories, are recorded with the customs."""

    known_before_days: Range
    recorded_within: Share
    late_factory: Share


class Authorised(Frozen):
    """The share of the lane's importers that hold an authorisation, by what they are."""

    honest: Share
    rogue: Share
    shell: Share


class Channels(Frozen):
    """Who may bring in which marks by which countries, since when and until when."""

    authorised: Authorised
    marks_each: Annotated[dict[Annotated[int, Field(ge=1)], Positive], Field(min_length=1)]
    fewest_of_mark: Annotated[int, Field(ge=0)]
    stated_route: Share
    factory_covered: Share
    hub_route: Share
    hubs: Countries
    known_before_days: Range
    given_within: Share
    withdrawn_within: Share
    known_days: NotNegative


class DefaultRegime(Frozen):
    """What holds for every mark that no other row names."""

    regime: Regime
    valid_from: date
    published: date


class RegimeChange(Frozen):
    """From a day on, another regime holds for a mark; it is published on a day of its own."""

    mark: str
    at: date
    published: date
    regime: Regime


class Regimes(Frozen):
    """Which marks anybody may import, and how that changes."""

    legal_basis: str
    default: DefaultRegime
    waived_from: date
    waived_published: date
    waived: tuple[str, ...]
    changes: tuple[RegimeChange, ...]


class BrandsOfWorld(Frozen):
    """The section `brands` of a scenario."""

    territory: Country
    lane: str
    marks: Annotated[tuple[Mark, ...], Field(min_length=1)]
    lines: Annotated[dict[Hs6, Line], Field(min_length=1)]
    models: Models
    record: Record
    channels: Channels
    regimes: Regimes

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        names = [mark.name for mark in self.marks]
        told = [*self.regimes.waived, *(change.mark for change in self.regimes.changes)]
        faults = [f"mark {name!r} is named in regimes: add it to marks" for name in told if name not in names]
        faults += [f"mark {name!r} stands twice in marks: keep one" for name in names if names.count(name) > 1]
        faults += [
            f"mark {mark.name!r} bears goods of {hs6}: add that to lines"
            for mark in self.marks
            for hs6 in mark.hs6
            if hs6 not in self.lines
        ]
        if faults:
            raise ValueError("needed known marks and lines, found: " + "; ".join(dict.fromkeys(faults)))
        return self
