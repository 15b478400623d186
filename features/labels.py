"""Findings as labels: what was found, by when it was known, and the night on which the choice was made."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import polars as pl

from features.asof import newest
from features.cutoffs import at_or_before, own_cutoffs
from features.tables import Tables

DECIDED = {"confirmed": True, "unfounded": False}


def labelled(tables: Tables, until: datetime, label: str, maturity: timedelta, daily: time) -> pl.DataFrame:
    """The training questions of one scheme: a row per consignment that was inspected for `label`, by cut-off and id.

    Columns: `consignment_id`, `cutoff` (the last daily cut-off at or before the inspection, never before the
    consignment's own), `confirmed`, `inspected_at`, `label_known_at` (first `known_at` of the finding).
    Only findings visible at `until` whose inspection is at least `maturity` old; inconclusive ones are no label; of
    several inspections of one consignment the last decided one counts. A consignment without a finding is absent:
    unlabelled, never a negative.
    """
    rows = tables["inspection"].filter(pl.col("scheme") == label)
    first_known = rows.group_by("inspection_id", "scheme").agg(label_known_at=pl.col("known_at").min())
    decided = (
        newest(rows, ["inspection_id", "scheme"], until)
        .filter(
            pl.col("result").is_in(list(DECIDED)),
            pl.col("inspected_at") <= pl.lit(until, dtype=pl.Datetime("us", "UTC")) - maturity,
        )
        .join(first_known, on=["inspection_id", "scheme"], how="left")
        .sort("consignment_id", "inspected_at", "inspection_id")
        .unique("consignment_id", keep="last", maintain_order=True)
    )
    own = own_cutoffs(tables["consignment"].select("consignment_id", "known_at"), daily)
    return (
        decided.join(own, on="consignment_id", how="inner")
        .with_columns(cutoff=pl.max_horizontal(at_or_before(pl.col("inspected_at"), daily), "own_cutoff"))
        .filter(pl.col("cutoff") <= pl.lit(until, dtype=pl.Datetime("us", "UTC")))
        .select(
            "consignment_id",
            "cutoff",
            pl.col("result").replace_strict(DECIDED, return_dtype=pl.Boolean).alias("confirmed"),
            "inspected_at",
            "label_known_at",
        )
        .sort("cutoff", "consignment_id")
    )
