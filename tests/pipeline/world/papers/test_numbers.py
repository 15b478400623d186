"""Numbers of papers: patterns, serials, and what a hurried hand makes of them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
from paper_frames import scenario

from pipeline.world.calendar import microseconds
from pipeline.world.papers.numbers import digits_swapped, serials, written

DAY = microseconds(datetime(2024, 3, 12, 7, tzinfo=UTC))


def test_a_number_follows_the_pattern_of_its_kind_and_country() -> None:
    papers = pl.DataFrame(
        {
            "kind": ["export_entry", "origin_certificate", "export_entry", "export_entry", "invoice"],
            "country": ["RU", "JP", "JP", "RU", "KR"],
            "port": ["RUNJK", None, "JPYOK", "RUXXX", None],
            "day": [DAY] * 5,
            "serial": [12, 345, 6, 7, 89],
        }
    )
    assert written(scenario(), papers).to_list() == [
        "10714040/120324/0000012",
        "JP/CO/2024/0000345",
        "JP-EX-2024-0000006",
        "10700000/120324/0000007",
        "KR-120324-0000089",
    ]
    assert written(scenario(), papers.head(0)).to_list() == []


def test_serials_rise_with_the_consignment_and_never_repeat() -> None:
    found = serials(3, "invoice", np.arange(5000), np.random.default_rng(1))
    assert (np.diff(found) > 0).all()
    assert found[0] != serials(3, "licence", np.arange(1), np.random.default_rng(1))[0]


def test_the_last_two_digits_change_places() -> None:
    numbers = pl.DataFrame({"number": ["A-123", "99"]})
    assert numbers.select(digits_swapped(pl.col("number"))).to_series().to_list() == ["A-132", "99"]
