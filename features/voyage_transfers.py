"""Whom a vessel met, and whether a transfer between the two was declared."""

from __future__ import annotations

import polars as pl

from features.asof import visible_rows
from features.tables import Tables

ABOUT = pl.duration(hours=24)  # between a meeting and the time that a declaration states for it
SIDES = (("donor_id", "receiver_id"), ("receiver_id", "donor_id"))


def with_transfers(encounters: pl.DataFrame, pairs: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Encounters (`pair`, `start`, `end`, `other_mmsi`) with `other_vessel` and `declared`.

    `other_vessel` is the hull that took that MMSI last before the meeting, by the identities visible at the cut-off;
    null where none did. `declared` says whether a visible transhipment names both vessels, or this one where the other
    is not known, at a time within a day of the meeting.
    """
    met = encounters.with_columns(pairs["cutoff"].gather(encounters["pair"])).with_row_index("meeting")
    named = visible_rows(tables["vessel"], ["vessel_id", "valid_from"], met, {"other_mmsi": "mmsi"}, [])
    begun = met["start"].gather(named["question"])
    hulls = (
        named.filter(pl.col("valid_from") <= begun)
        .sort("question", "valid_from", "vessel_id", descending=[False, True, False])
        .unique("question", keep="first", maintain_order=True)
        .select(meeting="question", other_vessel="vessel_id")
    )
    met = met.join(hulls, on="meeting", how="left", maintain_order="left")
    declared = _transfers(pairs, tables)
    covered = (
        met.select("meeting", "pair", "start", "end", "other_vessel")
        .join(declared, on="pair")
        .filter(
            pl.col("at") >= pl.col("start") - ABOUT,
            pl.col("at") <= pl.col("end") + ABOUT,
            pl.col("other_vessel").is_null() | (pl.col("other_vessel") == pl.col("with_vessel")),
        )
        .select(pl.col("meeting").unique(), declared=True)
    )
    met = met.join(covered, on="meeting", how="left", maintain_order="left")
    return met.with_columns(pl.col("declared").fill_null(False)).drop("meeting", "cutoff")


def _transfers(pairs: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """The visible transhipments of each pair's vessel: `pair`, `at`, `with_vessel`, `transhipment_id`, `use`."""
    sides = []
    for own, other in SIDES:
        rows = visible_rows(
            tables["transhipment"], ["transhipment_id"], pairs, {"vessel_id": own}, ["at", other, "use"]
        )
        sides.append(rows.select("at", "transhipment_id", "use", pair="question", with_vessel=other))
    return pl.concat(sides)
