"""How a night that was made again differs from the one that stands, and what caused it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.house import House
from pipeline.one_night import files_of

NAMED = 5  # rows that are named; the count is always given


def differences(house: House, as_of: datetime, draft: Path) -> list[str]:
    """What differs, in words; empty where every byte but timing.json is equal."""
    pairs = [(house.night(as_of), draft / "ranked"), (house.quarantine(as_of), draft / "quarantine")]
    files = [
        f"{stands.parent.name}/{stands.name}/{name} differs"
        for stands, again in pairs
        for name in _unequal(files_of(stands), files_of(again))
    ]
    return [*files, *_causes(*pairs[0])] if files else []


def _unequal(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _causes(stands: Path, again: Path) -> list[str]:
    before, after = _run(stands), _run(again)
    told = [
        f"{part} differs: {_short(before.get(part))} then, {_short(after.get(part))} now"
        for part in ("model", "features", "configuration", "code", "seed")
        if before.get(part) != after.get(part)
    ]
    tables = before.get("inputs", {}), after.get("inputs", {})
    for name in sorted(tables[0].keys() | tables[1].keys()):
        then, now = tables[0].get(name, {}), tables[1].get(name, {})
        if then != now:
            told.append(
                f"table {name} differs in the rows visible at the cut-off: {then.get('rows', 0)} rows then, "
                f"{now.get('rows', 0)} now"
            )
    return [*told, *_rows(stands / "ranked.parquet", again / "ranked.parquet")]


def _run(folder: Path) -> dict[str, Any]:
    path = folder / "run.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content


def _short(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= 120 else f"{text[:117]}..."


def _rows(stands: Path, again: Path) -> list[str]:
    """Which consignments stand differently on the two lists."""
    if not (stands.is_file() and again.is_file()):
        return [f"{path.parent.name}/{path.name} is missing" for path in (stands, again) if not path.is_file()]
    one, other = (pl.read_parquet(path).drop("as_of") for path in (stands, again))
    if one.schema != other.schema:
        return ["the columns of the two lists differ"]
    told = []
    for what, ids in (
        ("only on the list that stands", _missing(one, other)),
        ("only on the list made now", _missing(other, one)),
        ("rank, score or reasons differ", _changed(one, other)),
    ):
        if ids:
            told.append(
                f"{len(ids)} consignments, {what}: {', '.join(ids[:NAMED])}{', ...' if len(ids) > NAMED else ''}"
            )
    return told


def _missing(one: pl.DataFrame, other: pl.DataFrame) -> list[str]:
    return one.join(other, on="consignment_id", how="anti")["consignment_id"].sort().to_list()


def _changed(one: pl.DataFrame, other: pl.DataFrame) -> list[str]:
    both = one.join(other.select("consignment_id"), on="consignment_id", how="semi").sort("consignment_id")
    same = other.join(one.select("consignment_id"), on="consignment_id", how="semi").sort("consignment_id")
    unequal = pl.Series([False]).new_from_index(0, both.height)
    for name in both.columns:
        unequal = unequal | both[name].ne_missing(same[name])
    return both.filter(unequal)["consignment_id"].to_list()
