"""Stages as arrays: nulls, order, and what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from ais_frames import BEGIN, GROUND, a_trip, stage, stages_frame

from pipeline.world.ais.hull_stages import FISHING, KINDS, PORT, stages_by_hull
from pipeline.world.calendar import HOUR

PATTERNS = {"pots": None, "trawl": None}


def test_each_hull_has_its_stages() -> None:
    told = stages_by_hull(stages_frame({4: a_trip("trawl"), 9: a_trip("pots")[:3]}), PATTERNS)
    assert list(told) == [4, 9]
    assert [KINDS[kind] for kind in told[4].kind] == ["port", "transit", "fishing", "transit", "port", "transit"]
    assert told[9].pattern.tolist() == [-1, -1, 0]
    assert told[4].pattern.tolist() == [-1, -1, 1, -1, -1, -1]
    assert told[4].route.tolist() == [-1, 0, -1, 1, -1, -1]
    assert told[4].hours.tolist() == [40, 80, 100, 10, 20, 90]
    assert told[4].begins[0] == BEGIN
    assert told[9].part(slice(2, 3)).kind.tolist() == [FISHING]
    assert told[9].kind[0] == PORT
    assert not told[9].dark.any()


def test_a_stage_without_an_end_stays_where_it_is() -> None:
    frame = stages_frame({1: [stage("adrift", 5, GROUND)]}).with_columns(
        to_lat=pl.lit(None, dtype=pl.Float64), to_lon=pl.lit(None, dtype=pl.Float64)
    )
    told = stages_by_hull(frame, PATTERNS)[1]
    assert (told.to_lat[0], told.to_lon[0]) == GROUND


def test_no_stages_are_no_hulls() -> None:
    assert stages_by_hull(stages_frame({1: a_trip()}).clear(), PATTERNS) == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (pl.col("kind").replace("port", "harbour").alias("kind"), r"needed stages of the kinds .*found \['harbour'\]"),
        (pl.col("pattern").replace("pots", "spears").alias("pattern"), r"found none for \['spears'\]: add it to"),
        (pl.lit(0.0).alias("extent_nm"), "needed axis_deg and extent_nm > 0 of every fishing stage, found 1"),
        (pl.lit(None, dtype=pl.Float64).alias("axis_deg"), "needed axis_deg and extent_nm > 0"),
        ((pl.col("begins") + HOUR).alias("begins"), "each beginning where the last ended, found others"),
        (pl.col("begins").alias("ends"), "needed stages sorted by hull and begins"),
        (pl.Series("hull", np.arange(6)[::-1]), "needed stages sorted by hull and begins"),
    ],
)
def test_what_cannot_be_followed_is_refused(change: pl.Expr | pl.Series, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stages_by_hull(stages_frame({1: a_trip()}).with_columns(change), PATTERNS)
