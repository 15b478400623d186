"""Names across scripts."""

from __future__ import annotations

import polars as pl
import pytest

from features.names import folded, similarity


def likeness(one: str | None, other: str | None) -> float | None:
    text = pl.String
    found: float | None = similarity(pl.Series([one], dtype=text), pl.Series([other], dtype=text)).item()
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nemuro Suisan", "NEMURO SUISAN CO., LTD."),
        ("Sakhalin Fish OOO", "ООО Сахалин Фиш"),
        ("Nemuro Suisan", "ネムロスイサン"),
        ("Nemuro Suisan", "ねむろ　すいさん"),
        ("Sapporo Gyogyo", "株式会社サッポロギョギョ"),
        ("Busan Susan", "부산수산"),
        ("Шторм Трейд", "Shtorm Treid"),
        ("根室水産", "根室水産株式会社"),
        ("Müller", "Muller"),
    ],
)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    found = likeness(one, other)
    assert found is not None
    assert found > 0.9
    assert found == likeness(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tanaka Trading", "Kimura Shoji"),
        ("Vostok Trade LLC", "Zapad Import LLC"),
        ("Sakura Foods", "Ветер Трейд"),
        ("根室水産", "稚内漁業"),
        ("Tanaka Trading", "キムラショウジ"),
    ],
)
def test_two_names(one: str, other: str) -> None:
    found = likeness(one, other)
    assert found is not None
    assert found < 0.6


@pytest.mark.parametrize(
    ("one", "other"),
    [("Nemuro", None), (None, None), ("Co Ltd", "Nemuro"), ("根室水産", "Nemuro Suisan"), ("...", "a")],
)
def test_what_cannot_be_compared_is_null(one: str | None, other: str | None) -> None:
    assert likeness(one, other) is None


def test_many_pairs_and_none() -> None:
    ones, others = pl.Series(["Anna", None, "Anna", "Bert"]), pl.Series(["Anna", "x", "Anna", "Carl"])
    found = similarity(ones, others).to_list()
    assert found[:3] == [1.0, None, 1.0]
    empty = pl.Series([], dtype=pl.String)
    assert similarity(empty, empty).len() == 0


def test_a_small_tsu_has_no_sound_and_a_long_vowel_is_one() -> None:
    assert folded("サッポロ")[0] == "saporo"
    assert folded("ラーメン")[0] == folded("ラメン")[0]
