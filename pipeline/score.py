"""Probabilities: features of one night through the models of a bundle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl

from features.catalogue import Catalogue
from models.bundle import Bundle


@dataclass(frozen=True)
class Scored:
    """`rows` has consignment_id, a boolean column and p_<scheme> per scheme, coverage and abstained, per question."""

    rows: pl.DataFrame
    schemes: tuple[str, ...]


def matrix_of(features: pl.DataFrame, catalogue: Catalogue, scheme: str) -> pd.DataFrame:
    """What a scheme's model is shown: its indicators as pandas, indexed by consignment and cut-off."""
    columns = {i.name: _as_pandas(features[i.name], i.kind) for i in catalogue.of(scheme)}
    index = pd.Index(features["consignment_id"] + "@" + features["cutoff"].dt.to_string("iso"))
    return pd.DataFrame(columns).set_axis(index)


def _as_pandas(series: pl.Series, kind: str) -> pd.Series:
    """float64, boolean or str, as the kind of the indicator has it, null where it is null."""
    if kind == "number":
        return pd.Series(series.cast(pl.Float64).fill_null(float("nan")).to_numpy())
    if kind == "boolean":
        return pd.Series(pd.arrays.BooleanArray(series.fill_null(False).to_numpy(), series.is_null().to_numpy()))
    return pd.Series(series.to_list(), dtype="str")


def score(open_rows: pl.DataFrame, features: pl.DataFrame, catalogue: Catalogue, bundle: Bundle | None) -> Scored:
    """Scores every open consignment with the model of each scheme that applies to it.

    `open_rows` has `consignment_id` and a boolean column per scheme; `features` the same rows in the same order.
    """
    schemes = tuple(catalogue.options.schemes)
    probabilities = {f"p_{name}": _probability(open_rows[name], features, catalogue, bundle, name) for name in schemes}
    rows = open_rows.select("consignment_id", *schemes).with_columns(**probabilities)
    return Scored(
        rows.with_columns(
            coverage=_coverage(rows, features, catalogue, schemes), abstained=_why(rows, schemes, bundle)
        ),
        schemes,
    )


def _probability(
    applies: pl.Series, features: pl.DataFrame, catalogue: Catalogue, bundle: Bundle | None, scheme: str
) -> pl.Series:
    values = np.full(len(applies), np.nan)
    where = applies.to_numpy()
    if bundle is not None and scheme in bundle.schemes and where.any():
        values[where] = bundle.predict(scheme, matrix_of(features.filter(applies), catalogue, scheme))
    return pl.Series(values).fill_nan(None)


def _coverage(rows: pl.DataFrame, features: pl.DataFrame, catalogue: Catalogue, schemes: tuple[str, ...]) -> pl.Series:
    """Share of the indicators of all applying schemes that could be assessed; 1 where no scheme applies."""
    assessed, in_scope = np.zeros(rows.height), np.zeros(rows.height)
    for indicator in catalogue.indicators:
        serving = [name for name in schemes if not indicator.schemes or name in indicator.schemes]
        scope = rows.select(pl.any_horizontal(serving)).to_series().to_numpy() if serving else np.zeros(rows.height)
        in_scope += scope
        assessed += scope * features[indicator.name].is_not_null().to_numpy()
    return pl.Series(np.where(in_scope > 0, assessed / np.maximum(in_scope, 1), 1.0))


def _why(rows: pl.DataFrame, schemes: tuple[str, ...], bundle: Bundle | None) -> pl.Series:
    """Why a row has no score: null where it has one, or where no scheme applies to it."""
    if bundle is None:
        return pl.Series(["no model: this home has none yet"] * rows.height, dtype=pl.String)
    reasons = {name: bundle.untrained.get(name, "the model does not know this scheme") for name in schemes}
    scored = pl.any_horizontal([pl.col(f"p_{name}").is_not_null() for name in schemes] or [pl.lit(False)])
    told = pl.concat_str(
        [pl.when(pl.col(name)).then(pl.lit(f"{name}: {why}")) for name, why in reasons.items()] or [pl.lit(None)],
        separator="; ",
        ignore_nulls=True,
    )
    applies = pl.any_horizontal(list(schemes) or [pl.lit(False)])
    return rows.select(pl.when(applies & ~scored).then(told)).to_series().cast(pl.String)
