"""Two plainer uses of the product's own features: rates of single keys alone, and a back-off table, no learner."""

from __future__ import annotations

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# From coarse to fine: the rate of each is the prior of the next.
CHAIN = (
    "hs4",
    "hs6",
    "hs6_and_dispatch_country_and_origin_country",
    "hs6_and_dispatch_country_and_origin_country_and_duty_rate_and_duty_regime",
    "hs6_and_dispatch_country_and_origin_country_and_duty_rate_and_duty_regime_and_net_kg",
)
NUMBERS = ("_by_net_kg", "_by_value_usd")
STRENGTH = 1.0  # findings that a coarser rate weighs as much as


def single_keys(features: pl.DataFrame, scheme: str, labels: NDArray[np.int64], train: NDArray[np.bool_]) -> Floats:
    """LightGBM as it comes, on the as-of rates and counts of single keys; a mass or price nearly names its tuple."""
    named = [
        name
        for name in features.columns
        if name.startswith(f"{scheme}_") and "_by_" in name and "_and_" not in name and not name.endswith(NUMBERS)
    ]
    matrix = features.select(pl.col(named).cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    model = lightgbm.LGBMClassifier(verbose=-1, random_state=0).fit(matrix[train], labels[train])
    return np.asarray(model.predict_proba(matrix)[:, 1], dtype=np.float64)


def back_off(features: pl.DataFrame, scheme: str, prior_strength: float) -> Floats:
    """The rate of the finest key that was seen, drawn to that of the next coarser one."""
    base = features[f"{scheme}_base_rate"].to_numpy()
    rate = base.copy()
    for key in CHAIN:
        count = features[f"{scheme}_findings_by_{key}"].cast(pl.Float64).fill_null(0).to_numpy()
        smoothed = features[f"{scheme}_rate_by_{key}"].fill_null(float("nan")).to_numpy()
        hits = np.where(count > 0, smoothed * (count + prior_strength) - prior_strength * base, 0.0)
        rate = (hits + STRENGTH * rate) / (count + STRENGTH)
    return rate
