"""From probabilities to a ranked and selected list: priority, ties, ranks, capacity, exploration, propensity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl
from pydantic import BaseModel


class SelectionPolicy(BaseModel, frozen=True, extra="forbid"):
    """How many rows each office takes, how many of them at random, and what a scheme's harm is (USD; empty: unused).

    A capacity is a share of the night's rows of the office (float in (0, 1], rounded up) or a number of rows (int >= 1).
    """

    seed: int
    capacity: dict[str, int | float]
    exploration_share: float = 0.1
    harm: dict[str, float] = {}


def select(rows: pl.DataFrame, schemes: Sequence[str], as_of: datetime, policy: SelectionPolicy) -> pl.DataFrame:
    """Rank and select one night.

    `rows` has consignment_id (text, unique), office (text), p_<scheme> (float64, null: not scored) per scheme,
    referred (boolean), abstained (text or null) and rule_share (float64 in [0, 1]: share of the weighted rules met).
    Returns `rows` in its own order with priority, tie, rank, scheme, selected, selected_by and propensity added.
    """
    raise NotImplementedError
