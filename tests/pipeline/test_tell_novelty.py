"""What is new is told before what all rows say, and flags before both."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any, cast

from rich.console import Console

from models.bundle import Bundle
from pipeline.tell_novelty import tell_novelty, with_interval

LIMITS = {"auc": [0.5, 0.75], "average_precision": [0.125, 0.375]}
NEW = {"rows": 40, "positives": 8, "auc": 0.625, "average_precision": 0.25, "intervals": LIMITS}
NONE: dict[str, Any] = {"rows": 0, "positives": 0, "auc": None, "average_precision": None, "intervals": {}}
WHOLE = {"rows": 200}


def told(report: dict[str, Any] | None) -> list[str]:
    metrics = {} if report is None else {"novelty": report}
    bundle = SimpleNamespace(schemes=["fraud"], scheme=lambda name: SimpleNamespace(metrics=metrics))
    stream = io.StringIO()
    tell_novelty(Console(file=stream, width=200, soft_wrap=True), cast(Bundle, bundle))
    return stream.getvalue().splitlines()


def test_flags_stand_first_then_a_line_a_key() -> None:
    keys = {
        "searched": {"new": NEW, "whole": WHOLE, "purity": 1.0},
        "importer": {"new": NONE, "whole": WHOLE, "purity": None},
        "goods": {"new": NEW, "whole": WHOLE, "purity": 0.985},
    }
    assert told({"flags": ["Memory \u202ehidden."], "keys": keys}) == [
        "fraud: Memory \\u202ehidden.",
        "  fraud, new goods: 40 of 200 rows, 8 of them found: AUC 0.625 [0.50 0.75], average precision "
        "0.250 [0.12 0.38]; 98.5% of the others have the label seen before",
        "  fraud, new importer: 0 of 200 rows, 0 of them found: nothing to measure",
    ]


def test_a_bundle_without_a_report_says_nothing() -> None:
    assert told(None) == []


def test_a_measure_is_told_with_its_interval_where_it_has_one() -> None:
    assert with_interval(NEW, "auc") == "0.625 [0.50 0.75]"
    assert with_interval({"auc": 0.5}, "auc") == "0.500"
    assert with_interval(NONE, "auc") == "-"
