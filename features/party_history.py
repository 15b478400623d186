"""What an importer declared before, and what was found: the newest earlier consignments, as known at the cut-off."""

from __future__ import annotations

import polars as pl

from features.asked import Asked
from features.asof import newest, visible_rows
from features.contract import INSTANT

SHOWN = 5
SCHEMA = pl.Schema(
    {
        "question": pl.UInt32(),
        "earlier_id": pl.String(),
        "declared_at": INSTANT,
        "hs6": pl.String(),
        "dispatch_country": pl.String(),
        "findings": pl.List(pl.String()),
    }
)


def party_history(asked: Asked) -> pl.DataFrame:
    """The newest SHOWN earlier consignments of the importer of each question, all asked at one cut-off.

    Columns: question, earlier_id, declared_at, hs6 (of the first line), dispatch_country, findings (texts
    `scheme: result`, by scheme; empty where none was known). Questions without an importer or without earlier
    consignments have no row. Raises ValueError for more than one cut-off.
    """
    cutoffs = asked.questions["cutoff"].unique()
    if len(cutoffs) > 1:
        raise ValueError(f"needed questions of one cut-off, found {len(cutoffs)}; ask night by night")
    if not asked.questions.height:
        return pl.DataFrame(schema=SCHEMA)
    own = asked.questions.with_columns(importer_id=asked.consignment["importer_id"])
    earlier = (
        visible_rows(
            asked.tables["consignment"],
            ["consignment_id"],
            own,
            on=["importer_id"],
            columns=["consignment_id", "declared_at", "dispatch_country"],
        )
        .join(own.with_row_index("question").select("question", own="consignment_id"), on="question")
        .filter(pl.col("consignment_id") != pl.col("own"))
        .sort("question", "declared_at", "consignment_id", descending=[False, True, False], nulls_last=True)
        .group_by("question", maintain_order=True)
        .head(SHOWN)
    )
    cutoff = cutoffs[0]
    first_line = (
        newest(asked.tables["goods_item"], ["consignment_id", "item_no"], cutoff)
        .sort("consignment_id", "item_no")
        .unique("consignment_id", keep="first", maintain_order=True)
        .select("consignment_id", "hs6")
    )
    findings = (
        newest(asked.tables["inspection"], ["inspection_id", "scheme"], cutoff)
        .sort("consignment_id", "scheme", "inspected_at")
        .group_by("consignment_id", maintain_order=True)
        .agg(findings=pl.concat_str("scheme", pl.lit(": "), "result"))
    )
    return (
        earlier.join(first_line, on="consignment_id", how="left", maintain_order="left")
        .join(findings, on="consignment_id", how="left", maintain_order="left")
        .with_columns(pl.col("findings").fill_null(pl.lit([], dtype=pl.List(pl.String))))
        .rename({"consignment_id": "earlier_id"})
        .select(*SCHEMA)
    )
