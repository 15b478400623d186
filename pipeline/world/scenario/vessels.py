"""The numbers of vessels' names and of what is seen of them: a part of the section `sea`."""

from __future__ import annotations

from typing import Literal

from pipeline.world.scenario.bounds import (
    Amounts,
    Chances,
    Country,
    Frozen,
    NotNegative,
    Positive,
    Range,
    Share,
    Weights,
)


class Changes(Frozen):
    """Honest changes of identity, events per vessel and year."""

    sold: NotNegative
    renamed: NotNegative
    reflagged: NotNegative


class Laundering(Frozen):
    """What the false identity of a vessel changes, by share."""

    renamed: Share
    reflagged: Share
    shared_mmsi: Share
    call_sign: Share
    sold: Share
    false_imo: Share
    keeps_mmsi: Share
    again: Share


class IdentityNumbers(Frozen):
    """What vessels are called and fly, and how that changes."""

    mid: dict[Country, tuple[str, ...]]
    call_signs: dict[Country, str]
    names: dict[str, tuple[str, ...]]
    second_names: dict[str, tuple[str, ...]]
    numbered: Share
    imo_from_gt: Positive
    imo_small: Share
    first_years: Range
    earlier: Changes
    sold_renames: Share
    keeps_mmsi: Share
    laundered: Laundering
    convenience: Weights
    again_days: Range
    shared_days: Range
    innocent_shared: Share


class VesselTable(Frozen):
    """Faults and lags of the vessel register, by row."""

    known_days: Amounts
    late: Share
    late_days: Amounts
    missing: dict[str, Share]
    bad_imo_digit: Share
    bad_mmsi_length: Share
    bad_mmsi_country: Share
    measure_digits: NotNegative


class ObservedCalls(Frozen):
    """Which calls are seen by track and port, how exactly, and when that is known."""

    ais: Share
    ais_b: Share
    ais_hours_off: NotNegative
    ais_known_days: Amounts
    revised: Share
    open_known_days: Amounts
    dark_missing: Share
    port: Share
    port_by_country: dict[Country, Share]
    port_known_days: Amounts
    port_hours_off: NotNegative
    purposes: dict[Literal["catch", "home", "customs", "trade"], tuple[str, ...]]
    purpose_missing: Share
    cargo_said: Share
    kg_spread: NotNegative
    understated: Chances
    understated_share: Range
    offloaded_share: Range
