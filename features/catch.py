"""Family `catch`: whether what is landed fits what was certified, cleared, allowed and open to be caught."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from features.asked import Asked
from features.catalogue import Family, Indicator
from features.closures import closure_indicators, closures
from features.forms import form_indicators, forms
from features.issuer_weights import issuer_weight_indicators, issuer_weights
from features.options import Options
from features.overdraw import overdraw, overdraw_indicators
from features.quota_indicators import quota_indicators
from features.quotas import quotas
from features.species_mix import species_mix, species_mix_indicators
from features.trips import trip_indicators, trips

PARTS = (overdraw, issuer_weights, trips, quotas, forms, closures, species_mix)


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators declared below and what their sentences compare."""
    return pl.concat([part(asked, options) for part in PARTS], how="horizontal")


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family; they serve every scheme."""
    return [
        *overdraw_indicators(),
        *issuer_weight_indicators(),
        *trip_indicators(),
        *quota_indicators(),
        *form_indicators(),
        *closure_indicators(),
        *species_mix_indicators(),
    ]


FAMILY = Family(
    name="catch",
    about="Whether what is landed fits what was certified, cleared, allowed and open to be caught.",
    compute=compute,
    declare=declare,
)
