"""What the tables say of a question's vessels, by plain filtering. Rows are dicts."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from reference import Row, visible

Tables = dict[str, list[Row]]
WATCHLIST = ["list", "subject_kind", "subject", "listed_at"]


def as_dicts(rows: dict[str, pl.DataFrame]) -> Tables:
    return {name: frame.to_dicts() for name, frame in rows.items()}


def own_rows(tables: Tables, table: str, key: list[str], question: Row) -> list[Row]:
    """The visible rows of the question's consignment."""
    rows = visible(tables[table], key, question["cutoff"])
    return [row for row in rows if row["consignment_id"] == question["consignment_id"]]


def consignment(tables: Tables, question: Row) -> Row | None:
    return next(iter(own_rows(tables, "consignment", ["consignment_id"], question)), None)


def documents(tables: Tables, question: Row) -> list[Row]:
    return own_rows(tables, "document", ["document_id"], question)


def lines(tables: Tables, question: Row) -> list[Row]:
    """The visible lines of the visible documents, with the document's vessel and holder."""
    of_document = {row["document_id"]: row for row in documents(tables, question)}
    found = visible(tables["document_line"], ["document_id", "line_no"], question["cutoff"])
    return [
        {**row, **{name: of_document[row["document_id"]][name] for name in ("vessel_id", "holder_id")}}
        for row in found
        if row["document_id"] in of_document
    ]


def vessels(tables: Tables, question: Row) -> list[str]:
    own = consignment(tables, question)
    rows = [*([own] if own else []), *own_rows(tables, "leg", ["consignment_id", "leg_no"], question)]
    named = {row["vessel_id"] for row in [*rows, *documents(tables, question)]}
    return sorted(named - {None})


def identities(tables: Tables, vessel: str, cutoff: datetime) -> list[Row]:
    """The visible identities of a vessel that hold or held at the cut-off, oldest first."""
    rows = visible(tables["vessel"], ["vessel_id", "valid_from"], cutoff)
    held = [row for row in rows if row["vessel_id"] == vessel and row["valid_from"] <= cutoff]
    return sorted(held, key=lambda row: row["valid_from"])


def worst(values: list[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
