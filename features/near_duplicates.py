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

from features.asof import history, join_history, visible_rows
from features.numbered import PROVING, numbered_documents
from features.papers import LINE_COLUMNS, Papers
from features.tables import Tables
from features.windows_keys import TIME_BITS, Codes

YEAR_DAYS = 365
NEAREST = 20
KINDS = (*PROVING, "landing_declaration", "harbour_clearance")
DIGITS = 6
STATEMENTS = ("goods", "catch", "dates", "weight")
_GOODS = ("hs6", "species", "product_form")
_WEIGHTS = ("live_kg", "net_kg")


def statements() -> dict[str, pl.Expr]:
    """The statements of a line and its `clue`; null where it says nothing of the kind."""
    kilograms = [pl.col(name).fill_null(0).round(0).cast(pl.Int64) for name in _WEIGHTS]
    is_weighed = pl.any_horizontal([weight >= 1 for weight in kilograms])
    species = pl.col("species").fill_null("")
    goods = _joined("goods", *_GOODS)
    return {
        "goods": pl.when(pl.any_horizontal(pl.col(*_GOODS).is_not_null())).then(goods),
        "catch": pl.when(pl.any_horizontal(pl.col("catch_area", "gear").is_not_null())).then(
            _joined("catch", "species", "catch_area", "gear")
        ),
        "dates": pl.when(pl.all_horizontal(pl.col("catch_from", "catch_to").is_not_null())).then(
            _joined("dates", "species", "catch_from", "catch_to")
        ),
        "weight": pl.when(is_weighed).then(pl.concat_str(pl.lit("weight"), species, *kilograms, separator="|")),
        "clue": pl.when(is_weighed).then(pl.concat_str(goods, *kilograms, separator="|")),
    }


def _joined(name: str, *columns: str) -> pl.Expr:
    parts = [pl.col(column).cast(pl.String).fill_null("") for column in columns]
    return pl.concat_str(pl.lit(name), *parts, separator="|")


def duplicate_answers(papers: Papers) -> pl.DataFrame:
    """Per question the greatest likeness of its papers to another consignment's, and the two numbers."""
    whole = papers.asked.questions.with_row_index("question").select("question")
    own = _stating(papers)
    could_tell = own.filter(pl.col("clue").is_not_null()).select("question").unique().with_columns(tells=True)
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
    pairs = _likeness(papers, _stating(papers))
    order = ["question", "likeness", "document_id", "other_id"]
    return pairs.sort(order, descending=[False, True, False, False]).unique(
        "question", keep="first", maintain_order=True
    )


def _stating(papers: Papers) -> pl.DataFrame:
    """The lines of the papers that are compared, with their statements."""
    return papers.lines.filter(pl.col("kind").is_in(KINDS)).with_columns(**statements())


def _likeness(papers: Papers, own: pl.DataFrame) -> pl.DataFrame:
    """All pairs that share a clue: the columns of `best_pairs`."""
    pairs = _pairs(papers, own).with_row_index("pair")
    paired = pairs.select("question", "document_id").unique()
    of_own = _sets(own.join(paired, on=["question", "document_id"], how="semi"), ["question", "document_id"])
    others = pairs.select("other_id", "cutoff").unique(maintain_order=True)
    lines = papers.asked.tables["document_line"]
    told = visible_rows(lines, ["document_id", "line_no"], others, {"other_id": "document_id"}, LINE_COLUMNS)
    of_others = _sets(told.rename({"question": "other"}).with_columns(**statements()), ["other"])
    both = (
        pairs.join(others.with_row_index("other"), on=["other_id", "cutoff"])
        .select("pair", "question", "document_id", "other")
        .join(of_own, on=["question", "document_id"])
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
    each = [lines.select(*paper, statement=name).drop_nulls("statement") for name in STATEMENTS]
    return pl.concat(each).unique().with_columns(size=pl.len().over(paper))


def _pairs(papers: Papers, own: pl.DataFrame) -> pl.DataFrame:
    """Own papers with the papers of other consignments and numbers that share a clue, a year back."""
    known = _known_clues(papers.asked.tables)
    asked = papers.documents.select("question", "document_id", "cutoff", "kind", "issuer_country", "code", "number")
    clues = own.select("question", "document_id", "clue").drop_nulls("clue").unique()
    wanted = (
        clues.join(known.select("clue").unique(), on="clue", how="semi")
        .join(asked, on=["question", "document_id"])
        .with_columns(key=pl.concat_str("kind", "clue", separator="|"))
    )
    wanted = wanted.with_columns(unit=papers.asked.questions["consignment_id"].gather(wanted["question"]))
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
    until = cutoffs.search_sorted(wanted["cutoff"]).cast(pl.Int64).to_numpy()
    end = np.searchsorted(stands, base | until, side="right")
    counts = np.minimum(end - begin, NEAREST)
    rows = np.repeat(np.arange(wanted.height), counts)
    back = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return pl.DataFrame({"row": rows, "place": order[end[rows] - 1 - back]})


def _known_clues(tables: Tables) -> pl.DataFrame:
    """The spans in which a paper gave a clue, of clues that several papers gave; `unit` is the paper's consignment."""

    def make() -> pl.DataFrame:
        told = ["kind", "issuer_country", "number", "code", "consignment_id", "document_id"]
        lines = tables["document_line"].with_columns(statements()["clue"].alias("clue"))
        lines = lines.select("document_id", "line_no", "known_at", "withdrawn", "clue")
        # What one paper alone says is said by no other; most lines fall away here.
        often = lines.select("clue", "document_id").unique().drop_nulls().group_by("clue").len()
        repeated = lines.join(often.filter(pl.col("len") > 1), on="clue", how="semi")
        key = ["document_id", "line_no"]
        lines = lines.join(repeated.select(key).unique(), on=key, how="semi")
        documents = numbered_documents(tables).join(
            repeated.select("document_id").unique(), on="document_id", how="semi"
        )
        joined = join_history(
            history(lines, key, "document_id", ["line_no", "clue"]).drop_nulls("clue"),
            history(documents, ["document_id"], "document_id", told).filter(pl.col("kind").is_in(KINDS)),
        )
        return joined.select(
            *("first_known_at", "known_at", "until", "withdrawn", "document_id", "line_no", "number", "issuer_country"),
            *("code", "clue"),
            unit="consignment_id",
            key=pl.concat_str("kind", "clue", separator="|"),
        ).sort("key", "known_at", "document_id", "line_no")

    return tables.derived("clues of papers", make)
