"""The card of a model: made from its training alone, on new goods first, and honest about what has no model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from conftest import Demo

from pipeline.settings import load_settings

Run = Callable[..., CompletedProcess[str]]


def folder(home: Path) -> Path:
    (found,) = (home / "evaluations").iterdir()
    return found


def sections(text: str) -> dict[str, str]:
    return dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text, re.M | re.S))


def test_it_says_what_it_is_for_and_not_for_from_what_and_where_it_ends(demo: Demo) -> None:
    text = (folder(demo.home) / "card.md").read_text("utf-8")
    assert text.startswith(f"# Model {folder(demo.home).name}\n")
    parts = sections(text)
    assert list(parts)[:3] == ["What it is for", "What it must not be used for", "What it learned from"]
    assert list(parts)[-2:] == ["Limits", "Made from"]
    assert "As proof" in parts["What it must not be used for"]
    training = json.loads((folder(demo.home) / "training.json").read_text("utf-8"))
    assert f"consignment {training['inputs']['consignment']['rows']:,}" in parts["What it learned from"]
    for digest in (training["features"], training["configuration"], training["code"]["sha256"]):
        assert digest in parts["Made from"]


def test_its_figures_are_those_of_the_judgement_new_goods_first(demo: Demo) -> None:
    parts = sections((folder(demo.home) / "card.md").read_text("utf-8"))
    metrics = json.loads((folder(demo.home) / "metrics.json").read_text("utf-8"))
    titles = {scheme: s.title for scheme, s in load_settings([demo.config]).schemes.items()}
    assert metrics
    for scheme, judged in metrics.items():
        part = parts[f"{titles[scheme]} (`{scheme}`)"]
        rows = re.findall(r"^\| (new [\w ]+|all rows) \| (\d+)/(\d+) \| (\S+)(?: \[(\S+) (\S+)\])?", part, re.M)
        assert rows[0][0] == "new goods"
        assert rows[-1][0] == "all rows"
        low, high = judged["intervals"]["average_precision"]
        told = (str(judged["positives"]), str(judged["rows"]), f"{judged['average_precision']:.3f}")
        assert rows[-1][1:] == (*told, f"{low:.2f}", f"{high:.2f}")
        at_five = judged["at_share"]["0.05"]
        assert f"| the first 5 % | {at_five['rows']} | {at_five['precision']['expected']:.3f}" in part
        assert f"Calibration: {judged['calibrated_by']} (" in part
        shares = [float(share) for share in re.findall(r"^\| `\w+` \| ([\d.]+)% \|", part, re.M)]
        assert shares == sorted(shares, reverse=True)
        assert 0 < len(shares) <= 10
        assert 0 < sum(shares) <= 100.5


def test_a_scheme_without_a_model_says_why(demo: Demo) -> None:
    text = (folder(demo.home) / "card.md").read_text("utf-8")
    (name,) = [path.name for path in (demo.home / "models").iterdir() if path.is_dir()]
    bundle = json.loads((demo.home / "models" / name / "bundle.json").read_text("utf-8"))
    assert bundle["untrained"], "the small world has too few finds of one scheme"
    for record in bundle["untrained"].values():
        assert f"- **No model.** {record['reason']}" in text


def test_an_equal_training_gives_an_equal_card(demo: Demo, tmp_path: Path, run: Run) -> None:
    home = tmp_path / "home"
    done = run("train", "--until", "2024-11-30", "--warnings-ok", *demo.arguments(home=home))
    assert done.returncode == 0, done.stderr
    assert (folder(home) / "card.md").read_bytes() == (folder(demo.home) / "card.md").read_bytes()
