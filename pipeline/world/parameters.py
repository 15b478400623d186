"""The numbers of the demonstration world: `configs/world/thin.yaml`, validated and frozen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "world" / "thin.yaml"
Span = tuple[float, float]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Looks(_Frozen):
    """What can be seen of a firm: its mean age, and how often it sits at a shared address or a dwelling."""

    years: float
    shared_address: float
    dwelling: float


class Population(_Frozen):
    """How many parties there are, how active and how honest."""

    per_consignment: float
    fewest: int
    most: int
    roles: dict[str, float]
    zipf_exponent: float
    zipf_offset: float
    rogue_share: float
    honest_largest: int
    rogue_leaning: float
    leaning_spread: float
    habitual_partners: int
    habit_share: float
    price_habit_spread: float
    trusted_share: float
    moved_share: float
    activity_mismatch: float
    missing_share: float
    honest: Looks
    rogue: Looks
    shared_addresses: int


class Origin(_Frozen):
    """A country that goods come from: its share of the lane, its leaning to cases (log-odds), its ports."""

    share: float
    leaning: float
    ports: tuple[str, ...]


class Goods(_Frozen):
    """One tariff line that a lane carries; `species` gives a price factor by species."""

    hs6: str
    share: float
    leaning: float
    description: str
    usd_per_kg: float
    kg: float
    duty_rate: float
    unit_kg: float | None = None
    species: dict[str, float] = {}
    forms: tuple[str, ...]


class Lane(_Frozen):
    """A trade: what goes where, through which offices. A lane named like a scheme holds that scheme's cases."""

    share: float
    destination: str
    offices: dict[str, float]
    regimes: dict[str, float]
    modes: dict[str, float]
    container_share: float
    activities: tuple[str, ...]
    origins: dict[str, Origin]
    relays: dict[str, tuple[str, ...]]
    catch_areas: dict[str, float] = {}
    brands: int = 0
    goods: tuple[Goods, ...]


class Symptoms(_Frozen):
    """How a consignment shows: shifts of log price and log net mass, and probabilities."""

    price_log: float
    mass_log: float
    odd_route: float
    bad_container: float
    amended: float


class Mechanism(Symptoms):
    """One way of offending: its share of the scheme's cases, and how it shows."""

    share: float


class WorldScheme(_Frozen):
    """How often a lane's consignments are cases, and by which mechanisms."""

    rate: float
    mechanisms: dict[str, Mechanism]


class Cargo(_Frozen):
    """Masses, prices, packing and lines of goods."""

    price_spread: float
    mass_spread: float
    packing_share: float
    packing_spread: float
    package_kg: float
    container_kg: float
    most_containers: int
    season: float
    lines: dict[str, float]
    line_shares: dict[str, tuple[float, ...]]
    brand_stated: float
    models: int
    duty_regimes: dict[str, float]
    origin_marks: dict[str, float]
    procedures: dict[str, float]
    payments: dict[str, float]


class Times(_Frozen):
    """Lags, in days where the name does not say hours."""

    office_hours: Span
    weekend: float
    known_hours: float
    arrival: Span
    clearance: Span
    release_report_hours: float
    decision_hour: int
    inspection_hours: Span
    release_after_inspection_hours: Span
    finding: Span


class Amendments(_Frozen):
    """How declarations are revised or cancelled."""

    most: int
    amount_spread: float
    arrival_hours: float
    withdrawn_share: float


class Policy(_Frozen):
    """Which consignments the officers open, and why."""

    random_share: float
    rule_share: float
    inspected_share: float
    noise: float
    weights: dict[str, float]
    far_offices: tuple[str, ...]


class FindingsOfWorld(_Frozen):
    """What an inspection finds, given the truth."""

    detected: float
    inconclusive: float
    settled_later: float
    officer_hours: float
    recovered_share: Span


class Names(_Frozen):
    """Parts that names of firms are made of."""

    stems: tuple[str, ...]
    fields: tuple[str, ...]
    forms: tuple[str, ...]


class Parameters(_Frozen):
    """Everything that the world is drawn from, beside the seed."""

    population: Population
    lanes: dict[str, Lane]
    honest: Symptoms
    schemes: dict[str, WorldScheme]
    leanings: dict[str, float]
    cargo: Cargo
    times: Times
    amendments: Amendments
    policy: Policy
    findings: FindingsOfWorld
    names: dict[str, Names]


@cache
def load_parameters(path: Path = SHIPPED) -> Parameters:
    """The parameters of a file, the shipped ones by default. Raises pydantic's ValidationError on a malformed file."""
    return Parameters.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
