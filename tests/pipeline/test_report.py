"""The report of a training: names that stay, figures that a change is judged by, no folder of others overwritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Usage
from pipeline.report import headline, write_report


class OneModel:
    """A bundle of one scheme, as far as a report reads it."""

    name = "M1"
    schemes = ("marine_smuggling",)

    def scheme(self, name: str) -> Any:
        part = {"auc": 0.6, "average_precision": None, "rows": 30}
        metrics = {
            "rows": 100,
            "positives": 10,
            "auc": 0.8,
            "average_precision": 0.5,
            "brier": 0.1,
            "calibration_error": None,
            "at_share": {"0.05": {"precision": {"expected": 0.7}, "recall": None}},
            "at_capacity": None,
            "novelty": {"keys": {"goods": {"new": part}}},
        }
        return type("Record", (), {"metrics": metrics})


def test_figures_and_pictures_have_names_that_stay(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "report"
    place = home / "evaluations" / "M1"
    place.mkdir(parents=True)
    (place / "marine_smuggling_gains.png").write_bytes(b"one")
    for content in (b"one", b"two"):
        (place / "marine_smuggling_gains.png").write_bytes(content)
        write_report(home, OneModel(), folder)  # type: ignore[arg-type]
        assert (folder / "plots" / "marine_smuggling_gains.png").read_bytes() == content
    told = json.loads((folder / "metrics.json").read_text())
    assert list(told["marine_smuggling"])
    assert told["marine_smuggling"]["new_goods"] == {"rows": 30, "auc": 0.6}
    assert told["marine_smuggling"]["precision_at_5_percent"] == 0.7


def test_what_is_undefined_is_left_out() -> None:
    told = headline({"rows": 3, "auc": None, "at_share": {}, "at_capacity": None})
    assert told == {"rows": 3}


def test_a_folder_of_others_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Usage, match=r"needed an empty folder, or an earlier report, .*thesis\.txt"):
        write_report(tmp_path / "home", OneModel(), tmp_path)  # type: ignore[arg-type]
    assert (tmp_path / "thesis.txt").read_text() == "mine"
