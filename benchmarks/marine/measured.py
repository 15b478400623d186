"""What one process of the speed figures does: reads tables, computes some families, and tells what it took."""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from pathlib import Path

import polars as pl

from features.asked import Asked
from features.contract import load_contract
from features.cutoffs import own_cutoffs
from features.families import FAMILIES
from features.tables import Tables
from pipeline.options import options_of
from pipeline.settings import load_settings

FLOOR = "floor"
_PAPERS = ("consignment", "goods_item", "document", "document_line")
TABLES = {
    "documents": (*_PAPERS, "partner_export", "party", "vessel"),
    "catch": (*_PAPERS, "partner_export", "fishing_right"),
    "identity": (*_PAPERS, "leg", "vessel", "watchlist", "fishing_right"),
    "calls": (*_PAPERS, "leg", "vessel", "port_call", "inspection"),
    FLOOR: (*_PAPERS, "partner_export", "party", "vessel", "fishing_right"),
}


def main(home: Path, *families: str) -> None:
    """Prints a JSON object: seconds of reading and of computing, by the processor and the clock, memory, a digest.

    `families` are names of TABLES; the floor reads what documents and catch read and joins papers with consignments.
    """
    marks = [_now()]
    tables = _read(home, sorted({table for family in families for table in TABLES[family]}))
    marks.append(_now())
    told: dict[str, str] = {}
    if families == (FLOOR,):
        consignments = tables["consignment"].select("consignment_id", "arrived_at")
        joined = tables["document"].select("document_id", "consignment_id").join(consignments, on="consignment_id")
        told[FLOOR] = str(joined.height)
    else:
        settings = load_settings()
        questions = own_cutoffs(tables["consignment"], settings.cutoff).rename({"own_cutoff": "cutoff"})
        asked, options = Asked(tables, questions), options_of(settings)
        for family in FAMILIES:
            if family.name in families:
                told[family.name] = _digest(family.compute(asked, options))
    marks.append(_now())
    print(
        json.dumps(
            {
                "read": [b - a for a, b in zip(marks[0], marks[1], strict=True)],
                "computed": [b - a for a, b in zip(marks[1], marks[2], strict=True)],
                "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
                "told": told,
            }
        )
    )


def _now() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def _digest(frame: pl.DataFrame) -> str:
    return hashlib.sha256(frame.hash_rows().to_numpy().tobytes()).hexdigest()


def _read(home: Path, tables: list[str]) -> Tables:
    contract = load_contract()
    rows = {}
    for name in tables:
        frame = pl.read_parquet(home / f"{name}.parquet")
        rows[name] = frame.select(pl.col(column).cast(dtype) for column, dtype in contract[name].schema.items())
    return Tables(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
