"""Chunks of consignments: from bookings to the rows of every table that hangs on a declaration, and the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from pipeline.world.backdrop import Backdrop
from pipeline.world.cargo import make_lines
from pipeline.world.declarations import amendment_events, consignment_versions, goods_item_versions, with_packing
from pipeline.world.inspections import make_inspections, with_selection
from pipeline.world.papers.papers import papers
from pipeline.world.signals.alerts import alerts
from pipeline.world.signals.scans import scans
from pipeline.world.symptoms import with_symptoms
from pipeline.world.tables import TRUTH
from pipeline.world.ways import make_legs, with_ways

SIZE = 20_000  # consignments; the world depends on it, the memory that a world takes as well


@dataclass(frozen=True)
class Chunk:
    """The rows of some consignments by table, with the cases and lines that they were made from, and the truth."""

    cases: pl.DataFrame
    lines: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    truth: pl.DataFrame


def chunks_of(bookings: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    """The bookings in pieces of equal size, numbered."""
    for number, first in enumerate(range(0, bookings.height, SIZE)):
        yield number, bookings.slice(first, SIZE)


def make_chunk(backdrop: Backdrop, number: int, bookings: pl.DataFrame) -> Chunk:
    """Everything that becomes of a piece of the bookings; draws only from streams of its number."""
    cases, lines = declare(backdrop, number, bookings)
    seed, signals, firms = backdrop.seed, backdrop.scenario.signals, backdrop.firms.rows
    events = amendment_events(backdrop, number, cases)
    tables = {
        "consignment": consignment_versions(backdrop, number, cases, events),
        "goods_item": goods_item_versions(backdrop, number, cases, lines, events),
        "leg": make_legs(backdrop, number, cases),
        "inspection": make_inspections(backdrop, number, cases),
        "radiation_scan": scans(seed, signals.scans, number, cases, lines),
    }
    sea, scenario = backdrop.sea, backdrop.scenario.papers
    tables |= papers(
        seed, scenario, number, cases, lines, sea.voyages, sea.hulls, firms, backdrop.span, backdrop.certificates
    )
    tables["alert"] = alerts(seed, signals.alerts, number, cases, lines, firms, sea.hulls, tables["document"])
    return Chunk(cases, lines, tables, truth_of(backdrop, cases))


def declare(backdrop: Backdrop, number: int, bookings: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The consignments of a piece as declared, in words, with selection and times; and their lines of goods.

    `mechanism` is its name here, null for the honest; `row` counts within the piece.
    """
    rows = with_symptoms(backdrop, number, bookings)
    lines = make_lines(backdrop, number, rows)
    cases = with_packing(backdrop, number, with_ways(backdrop, number, rows), lines)
    names = pl.Series([*backdrop.words.mechanisms, None], dtype=pl.String)
    count = len(backdrop.words.mechanisms)
    named = names.gather(cases.select(pl.when(pl.col("mechanism") < 0).then(count).otherwise("mechanism")).to_series())
    return with_selection(backdrop, number, cases.with_columns(mechanism=named)), lines


def truth_of(backdrop: Backdrop, cases: pl.DataFrame) -> pl.DataFrame:
    """A row per case; whoever is not in it is honest."""
    schemes = backdrop.scenario.offences.scheme_of()
    return (
        cases.filter(pl.col("mechanism").is_not_null())
        .select(
            "consignment_id",
            pl.col("mechanism").replace_strict(schemes, return_dtype=pl.String).alias("scheme"),
            "mechanism",
            value_usd="true_usd",
        )
        .cast(TRUTH)
    )
