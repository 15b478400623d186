"""Who a vessel is in the tables: its MMSIs, its name and its gear, as known at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from rapidfuzz import process

from features.asof import newest
from features.contract import load_contract
from features.violation import shown
from pipeline.errors import Usage
from pipeline.inputs import read_inputs

END = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Identity:
    """A vessel and the MMSIs under which it is looked for. Where no row of `vessel` names it, `vessel_id` is null."""

    vessel_id: str | None
    mmsis: tuple[str, ...]
    name: str | None = None
    gear: str | None = None

    def __str__(self) -> str:
        what = [self.vessel_id or "", f"MMSI {', '.join(self.mmsis)}", f"gear {self.gear}" if self.gear else ""]
        return f"{self.name or 'vessel'} ({', '.join(part for part in what if part)})"


def identities(inputs: Path, until: datetime | None) -> pl.DataFrame:
    """The rows of `vessel` that held at an instant (all of them without it), by vessel and the date from which they
    hold; without rows where there is no such table."""
    rows = read_inputs(inputs, until, None, wanted={"vessel"}).tables["vessel"]
    return newest(rows, load_contract()["vessel"].key, until or END).sort("vessel_id", "valid_from")


def gears_of(inputs: Path, until: datetime | None) -> pl.DataFrame:
    """The gear of each vessel that has one: `mmsi`, `gear`; of several, the one of the latest identity.

    Raises Usage where no vessel has a gear.
    """
    rows = identities(inputs, until).drop_nulls(["mmsi", "gear"])
    if rows.is_empty():
        raise Usage(
            f"needed vessels with a gear in the table vessel below {inputs}, found none; "
            "deliver it: without a gear fishing cannot be told from steaming"
        )
    return (
        rows.sort("valid_from", "known_at", "vessel_id")
        .unique("mmsi", keep="last", maintain_order=True)
        .select("mmsi", "gear")
        .sort("mmsi")
    )


def find_vessel(wanted: str, vessels: pl.DataFrame, mmsis: list[str]) -> Identity:
    """The vessel of an identifier or an MMSI, out of `identities` and the MMSIs of reports.

    An MMSI that several vessels sent is looked for by itself. Raises Usage that names the nearest for an unknown one.
    """
    own = vessels.filter(pl.col("vessel_id") == wanted)
    if own.is_empty() and wanted in (set(mmsis) | set(vessels["mmsi"].drop_nulls())):
        under = vessels.filter(pl.col("mmsi") == wanted)
        last = under.tail(1).to_dicts()[0] if under["vessel_id"].n_unique() == 1 else {}
        return Identity(last.get("vessel_id"), (wanted,), last.get("name"), last.get("gear"))
    if own.is_empty():
        known = sorted({*vessels["vessel_id"], *mmsis})
        near = [match[0] for match in process.extract(wanted, known, limit=3)]
        raise Usage(
            f"needed a vessel of the tables, found {shown(wanted)}, which neither vessel nor position has; "
            f"give a vessel_id or an MMSI (nearest: {', '.join(near) or 'none'})"
        )
    last = own.tail(1).to_dicts()[0]
    return Identity(wanted, tuple(own["mmsi"].drop_nulls().unique().sort()), last["name"], last["gear"])
