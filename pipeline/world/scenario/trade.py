"""The section `trade` of a scenario: what goes where, by which way, packed how and declared when."""

from __future__ import annotations

from pydantic import Field

from pipeline.world.scenario.bounds import (
    Country,
    Frozen,
    Hs6,
    NotNegative,
    Place,
    Positive,
    Range,
    Share,
    Species,
    Weights,
)


class Origin(Frozen):
    """A country that goods come from: its share of the lane, its leaning to cases (log-odds), its ports.

    `landed`: what comes by sea is landed by the vessels that caught it or took it over.
    """

    share: Positive
    leaning: float
    ports: tuple[Place, ...]
    landed: bool = False


class Goods(Frozen):
    """One tariff line that a lane carries; `species` gives a price factor by species, `forms` shares by form."""

    hs6: Hs6
    share: Positive
    leaning: float
    descriptions: tuple[str, ...]
    usd_per_kg: Positive
    kg: Positive
    duty_rate: NotNegative
    unit_kg: Positive | None = None
    unit: str = "H87"
    species: dict[Species, Positive] = Field(default_factory=dict)
    forms: dict[str, Positive] = Field(default_factory=dict)
    certified: bool = False  # comes under a catch certificate that consignments draw down
    swapped_for: Hs6 | None = None
    vessels: tuple[str, ...] = ()  # kinds of vessel that it comes by; empty: any but a tanker
    un_no: str | None = None
    activity_bq: Positive | None = None
    transport_index: Positive | None = None


class Lane(Frozen):
    """A trade: what goes where, through which offices; `relay_of`: the true origin of what is relayed in disguise."""

    share: Positive
    destination: Country
    offices: dict[Place, Positive]
    regimes: Weights
    modes: Weights
    container_share: Share
    activities: tuple[str, ...]
    origins: dict[Country, Origin]
    relays: dict[Country, tuple[Place, ...]]
    relay_of: Country | None = None
    catch_areas: dict[str, Positive] = Field(default_factory=dict)
    marked: bool = False
    goods: tuple[Goods, ...]


class Dealing(Frozen):
    """Who deals with whom, and what is sent in parts."""

    habit_share: Share
    hull_exporter_share: Share
    hull_importer_share: Share
    rogue_pull: NotNegative
    authorised_share: Share
    consented_share: Share
    split_share: Share
    split_parts: tuple[int, int]
    split_hours: Positive
    split_usd: Positive
    split_unit_kg: Positive


class Cargo(Frozen):
    """Masses, prices, packing and lines of goods."""

    price_spread: NotNegative
    price_habit_spread: NotNegative
    mass_spread: NotNegative
    packing_share: Positive
    packing_spread: Positive
    package_kg: Positive
    container_kg: Positive
    most_containers: int
    season: NotNegative
    unit_spread: NotNegative
    lines: Weights
    line_shares: dict[str, tuple[float, ...]]
    by_catch: Share
    brand_stated: Share
    model_stated: Share
    live_per_net: dict[str, Positive]
    duty_regimes: Weights
    origin_marks: Weights
    procedures: Weights
    payments: Weights
    missing_share: Share
    vague_descriptions: tuple[str, ...]


class Times(Frozen):
    """Lags, in days where the name does not say hours."""

    office_hours: Range
    weekend_moved: Share
    known_hours: Positive
    declared_before_arrival: Range
    leg_days: dict[str, Range]
    transit_days: Range
    first_leg_hidden: Share
    clearance: Range
    release_report_hours: Positive
    decision_hour: int
    inspection_hours: Range
    release_after_inspection_hours: Range
    finding: Range


class Amendments(Frozen):
    """How declarations are revised or cancelled."""

    most: int
    amount_spread: NotNegative
    arrival_hours: NotNegative
    withdrawn_share: Share


class Trade(Frozen):
    """The section as a whole."""

    lanes: dict[str, Lane]
    dealing: Dealing
    cargo: Cargo
    times: Times
    amendments: Amendments
