"""Who becomes champion, who does not and why, and how it is taken back; on the real command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conftest import Demo, tidewaiter

LOOSE = "promotion: {least_rows: 1, least_positives: 1, most_lost_average_precision: 1, most_calibration_error: 1}\n"


@pytest.fixture(scope="module")
def rivals(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a champion and a challenger that judged most of the same rows."""
    home = Path(shutil.copytree(demo.home, tmp_path_factory.mktemp("rivals") / "home"))
    done = tidewaiter("train", "--until", "2024-12-02", "--warnings-ok", *demo.arguments(home=home))
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(rivals: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(rivals, tmp_path / "home"))


def aliases(home: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((home / "models/aliases.json").read_text())
    return content


def promote(demo: Demo, home: Path, name: object, gates: str, tmp_path: Path):
    overlay = tmp_path / "gates"
    overlay.mkdir(exist_ok=True)
    (overlay / "tidewaiter.yaml").write_text(gates)
    arguments = ["--home", str(home), "--config", str(demo.config), "--config", str(overlay)]
    return tidewaiter("promote", str(name), *arguments)


def test_a_challenger_is_promoted_and_taken_back(demo: Demo, home: Path, tmp_path: Path) -> None:
    before = aliases(home)
    done = promote(demo, home, before["challenger"], LOOSE, tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{before['challenger']} passed every gate and is the champion" in done.stdout
    assert aliases(home) == {"champion": before["challenger"], "former": [before["champion"]]}
    # Back without gates: none is asked, however strict.
    strict = "promotion: {least_rows: 1000000}\n"
    done = promote(demo, home, before["champion"], strict, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "came back as the champion" in done.stdout
    assert aliases(home) == {"champion": before["champion"], "former": [before["challenger"]]}
    done = promote(demo, home, before["champion"], strict, tmp_path)
    assert "is the champion already" in done.stdout
    assert aliases(home)["former"] == [before["challenger"]]


def test_every_failed_gate_is_told_and_the_champion_stays(demo: Demo, home: Path, tmp_path: Path) -> None:
    before = aliases(home)
    gates = "promotion: {least_rows: 1000, least_positives: 1000, most_calibration_error: 0.0001}\n"
    done = promote(demo, home, before["challenger"], gates, tmp_path)
    assert done.returncode == 3
    for message in (
        "marine_smuggling: needed 1000 rows judged out of time, found",
        "marine_smuggling: needed 1000 finds among the rows judged out of time, found",
        "marine_smuggling: needed a calibration error of at most 0.0001, found",
        "marine_smuggling: needed 1000 rows with 1000 finds to hold it against the champion, found",
        f"The champion stays {before['champion']}",
    ):
        assert message in done.stderr
    assert aliases(home) == before


def test_a_model_that_lost_too_much_is_refused(demo: Demo, home: Path, tmp_path: Path) -> None:
    before = aliases(home)
    path = home / "evaluations" / str(before["challenger"]) / "against_champion.json"
    content = json.loads(path.read_text())
    content["schemes"]["marine_smuggling"] |= {
        "rows": 60,
        "positives": 20,
        "rows_from": "rows",
        "average_precision": {"challenger": 0.3, "champion": 0.5, "difference": -0.2, "interval": [-0.3, -0.1]},
    }
    path.write_text(json.dumps(content))
    gates = LOOSE.replace("most_lost_average_precision: 1", "most_lost_average_precision: 0.1")
    done = promote(demo, home, before["challenger"], gates, tmp_path)
    assert done.returncode == 3
    assert "at most 0.1 below the champion's, found 0.300 against 0.500 on 60 rows" in done.stderr


def test_a_head_to_head_with_another_champion_does_not_count(demo: Demo, home: Path, tmp_path: Path) -> None:
    before = aliases(home)
    (home / "evaluations" / str(before["challenger"]) / "against_champion.json").unlink()
    done = promote(demo, home, before["challenger"], LOOSE, tmp_path)
    assert done.returncode == 3
    assert f"needed a head to head with the champion {before['champion']}, found none" in done.stderr


def test_a_model_whose_judgement_was_lost_is_refused(demo: Demo, home: Path, tmp_path: Path) -> None:
    before = aliases(home)
    shutil.rmtree(home / "evaluations" / str(before["challenger"]))
    done = promote(demo, home, before["challenger"], LOOSE, tmp_path)
    assert done.returncode == 3
    assert "needed the rows that judged it, found none in" in done.stderr
    assert "Restore that folder from a copy" in done.stderr


def test_a_model_that_lacks_a_scheme_of_the_champion_is_refused(demo: Demo, home: Path, tmp_path: Path) -> None:
    before = aliases(home)
    path = home / "models" / str(before["challenger"]) / "bundle.json"
    manifest = json.loads(path.read_text())
    del manifest["schemes"]["brand_diversion"], manifest["files"]["brand_diversion.lgb.txt"]
    path.write_text(json.dumps(manifest))
    done = promote(demo, home, before["challenger"], LOOSE, tmp_path)
    assert done.returncode == 3
    assert "brand_diversion: the champion has a model and this one has none" in done.stderr


def test_a_model_of_other_features_is_refused(demo: Demo, home: Path, tmp_path: Path) -> None:
    (tmp_path / "gates").mkdir()
    (tmp_path / "gates/features.yaml").write_text("findings: {keys: [[importer_id], [exporter_id]]}\n")
    done = promote(demo, home, aliases(home)["challenger"], LOOSE, tmp_path)
    assert done.returncode == 3
    assert "by_exporter_id" in done.stderr


def test_an_unknown_name_is_a_usage_error(demo: Demo, home: Path, tmp_path: Path) -> None:
    for name in ("../../etc", "none"):
        done = promote(demo, home, name, LOOSE, tmp_path)
        assert done.returncode == 2
        assert "needed a model of" in done.stderr
