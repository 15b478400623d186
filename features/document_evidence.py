"""Evidence of the family `documents`: the declaration, its papers, their lines, and what they were held against."""

from __future__ import annotations

import polars as pl

from features.asked import Asked
from features.asof import visible_rows
from features.document_numbers import coded_documents
from features.evidence import SHOWN_FINDINGS, as_evidence, the_consignment, the_declaration
from features.issuer_records import ENTRY, ORIGIN, looked_up, records_of
from features.near_duplicates import best_pairs
from features.numbered import PROVING
from features.options import Options
from features.papers import Papers
from features.transmission import KEY

_PAPER = ["document_id"]


def papers_of(asked: Asked, options: Options) -> pl.DataFrame:
    """The declaration and its papers."""
    documents = Papers(asked, options).documents
    return pl.concat([the_declaration(asked, options), as_evidence(documents, "document", _PAPER)])


def papers_with_lines(asked: Asked, options: Options) -> pl.DataFrame:
    """The consignment, its papers and their lines."""
    papers = Papers(asked, options)
    return pl.concat(
        [
            the_consignment(asked, options),
            as_evidence(papers.documents, "document", _PAPER),
            as_evidence(papers.lines, "document_line", ["document_id", "line_no"]),
        ]
    )


def papers_and_records(asked: Asked, options: Options) -> pl.DataFrame:
    """The declaration, its export entries, and what their issuers told of them."""
    return pl.concat([the_declaration(asked, options), _with_records(asked, options, ENTRY)])


def origin_certificates_and_records(asked: Asked, options: Options) -> pl.DataFrame:
    """The consignment, its origin certificates, their lines, and what their issuers told of them."""
    lines = Papers(asked, options).lines.filter(pl.col("kind") == ORIGIN)
    return pl.concat(
        [
            the_consignment(asked, options),
            _with_records(asked, options, ORIGIN),
            as_evidence(lines, "document_line", ["document_id", "line_no"]),
        ]
    )


def _with_records(asked: Asked, options: Options, kind: str) -> pl.DataFrame:
    papers = Papers(asked, options)
    entries = looked_up(papers, kind)
    records = records_of(papers, entries).join(entries.select("entry", "question"), on="entry", maintain_order="left")
    return pl.concat([as_evidence(entries, "document", _PAPER), as_evidence(records, "partner_export", KEY)])


def papers_in_other_hands(asked: Asked, options: Options) -> pl.DataFrame:
    """The consignment, its numbered papers, and the first few papers of the same number in other hands."""
    documents = Papers(asked, options).documents.filter(pl.col("kind").is_in(PROVING))
    numbers = documents.select("question", "cutoff", "kind", "issuer_country", "code", "holder_id", "consignment_id")
    table = coded_documents(asked.tables)
    columns = ["consignment_id", "holder_id", "use"]
    found = visible_rows(table, _PAPER, numbers, ["kind", "issuer_country", "code"], columns).rename(
        {"question": "row"}
    )
    own = numbers.select("question", own="consignment_id", own_holder="holder_id")[found["row"]]
    others = (
        found.hstack(own)
        .filter(pl.col("consignment_id") != pl.col("own"), pl.col("holder_id") != pl.col("own_holder"))
        .group_by("question", maintain_order=True)
        .head(SHOWN_FINDINGS)
    )
    return pl.concat(
        [
            the_consignment(asked, options),
            as_evidence(documents, "document", _PAPER),
            as_evidence(others, "document", _PAPER),
        ]
    )


def nearest_papers(asked: Asked, options: Options) -> pl.DataFrame:
    """The consignment, the own paper and the one that is most like it."""
    papers = Papers(asked, options)
    pairs = best_pairs(papers)
    own = papers.documents.join(pairs.select("question", "document_id"), on=["question", "document_id"], how="semi")
    others = pairs.select("question", document_id="other_id")
    cutoffs = asked.questions["cutoff"].gather(others["question"])
    rows = visible_rows(asked.tables["document"], _PAPER, others.with_columns(cutoff=cutoffs), _PAPER, ["use"])
    like = rows.with_columns(question=others["question"].gather(rows["question"]))
    return pl.concat(
        [the_consignment(asked, options), as_evidence(own, "document", _PAPER), as_evidence(like, "document", _PAPER)]
    )
