"""Numbers of proving papers with what they are compared by: their issuer's year, their pattern, their serial.

A number's *pattern* is the number as it is compared, every run of digits written as 9, and its length. Its *serial* is
its last run of digits. Codes are small integers that stand for equal things in these tables, and mean nothing else.
"""

from __future__ import annotations

import polars as pl

from features.asof import history
from features.document_numbers import compatible, normalised
from features.tables import Tables
from features.transmission import coded_exports

# The papers that prove by what right goods were exported or caught: a clerk of the issuing state numbers them.
PROVING = ("export_entry", "catch_certificate", "origin_certificate")
_ENTRY = "export_entry"
_SERIAL_DIGITS = 18  # as many as an integer of 64 bits holds
_PARTS = ("kind", "issuer_country", "year", "pattern", "length")
# What is the same where a code is: issuer and year; the pattern too; the number.
_CODES = {
    "issue_no": _PARTS[:3],
    "shape_no": _PARTS,
    "number_no": ("kind", "issuer_country", "code"),
}
NUMBER_COLUMNS = ("code", *_CODES, "serial")


def numbered_documents(tables: Tables) -> pl.DataFrame:
    """The table document with NUMBER_COLUMNS; all but `code` are null for papers that prove nothing."""

    def make() -> pl.DataFrame:
        documents = tables["document"]
        return documents.hstack(_numbers(tables).head(documents.height).select(NUMBER_COLUMNS))

    return tables.derived("numbered documents", make)


def known_numbers(tables: Tables) -> pl.DataFrame:
    """The history of every number of a proving paper, as presented and, of export entries, as the issuer told it.

    Columns beside those of a history: NUMBER_COLUMNS without `code`, holder_id. `unit` is the consignment, null for
    what an issuer told; a number that it told once counts from then on.
    """

    def make() -> pl.DataFrame:
        columns = [*NUMBER_COLUMNS[1:], "holder_id"]
        documents = numbered_documents(tables)
        # A version of another kind ends the one before it, so that it must not be left out until the spans are made.
        presented = history(documents, ["document_id"], "consignment_id", columns).drop_nulls("number_no")
        told = _numbers(tables).slice(tables["document"].height)
        told = told.select("known_at", *NUMBER_COLUMNS[1:], first_known_at="known_at", withdrawn=pl.lit(False))
        return pl.concat([presented, told], how="diagonal").select(presented.columns)

    return tables.derived("known numbers", make)


def _numbers(tables: Tables) -> pl.DataFrame:
    """A row per version of a document in the table's order, then one per number that an issuer told; `known_at`."""

    def make() -> pl.DataFrame:
        told = (
            coded_exports(tables)
            .filter(~pl.col("withdrawn"))
            .sort("known_at", "cleared_at")
            .unique(["issuer_country", "number"], keep="first", maintain_order=True)
            .with_columns(kind=pl.lit(_ENTRY), issued_at="cleared_at")
        )
        needed = ["kind", "issuer_country", "number", "issued_at", "code", "known_at"]
        documents = tables["document"].with_columns(code=normalised(pl.col("number")))
        both = pl.concat([documents.select(needed), told.select(needed)])
        return _parted(both).with_columns(both["known_at"])

    return tables.derived("numbers of papers and of issuers", make)


def _parted(numbers: pl.DataFrame) -> pl.DataFrame:
    digits = compatible(pl.col("number")).str.extract(r"([0-9]+)[^0-9]*$")
    parts = numbers.select(
        "kind",
        "issuer_country",
        "code",
        year=pl.col("issued_at").dt.year(),
        pattern=pl.col("code").str.replace_all("[0-9]+", "9"),
        length=pl.col("code").str.len_chars(),
        serial=digits.str.tail(_SERIAL_DIGITS).cast(pl.Int64),
    )
    proves = pl.col("kind").is_in(PROVING) & pl.col("code").is_not_null()
    codes = {
        name: pl.when(proves & pl.all_horizontal(pl.col(of).is_not_null())).then(pl.struct(of).rank("dense"))
        for name, of in _CODES.items()
    }
    return parts.select("code", **codes, serial=pl.when(proves).then("serial"))
