"""Papers whose lines say the same as those of another consignment's paper (MR-11).

Every line gives *statements*: which goods, where and how they were caught, when, and what they weigh, to the kilogram.
The likeness of two papers is the share of their statements that they have in common (Jaccard); MinHash estimates it,
here it is exact. It is taken only where two papers of a kind share a *clue*, the same goods of the same weight. Of the
papers that share one, the NEAREST that became known last before the cut-off are compared: their number, and so the
work, is bounded however common a clue is, at the price that older ones are passed over.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from features.asof import visible_pointers
from features.numbered import numbered_documents
from features.paper_clues import GOODS, KINDS, is_weighed, joined, key_of, known_clues, line_clues, whole_kilograms
from features.papers import Papers
from features.tables import Tables
from features.windows_keys import TIME_BITS, Codes

YEAR_DAYS = 365
NEAREST = 20
DIGITS = 6
_PAPER = ("question", "document_row")


def statements() -> dict[str, pl.Expr]:
    """The statements of a line; null where it says nothing of the kind."""
    species = pl.col("species").fill_null("")
    return {
        "goods": pl.when(pl.any_horizontal(pl.col(*GOODS).is_not_null())).then(joined("goods", *GOODS)),
        "catch": pl.when(pl.any_horizontal(pl.col("catch_area", "gear").is_not_null())).then(
            joined("catch", "species", "catch_area", "gear")
        ),
        "dates": pl.when(pl.all_horizontal(pl.col("catch_from", "catch_to").is_not_null())).then(
            joined("dates", "species", "catch_from", "catch_to")
        ),
        "weight": pl.when(is_weighed()).then(
            pl.concat_str(pl.lit("weight"), species, *whole_kilograms(), separator="|")
        ),
    }


def _statement_codes(tables: Tables) -> pl.DataFrame:
    """Per row of the table document_line a number for each of its statements, the same where they are equal."""

    def make() -> pl.DataFrame:
        codes, first = [], 0
        for name, statement in statements().items():
            told = tables["document_line"].select(statement.alias(name)).to_series()
            different = told.drop_nulls().unique()
            codes.append(told.cast(pl.Enum(different)).to_physical().cast(pl.Int64) + first)
            first += len(different)
        return pl.DataFrame(codes)

    return tables.derived("statements of lines", make)


def duplicate_answers(papers: Papers) -> pl.DataFrame:
    """Per question the greatest likeness of its papers to another consignment's, and the two numbers."""
    whole = papers.asked.questions.with_row_index("question").select("question")
    own = papers.line_rows(KINDS)
    weighed = line_clues(papers.asked.tables)["is_weighed"].gather(own["row"])
    could_tell = own.filter(weighed).select("question").unique().with_columns(tells=True)
    return (
        whole.join(could_tell, on="question", how="left", maintain_order="left")
        .join(best_pairs(papers), on="question", how="left", maintain_order="left")
        .select(
            nearest_document_similarity=pl.when("tells").then(pl.col("likeness").fill_null(0.0)),
            own_document="number",
            like_document="other_number",
            like_consignment="other_unit",
        )
    )


def best_pairs(papers: Papers) -> pl.DataFrame:
    """Per question that has one the pair of its paper and another's that is most alike; of equal ones the first by id.

    Columns: question, document_id, number, other_id, other_number, other_unit, likeness.
    """
    pairs = _likeness(papers)
    order = ["question", "likeness", "document_id", "other_id"]
    return pairs.sort(order, descending=[False, True, False, False]).unique(
        "question", keep="first", maintain_order=True
    )


def _likeness(papers: Papers) -> pl.DataFrame:
    """All pairs that share a clue: the columns of `best_pairs`."""
    pairs = _pairs(papers).with_row_index("pair")
    lines, stated = papers.asked.tables["document_line"], _statement_codes(papers.asked.tables)
    own = papers.line_rows(KINDS).join(pairs.select(_PAPER).unique(), on=_PAPER, how="semi")
    of_own = _sets(own.select(_PAPER).hstack(stated[own["row"]]), list(_PAPER))
    others = pairs.select("other_id", "cutoff").unique(maintain_order=True)
    told = visible_pointers(lines, ["document_id", "line_no"], others, {"other_id": "document_id"})
    of_others = _sets(told.select(other="question").hstack(stated[told["row"]]), ["other"])
    both = (
        pairs.join(others.with_row_index("other"), on=["other_id", "cutoff"])
        .select("pair", *_PAPER, "other")
        .join(of_own, on=_PAPER)
        .join(of_others, on=["other", "statement"], suffix="_of_other")
        .group_by("pair")
        .agg(both=pl.len(), own_size=pl.col("size").first(), other_size=pl.col("size_of_other").first())
    )
    all_of_both = pl.col("own_size") + pl.col("other_size") - pl.col("both")
    return pairs.join(both, on="pair").select(
        *("question", "document_id", "number", "other_id", "other_number", "other_unit"),
        likeness=(pl.col("both") / all_of_both).round(DIGITS),
    )


def _sets(lines: pl.DataFrame, paper: list[str]) -> pl.DataFrame:
    """The different statements of each paper, `size` of them."""
    each = [lines.select(*paper, statement=name).drop_nulls("statement") for name in statements()]
    return pl.concat(each).unique().with_columns(size=pl.len().over(paper))


def _pairs(papers: Papers) -> pl.DataFrame:
    """Own papers with the papers of other consignments and numbers that share a clue, a year back."""
    tables = papers.asked.tables
    known = known_clues(tables)
    own = papers.line_rows(KINDS)
    own = own.select(_PAPER).with_columns(line_clues(tables)["clue"].gather(own["row"])).drop_nulls("clue").unique()
    wanted = own.join(known.select("clue").unique(), on="clue", how="semi")
    of_paper = numbered_documents(tables).select("document_id", "kind", "issuer_country", "code", "number")
    wanted = wanted.hstack(of_paper[wanted["document_row"]]).with_columns(key=key_of())
    asked = papers.asked.questions.select("cutoff", unit="consignment_id")
    wanted = wanted.hstack(asked[wanted["question"]])
    places = _places_before(known, wanted)
    others = known.select(
        *("first_known_at", "until", "withdrawn"),
        other_id="document_id",
        other_unit="unit",
        other_number="number",
        other_issuer="issuer_country",
        other_code="code",
    )
    same_number = (pl.col("other_issuer") == pl.col("issuer_country")) & (pl.col("other_code") == pl.col("code"))
    return (
        wanted[places["row"]]
        .hstack(others[places["place"]])
        .filter(
            ~pl.col("withdrawn"),
            pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff")),
            pl.col("first_known_at") > pl.col("cutoff").dt.offset_by(f"-{YEAR_DAYS}d"),
            pl.col("other_unit") != pl.col("unit"),
            ~same_number.fill_null(False),
        )
        .select(*_PAPER, "document_id", "cutoff", "number", "other_id", "other_unit", "other_number")
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
    until = cutoffs.search_sorted(wanted["cutoff"]).cast(pl.Int64).to_numpy()
    end = np.searchsorted(stands, base | until, side="right")
    counts = np.minimum(end - begin, NEAREST)
    rows = np.repeat(np.arange(wanted.height), counts)
    back = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return pl.DataFrame({"row": rows, "place": order[end[rows] - 1 - back]})
