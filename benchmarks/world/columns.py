"""How well every single column of a world's tables separates the cases of a scheme, within the scheme's scope."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

FOLDS = 5
DAY = pl.duration(days=1)
# What says nothing but which row it is, or when: ids of the rows themselves.
IDENTITIES = ("consignment_id", "document_id", "scan_id", "call_id", "transhipment_id", "right_id")


def separations(tables: dict[str, pl.DataFrame], cases: pl.DataFrame) -> pl.DataFrame:
    """The area under the curve of every column, best first: table, column, how (the summary), auc, rows.

    `cases`: consignment_id and case (boolean) of the consignments in a scheme's scope. A column of a table with several
    rows of a consignment is summarised by its number of rows, least, greatest and mean, or its first text. Text and
    lists are scored by the rate of cases that other folds show for the value, so that no row scores itself.
    """
    found = []
    for table, rows in _joined(tables, cases):
        for column in rows.columns:
            if column in ("consignment_id", "case") or column in IDENTITIES:
                continue
            for how, values in _summaries(rows, column, cases):
                auc = _auc(values, cases["case"].to_numpy())
                found.append((table, column, how, auc, int(values.is_not_null().sum())))
    schema = {"table": pl.String, "column": pl.String, "how": pl.String, "auc": pl.Float64, "rows": pl.Int64}
    return pl.DataFrame(found, schema=schema, orient="row").sort("auc", descending=True)


def _joined(tables: dict[str, pl.DataFrame], cases: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of each table that belong to each consignment, by the references that the contract states."""
    heads = _newest(tables["consignment"], ["consignment_id"]).join(cases, on="consignment_id", how="inner")
    yield "consignment", tables["consignment"].join(cases, on="consignment_id", how="inner")
    for name in ("goods_item", "leg", "document", "radiation_scan"):
        yield name, tables[name].join(cases, on="consignment_id", how="inner")
    documents = tables["document"].join(cases, on="consignment_id", how="inner")
    key = documents.select("consignment_id", "document_id").unique()
    yield "document_line", tables["document_line"].join(key, on="document_id", how="inner")
    numbers = documents.select("consignment_id", "issuer_country", "number").unique()
    yield "partner_export", tables["partner_export"].join(numbers, on=["issuer_country", "number"], how="inner")
    for role in ("importer_id", "exporter_id", "declarant_id", "carrier_id"):
        of = heads.select("consignment_id", pl.col(role).alias("party_id")).drop_nulls()
        yield f"party of {role}", of.join(_newest(tables["party"], ["party_id"]), on="party_id")
        links = tables["party_link"].select("kind", "valid_from", "valid_to", "known_at", party_id="party_id")
        yield f"party_link of {role}", of.join(links, on="party_id")
    ships = heads.select("consignment_id", "vessel_id", "arrived_at").drop_nulls()
    for name, at in (("vessel", "valid_from"), ("port_call", "arrived_at"), ("fishing_right", "valid_from")):
        rows = tables[name].rename({"arrived_at": "called_at"}) if name == "port_call" else tables[name]
        at = "called_at" if name == "port_call" else at
        near = ships.join(rows, on="vessel_id").filter(pl.col(at) <= pl.col("arrived_at") + 3 * DAY)
        if name == "port_call":
            near = near.filter(pl.col(at) >= pl.col("arrived_at") - 20 * DAY)
        yield name, near.drop("arrived_at")
    meetings = tables["transhipment"]
    for side in ("donor_id", "receiver_id"):
        near = ships.join(meetings, left_on="vessel_id", right_on=side)
        yield (
            f"transhipment of {side}",
            near.filter(pl.col("at").is_between(pl.col("arrived_at") - 40 * DAY, "arrived_at")).drop("arrived_at"),
        )
    yield "alert", _named(tables["alert"], heads)
    yield "watchlist", _named(tables["watchlist"], heads)


def _newest(rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    return rows.sort("known_at").unique(key, keep="last", maintain_order=True)


def _named(rows: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """Rows that name the vessel or a party of a consignment."""
    named = heads.select("consignment_id", pl.concat_list("vessel_id", "importer_id", "exporter_id").alias("subject"))
    return named.explode("subject").drop_nulls().join(rows, on="subject")


def _summaries(rows: pl.DataFrame, column: str, cases: pl.DataFrame) -> Iterator[tuple[str, pl.Series]]:
    values = rows.select("consignment_id", pl.col(column).alias("value"))
    kind = values.schema["value"]

    def per_consignment(expression: pl.Expr) -> pl.Series:
        grouped = values.group_by("consignment_id").agg(expression.alias("value"))
        return cases.join(grouped, on="consignment_id", how="left", maintain_order="left")["value"]

    yield "filled", per_consignment(pl.col("value").count()).fill_null(0).cast(pl.Float64)
    if kind.is_numeric() or kind.is_temporal() or kind == pl.Boolean:
        number = pl.col("value").cast(pl.Date).cast(pl.Int32) if kind == pl.Date else pl.col("value")
        number = number.cast(pl.Int64 if kind.is_temporal() and kind != pl.Date else pl.Float64)
        for how in ("min", "max", "mean"):
            yield how, per_consignment(getattr(number, how)()).cast(pl.Float64)
    else:
        text = pl.col("value").list.join("|") if isinstance(kind, pl.List) else pl.col("value")
        yield "value", _rates(per_consignment(text.drop_nulls().first()), cases["case"].to_numpy())


def _rates(values: pl.Series, case: np.ndarray) -> pl.Series:
    """The smoothed rate of cases that the other folds show for each value; null stays a value of its own."""
    fold = np.arange(len(values)) % FOLDS
    frame = pl.DataFrame({"value": values.fill_null("(none)"), "fold": fold, "case": case})
    mean = float(case.mean())
    own = frame.group_by("value", "fold").agg(n=pl.len(), hits=pl.col("case").sum())
    whole = own.group_by("value").agg(pl.col("n", "hits").sum())
    both = frame.join(whole, on="value", how="left", maintain_order="left")
    both = both.join(own, on=["value", "fold"], how="left", maintain_order="left", suffix="_own")
    rate = (pl.col("hits") - pl.col("hits_own") + 10 * mean) / (pl.col("n") - pl.col("n_own") + 10)
    return both.select(rate).to_series()


def _auc(values: pl.Series, case: np.ndarray) -> float:
    """The area on either side of a half; a missing value lies where it helps most: below all or above all."""
    if case.all() or not case.any() or values.null_count() == len(values):
        return 0.5
    areas = []
    for filled in (values.fill_null(-1e300), values.fill_null(1e300)):
        area = float(roc_auc_score(case, filled.to_numpy()))
        areas.append(max(area, 1 - area))
    return max(areas)
