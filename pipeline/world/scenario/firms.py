"""The numbers of the world's firms: the section `firms` of a scenario, validated and frozen."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.world.scenario.bounds import Frozen, NotNegative, Positive, Range, Share, Weights

Role = Literal["importer", "exporter", "declarant", "carrier", "forwarder", "owner"]
Tie = Literal["owner", "director", "address", "phone", "bank", "successor"]
AddressKind = Literal["office", "warehouse", "other"]

AtLeastOne = Annotated[int, Field(ge=1)]
# A part of a name: Latin, another spelling, the script of the country; what is missing equals the first.
NameParts = Annotated[tuple[Annotated[str, Field(pattern=r"^[^|]+(\|[^|]+){0,2}$")], ...], Field(min_length=1)]
Texts = Annotated[tuple[str, ...], Field(min_length=1)]


class Sign(Frozen):
    """The share of firms that show a sign, by what they are."""

    honest: Share
    rogue: Share
    shell: Share


class Population(Frozen):
    """How many firms there are and how active."""

    per_consignment: Positive
    fewest: AtLeastOne
    most: AtLeastOne
    fewest_of_group: AtLeastOne
    roles: Annotated[dict[Role, Positive], Field(min_length=1)]
    zipf_exponent: NotNegative
    zipf_offset: NotNegative
    relay_exporters: Share

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.fewest > self.most:
            raise ValueError(f"needed fewest <= most, found {self.fewest} and {self.most}: exchange them")
        return self


class Honesty(Frozen):
    """How many firms lean to offend, and how much (log-odds)."""

    rogue: dict[Role, Share]
    honest_largest: Annotated[int, Field(ge=0)]
    rogue_leaning: float
    leaning_spread: NotNegative


class Shells(Frozen):
    """Young or bought importers behind which somebody else stands."""

    of_rogue_importers: dict[str, Share]
    elsewhere: Share
    start_within: Share
    before_days: Range
    off_the_shelf: Share
    founded_days: Range
    phoenix: Share


class NewcomerShares(Frozen):
    """The share of firms that begin to trade within the span."""

    honest: Share
    rogue: Share


class Newcomers(Frozen):
    """Firms that are no shells and begin to trade within the span."""

    share: NewcomerShares
    founded_days: Range


class MeanYears(Frozen):
    """Mean age in years."""

    honest: Positive
    rogue: Positive


class Age(Frozen):
    """Age of the firms that traded before the world begins."""

    fewest_days: NotNegative
    mean_years: MeanYears


class Partners(Frozen):
    """The exporters that an importer buys from by habit."""

    kept: AtLeastOne
    of_rogue: Share


class Listing(Frozen):
    """How firms look in the table party, when they become known, and what later versions change."""

    known_before_days: Range
    known_early_days: Range
    known_late: Sign
    known_late_days: NotNegative
    shared_address: Sign
    firms_at_shared_address: Positive
    highest_house: AtLeastOne
    highest_unit: AtLeastOne
    unlikely_address: Sign
    post_box: Share
    likely_kinds: Annotated[dict[AddressKind, Positive], Field(min_length=1)]
    activities: dict[Role, Texts]
    stray_activity: Sign
    only_forwarder: Sign
    second_role: Share
    trusted: Sign
    missing: Share
    other_script: Share
    other_spelling: Share
    name_with_second: Share
    name_with_place: Share
    repeated_name: Share
    moved: Sign
    renamed: Share
    trust_granted: Share
    trust_lost: Share


class TieShares(Frozen):
    """The share of firms that have a stated tie of a kind."""

    honest: Share
    rogue: Share
    phoenix: Share


class Ties(Frozen):
    """Stated ties between firms: how many, to whom, when known, when ended."""

    kinds: Annotated[dict[Tie, TieShares], Field(min_length=1)]
    to_rogue: Share
    from_days: Range
    known_days: NotNegative
    ended: Share
    ended_days: NotNegative
    ended_known_days: NotNegative


class Names(Frozen):
    """Parts that the names of a country's firms are made of."""

    stems: NameParts
    places: NameParts
    fields: NameParts
    forms: NameParts


class Places(Frozen):
    """What addresses of a country are made of."""

    cities: Texts
    streets: Texts


class FirmsOfWorld(Frozen):
    """The section `firms` of a scenario. `names` and `addresses` hold `other`, for countries that have no own entry."""

    population: Population
    flags: Weights
    honesty: Honesty
    shells: Shells
    newcomers: Newcomers
    age: Age
    partners: Partners
    listing: Listing
    ties: Ties
    names: dict[str, Names]
    addresses: dict[str, Places]

    @model_validator(mode="after")
    def _others_are_named(self) -> Self:
        lacking = [
            name for name, parts in (("names", self.names), ("addresses", self.addresses)) if "other" not in parts
        ]
        if lacking:
            raise ValueError(f"needed an entry `other` in {' and '.join(lacking)}, found none: add it")
        return self
