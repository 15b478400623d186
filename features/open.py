"""Which consignments are open at a cut-off: what a night ranks."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from features.asked import Asked
from features.asof import newest
from features.options import Options
from features.scope import applies
from features.tables import Tables


def open_at(tables: Tables, cutoff: datetime, open_days: int, options: Options) -> pl.DataFrame:
    """The questions of one night, by `consignment_id`: `consignment_id`, `cutoff`, and a boolean column per scheme.

    Open is a consignment whose newest visible version is not withdrawn and has no `released_at` at or before the
    cut-off, that was declared less than `open_days` before it, and of whose applying schemes not every one has a
    visible inspection. One to which no scheme applies stays.
    """
    asked = Asked(tables, _at_the_border(tables, cutoff, open_days))
    scheme = applies(asked, options)
    inspected = _inspected_schemes(tables, cutoff, asked, options)
    still_to_do = pl.any_horizontal(
        [pl.col(name) & ~pl.col(f"inspected_{name}") for name in options.schemes] or [pl.lit(False)]
    )
    no_scheme = ~pl.any_horizontal([pl.col(name) for name in options.schemes] or [pl.lit(False)])
    return (
        pl.concat([asked.questions, scheme, inspected], how="horizontal")
        .filter(still_to_do | no_scheme)
        .select("consignment_id", "cutoff", *options.schemes)
    )


def _at_the_border(tables: Tables, cutoff: datetime, open_days: int) -> pl.DataFrame:
    at = pl.lit(cutoff, dtype=pl.Datetime("us", "UTC"))
    return (
        newest(tables["consignment"], ["consignment_id"], cutoff)
        .filter(
            pl.col("released_at").is_null() | (pl.col("released_at") > at),
            pl.col("declared_at") > at - timedelta(days=open_days),
        )
        .select("consignment_id", cutoff=at)
        .sort("consignment_id")
    )


def _inspected_schemes(tables: Tables, cutoff: datetime, asked: Asked, options: Options) -> pl.DataFrame:
    """Per question, `inspected_<scheme>`: whether a finding of any result is visible."""
    findings = newest(tables["inspection"], ["inspection_id", "scheme"], cutoff)
    columns = {}
    for name, scheme in options.schemes.items():
        seen = findings.filter(pl.col("scheme") == scheme.label)["consignment_id"]
        columns[f"inspected_{name}"] = asked.questions["consignment_id"].is_in(seen.unique().implode())
    return pl.DataFrame(columns)


def why_not_open(tables: Tables, cutoff: datetime, open_days: int, options: Options, consignment_id: str) -> str:
    """Why a consignment is not open at a cut-off, in words; empty where it is open."""
    if consignment_id in open_at(tables, cutoff, open_days, options)["consignment_id"]:
        return ""
    known = newest(tables["consignment"], ["consignment_id"], cutoff, keep_withdrawn=True)
    row = next(known.filter(consignment_id=consignment_id).iter_rows(named=True), None)
    if row is None:
        return f"no version of it was known at {cutoff:%Y-%m-%d %H:%M} UTC"
    if row["withdrawn"]:
        return f"its newest version, known at {row['known_at']:%Y-%m-%d %H:%M} UTC, withdraws it"
    if row["released_at"] is not None and row["released_at"] <= cutoff:
        return f"it was released at {row['released_at']:%Y-%m-%d %H:%M} UTC"
    if row["declared_at"] <= cutoff - timedelta(days=open_days):
        return f"it was declared on {row['declared_at']:%Y-%m-%d}, {open_days} days before the list or earlier"
    return "every scheme that applies to it has a finding already"
