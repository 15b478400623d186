"""Numbers of proving papers with what they are compared by: their issuer's year, their pattern, their serial.

A number's *pattern* is the number as it is compared, every run of digits written as 9, and its length. Its *serial* is
its last run of digits. Codes are small integers that stand for equal things in these tables, and mean nothing else.
"""

from __future__ import annotations

import polars as pl

from features.asof import history
from features.document_numbers import coded_documents, coded_exports, compatible
from features.row_order import begins_group
from features.tables import Tables

# The papers that prove by what right goods were exported or caught: a clerk of the issuing state numbers them.
PROVING = ("export_entry", "catch_certificate", "origin_certificate")
_ENTRY = "export_entry"
_SERIAL_DIGITS = 18  # as many as an integer of 64 bits holds
_ISSUE = ("kind", "issuer_country", "year")
# What is the same where a code is: issuer and year; the pattern too; the number.
NUMBER_COLUMNS = ("code", "issue_no", "shape_no", "number_no", "serial")


def numbered_documents(tables: Tables) -> pl.DataFrame:
    """The table document with NUMBER_COLUMNS; all but `code` are null for papers that prove nothing."""

    def make() -> pl.DataFrame:
        documents = coded_documents(tables)
        rows = pl.int_range(documents.height, dtype=pl.UInt32, eager=True).alias("row").to_frame()
        papers = _numbers(tables).drop_nulls("row")
        numbered = rows.join(papers, on="row", how="left", maintain_order="left")
        return documents.hstack(numbered.select(NUMBER_COLUMNS[1:]))

    return tables.derived("numbered documents", make)


def known_numbers(tables: Tables) -> pl.DataFrame:
    """The history of every number of a proving paper, as presented and, of export entries, as the issuer told it.

    Columns beside those of a history: NUMBER_COLUMNS without `code`, holder_id. What an issuer told has neither `unit`,
    the consignment, nor `number_no`, since it is in nobody's hands; a number that it told once counts from then on.
    """

    def make() -> pl.DataFrame:
        columns = [*NUMBER_COLUMNS[1:], "holder_id"]
        documents = numbered_documents(tables)
        # A version of another kind ends the one before it, so that it must not be left out until the spans are made.
        presented = history(documents, ["document_id"], "consignment_id", columns).drop_nulls("number_no")
        told = _numbers(tables).filter(pl.col("row").is_null())
        told = told.drop("row").with_columns(first_known_at="known_at", withdrawn=pl.lit(False))
        return pl.concat([presented, told], how="diagonal").select(presented.columns)

    return tables.derived("known numbers", make)


def _numbers(tables: Tables) -> pl.DataFrame:
    """A row per version of a proving paper, with its `row` in the table, and one per number that an issuer told.

    Columns: row (null for what was told), known_at, issue_no, shape_no, number_no, serial.
    """

    def make() -> pl.DataFrame:
        needed = ("kind", "issuer_country", "number", "code", "issued_at", "known_at")
        papers = coded_documents(tables).select(needed).with_row_index("row").filter(pl.col("kind").is_in(PROVING))
        both = pl.concat([papers, _told(tables)], how="diagonal").drop_nulls("code")
        return _parted(both)

    return tables.derived("numbers of papers and of issuers", make)


def _told(tables: Tables) -> pl.DataFrame:
    """The numbers that issuers told, each as it was first told: kind, issuer_country, number, code, dates."""
    rows = coded_exports(tables).filter(~pl.col("withdrawn"))
    rows = rows.select("issuer_country", "number", "code", "known_at", issued_at="cleared_at")
    number = ["issuer_country", "number"]
    ordered = rows.sort(*number, "known_at", "issued_at").filter(begins_group(number))
    return ordered.with_columns(kind=pl.lit(_ENTRY))


def _parted(numbers: pl.DataFrame) -> pl.DataFrame:
    digits = compatible(pl.col("number")).str.extract(r"([0-9]+)[^0-9]*$")
    parts = numbers.select(
        *("row", "known_at", "code"),
        kind=_codes(numbers["kind"]),
        issuer_country=_codes(numbers["issuer_country"]),
        year=pl.col("issued_at").dt.year(),
        pattern=_codes(numbers["code"].str.replace_all("[0-9]+", "9")),
        length=pl.col("code").str.len_chars(),
        serial=digits.str.tail(_SERIAL_DIGITS).cast(pl.Int64),
    )
    # Ranks of texts are dear: only of what a consignment presents is it asked who else presents the same number.
    parts = parts.with_columns(code=pl.when(pl.col("row").is_not_null()).then("code").rank("dense"))
    return parts.select(
        *("row", "known_at"),
        issue_no=_together(*_ISSUE),
        shape_no=_together(*_ISSUE, "pattern", "length"),
        number_no=_together("kind", "issuer_country", "code"),
        serial="serial",
    )


def _codes(values: pl.Series) -> pl.Series:
    """Numbers for texts of which few are different."""
    return values.cast(pl.Enum(values.drop_nulls().unique())).to_physical()


def _together(*columns: str) -> pl.Expr:
    """One code for several; null where any of them is."""
    return pl.when(pl.all_horizontal(pl.col(columns).is_not_null())).then(pl.struct(columns).rank("dense"))
