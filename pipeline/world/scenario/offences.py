"""The section `offences` of a scenario: who offends, how it shows in the declaration, how offenders move."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

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

# What a consignment must be for a mechanism to fit it; worked out in offences.py.
Need = Literal[
    "landed",  # it is landed by the vessel that caught it or took it over
    "certified",  # and its species is under a certificate: crab
    "swappable",  # its species or tariff line has something cheaper or freer to be declared as
    "relayed",  # it comes by sea from a relay country of its lane
    "unauthorised",  # the right holder must consent, and has not authorised the importer
    "shell",  # its importer is a shell
    "split",  # it is a part of what was sent in parts
    "whole",  # it is not
    "radioactive",
    "scrap",
    "plain",  # it is not radioactive
]
# Offences of a whole voyage, which the section sea draws; the others are drawn in offences.py.
VOYAGE_MECHANISMS = ("M3", "M4", "M5", "M8", "T5")


class Mechanism(Frozen):
    """One way of offending: its share among the scheme's cases that fit it, and what it needs."""

    share: Positive
    needs: tuple[Need, ...]


class WorldScheme(Frozen):
    """How often consignments of a lane are cases of the scheme, and by which mechanisms."""

    lane: str
    rate: Share
    mechanisms: dict[str, Mechanism]


class Strengths(Frozen):
    """What the symptoms do, as shifts of logarithms."""

    cheap_log: Range
    dear_log: Range
    light_log: Range
    off_spec_log: Range
    high_value_log: Range


class Swaps(Frozen):
    """What is declared in place of what is there."""

    species: dict[Species, tuple[Species, ...]]
    form_share: Share
    forms: dict[str, str]


class Change(Frozen):
    """A dated change of a rule, and how a share of the offenders that it meets moves on."""

    at: date
    about: str
    lane: str
    goods: tuple[Hs6, ...]
    share: Share
    moves: Weights
    ports: tuple[Place, ...]
    countries: tuple[Country, ...]


Symptom = Literal[
    "cheap",
    "dear",
    "light",
    "odd_route",
    "free_zone",
    "bad_container",
    "amended",
    "vague",
    "unmarked",
    "off_spec",
    "wrong_factory",
    "hidden_origin",
    "high_value",
    "untold_source",
]


SYMPTOMS: tuple[Symptom, ...] = get_args(Symptom)


class Offences(Frozen):
    """The section as a whole. `symptoms`: the chance of each among the honest and by mechanism.

    `of_voyages` names the scheme whose cases the offences of whole voyages are, by mechanism.
    """

    leanings: dict[Literal["importer", "exporter", "declarant"], NotNegative]
    of_voyages: dict[str, str]
    schemes: dict[str, WorldScheme]
    symptoms: dict[Symptom, dict[str, Share]]
    strengths: Strengths
    swaps: Swaps
    changes: tuple[Change, ...]

    def mechanisms(self) -> tuple[str, ...]:
        """Every mechanism of the scenario, those of voyages first; bookings name one by its place here."""
        own = [name for scheme in self.schemes.values() for name in scheme.mechanisms]
        return tuple(dict.fromkeys([*VOYAGE_MECHANISMS, *own]))

    def scheme_of(self) -> dict[str, str]:
        """The scheme that each mechanism belongs to."""
        own = {one: name for name, scheme in self.schemes.items() for one in scheme.mechanisms}
        return {**self.of_voyages, **own}
