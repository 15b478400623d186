"""Which symptoms papers show: for each a stream of its own, so that a changed rate leaves the others as they were."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from pydantic import BaseModel

from pipeline.world.randomness import Booleans, Floats, stream
from pipeline.world.scenario.papers import HONEST


def chances_of(chances: Mapping[str, float], mechanisms: pl.Series) -> Floats:
    """The probability of each row, by its mechanism (null: honest); a mechanism not named is as the honest are."""
    honest = chances[HONEST]
    wanted = mechanisms.fill_null(HONEST).replace_strict(dict(chances), default=honest, return_dtype=pl.Float64)
    return wanted.to_numpy()


def paper_symptoms(seed: int, subject: str, key: int, tables: BaseModel, mechanisms: pl.Series) -> dict[str, Booleans]:
    """Per symptom of a section, whether it shows in each row. `tables` holds chances by mechanism, a field each."""
    return {
        name: stream(seed, f"{subject} {name}", key).random(len(mechanisms)) < chances_of(chances, mechanisms)
        for name, chances in tables.model_dump(by_alias=True).items()
    }
