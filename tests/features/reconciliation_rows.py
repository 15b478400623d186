"""Random tables of the reconciliation: those of all tests, with vessels and ports on the entries, and more calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from histories import DAY, START, random_rows, table

from features.reconciliation import READS

_HOUR = timedelta(hours=1)


def frames_of(seed: int) -> dict[str, pl.DataFrame]:
    """The tables that the reconciliation reads."""
    draw = np.random.default_rng([seed, 77])
    frames = {name: frame for name, frame in random_rows(seed, 20).items() if name in READS}
    calls = frames["port_call"].to_dicts() + _calls(draw, frames["consignment"].to_dicts())
    exports = _with_vessels(draw, frames["partner_export"].to_dicts(), frames)
    vessels = [row for row in frames["vessel"].to_dicts() if row["kind"] is not None]
    return {
        **frames,
        "port_call": table("port_call", calls),
        "partner_export": table("partner_export", exports),
        "vessel": table("vessel", vessels),
    }


def _one(draw: np.random.Generator, *values: Any) -> Any:
    return values[int(draw.integers(0, len(values)))]


def _with_vessels(
    draw: np.random.Generator, rows: list[dict[str, Any]], frames: dict[str, pl.DataFrame]
) -> list[dict[str, Any]]:
    """Entries cleared before a landing, most of its vessel and about its weight; a few of them for a third country."""
    landings = _landings(frames)
    told: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["number"] not in told:
            vessel, arrived, kilograms = _one(draw, *landings)
            told[row["number"]] = {
                "vessel_id": _one(draw, vessel, vessel, vessel, "V1", None),
                "cleared_at": arrived - _HOUR * int(_one(draw, 0, 20, 96, 97, 144, 145, 200)),
                "destination_port": _one(draw, "JPWKJ", "JPXXX", "JPOTR", "KRPUS", "RUVVO", None),
            }
            if draw.random() < 0.8 and kilograms is not None:
                told[row["number"]] |= {
                    "net_kg": kilograms * float(_one(draw, 1.0, 0.96, 1.04, 1.1)),
                    "line_no": 1,
                    "species": "KCD",
                }
        row |= told[row["number"]]
    return rows


def _landings(frames: dict[str, pl.DataFrame]) -> list[tuple[str | None, datetime, float | None]]:
    """Vessel, arrival and kilograms of sea products of every consignment that states an arrival, as first told."""
    arrived = frames["consignment"].drop_nulls("arrived_at").unique("consignment_id", keep="first", maintain_order=True)
    goods = frames["goods_item"].unique(["consignment_id", "item_no"], keep="last", maintain_order=True)
    sea = goods.filter(pl.col("hs6").str.contains("^03|^16")).group_by("consignment_id").agg(pl.col("net_kg").sum())
    rows = arrived.join(sea, on="consignment_id", how="left", maintain_order="left")
    return list(rows.select("vessel_id", "arrived_at", "net_kg").iter_rows()) or [(None, START, None)]


def _calls(draw: np.random.Generator, landings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Calls and notices about the landings: near each other, at the edges of what counts as near, or alone."""
    made: list[dict[str, Any]] = []
    first = {row["consignment_id"]: row for row in reversed(landings) if row["arrived_at"] and row["vessel_id"]}
    for name, row in sorted(first.items()):
        for number in range(int(draw.integers(0, 5))):
            at: datetime = row["arrived_at"] + _HOUR * int(_one(draw, -73, -72, -25, -24, -3, 0, 3, 24, 25, 72, 73))
            call = {
                "call_id": f"R{name}{number}",
                "vessel_id": row["vessel_id"],
                "port": _one(draw, "JPWKJ", "JPXXX", "JPOTR", "KRPUS"),
                "arrived_at": at,
                "reported_by": _one(draw, "ais", "port", "partner_customs", "vessel", "vessel"),
                "laden": _one(draw, True, False, None),
                "known_at": at + _HOUR * int(draw.integers(-60, 60)),
            }
            made.append(call)
            if draw.random() < 0.3:
                later = {"known_at": call["known_at"] + DAY, "withdrawn": bool(draw.random() < 0.5)}
                made.append({**call, "arrived_at": at + _HOUR, **later})
    return made
