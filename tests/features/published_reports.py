"""Reports of the cases that others published."""

from __future__ import annotations

from typing import Any

import polars as pl


def published(records: list[dict[str, Any]]) -> pl.DataFrame:
    """Records of a case as reports; of those of one vessel at one instant the first."""
    instant = pl.col("at").str.to_datetime(time_unit="us", time_zone="UTC")
    named = {"id": "mmsi", "timestamp": "at", "speed": "speed_kn", "course": "course_deg"}
    frame = pl.DataFrame(records).rename(named).unique(["mmsi", "at"], keep="first", maintain_order=True)
    return frame.with_columns(pl.col("speed_kn", "course_deg").cast(pl.Float64), at=instant, known_at=instant)
