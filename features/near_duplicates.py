"""Papers whose lines say the same as those of another consignment's paper (MR-11).

Every line gives *statements*: which goods, where and how they were caught, when, and what they weigh, to the kilogram.
The likeness of two papers is the share of their statements that they have in common (Jaccard); MinHash estimates it,
here it is exact. It is taken only where two papers of a kind share a *telling* statement, one of weight or of the dates
of the catch. Of the papers that share one, the NEAREST that became known last before the cut-off are compared: their
number, and so the work, is bounded however common a statement is, at the price that older ones are passed over.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from features.asof import history, join_history, visible_rows
from features.document_numbers import normalised
from features.papers import LINE_COLUMNS, PROVING, Papers
from features.tables import Tables
from features.windows_keys import TIME_BITS, Codes

YEAR_DAYS = 365
NEAREST = 20
KINDS = (*PROVING, "landing_declaration", "harbour_clearance")
DIGITS = 6
_TOLD = ("hs6", "species", "product_form", "catch_area", "gear", "catch_from", "catch_to", "live_kg", "net_kg")
_WHAT = ("hs6", "species", "product_form")


def statements() -> dict[str, pl.Expr]:
    """The statements of a line; null where what makes it telling is not stated."""

    def said(name: str, needed: pl.Expr, *columns: str) -> pl.Expr:
        parts = [pl.col(column).cast(pl.String).fill_null("") for column in columns]
        return pl.when(needed).then(pl.concat_str(pl.lit(name), *parts, separator="|"))

    kilograms = [pl.col(name).fill_null(0).round(0).cast(pl.Int64).alias(name) for name in ("live_kg", "net_kg")]
    weight = pl.concat_str(pl.lit("weight"), pl.col("species").fill_null(""), *kilograms, separator="|")
    dates = pl.all_horizontal(pl.col("catch_from", "catch_to").is_not_null())
    return {
        "goods": said("goods", pl.any_horizontal(pl.col(*_WHAT).is_not_null()), *_WHAT),
        "catch": said(
            "catch", pl.any_horizontal(pl.col("catch_area", "gear").is_not_null()), "species", "catch_area", "gear"
        ),
        "dates": said("dates", dates, "species", "catch_from", "catch_to"),
        "weight": pl.when((pl.col("live_kg") >= 1) | (pl.col("net_kg") >= 1)).then(weight),
    }


TELLING = ("dates", "weight")


def duplicate_answers(papers: Papers) -> pl.DataFrame:
    """Per question the greatest likeness of its papers to another consignment's, and the two numbers."""
    whole = papers.asked.questions.with_row_index("question").select("question")
    own = _stating(papers)
    could_tell = own.filter(pl.any_horizontal(pl.col(*TELLING).is_not_null())).select("question").unique()
    return (
        whole.with_columns(tells=pl.col("question").is_in(could_tell["question"].implode()))
        .join(best_pairs(papers), on="question", how="left", maintain_order="left")
        .select(
            nearest_document_similarity=pl.when("tells").then(pl.col("likeness").fill_null(0.0)),
            own_document="number",
            like_document="other_number",
            like_consignment="other_unit",
        )
    )


def best_pairs(papers: Papers) -> pl.DataFrame:
    """Per question that has one the pair that is most alike: as `_likeness`; of equal ones the first by id."""
    order = ["question", "likeness", "document_id", "other_id"]
    pairs = _likeness(papers, _stating(papers)).sort(order, descending=[False, True, False, False])
    return pairs.unique("question", keep="first", maintain_order=True)


def _stating(papers: Papers) -> pl.DataFrame:
    """The lines of the papers that are compared, with their statements."""
    return papers.lines.filter(pl.col("kind").is_in(KINDS)).with_columns(**statements())


def _likeness(papers: Papers, own: pl.DataFrame) -> pl.DataFrame:
    """Pairs of an own paper and another's: question, document_id, other_id, numbers, `other_unit`, `likeness`."""
    asked = papers.documents.with_columns(
        unit=papers.asked.questions["consignment_id"].gather(papers.documents["question"])
    )
    asked = asked.select("question", "document_id", "unit", "cutoff", "kind", "issuer_country", "code", "number")
    pairs = _pairs(papers.asked.tables, own, asked)
    others = pairs.select("other_id", "cutoff").unique(maintain_order=True)
    told = visible_rows(
        papers.asked.tables["document_line"],
        ["document_id", "line_no"],
        others,
        {"other_id": "document_id"},
        LINE_COLUMNS,
    ).with_columns(**statements())
    of_others = _sets(told, ["question"]).rename({"question": "other"})
    of_own = _sets(
        own.join(pairs.select("question", "document_id").unique(), on=["question", "document_id"], how="semi"),
        ["question", "document_id"],
    )
    numbered = pairs.join(others.with_row_index("other"), on=["other_id", "cutoff"])
    both = (
        numbered.join(of_own, on=["question", "document_id"])
        .join(of_others, on=["other", "statement"], suffix="_of_other")
        .group_by("question", "document_id", "other")
        .agg(both=pl.len(), own_size=pl.col("size").first(), other_size=pl.col("size_of_other").first())
    )
    return numbered.join(both, on=["question", "document_id", "other"]).select(
        "question",
        "document_id",
        "other_id",
        "number",
        "other_number",
        "other_unit",
        likeness=(pl.col("both") / (pl.col("own_size") + pl.col("other_size") - pl.col("both"))).round(DIGITS),
    )


def _sets(lines: pl.DataFrame, paper: list[str]) -> pl.DataFrame:
    """The different statements of each paper, `size` of them."""
    return (
        lines.select(*paper, statement=pl.concat_list(*statements()))
        .explode("statement")
        .drop_nulls("statement")
        .unique()
        .with_columns(size=pl.len().over(paper))
    )


def _pairs(tables: Tables, own: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Own papers with the papers of other consignments and numbers that share a telling statement, a year back."""
    known = _telling(tables)
    wanted = (
        own.select("question", "document_id", statement=pl.concat_list(*TELLING))
        .explode("statement")
        .drop_nulls("statement")
        .unique()
        .join(asked, on=["question", "document_id"])
        .with_columns(key=pl.concat_str("kind", "statement", separator="|"))
        .join(known.select("key").unique(), on="key", how="semi")
    )
    places = _places_before(known, wanted)
    others = known[places["place"]].select(
        "first_known_at",
        "until",
        "withdrawn",
        other_id="document_id",
        other_unit="unit",
        other_number="number",
        other_issuer="issuer_country",
        other_code="code",
    )
    same_number = (pl.col("other_issuer") == pl.col("issuer_country")) & (pl.col("other_code") == pl.col("code"))
    return (
        wanted[places["row"]]
        .hstack(others)
        .filter(
            ~pl.col("withdrawn"),
            pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff")),
            pl.col("first_known_at") > pl.col("cutoff").dt.offset_by(f"-{YEAR_DAYS}d"),
            pl.col("other_unit") != pl.col("unit"),
            ~same_number.fill_null(False),
        )
        .select("question", "document_id", "cutoff", "number", "other_id", "other_unit", "other_number")
        .unique()
    )


def _places_before(known: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Per row of `wanted` the places in `known` (by key and known_at) of the NEAREST versions up to its cut-off."""
    codes, cutoffs = Codes(wanted["key"]), wanted["cutoff"].unique().sort()
    at = cutoffs.search_sorted(known["known_at"], "left").cast(pl.Int64).to_numpy()
    stands = codes.of(known["key"]) << TIME_BITS | at
    order = np.argsort(stands, kind="stable")
    stands = stands[order]
    base = codes.of(wanted["key"]) << TIME_BITS
    begin = np.searchsorted(stands, base)
    end = np.searchsorted(
        stands, base | cutoffs.search_sorted(wanted["cutoff"]).cast(pl.Int64).to_numpy(), side="right"
    )
    counts = np.minimum(end - begin, NEAREST)
    rows = np.repeat(np.arange(wanted.height), counts)
    back = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return pl.DataFrame({"row": rows, "place": order[end[rows] - 1 - back]})


def _telling(tables: Tables) -> pl.DataFrame:
    """Telling statements with the spans in which a paper made them, of statements that several consignments made."""

    def make() -> pl.DataFrame:
        told = ["kind", "issuer_country", "number", "consignment_id", "document_id"]
        documents = history(tables["document"], ["document_id"], "document_id", told).filter(
            pl.col("kind").is_in(KINDS)
        )
        lines = history(tables["document_line"], ["document_id", "line_no"], "document_id", ["line_no", *_TOLD])
        lines = lines.with_columns(**statements())
        parts = [
            lines.select(
                "unit", "first_known_at", "known_at", "until", "withdrawn", "line_no", statement=name
            ).drop_nulls("statement")
            for name in TELLING
        ]
        repeated = pl.concat(parts)
        # What one paper alone says is said by no other; most statements fall away here.
        often = repeated.select("statement", "unit").unique().group_by("statement").len().filter(pl.col("len") > 1)
        joined = join_history(repeated.join(often, on="statement", how="semi"), documents)
        return joined.select(
            *("first_known_at", "known_at", "until", "withdrawn", "document_id", "line_no", "number", "issuer_country"),
            unit="consignment_id",
            code=normalised(pl.col("number")),
            key=pl.concat_str("kind", "statement", separator="|"),
        ).sort("key", "known_at", "document_id", "line_no")

    return tables.derived("telling statements", make)
