"""Order statistics as of a cut-off, against plain sorting of the visible rows."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from histories import DAY, START, random_questions, random_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features.asof import history
from features.peers import peer_statistics


@given(seed=st.integers(0, 10_000), least=st.integers(1, 4), days=st.integers(1, 60), alike=st.booleans())
@settings(max_examples=60, deadline=None)
def test_peers_equal_plain_sorting_of_what_was_visible(seed: int, least: int, days: int, alike: bool) -> None:
    tables = random_tables(seed, consignments=15)
    questions = random_questions(seed, tables, count=25)
    lines = questions.join(
        tables["goods_item"].unique("consignment_id", keep="first", maintain_order=True), on="consignment_id"
    ).select("consignment_id", "cutoff", "hs6", "origin_country")
    spans = history(
        tables["goods_item"], ["consignment_id", "item_no"], "consignment_id", ["hs6", "origin_country", "net_kg"]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("features.peers.LEAST_PEERS", least)
        levels = [["hs6", "origin_country"], ["hs6"]]
        found = peer_statistics(spans, lines, levels, "net_kg", DAY * days, ["origin_country"] if alike else ())
    rows = tables["goods_item"].to_dicts()
    for asked, answer in zip(lines.to_dicts(), found.to_dicts(), strict=True):
        assert answer == _plain(rows, asked, least, DAY * days, alike)


def _plain(rows: list[dict], asked: dict, least: int, width: timedelta, alike: bool) -> dict:
    seen = [
        row
        for row in visible(rows, ["consignment_id", "item_no"], asked["cutoff"])
        if row["consignment_id"] != asked["consignment_id"]
        and row["net_kg"] is not None
        and row["first_known_at"] > asked["cutoff"] - width
        and row["hs6"] == asked["hs6"]
    ]
    has_origin = alike or asked["origin_country"] is not None
    groups = ([row for row in seen if has_origin and row["origin_country"] == asked["origin_country"]], seen)
    for level, group in enumerate(groups):
        values = np.array([row["net_kg"] for row in group])
        if len(values) >= least:
            middle = float(np.median(values))
            spread = float(np.median(np.abs(values - middle)))
            return {"peers": float(len(values)), "median": middle, "spread": spread, "level": level}
    return {"peers": float(len(groups[-1])), "median": None, "spread": None, "level": None}


def test_a_line_without_a_code_has_no_peers_at_all() -> None:
    spans = history(
        pl.DataFrame({"id": ["A"], "hs6": [None], "x": [1.0], "known_at": [START], "withdrawn": [False]}).cast(
            {"hs6": pl.String, "known_at": pl.Datetime("us", "UTC")}
        ),
        ["id"],
        "id",
        ["hs6", "x"],
    )
    lines = pl.DataFrame({"consignment_id": ["B"], "cutoff": [START + DAY], "hs6": [None]}).cast(
        {"hs6": pl.String, "cutoff": pl.Datetime("us", "UTC")}
    )
    found = peer_statistics(spans, lines, [["hs6"]], "x", DAY * 9)
    assert found.to_dicts() == [{"peers": None, "median": None, "spread": None, "level": None}]
