"""Numbers of documents: one form for those that are the same, whoever wrote them down."""

from __future__ import annotations

import polars as pl

from features.tables import Tables

_GAPS = r"[\s\p{Pd}−]+"


def normalised(number: pl.Expr) -> pl.Expr:
    """The number in capitals, in Unicode's compatibility form, without blanks and dashes; null where nothing is left.

    Full-width digits are digits: a number typed on a Japanese keyboard is the same number.
    """
    plain = compatible(number).str.to_uppercase().str.replace_all(_GAPS, "")
    return pl.when(plain != "").then(plain)


def compatible(text: pl.Expr) -> pl.Expr:
    """The text in Unicode's compatibility form. Most numbers are ASCII and in that form already, which is quicker."""

    def fold(texts: pl.Series) -> pl.Series:
        is_ascii = (texts.str.len_bytes() == texts.str.len_chars()).all()
        return texts if is_ascii else texts.str.normalize("NFKC")

    return text.map_batches(fold, return_dtype=pl.String)


def coded_documents(tables: Tables) -> pl.DataFrame:
    """The table document with `code`, the number as it is compared."""
    return _coded(tables, "document")


def coded_exports(tables: Tables) -> pl.DataFrame:
    """The table partner_export with `code`, the number as it is compared."""
    return _coded(tables, "partner_export")


def _coded(tables: Tables, table: str) -> pl.DataFrame:
    return tables.derived(f"coded {table}", lambda: tables[table].with_columns(code=normalised(pl.col("number"))))
