"""Catch in the plainest way: filter what is visible at an instant, then add. Slow, and that is fine."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any

import polars as pl
from reference import Row, visible

from features.live_weight import GRAMS
from features.tables import Tables

Rows = dict[str, list[Row]]


def plain(tables: Tables) -> Rows:
    """All versions as dicts."""
    names = ("consignment", "goods_item", "document", "document_line", "fishing_right", "partner_export")
    return {name: tables[name].to_dicts() for name in names}


def same_number(number: str) -> str:
    return number.upper().replace("-", "").replace(" ", "")


def factor(factors: pl.DataFrame, species: str, form: str | None, day: date) -> float | None:
    """The newest factor of species and form, or else of the form."""
    for wanted in (species, None):
        held = [
            (start or date.min, value)
            for named, of_form, value, start in factors.rows()
            if named == wanted and of_form == form and (start or date.min) <= day
        ]
        if held:
            return float(max(held)[1])
    return None


def arrivals_at(rows: Rows, cutoff: datetime) -> dict[str, Row]:
    """Visible consignments with `landed_on`."""
    found = visible(rows["consignment"], ["consignment_id"], cutoff)
    return {
        row["consignment_id"]: {**row, "landed_on": (row["arrived_at"] or row["declared_at"]).date()} for row in found
    }


def goods_at(rows: Rows, factors: pl.DataFrame, cutoff: datetime) -> dict[tuple[str, str], list[int | None]]:
    """Live grams of every line by consignment and species, None where not known."""
    arrived = arrivals_at(rows, cutoff)
    goods: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    for row in visible(rows["goods_item"], ["consignment_id", "item_no"], cutoff):
        if row["species"] is None or row["consignment_id"] not in arrived:
            continue
        day = arrived[row["consignment_id"]]["landed_on"]
        times = factor(factors, row["species"], row["product_form"], day)
        known = times is not None and row["net_kg"] is not None
        goods[row["consignment_id"], row["species"]].append(round(row["net_kg"] * times * GRAMS) if known else None)
    return goods


def lines_at(rows: Rows, cutoff: datetime) -> list[Row]:
    """Visible lines of visible documents, with the document's columns."""
    documents = {row["document_id"]: row for row in visible(rows["document"], ["document_id"], cutoff)}
    return [
        {**line, **{f"document_{name}": value for name, value in documents[line["document_id"]].items()}}
        for line in visible(rows["document_line"], ["document_id", "line_no"], cutoff)
        if line["document_id"] in documents
    ]


def papers_at(rows: Rows, cutoff: datetime) -> dict[tuple[Any, ...], int | None]:
    """Certified grams by consignment, issuer, number, species, vessel, holder, area and first day of catch."""
    papers: dict[tuple[Any, ...], dict[str, list[int | None]]] = defaultdict(lambda: defaultdict(list))
    for line in lines_at(rows, cutoff):
        if line["document_kind"] != "catch_certificate" or line["species"] is None:
            continue
        caught = line["catch_from"].date() if line["catch_from"] else None
        key = (
            *(line["document_consignment_id"], line["document_issuer_country"]),
            *(same_number(line["document_number"]), line["species"]),
            *(line["document_vessel_id"], line["document_holder_id"], line["catch_area"], caught),
        )
        grams = None if line["live_kg"] is None else round(line["live_kg"] * GRAMS)
        papers[key][line["document_id"]].append(grams)
    return {key: _mean([_total(lines) for lines in documents.values()]) for key, documents in papers.items()}


def _total(values: list[int | None]) -> int | None:
    return None if None in values else sum(value for value in values if value is not None)


def _mean(values: list[int | None]) -> int | None:
    total = _total(values)
    return None if total is None else round(total / len(values))


def draws_at(rows: Rows, factors: pl.DataFrame, cutoff: datetime) -> dict[tuple[Any, ...], int]:
    """Grams drawn, by the key of `papers_at`."""
    papers, drawn = papers_at(rows, cutoff), {}
    for (unit, species), lines in goods_at(rows, factors, cutoff).items():
        own = {key: grams or 0 for key, grams in papers.items() if key[0] == unit and key[3] == species}
        live, whole = sum(grams or 0 for grams in lines), sum(own.values())
        for key, grams in own.items():
            drawn[key] = round(live * (grams / whole if whole else 1 / len(own)))
    return drawn
