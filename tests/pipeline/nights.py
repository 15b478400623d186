"""Small made nights for the tests of what is written from a list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from features.party_history import SCHEMA
from pipeline.page.data import Beside
from pipeline.ranked import schema
from pipeline.settings import load_settings

AS_OF = datetime(2024, 6, 1, 20, tzinfo=UTC)
SETTINGS = load_settings()
HOSTILE = [
    "=1+1",
    "+cmd",
    "-2",
    "@SUM(A1)",
    "http://x.example",
    "mailto:a@b",
    "internal:A1",
    "<b>x</b>",
    "\tx",
    "a\x00b",
]
MARKUP = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "&amp;\u2028",
    "{{ 7*7 }}",
    "\u202egnp.exe",
]


def reason(text: str, check: str = "Weigh it.", contribution: float = 0.5) -> dict[str, Any]:
    """One reason of a row."""
    return {
        "indicator": "price_gap_log",
        "scheme": "marine_smuggling",
        "value": 1.0,
        "contribution": contribution,
        "text": text,
        "check": check,
        "evidence": ["goods_item:A/1"],
        "use": None,
    }


def night(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """A list with these values laid over a plain row; ids C1, C2, ... and ranks in order where none is given."""
    defaults: dict[str, Any] = {
        "as_of": AS_OF,
        "office": "JPWKJ",
        "priority": 0.25,
        "tie": 1,
        "p_marine_smuggling": 0.25,
        "p_brand_diversion": None,
        "p_strategic_goods": None,
        "scheme": "marine_smuggling",
        "selected": False,
        "selected_by": None,
        "propensity": 0.0,
        "referrals": [],
        "coverage": 0.5,
        "abstained": None,
        "reasons": [],
    }
    full = [{**defaults, "consignment_id": f"C{n}", "rank": n, **row} for n, row in enumerate(rows, start=1)]
    return pl.DataFrame(full, schema=schema(list(SETTINGS.schemes)))


def beside(**history: list[tuple[str, list[str]]]) -> Beside:
    """What a page tells beside the list: per consignment its importer's earlier ids with their findings."""
    rows = [
        {"consignment_id": name, "earlier_id": earlier, "declared_at": AS_OF, "hs6": "030614", "findings": found}
        for name, each in history.items()
        for earlier, found in each
    ]
    frame = pl.DataFrame(rows, schema={"consignment_id": pl.String(), **dict(SCHEMA)}).drop("question")
    return Beside({"marine_smuggling": (-1.7, -1.9)}, frame)
