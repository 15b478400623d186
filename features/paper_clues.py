"""Clues of papers: what a line says so exactly, the same goods of the same weight, that two papers may be copies.

A clue is a number: the same for lines that state equal goods and kilograms, and without a meaning else.
"""

from __future__ import annotations

import polars as pl

from features.asof import history, join_history
from features.numbered import PROVING, numbered_documents
from features.tables import Tables

KINDS = (*PROVING, "landing_declaration", "harbour_clearance")
GOODS = ("hs6", "species", "product_form")
WEIGHTS = ("live_kg", "net_kg")
_LINE = ("document_id", "line_no")


def whole_kilograms() -> list[pl.Expr]:
    """Each of WEIGHTS to the kilogram, 0 where it is not stated."""
    return [pl.col(name).fill_null(0).round(0).cast(pl.Int64) for name in WEIGHTS]


def is_weighed() -> pl.Expr:
    """Whether a line states at least a kilogram."""
    return pl.any_horizontal([weight >= 1 for weight in whole_kilograms()])


def joined(name: str, *columns: str) -> pl.Expr:
    """One text of several columns, begun by a name."""
    parts = [pl.col(column).cast(pl.String).fill_null("") for column in columns]
    return pl.concat_str(pl.lit(name), *parts, separator="|")


def line_clues(tables: Tables) -> pl.DataFrame:
    """Per row of the table document_line: `is_weighed`, and `clue`, null where one paper alone gives it."""

    def make() -> pl.DataFrame:
        lines = tables["document_line"]
        goods = lines.select(joined("goods", *GOODS)).to_series()
        same = pl.struct(goods.cast(pl.Enum(goods.unique())).to_physical().alias("goods"), *whole_kilograms())
        told = lines.select(is_weighed=is_weighed(), clue=pl.when(is_weighed()).then(same.rank("dense")))
        return told.with_columns(clue=pl.when(_is_given_often(told["clue"], lines["document_id"])).then("clue"))

    return tables.derived("clues of lines", make)


def _is_given_often(clues: pl.Series, papers: pl.Series) -> pl.Series:
    """Per line whether several papers give its clue. What one alone says is said by no other: most fall away here."""
    lines = pl.DataFrame({"clue": clues, "paper": papers})
    again = lines.drop_nulls("clue").filter(pl.len().over("clue") > 1)
    often = again.unique().group_by("clue").len().filter(pl.col("len") > 1)
    return clues.is_in(often["clue"].implode())


def known_clues(tables: Tables) -> pl.DataFrame:
    """The spans in which papers gave a clue that others gave too, by `key` and known_at; `unit`: whose paper it is.

    Columns beside those of a history: document_id, line_no, number, issuer_country, code, clue, and `key`, a number for
    the clue on papers of one kind.
    """

    def make() -> pl.DataFrame:
        told = ["kind", "issuer_country", "number", "code", "consignment_id", "document_id"]
        lines = tables["document_line"].select(*_LINE, "known_at", "withdrawn").with_columns(line_clues(tables)["clue"])
        repeated = lines.drop_nulls("clue").select(_LINE).unique()
        lines = lines.join(repeated, on=_LINE, how="semi")
        papers = repeated.select("document_id").unique()
        documents = numbered_documents(tables).join(papers, on="document_id", how="semi")
        both = join_history(
            history(lines, _LINE, "document_id", ["line_no", "clue"]).drop_nulls("clue"),
            history(documents, ["document_id"], "document_id", told).filter(pl.col("kind").is_in(KINDS)),
        )
        return both.select(
            *("first_known_at", "known_at", "until", "withdrawn", "document_id", "line_no", "number", "issuer_country"),
            *("code", "clue"),
            unit="consignment_id",
            key=key_of(),
        ).sort("key", "known_at", "document_id", "line_no")

    return tables.derived("clues of papers", make)


def key_of() -> pl.Expr:
    """A number for the clue on papers of one kind, from the columns `clue` and `kind` (one of KINDS)."""
    kind = pl.col("kind").replace_strict({name: place for place, name in enumerate(KINDS)}, return_dtype=pl.Int64)
    return pl.col("clue").cast(pl.Int64) * len(KINDS) + kind
