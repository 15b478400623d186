"""What an administration sets about voyages: when a boundary is near, what fuel a vessel needs, how fish is stowed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

BOUNDARY_LINES: dict[str, pl.DataType] = {
    "line": pl.String(),
    "place": pl.Int64(),
    "lat": pl.Float64(),
    "lon": pl.Float64(),
}
STOWAGE: dict[str, pl.DataType] = {"product_form": pl.String(), "kg_per_m3": pl.Float64()}


@dataclass(frozen=True)
class VoyageOptions:
    """As `voyages` in configs/features.yaml.

    A vessel of `fuel_gross_tonnage` burns `fuel_t_per_nm` tons of fuel a nautical mile, others as the power
    `fuel_power` of their gross tonnage tells; a way counts as at least `fuel_least_nm`.
    """

    boundary_nm: float = 10.0
    fuel_t_per_nm: float = 0.023
    fuel_gross_tonnage: float = 1000.0
    fuel_power: float = 0.6
    fuel_least_nm: float = 50.0
