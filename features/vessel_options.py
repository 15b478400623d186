"""What an administration sets about vessels: notices, lists, numbers, calls that a law asks for."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

MID = {"mid": pl.String(), "flag": pl.String()}


@dataclass(frozen=True)
class VesselOptions:
    """As `vessels` in configs/features.yaml; lists and kinds of vessels are the words of the tables."""

    notice_hours: float = 24.0
    notice_match_hours: float = 24.0
    notice_kinds: tuple[str, ...] = ("fishing", "fish_carrier", "reefer")
    iuu_lists: tuple[str, ...] = ("iuu",)
    hop_lists: tuple[str, ...] = ("iuu", "detentions")
    imo_required_gt: float = 100.0
    calls_told_days: float = 7.0
    origin_call_countries: tuple[str, ...] = ("RU",)
