"""How each consignment shows in its declaration, cases and the honest alike."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.adaptation import MOVES
from pipeline.world.backdrop import Backdrop
from pipeline.world.randomness import Booleans, Floats, stream
from pipeline.world.scenario.offences import SYMPTOMS, Symptom


def with_symptoms(backdrop: Backdrop, chunk: int, rows: pl.DataFrame) -> pl.DataFrame:
    """A chunk of bookings with a boolean column per symptom of the scenario, and the number of amendments."""
    draw = stream(backdrop.seed, "symptom", chunk)
    mechanism = rows["mechanism"].to_numpy()
    shows: dict[str, Booleans] = {
        name: draw.random(rows.height) < _chances(backdrop, name)[mechanism] for name in SYMPTOMS
    }
    # Who gave up the mark does not declare it; who goes by a third country now has an odd route.
    shows["unmarked"] |= (rows["move"] == 1 + MOVES.index("unmarked")).to_numpy()
    shows["odd_route"] |= (rows["via"] >= 0).to_numpy()
    often = draw.integers(1, backdrop.scenario.trade.amendments.most + 1, rows.height)
    amended = shows.pop("amended")
    return rows.with_columns(
        *(pl.Series(name, shown) for name, shown in shows.items()),
        amendments=pl.Series(np.where(amended, often, 0)),
    )


def _chances(backdrop: Backdrop, symptom: Symptom) -> Floats:
    """The chance by place of the mechanism; the honest stand last, where -1 finds them."""
    table = backdrop.scenario.offences.symptoms[symptom]
    return np.array([table.get(name, table["honest"]) for name in [*backdrop.words.mechanisms, "honest"]])
