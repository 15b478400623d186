"""What was declared earlier: consignments and their goods lines as histories, and the newest of them as evidence."""

from __future__ import annotations

import polars as pl

from features.asked import Asked, with_headings
from features.asof import history, join_history
from features.catalogue import Evidence
from features.evidence import SHOWN_FINDINGS, as_evidence, the_declaration
from features.history import SPAN_COLUMNS
from features.options import Options
from features.tables import Tables

# No line is worth ten thousand million dollars: a value above is a slip, which must not stop exact sums.
LARGEST_VALUE_USD = 1e10
_COLUMNS = ("importer_id", "exporter_id", "office", "dispatch_country", "loading_port", "discharge_port", "use")


def earlier_consignments(tables: Tables) -> pl.DataFrame:
    """The history of every consignment: its parties, places and `use`, and `first_at`.

    `first_at` is `first_known_at` in microseconds since 1970, so that windows can give the least of it.
    """

    def make() -> pl.DataFrame:
        spans = history(tables["consignment"], ["consignment_id"], "consignment_id", _COLUMNS)
        return spans.with_columns(first_at=pl.col("first_known_at").to_physical())

    return tables.derived("earlier_consignments", make)


def earlier_lines(tables: Tables) -> pl.DataFrame:
    """The history of every goods line: `item_no`, `value_usd`, `hs4`, and the `importer_id` of its consignment.

    Values above LARGEST_VALUE_USD are empty.
    """

    def make() -> pl.DataFrame:
        columns = ["item_no", "hs6", "value_usd"]
        lines = history(tables["goods_item"], ["consignment_id", "item_no"], "consignment_id", columns)
        importers = earlier_consignments(tables).select(*SPAN_COLUMNS, "importer_id")
        possible = pl.when(pl.col("value_usd") <= LARGEST_VALUE_USD).then("value_usd")
        return with_headings(join_history(lines, importers)).with_columns(value_usd=possible).drop("hs2", "hs6")

    return tables.derived("earlier_lines", make)


def own_and_earlier(key: str) -> Evidence:
    """Evidence: the own declaration, and the newest earlier consignments that have the same value in the column."""

    def fetch(asked: Asked, options: Options) -> pl.DataFrame:
        own = asked.questions.with_row_index("question").with_columns(asked.consignment[key])
        matched = (
            own.rename({"consignment_id": "own"})
            .join(earlier_consignments(asked.tables).filter(~pl.col("withdrawn")), on=key)
            .filter(
                pl.col("known_at") <= pl.col("cutoff"),
                pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff")),
                pl.col("unit") != pl.col("own"),
            )
            .sort(["question", "first_known_at", "unit"], descending=[False, True, False])
            .group_by("question", maintain_order=True)
            .head(SHOWN_FINDINGS)
            .rename({"unit": "consignment_id"})
        )
        return pl.concat([the_declaration(asked, options), as_evidence(matched, "consignment", ["consignment_id"])])

    return fetch
