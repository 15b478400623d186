"""How long the exporting states take to tell us what they cleared, and since when they tell of which goods.

The lag of a row is from its clearing to the first moment that we could read it, in whole hours, rounded up.
"""

from __future__ import annotations

import polars as pl

from features.asof import history
from features.document_numbers import coded_documents, coded_exports
from features.quantiles import quantiles
from features.row_order import begins_group, in_order
from features.tables import Tables

ENOUGH = 20  # rows; from fewer no lag and no custom of telling is learned
PERCENT = 95
KEY = ("issuer_country", "number", "line_no")
_MICROSECONDS_PER_HOUR = 3_600_000_000


def usual_lag(tables: Tables, questions: pl.DataFrame) -> pl.Series:
    """Per question (`issuer_country`, `cutoff`) the hours within which 95 % of the issuer's rows had come.

    Over the rows visible at the cut-off, each by its first version's `known_at`; null under ENOUGH of them.
    """
    asked = questions.select("issuer_country", "cutoff").unique().with_columns(consignment_id=pl.lit(None, pl.String))
    found = quantiles(_lags(tables), asked, "issuer_country", "lag_hours", {"lag": PERCENT})
    told = asked.hstack(found).select(
        "issuer_country", "cutoff", lag=pl.when(pl.col("count") >= ENOUGH).then("lag").cast(pl.Float64)
    )
    return questions.join(told, on=["issuer_country", "cutoff"], how="left", maintain_order="left")["lag"]


def _lags(tables: Tables) -> pl.DataFrame:
    def make() -> pl.DataFrame:
        spans = history(tables["partner_export"], KEY, "issuer_country", ["issuer_country", "cleared_at"])
        elapsed = (pl.col("first_known_at") - pl.col("cleared_at")).dt.total_microseconds()
        hours = -(-elapsed.clip(lower_bound=0) // _MICROSECONDS_PER_HOUR)
        return spans.with_columns(lag_hours=hours, unit=pl.lit(None, pl.String))

    return tables.derived("partner export lags", make)


def told_from(tables: Tables) -> pl.DataFrame:
    """Since when an issuer is known to tell of a chapter: `issuer_country`, `hs2`, `told_from`.

    That is the instant at which the ENOUGH-th of its rows of that chapter became known: a state that never told of
    such goods does not deny a number by its silence.
    """

    def make() -> pl.DataFrame:
        rows = in_order(tables["partner_export"].select(*KEY, "known_at", "hs6"), [*KEY, "known_at"])
        first = rows.filter(begins_group(KEY)).with_columns(hs2=pl.col("hs6").str.head(2))
        return (
            first.group_by("issuer_country", "hs2")
            .agg(told_from=pl.col("known_at").sort().get(ENOUGH - 1, null_on_oob=True))
            .drop_nulls("told_from")
        )

    return tables.derived("chapters told by issuers", make)


def registers_from(tables: Tables, kind: str) -> pl.DataFrame:
    """Since when an issuer is known to tell the numbers of a kind of document: `issuer_country`, `told_from`.

    That is the instant at which ENOUGH documents of the kind had been found among its rows.
    """

    def make() -> pl.DataFrame:
        code = ["issuer_country", "code"]
        documents = coded_documents(tables).filter(pl.col("kind") == kind).drop_nulls(code).select(*code, "known_at")
        told = coded_exports(tables).select(*code, told_at="known_at").join(documents, on=code, how="semi")
        found = (
            documents.group_by(code)
            .agg(pl.col("known_at").min())
            .join(told.group_by(code).agg(pl.col("told_at").min()), on=code)
        )
        return (
            found.group_by("issuer_country")
            .agg(told_from=pl.max_horizontal("known_at", "told_at").sort().get(ENOUGH - 1, null_on_oob=True))
            .drop_nulls("told_from")
        )

    return tables.derived(f"registers of {kind}", make)
