"""The parameters of the world are whole and refuse what they do not know."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from pipeline.settings import load_settings
from pipeline.world.parameters import SHIPPED, load_parameters


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    raw = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    raw["cargo"]["prise_spread"] = 0.1
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(ValidationError, match="prise_spread"):
        load_parameters(tmp_path / "world.yaml")


def test_every_scheme_has_a_lane_and_is_configured() -> None:
    parameters = load_parameters()
    assert set(parameters.schemes) <= set(parameters.lanes)
    assert set(parameters.schemes) <= {scheme.label for scheme in load_settings().schemes.values()}
