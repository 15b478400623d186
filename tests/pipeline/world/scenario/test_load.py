"""The scenario: whole, laid over key by key, and every mistake told at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline.errors import Usage
from pipeline.settings import load_settings
from pipeline.world import load_scenario


def overlay(place: Path, content: object) -> Path:
    path = place / "scenario.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_a_scenario_is_laid_over_the_shipped_one_key_by_key(tmp_path: Path) -> None:
    shipped = load_scenario()
    changed = load_scenario(overlay(tmp_path, {"inspection": {"policy": {"random_share": 0.5}}}))
    assert changed.inspection.policy.random_share == 0.5
    assert changed.inspection.policy.rule_share == shipped.inspection.policy.rule_share
    assert changed.trade == shipped.trade


@pytest.mark.parametrize("name", [path.name for path in Path("configs/world").glob("*.yaml")])
def test_every_shipped_overlay_is_a_scenario(name: str) -> None:
    assert load_scenario(Path("configs/world") / name) != load_scenario()


def test_every_mistake_is_told_at_once_with_the_nearest_known_key(tmp_path: Path) -> None:
    wrong = {
        "trade": {"cargo": {"prise_spread": 0.1}, "times": {"clearance": [3.0, 1.0]}},
        "inspection": {"policy": {"random_share": 2.0}},
        "tarde": {},
    }
    with pytest.raises(Usage) as told:
        load_scenario(overlay(tmp_path, wrong))
    for part in (
        "trade.cargo.prise_spread: unknown key; the nearest known key is 'price_spread'",
        "trade.times.clearance: Value error, needed a span from low to high, found [3.0, 1.0]",
        "inspection.policy.random_share: Input should be less than or equal to 1",
        "tarde: unknown key; the nearest known key is 'trade'",
    ):
        assert part in str(told.value)


def test_what_does_not_fit_together_is_told(tmp_path: Path) -> None:
    wrong = {
        "trade": {"lanes": {"marine_smuggling": {"offices": {"JPXXX": 1.0}, "relay_of": "BR"}}},
        "offences": {"schemes": {"brand_diversion": {"lane": "brand_diversions"}}, "symptoms": {"cheap": {"M99": 0.5}}},
    }
    with pytest.raises(Usage) as told:
        load_scenario(overlay(tmp_path, wrong))
    for part in (
        "trade.lanes.marine_smuggling.offices: JPXXX is not among sea.ports",
        "trade.lanes.marine_smuggling.relay_of: BR is not among its origins",
        "brand_diversion.lane: 'brand_diversions' is no lane; the nearest known key is 'brand_diversion'",
        "offences.symptoms.cheap: 'M99' is no mechanism",
    ):
        assert part in str(told.value)


def test_a_scenario_that_is_not_there_or_no_yaml_is_told(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="found nothing at"):
        load_scenario(tmp_path / "none.yaml")
    (tmp_path / "broken.yaml").write_text("trade: [", encoding="utf-8")
    with pytest.raises(Usage, match="needed YAML in UTF-8"):
        load_scenario(tmp_path / "broken.yaml")


def test_every_scheme_that_officers_look_for_is_configured() -> None:
    assert set(load_scenario().looked_for()) == {scheme.label for scheme in load_settings().schemes.values()}
