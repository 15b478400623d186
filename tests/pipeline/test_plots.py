from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightgbm
import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from pipeline.plots import draw, gains


def part(value: float | None, rows: int) -> dict[str, Any]:
    limits = {} if value is None else {"average_precision": [value - 0.1, value + 0.1]}
    return {"rows": rows, "average_precision": value, "intervals": limits}


def trained(labels: list[int], novelty: bool = True) -> Any:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(200, 3))
    data = lightgbm.Dataset(values, (values[:, 0] > 0).astype(float))
    booster = lightgbm.train({"verbosity": -1, "num_threads": 1, "objective": "binary"}, data, 5)
    keys = {"goods": {"new": part(0.3, 10), "seen": part(0.8, 30), "whole": part(0.5, 40)}}
    keys["importer"] = {"new": part(None, 0), "seen": part(0.5, 40), "whole": part(0.5, 40)}
    metrics: dict[str, Any] = {"average_precision": 0.5, "intervals": {"average_precision": [0.4, 0.6]}}
    return SimpleNamespace(
        booster=booster,
        spec=SimpleNamespace(names=["first", "second", "third"]),
        metrics=metrics | ({"novelty": {"keys": keys, "flags": []}} if novelty else {}),
        judged=pd.DataFrame({"label": labels, "probability": np.round(rng.random(len(labels)), 1)}),
    )


def test_each_picture_is_there_and_equal_when_drawn_again(tmp_path: Path) -> None:
    scheme = trained([0, 1, 0, 0, 1] * 8)
    files = draw(tmp_path, "s", scheme)
    assert [path.name for path in files] == [
        f"s_{name}.png" for name in ("reliability", "precision_recall", "gains", "novelty", "importance")
    ]
    before = [path.read_bytes() for path in files]
    for content in before:
        assert content.startswith(b"\x89PNG")
        assert b"tEXt" not in content, "a picture carries no date and no version"
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "red"}):
        assert [path.read_bytes() for path in draw(tmp_path, "s", scheme)] == before


def test_gains_are_those_expected_of_any_order_of_equal_scores() -> None:
    axes = Figure().subplots()
    # One find among four equal scores below a row without: each of the four is as likely to be the one.
    gains(axes, np.array([0, 0, 1, 0, 0]), np.array([0.9, 0.2, 0.2, 0.2, 0.2]))
    expected = next(line for line in axes.lines if line.get_label() == "expected")
    assert np.column_stack(expected.get_data()).tolist() == [[0, 0], [0.2, 0], [1, 1]]


@pytest.mark.parametrize("labels", [[0] * 5, [0], [1] * 5])
def test_few_rows_and_one_kind_of_label_are_drawn_as_far_as_they_go(tmp_path: Path, labels: list[int]) -> None:
    scheme = trained(labels, novelty=False)
    scheme.metrics["average_precision"] = None
    names = {path.name for path in draw(tmp_path, "s", scheme)}
    assert {"s_reliability.png", "s_importance.png"} <= names
    assert ("s_gains.png" in names) == (1 in labels)
