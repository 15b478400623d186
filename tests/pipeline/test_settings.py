from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from pipeline.errors import Usage
from pipeline.options import catalogue_of
from pipeline.settings import load_settings


def overlay(place: Path, **files: str) -> Path:
    place.mkdir(exist_ok=True)
    for name, text in files.items():
        (place / f"{name}.yaml").write_text(text)
    return place


def test_the_shipped_settings_hold() -> None:
    settings = load_settings()
    assert settings.cutoff == time(20)
    assert settings.capacity["default"] == 0.05
    assert settings.exploration.share == 0.1
    assert set(settings.schemes) == {"marine_smuggling", "brand_diversion", "strategic_goods"}
    assert all(scheme.harm is None for scheme in settings.schemes.values())


def test_overlays_are_laid_over_key_by_key_the_last_on_top(tmp_path: Path) -> None:
    one = overlay(tmp_path / "one", offices="capacity: {JPNEM: 7, default: 0.1}", tidewaiter="open_days: 9")
    two = overlay(tmp_path / "two", offices="capacity: {default: 0.2}", schemes="strategic_goods:")
    settings = load_settings([one, two])
    assert settings.capacity == {"JPNEM": 7, "default": 0.2}
    assert settings.open_days == 9
    assert settings.maturity_days == load_settings().maturity_days
    assert set(settings.schemes) == {"marine_smuggling", "brand_diversion"}


@pytest.mark.parametrize("file", ["offices", "schemes", "tidewaiter"])
def test_exploration_is_understood_wherever_people_look_for_it(tmp_path: Path, file: str) -> None:
    assert load_settings([overlay(tmp_path, **{file: "exploration: {share: 0.25}"})]).exploration.share == 0.25


def test_all_mistakes_are_told_at_once_with_the_nearest_key(tmp_path: Path) -> None:
    place = overlay(
        tmp_path,
        tidewaiter="cutof: '21:00'\nopen_days: many\nnot_delivered: [vesel]",
        offices="capacity: {JPNEM: -1}",
        schemes="marine_smuggling: {scope: 'hs6 LIKE', lable: x}\nbrand_diversion: {harm: 5}",
        features="findings: {keys: [[importer_idd]]}",
        params="training: {maturity_days: 3, learner: {seed: 1}}",
    )
    with pytest.raises(Usage) as error:
        load_settings([place])
    text = str(error.value)
    for part in (
        "unknown key 'cutof'; the nearest known key is 'cutoff'",
        "open_days: Input should be a valid integer",
        "unknown table 'vesel'; the nearest known key is 'vessel'",
        "capacity.JPNEM",
        "schemes.marine_smuggling.lable: unknown key; the nearest known key is 'label'",
        "schemes.marine_smuggling.scope: ",
        "importer_idd is no column",
        "maturity_days, seed belong in tidewaiter.yaml",
    ):
        assert part in text, text


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"tidewaiter": "cutoff: 1200"}, "needed 'HH:MM'"),
        ({"tidewaiter": "- a"}, "needed keys with values, found list"),
        ({"tidewaiter": "a: [b"}, "needed YAML in UTF-8"),
        ({"schemes": "brand_diversion: {harm: 5}"}, "needed a harm for every scheme or for none"),
        ({"schemes": "Bad-Name: {scope: 'true', label: x}"}, "Bad-Name"),
        ({"offices": "capacity: {default: 1.5}"}, "capacity"),
        ({"features": "findings: {keys: [[]]}"}, "features.findings.keys"),
        ({"features": "parcels: {de_minimis_usd: {jp: 5}}"}, r"features\.parcels\.de_minimis_usd\.jp"),
        ({"features": "parcels: {de_minimis_usd: {JP: -5}}"}, r"features\.parcels\.de_minimis_usd\.JP: .*found -5"),
        ({"features": "parcels: {de_minimis: 5}"}, "the nearest known key is 'de_minimis_usd'"),
    ],
)
def test_each_mistake_has_its_message(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(Usage, match=message):
        load_settings([overlay(tmp_path, **files)])


def test_a_missing_overlay_is_told(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="needed a directory, found none at"):
        load_settings([tmp_path / "nowhere"])


def test_the_fingerprint_follows_settings_and_reference_files(tmp_path: Path) -> None:
    shipped = load_settings().fingerprint
    assert load_settings([overlay(tmp_path / "a")]).fingerprint == shipped
    assert load_settings([overlay(tmp_path / "b", tidewaiter="open_days: 9")]).fingerprint != shipped
    other = overlay(tmp_path / "c")
    (other / "reference").mkdir()
    (other / "reference/high_priority_hs.csv").write_text("hs6,tier,subtier,description,list_date,source\n")
    assert load_settings([other]).fingerprint != shipped


def test_every_pair_of_columns_is_a_key_once(tmp_path: Path) -> None:
    features = "findings: {keys: [[hs6], [office, hs6]], pairs_of: [hs6, office, importer_id]}"
    findings = load_settings([overlay(tmp_path, features=features)]).features.findings
    assert findings.all_keys == (("hs6",), ("office", "hs6"), ("hs6", "importer_id"), ("office", "importer_id"))


def test_a_pair_of_what_is_no_column_is_told(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"features\.findings\.pairs_of .*: colour is no column of consignment"):
        load_settings([overlay(tmp_path, features="findings: {pairs_of: [hs6, colour]}")])


def test_families_can_be_left_out_by_their_names(tmp_path: Path) -> None:
    settings = load_settings([overlay(tmp_path, features="leave_out: [price]")])
    assert "price" not in [family.name for family in catalogue_of(settings).families]
    with pytest.raises(Usage, match=r"features\.leave_out: needed families \(.*price.*\), found prize"):
        catalogue_of(load_settings([overlay(tmp_path, features="leave_out: [prize]")]))
