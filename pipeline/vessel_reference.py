"""What families are told about vessels: digits of radio identities by flag, and what an administration sets."""

from __future__ import annotations

import polars as pl

from features.vessel_options import MID, VesselOptions
from pipeline.reference_rows import TEXT, checked_rows, matching, typed
from pipeline.settings import Settings, reference_file

_CELLS = {
    "mid": matching("three digits, the first of them 2 to 7", "[2-7][0-9]{2}", filled=True),
    "flag": matching("a country of two capital letters", "[A-Z]{2}", filled=True),
    "allocated_to": TEXT,
    "source": TEXT,
}


def mid(settings: Settings) -> pl.DataFrame:
    """Which three digits of an MMSI stand for which flag: mid, flag. Raises Usage with every mistake and its line."""
    path = reference_file(settings.directories, "mid.csv")
    return typed(checked_rows(path, _CELLS, ("mid", "flag")), MID)


def vessel_options(settings: Settings) -> VesselOptions:
    """The `vessels` of configs/features.yaml as features understand them."""
    told = settings.features.vessels
    return VesselOptions(
        notice_hours=told.notice_hours,
        notice_match_hours=told.notice_match_hours,
        notice_kinds=tuple(told.notice_kinds),
        iuu_lists=tuple(told.iuu_lists),
        hop_lists=tuple(told.hop_lists),
        imo_required_gt=told.imo_required_gt,
        calls_told_days=told.calls_told_days,
        origin_call_countries=tuple(told.origin_call_countries),
    )
