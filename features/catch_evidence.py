"""Evidence about catch: the papers of a consignment, its goods, and the papers of others under the same number."""

from __future__ import annotations

import polars as pl

from features.asked import Asked
from features.asof import history
from features.certificates import CERTIFICATE
from features.document_numbers import coded_documents
from features.evidence import SHOWN_FINDINGS, as_evidence, the_declaration
from features.options import Options
from features.states import holding
from features.tables import Tables

# The papers that prove where goods come from and by what right they were caught.
PROVING = ("export_entry", CERTIFICATE, "origin_certificate")


def numbered(tables: Tables) -> pl.DataFrame:
    """The history of the papers that prove where goods come from: `unit`, issuer_country, normalised number, `use`."""

    def make() -> pl.DataFrame:
        columns = ["document_id", "kind", "issuer_country", "code", "use"]
        papers = history(coded_documents(tables), ["document_id"], "consignment_id", columns)
        return papers.filter(pl.col("kind").is_in(PROVING)).rename({"code": "number"})

    return tables.derived("numbered papers", make)


def certificate_rows(asked: Asked, options: Options) -> pl.DataFrame:
    """The declaration, its catch certificates, and the newest papers of others under the same numbers."""
    papers = numbered(asked.tables).filter(pl.col("kind") == CERTIFICATE)
    own = _own(asked, papers)
    number = ["cutoff", "issuer_country", "number"]
    keys = own.select(number).unique().drop_nulls()
    # Those of one number at one cut-off are looked up once, however many consignments cite it.
    newest = (
        holding(keys, papers, ["issuer_country", "number"])
        .sort([*number, "first_known_at", "document_id"], descending=[False, False, False, True, False])
        .group_by(number, maintain_order=True)
        .head(SHOWN_FINDINGS + 2)
    )
    others = (
        own.select("question", *number, own="consignment_id")
        .unique()
        .join(newest, on=number)
        .filter(pl.col("unit") != pl.col("own"))
        .sort(["question", "first_known_at", "document_id"], descending=[False, True, False])
        .group_by("question", maintain_order=True)
        .head(SHOWN_FINDINGS)
    )
    documents = [as_evidence(rows, "document", ["document_id"]) for rows in (own, others)]
    return pl.concat([the_declaration(asked, options), *documents])


def paper_rows(asked: Asked, options: Options) -> pl.DataFrame:
    """The declaration and the papers that prove where its goods come from."""
    own = as_evidence(_own(asked, numbered(asked.tables)), "document", ["document_id"])
    return pl.concat([the_declaration(asked, options), own])


def _own(asked: Asked, papers: pl.DataFrame) -> pl.DataFrame:
    rows = holding(asked.questions.with_row_index("question"), papers, {"consignment_id": "unit"})
    return rows.sort("question", "document_id")
