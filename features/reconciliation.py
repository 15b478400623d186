"""The three-way match of partner exports, port calls and landings of sea products, as known at one instant.

A landing is an import of sea products carried by a vessel; an entry is what the exporting state's customs told under a
number; a call is a vessel's stay in port as others saw it. Every row of these gets a state; what could not be held
against anything is "not assessable" with the reason, and what may still come in is "too early to say".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.division import divided
from features.live_weight import GRAMS
from features.options import Options
from features.reconciled_calls import reconciled_calls
from features.reconciled_entries import reconciled_entries
from features.reconciled_facts import Facts, facts_at, whole
from features.reconciled_landings import reconciled_landings
from features.reconciled_pairs import belonging, free_entries, judged_again, possible_matches, with_matches
from features.reconciled_relays import reconciled_relays
from features.reconciled_states import FINDINGS, ReconcileOptions
from features.reconciled_weights import lots_of, weighed
from features.tables import Tables

__all__ = ["FINDINGS", "READS", "ReconcileOptions", "Reconciled", "reconcile"]

READS = ("consignment", "goods_item", "document", "partner_export", "port_call", "vessel", "party", "use_restriction")
# Without these tables a part of the report cannot be made, and is said to be missing.
_NEEDED = {
    "landings": ("document", "partner_export"),
    "entries": ("document", "partner_export"),
    "relays": ("partner_export",),
    "weights": ("document", "partner_export"),
    "species": ("document", "partner_export"),
    "calls": ("port_call", "vessel"),
    "notices": ("port_call", "vessel"),
}
_BY = ("port", "species", "exporter", "month")


@dataclass(frozen=True)
class Reconciled:
    """The report. `tables` by name: landings, entries, relays, weights, species, calls, notices, totals, waits.

    Rows of the first seven have `row` (their id), `state`, `why`, port, exporter, month, `species` (a list), `kg` and
    `use` (keys of use_restriction). `missing` names, for each table that could not be made, what was not delivered.
    """

    tables: dict[str, pl.DataFrame]
    missing: dict[str, str]


def reconcile(tables: Tables, as_of: datetime, options: Options, asked: ReconcileOptions) -> Reconciled:
    """Matches all that was known at `as_of` of the `days` before it. O(n log n) for n visible rows.

    Landings count by the time they landed, entries by the time they were cleared, calls and notices by arrival.
    Raises ValueError where `as_of` has no zone or `days` is not positive.
    """
    if as_of.tzinfo is None:
        raise ValueError(f"needed an instant with a zone, found {as_of!r}; give it as datetime(..., tzinfo=UTC)")
    if asked.days < 1:
        raise ValueError(f"needed at least one day, found {asked.days}; ask for more days")
    facts = facts_at(tables, as_of, options, asked)
    weights, species = weighed(facts, lots_of(facts))
    calls, notices = reconciled_calls(facts)
    landings, entries = reconciled_landings(facts, calls), reconciled_entries(facts, calls)
    free = free_entries(facts)
    sure = belonging(landings, free)
    pairs = possible_matches(facts, landings, free, sure)
    landings, entries = judged_again(landings, entries, sure)
    made = {
        "landings": with_matches(landings, pairs, "row", "entry", "possible_entries"),
        "entries": with_matches(entries, pairs, "entry", "row", "possible_landings"),
        "relays": reconciled_relays(facts, free, sure),
        "weights": weights,
        "species": species,
        "calls": calls,
        "notices": notices,
    }
    missing = _missing(facts)
    made = {name: frame.clear() if name in missing and name != "landings" else frame for name, frame in made.items()}
    return Reconciled({**made, "totals": totals(made), "waits": facts.waits}, missing)


def _missing(facts: Facts) -> dict[str, str]:
    told = {}
    for name, needed in _NEEDED.items():
        absent = [table for table in needed if not facts.tables.is_delivered(table, facts.as_of)]
        if absent:
            told[name] = f"not delivered by then: {', '.join(absent)}"
    return told


def totals(made: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """`table`, `state`, `by` (all, port, species, exporter, month), `value`, `rows` and `kg`.

    The rows behind a figure are those of the table with that state and that value in the column that `by` names. A row
    of several species counts under each, with all its kilograms; `kg` is null where one of the rows states none.
    """
    parts = [_of(frame, name, by) for name, frame in made.items() for by in ("all", *_BY)]
    return pl.concat(parts).sort("table", "state", "by", "value", nulls_last=True)


def _of(frame: pl.DataFrame, table: str, by: str) -> pl.DataFrame:
    value = pl.lit(None, pl.String) if by == "all" else pl.col(by)
    rows = frame.explode("species", empty_as_null=True) if by == "species" else frame
    return (
        rows.with_columns(net_g=(pl.col("kg") * GRAMS).round().cast(pl.Int64))
        .group_by("state", value=value)
        .agg(rows=pl.len().cast(pl.Int64), net_g=whole(pl.col("net_g")))
        .select("state", "value", "rows", table=pl.lit(table), by=pl.lit(by), kg=divided(pl.col("net_g"), GRAMS))
        .select("table", "state", "by", "value", "rows", "kg")
    )
