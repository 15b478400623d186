"""Names as transmitted: each way of telling them, worked by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from paper_frames import near, scenario

from pipeline.world.papers.transmitted_names import transmitted
from pipeline.world.scenario.papers import TransmittedNames


def _told(way: str, names: list[str | None], senders: list[str]) -> list[str | None]:
    rules = scenario().names.model_dump()
    rules["ways"] = {way: 1.0}
    drawn = np.random.default_rng(2)
    return transmitted(drawn, TransmittedNames.model_validate(rules), pl.Series(names), pl.Series(senders)).to_list()


@pytest.mark.parametrize(
    ("way", "name", "told"),
    [
        ("same", "Minato Shoji KK", "Minato Shoji KK"),
        ("capitals", "Minato Shoji KK", "MINATO SHOJI KK"),
        ("form_first", "Minato Shoji KK", "KK Minato Shoji"),
        ("no_form", "Minato Shoji KK", "Minato Shoji"),
        ("no_form", "Minato", "Minato"),
        ("respelled", "Minato Shoji KK", "Minato Schoji Kk"),
        ("script", "Minato Shoji KK", "минато шойи кк"),
    ],
)
def test_a_name_told_in_one_way(way: str, name: str, told: str) -> None:
    assert _told(way, [name, None], ["RU", "RU"]) == [told, None]


def test_a_name_that_the_letters_do_not_cover_is_sent_as_it_is() -> None:
    assert _told("script", ["Minato", "Torg", "Minato"], ["JP", "JP", "KR"]) == ["ミナト", "Torg", "Minato"]


def test_typing_swaps_two_neighbouring_letters() -> None:
    (told,) = _told("typing", ["Abcdefgh"], ["RU"])
    assert told is not None
    assert sorted(told) == sorted("Abcdefgh")
    assert sum(one != other for one, other in zip(told, "Abcdefgh", strict=True)) == 2


def test_the_ways_are_as_frequent_as_stated() -> None:
    names = pl.Series(["Minato Shoji KK"] * 5000)
    told = transmitted(np.random.default_rng(4), scenario().names, names, pl.Series(["RU"] * 5000))
    ways = scenario().names.ways
    assert near(float((told == "MINATO SHOJI KK").mean()), ways["capitals"], 5000)
    assert near(float((told == "Minato Shoji").mean()), ways["no_form"], 5000)
