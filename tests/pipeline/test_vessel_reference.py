"""Digits of radio identities and the settings about vessels, as the families get them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Usage
from pipeline.options import options_of
from pipeline.settings import load_settings
from pipeline.vessel_reference import mid


def with_digits(place: Path, rows: str) -> Path:
    (place / "reference").mkdir()
    (place / "reference" / "mid.csv").write_text(f"mid,flag,allocated_to,source\n{rows}", encoding="utf-8")
    return place


def test_the_shipped_digits_name_the_flags_of_the_field() -> None:
    pairs = set(mid(load_settings()).rows())
    assert {("273", "RU"), ("431", "JP"), ("432", "JP"), ("440", "KR"), ("441", "KR"), ("445", "KP")} <= pairs
    assert {flag for digits, flag in pairs if digits == "303"} == {"US"}


def test_digits_of_a_territory_stand_for_it_and_for_its_state() -> None:
    pairs = mid(load_settings()).rows()
    assert {flag for digits, flag in pairs if digits == "231"} == {"DK", "FO"}


def test_every_mistake_in_the_digits_is_told_with_its_line(tmp_path: Path) -> None:
    settings = load_settings([with_digits(tmp_path, "27,RU,Russia,own\n431,,Japan,own\n440,KR,K,own\n440,KR,K,own\n")])
    with pytest.raises(Usage) as error:
        options_of(settings)
    told = str(error.value)
    assert "line 2: needed three digits, the first of them 2 to 7 in mid, found '27'" in told
    assert "line 3: needed flag, found an empty cell; fill it" in told
    assert "line 5: needed one row of the same mid, flag, found another in line 4" in told


def test_what_is_set_about_vessels_reaches_the_families(tmp_path: Path) -> None:
    (tmp_path / "features.yaml").write_text("vessels: {notice_hours: 48, iuu_lists: [iuu, ccamlr]}")
    vessels = options_of(load_settings([tmp_path])).vessels
    assert (vessels.notice_hours, vessels.iuu_lists) == (48, ("iuu", "ccamlr"))
    assert vessels.notice_kinds == ("fishing", "fish_carrier", "reefer")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vessels: {notice_kinds: [trawler]}", "needed kinds of vessels .*fishing.*, found trawler"),
        ("vessels: {notice_hours: 0}", "vessels.notice_hours"),
        ("vessels: {origin_call_countries: [Russia]}", r"vessels\.origin_call_countries"),
        ("vessels: {notice_hour: 24}", "the nearest known key is 'notice_hours'"),
    ],
)
def test_a_mistake_about_vessels_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "features.yaml").write_text(text)
    with pytest.raises(Usage, match=told):
        load_settings([tmp_path])
