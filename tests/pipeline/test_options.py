"""What settings and reference files become for the families."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Usage
from pipeline.options import options_of
from pipeline.settings import load_settings


def overlay(place: Path, terms: str) -> Path:
    (place / "reference").mkdir()
    (place / "reference" / "vague_terms.csv").write_text(terms, encoding="utf-8")
    return place


def test_the_shipped_terms_and_limits_reach_the_families() -> None:
    options = options_of(load_settings())
    assert {"general cargo", "雑貨", "прочие товары"} <= set(options.vague_terms)
    assert options.de_minimis_usd["default"] == 150


def test_an_administration_brings_its_own_terms_and_limits(tmp_path: Path) -> None:
    place = overlay(tmp_path, "term,source,note\nzeug,own,\nbits,own,\nzeug,own,\n")
    (place / "features.yaml").write_text("parcels: {de_minimis_usd: {JP: 0}}")
    options = options_of(load_settings([place]))
    assert options.vague_terms == ("bits", "zeug")
    assert options.de_minimis_usd["JP"] == 0
    assert options.de_minimis_usd["default"] == 150


def test_a_file_of_terms_without_its_column_is_told(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"needed the columns term in .*vague_terms\.csv, found: .*term"):
        options_of(load_settings([overlay(tmp_path, "word\ngoods\n")]))
