"""The papers of a chunk of consignments: the tables document, document_line and partner_export."""

from __future__ import annotations

import polars as pl

from pipeline.world.calendar import Span
from pipeline.world.papers.arrival import arrivals, document_versions, line_versions
from pipeline.world.papers.certificates import certificates
from pipeline.world.papers.documents import documents, with_entry_numbers
from pipeline.world.papers.facts import paper_facts
from pipeline.world.papers.lines import document_lines
from pipeline.world.papers.partner_rows import partner_rows
from pipeline.world.scenario.papers import PapersScenario

# What papers are made from; a world's frames may hold more.
CASES = (
    *("row", "number", "consignment_id", "lane", "regime", "importer", "exporter", "voyage", "hull", "mechanism"),
    *("origin_country", "dispatch_country", "destination_country", "loading_port", "discharge_port"),
    *("declared", "first_known", "arrived", "released"),
)
LINES = (
    *("row", "item_no", "hs6", "species", "product_form", "catch_area", "net_kg", "value_usd"),
    *("true_usd", "true_species", "true_form"),
)


def papers(
    seed: int,
    scenario: PapersScenario,
    chunk: int,
    cases: pl.DataFrame,
    lines: pl.DataFrame,
    voyages: pl.DataFrame,
    hulls: pl.DataFrame,
    firm_rows: pl.DataFrame,
    span: Span,
    of_voyages: pl.DataFrame | None = None,
) -> dict[str, pl.DataFrame]:
    """The rows of document, document_line and partner_export that become known before the span ends.

    `cases` and `lines` are those of the chunk, their `row` counted from 0 within it; the rest is the whole world's.
    Instants are microseconds since 1970 UTC. A line in its second version is known with its document's.
    `of_voyages` are the certificates of the voyages, for who makes many chunks; without them they are made here.
    """
    if of_voyages is None:
        of_voyages = certificates(seed, scenario, voyages, hulls)
    cases, lines = cases.select(CASES), lines.select(LINES)
    facts = paper_facts(seed, scenario, chunk, cases, lines, voyages, of_voyages, hulls, firm_rows)
    facts = with_entry_numbers(seed, scenario, chunk, facts)
    presented = arrivals(seed, scenario, chunk, documents(seed, scenario, chunk, facts, lines))
    tables = {
        "document": document_versions(presented),
        "document_line": line_versions(presented, document_lines(seed, scenario, chunk, presented, lines)),
        "partner_export": partner_rows(seed, scenario, chunk, facts, presented, lines),
    }
    return {name: table.filter(pl.col("known_at") < span.end) for name, table in tables.items()}
