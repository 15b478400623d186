"""Species of goods: as declared, or as the tariff code tells where it holds one species alone."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def told_species(lines: pl.DataFrame, species_hs: pl.DataFrame) -> pl.Series:
    """Per line with `species` and `hs6` the species declared, or that of a code that holds one alone; else null."""
    alone = (
        species_hs.filter(pl.col("exclusive"))
        .select("hs6", alone="species")
        .unique(maintain_order=True)
        .filter(pl.len().over("hs6") == 1)
    )
    found = lines.select("species", "hs6").join(alone, on="hs6", how="left", maintain_order="left")
    return found.select(species=pl.coalesce("species", "alone"))["species"]


def headings_of(species: Sequence[str], species_hs: pl.DataFrame) -> tuple[str, ...] | None:
    """The HS headings that some of the species stand under; None where one of them is not in the table.

    Headings, since the six digits of the same goods differ between editions of the tariff.
    """
    rows = species_hs.filter(pl.col("species").is_in(list(species)))
    if set(species) - set(rows["species"]):
        return None
    return tuple(rows["hs6"].str.head(4).unique().sort())
