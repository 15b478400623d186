"""The parts of the settings, each of which validates itself; pipeline.settings puts them together."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from features.contract import load_contract
from models.training import TrainingParams
from pipeline.tracking_uri import fault_of

SchemeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
RuleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Share = Annotated[float, Field(gt=0, le=1, strict=True)]
Count = Annotated[int, Field(ge=1, strict=True)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Usd = Annotated[float, Field(ge=0, le=100_000)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scheme(Frozen):
    """A scheme: where it applies (SQL over goods_item and consignment), whose findings teach it, what a case costs."""

    title: str = ""
    scope: str
    label: str
    harm: float | None = Field(default=None, ge=0)


class Findings(Frozen):
    """Which keys the findings are counted by, over which windows; `pairs_of` adds every pair of its columns."""

    keys: list[Annotated[list[str], Field(min_length=1)]] = []
    pairs_of: list[str] = []
    days: list[Literal["all"] | Count] = ["all"]

    @property
    def all_keys(self) -> tuple[tuple[str, ...], ...]:
        """The keys as written, then the pairs that are not among them."""
        written = {frozenset(key) for key in self.keys}
        pairs = [pair for pair in combinations(self.pairs_of, 2) if frozenset(pair) not in written]
        return (*(tuple(key) for key in self.keys), *pairs)


class FindingPriors(Frozen):
    prior_strength: float = Field(default=10, gt=0)
    base_rate: float = Field(default=0.05, gt=0, lt=1)


class Parcels(Frozen):
    """Below which value a consignment pays no duty, by country of destination, with a default for all others."""

    de_minimis_usd: dict[Country | Literal["default"], Usd] = {"default": 150}

    @field_validator("de_minimis_usd")
    @classmethod
    def _has_a_default(cls, value: dict[str, float]) -> dict[str, float]:
        if "default" not in value:
            raise ValueError("needed a default beside the countries, as in de_minimis_usd: {default: 150}")
        return value


class Vessels(Frozen):
    """What is asked of vessels: notice before arrival, numbers, calls at the origin; and which lists weigh how."""

    notice_hours: float = Field(default=24, gt=0, le=720)
    notice_match_hours: float = Field(default=24, gt=0, le=240)
    notice_kinds: list[str] = ["fishing", "fish_carrier", "reefer"]
    iuu_lists: list[str] = ["iuu"]
    hop_lists: list[str] = ["iuu", "detentions"]
    imo_required_gt: float = Field(default=100, ge=0)
    calls_told_days: float = Field(default=7, ge=0, le=90)
    origin_call_countries: list[Country] = ["RU"]

    @field_validator("notice_kinds")
    @classmethod
    def _are_kinds_of_vessels(cls, value: list[str]) -> list[str]:
        known = load_contract()["vessel"].columns["kind"].allowed
        if strange := [kind for kind in value if kind not in known]:
            raise ValueError(f"needed kinds of vessels ({', '.join(known)}), found {', '.join(strange)}")
        return value


class Voyages(Frozen):
    """How near a boundary is near, and what fuel a vessel needs: one vessel's, and a power of the gross tonnage."""

    boundary_nm: float = Field(default=10, gt=0, le=100)
    fuel_t_per_nm: float = Field(default=0.023, gt=0, le=10)
    fuel_gross_tonnage: float = Field(default=1000, gt=0, le=1_000_000)
    fuel_power: float = Field(default=0.6, ge=0, le=2)
    fuel_least_nm: float = Field(default=50, gt=0, le=5000)


class Features(Frozen):
    """What is computed; `leave_out` names families that this house has no use for."""

    findings: Findings = Findings()
    leave_out: list[str] = []
    parcels: Parcels = Parcels()
    vessels: Vessels = Vessels()
    voyages: Voyages = Voyages()


class Params(Frozen):
    """What a data scientist tunes. Seed, threads and maturity are the house's and are set once, in tidewaiter.yaml."""

    findings: FindingPriors = FindingPriors()
    training: TrainingParams = TrainingParams()

    @field_validator("training", mode="before")
    @classmethod
    def _leaves_the_house_its_own(cls, value: object) -> object:
        if isinstance(value, dict):
            learner = value.get("learner") or {}
            own = [key for key in ("maturity_days",) if key in value] + [
                key for key in ("seed", "threads") if key in learner
            ]
            if own:
                raise ValueError(f"{', '.join(own)} belong in tidewaiter.yaml, where the whole house sees them")
        return value


class Exploration(Frozen):
    share: float = Field(default=0.1, ge=0, le=1)


class Rule(Frozen):
    """An officer's rule: SQL over indicators, a sentence, a weight, an owner, and the days on which it holds."""

    when: str
    sentence: Annotated[str, Field(min_length=1)]
    weight: float = Field(default=1, ge=0, allow_inf_nan=False)
    owner: Annotated[str, Field(min_length=1)]
    mandatory: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


class Tracking(Frozen):
    """Where trainings are logged: null for the home's own store, `off` for nowhere. It may hold a password."""

    uri: SecretStr | None = None

    @field_validator("uri", mode="before")
    @classmethod
    def _is_a_store(cls, value: object) -> object:
        if value is False:  # YAML reads an unquoted off as false
            return "off"
        if value is not None and (fault := fault_of(value)):
            raise ValueError(fault)
        return value

    @property
    def off(self) -> bool:
        """Whether nothing is logged."""
        return self.uri is not None and self.uri.get_secret_value() == "off"


class Promotion(Frozen):
    """What a model must show, per scheme, before it becomes champion."""

    least_rows: Count = 50
    least_positives: Count = 10
    most_lost_average_precision: float = Field(default=0.02, ge=0, le=1)
    most_calibration_error: float = Field(default=0.10, gt=0, le=1)
