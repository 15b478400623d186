"""Family `catch`: whether what is landed fits what was certified, cleared, allowed and open to be caught."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from features.asked import Asked
from features.catalogue import Family, Indicator
from features.options import Options
from features.overdraw import overdraw, overdraw_indicators


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators declared below and what their sentences compare."""
    return pl.concat([part(asked, options) for part in (overdraw,)], how="horizontal")


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family; they serve every scheme."""
    return [*overdraw_indicators()]


FAMILY = Family(
    name="catch",
    about="Whether what is landed fits what was certified, cleared, allowed and open to be caught.",
    compute=compute,
    declare=declare,
)
