from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Usage
from pipeline.settings import load_settings
from pipeline.tracking_uri import fault_of, redacted


def settings(place: Path, text: str):
    (place / "tidewaiter.yaml").write_text(text)
    return load_settings([place])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("postgresql://me:geheim@host/db", "postgresql://***@host/db"),
        ("postgresql://me:ge@he/im@host/db", "postgresql://***@host/db"),
        ("https://host/path?password=geheim&x=1", "https://host/path?password=***&x=1"),
        ("{'sslpassword': 'geheim'}", "{'sslpassword': ***}"),
        ("sqlite:////home/me/mlflow.db", "sqlite:////home/me/mlflow.db"),
    ],
)
def test_no_secret_of_an_address_is_told(text: str, told: str) -> None:
    assert redacted(text) == told


@pytest.mark.parametrize(
    "uri", ["sqlite:////home/me@work/mlflow.db", "postgresql://me:x%40y@host/db", "https://host/path?x=1", "off"]
)
def test_an_address_that_can_be_read_is_taken(uri: str) -> None:
    assert fault_of(uri) == ""


@pytest.mark.parametrize("text", ["tracking: {uri: off}", "tracking: {uri: 'off'}"])
def test_off_is_off_quoted_or_not(tmp_path: Path, text: str) -> None:
    assert settings(tmp_path, text).tracking.off


def test_neither_store_nor_gates_change_the_fingerprint(tmp_path: Path) -> None:
    moved = settings(tmp_path, "tracking: {uri: 'sqlite:////x.db'}\npromotion: {least_rows: 5}\n")
    assert moved.promotion.least_rows == 5
    assert moved.fingerprint == load_settings().fingerprint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tracking: {uri: 'ftp://me:geheim@host'}", "an address that begins with sqlite:"),
        ("tracking: {uri: 'postgresql://me:x@geheim/y@host/db'}", "@ written as %40, / written as %2F"),
        ("tracking: {uri: 'https://me:x?geheim@host'}", "? written as %3F"),
        ("tracking: {uri: 'postgresql://me:geheim@host/db}", "found unexpected end of stream in line 1, column"),
        ("tracking: {uri: 'postgresql://me:geheim@host/db' x}", "expected ',' or '}'"),
        ("tracking: {uri: ./mlruns}", "a folder of files is no store that MLflow still takes"),
        ("tracking: 'postgresql://me:geheim@host/db'", "tracking: "),
        ("tracking: {uri: {password: geheim}}", "needed null"),
        ("tracking: {url: 'http://me:geheim@host'}", "the nearest known key is 'uri'"),
        ("promotion: {least_rows: 0}", "promotion.least_rows: "),
    ],
)
def test_a_wrong_address_is_told_without_its_secrets(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(Usage) as caught:
        settings(tmp_path, text)
    assert message in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_settings_do_not_show_the_address(tmp_path: Path) -> None:
    shown = settings(tmp_path, "tracking: {uri: 'postgresql://me:geheim@host/db'}")
    assert "geheim" not in repr(shown) + shown.model_dump_json()
