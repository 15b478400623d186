"""What families are told beside the tables: schemes, keys to count by, priors, reference facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from features.document_reference import DOCUMENT_RULES, PORT_GROUPS, SPECIES_HS
from features.vessel_options import MID, VesselOptions
from features.voyage_options import BOUNDARY_LINES, STOWAGE, VoyageOptions

CONVERSION_FACTORS = {
    "species": pl.String(),
    "product_form": pl.String(),
    "factor_live_per_net": pl.Float64(),
    "valid_from": pl.Date(),
}
CLOSED_SEASONS = {
    "closure": pl.String(),
    "species": pl.String(),
    "fao_area": pl.String(),
    "area": pl.String(),
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
    "season_from": pl.String(),
    "season_to": pl.String(),
}


@dataclass(frozen=True)
class SchemeOption:
    """A scheme as features know it: `scope` is SQL over goods_item and consignment, `label` names its findings."""

    scope: str
    label: str
    title: str = ""


@dataclass(frozen=True)
class Options:
    """Options of all families. `high_priority` has the columns of reference/high_priority_hs.csv, `vague_terms` are the
    terms of reference/vague_terms.csv, `de_minimis_usd` has a value per country and one for `default`,
    `conversion_factors` and `closed_seasons` have the columns above, of the files so named, `mid` says which three
    digits of an MMSI stand for which flag, `stowage` how many kilograms of a form a cubic metre of hold takes,
    `boundary_lines` the vertices of maritime boundaries beside those that ship with features.tracks."""

    schemes: Mapping[str, SchemeOption]
    finding_keys: tuple[tuple[str, ...], ...] = ()
    finding_days: tuple[int | None, ...] = (None,)
    prior_strength: float = 10.0
    base_rate: float = 0.05
    high_priority: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={"hs6": pl.String, "tier": pl.Int64, "list_date": pl.Date},
        )
    )
    vague_terms: tuple[str, ...] = ()
    de_minimis_usd: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({"default": 150.0}))
    conversion_factors: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CONVERSION_FACTORS))
    closed_seasons: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CLOSED_SEASONS))
    document_rules: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DOCUMENT_RULES))
    port_groups: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PORT_GROUPS))
    species_hs: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SPECIES_HS))
    mid: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MID))
    vessels: VesselOptions = field(default_factory=VesselOptions)
    stowage: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=STOWAGE))
    boundary_lines: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BOUNDARY_LINES))
    voyages: VoyageOptions = field(default_factory=VoyageOptions)
