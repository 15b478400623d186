from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from pipeline.against import enough, in_both, paired, told
from pipeline.settings_parts import Promotion


def rows(labels: list[int], probability: list[float], champion: list[float]) -> pl.DataFrame:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return pl.DataFrame(
        {
            "scheme": ["s"] * len(labels),
            "consignment_id": [f"c{place}" for place in range(len(labels))],
            "cutoff": [start + timedelta(days=place) for place in range(len(labels))],
            "label": labels,
            "probability": probability,
            "champion": champion,
        },
        schema_overrides={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC"), "label": pl.Int64},
    )


def test_both_are_measured_on_the_same_rows() -> None:
    # Average precision: the challenger finds its one case first (1), the champion second (1/2).
    found = paired(rows([1, 0, 0, 0], [0.9, 0.2, 0.3, 0.1], [0.5, 0.8, 0.3, 0.1]), "rows", 1)
    assert (found["rows"], found["positives"]) == (4, 1)
    figures = found["average_precision"]
    assert (figures["challenger"], figures["champion"], figures["difference"]) == (1.0, 0.5, 0.5)
    assert found["precision_0.05"]["difference"] == 1.0
    low, high = figures["interval"]
    assert 0 <= low <= high <= 1


def test_equal_models_differ_by_nothing() -> None:
    found = paired(rows([1, 0, 1, 0], [0.9, 0.2, 0.3, 0.1], [0.9, 0.2, 0.3, 0.1]), "rows", 1)
    assert found["average_precision"]["difference"] == 0
    assert found["average_precision"]["interval"] == [0.0, 0.0]


def test_the_order_of_rows_changes_nothing() -> None:
    table = rows([1, 0, 1, 0, 0], [0.9, 0.2, 0.3, 0.1, 0.3], [0.1, 0.2, 0.6, 0.4, 0.3])
    assert paired(table, "rows", 1) == paired(table.sample(fraction=1, shuffle=True, seed=3), "rows", 1)


@pytest.mark.parametrize("labels", [[], [0, 0], [1, 1]])
def test_rows_of_one_kind_judge_nothing(labels: list[int]) -> None:
    found = paired(rows(labels, [0.5] * len(labels), [0.5] * len(labels)), "rows that both judged", 1)
    assert "needed rows with and without a find" in found["not_judged"]
    assert "not judged on" in told(found)
    assert not enough(found, Promotion(least_rows=1, least_positives=1))


def test_enough_is_what_the_gates_ask_for() -> None:
    found = paired(rows([1, 0, 0], [0.9, 0.2, 0.3], [0.5, 0.8, 0.3]), "rows", 1)
    assert enough(found, Promotion(least_rows=3, least_positives=1))
    assert not enough(found, Promotion(least_rows=4, least_positives=1))
    assert not enough(found, Promotion(least_rows=3, least_positives=2))


def test_rows_of_both_are_those_with_the_same_consignment_and_night() -> None:
    table = rows([1, 0, 0], [0.9, 0.2, 0.3], [0.5, 0.8, 0.3])
    mine = table.drop("champion")
    theirs = mine.with_columns(probability=pl.Series([0.5, 0.8, 0.3]))[1:]
    both = in_both(mine, theirs, "s")
    assert both.select("consignment_id", "probability", "champion").sort("consignment_id").rows() == [
        ("c1", 0.2, 0.8),
        ("c2", 0.3, 0.3),
    ]
    assert in_both(mine, theirs, "other").is_empty()
