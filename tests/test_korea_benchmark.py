"""The benchmark on the Korean declarations: its floors hold, and nothing of the last three months leaks into part A."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.korea_customs.declarations import LABELS, TEST, VALIDATION, Declarations, read_declarations
from benchmarks.korea_customs.parts import figures, part_a
from benchmarks.korea_customs.published import codes, encoded, raw_declarations
from benchmarks.korea_customs.run import main
from benchmarks.korea_customs.service import Clock, Fitted
from features.tables import Tables

RAW = Path(__file__).resolve().parents[2] / "shared" / "data" / "customs_declarations"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not RAW.is_dir(), reason="the publishers' files are not on this machine"),
]
CHOSEN = {"min_data_in_leaf": 50, "lambda_l2": 10.0}
FLOORS = {"fraud": (0.978, 0.940), "critical_fraud": (0.980, 0.82)}


@pytest.fixture(scope="module")
def declarations(tmp_path_factory: pytest.TempPathFactory) -> Declarations:
    return read_declarations(RAW, tmp_path_factory.mktemp("korea"))


@pytest.fixture(scope="module")
def twelve(declarations: Declarations) -> dict[str, Fitted]:
    return part_a(declarations, CHOSEN, Clock())


@pytest.mark.parametrize("scheme", LABELS)
def test_part_a_holds_its_floors(declarations: Declarations, twelve: dict[str, Fitted], scheme: str) -> None:
    found = figures(declarations, scheme, twelve[scheme], declarations.train)
    least_auc, least_precision = FLOORS[scheme]
    assert found["all"]["auc"] > least_auc
    assert found["all"]["average_precision"] > least_precision
    assert found["new"]["rows"] == 1558
    assert found["new"]["intervals"]["auc"][0] > 0.55


def test_other_findings_in_the_last_three_months_change_nothing_in_part_a(
    declarations: Declarations, twelve: dict[str, Fitted]
) -> None:
    rows = {name: declarations.tables[name] for name in ("consignment", "goods_item", "inspection")}
    turned = pl.when(pl.col("result") == "confirmed").then(pl.lit("unfounded")).otherwise(pl.lit("confirmed"))
    late = pl.col("inspected_at") >= TEST
    rows["inspection"] = rows["inspection"].with_columns(result=pl.when(late).then(turned).otherwise(pl.col("result")))
    other = replace(declarations, tables=Tables(rows, declarations.tables.contract))
    assert (other.labels("fraud") != declarations.labels("fraud")).sum() == declarations.test.sum()
    again = part_a(other, CHOSEN, Clock())
    for scheme in LABELS:
        np.testing.assert_array_equal(again[scheme].probabilities, twelve[scheme].probabilities)


def test_the_parts_are_the_publishers(declarations: Declarations) -> None:
    sizes = [part.sum() for part in (declarations.train, declarations.validation, declarations.test)]
    assert sizes == [37385, 8134, 8481]
    assert declarations.findings(before=VALIDATION)["inspection"].height == 2 * 37385


def test_the_publishers_encoding_numbers_codes_by_first_appearance() -> None:
    rows = raw_declarations(RAW)
    matrix = encoded(rows)
    assert matrix.shape == (54000, 18)
    assert len(codes(rows)) == 16
    assert (matrix[0, codes(rows)] == 1).all()
    train = (rows["part"] == "train").to_numpy()
    assert matrix[train, -1].max() == 1.0


def test_a_folder_without_the_files_is_told_how_to_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--raw", str(tmp_path)]) == 2
    assert "needed df_syn_train_eng.csv, df_syn_valid_eng.csv, df_syn_test_eng.csv (or .gz)" in capsys.readouterr().err
