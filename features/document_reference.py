"""The reference facts that papers are held against, as families see them: their columns and types."""

from __future__ import annotations

import polars as pl

_LIST = pl.List(pl.String())

# A list that is empty is a condition that everything meets; a rule may stand in several rows, for dated territories.
DOCUMENT_RULES: dict[str, pl.DataType] = {
    "rule": pl.String(),
    "species": _LIST,
    "hs_prefix": _LIST,
    "forms": _LIST,
    "origin": _LIST,
    "flag": _LIST,
    "route": _LIST,
    "territory": _LIST,
    "kind": pl.String(),
    "accepted_forms": _LIST,
    "substitutes": _LIST,
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
    "legal_basis": pl.String(),
    "source": pl.String(),
}
PORT_GROUPS: dict[str, pl.DataType] = {"group": pl.String(), "unlocode": pl.String()}
SPECIES_HS: dict[str, pl.DataType] = {
    "species": pl.String(),
    "product_form": pl.String(),
    "hs6": pl.String(),
    "exclusive": pl.Boolean(),
}
