"""Form: which files are a table's data set, and what stands in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_tables import valid

from features.contract import load_contract
from features.violation import Violation
from pipeline.errors import Usage
from pipeline.files import Found, find
from pipeline.inputs import InputsRefused, read_inputs, survey

TABLES = load_contract().tables.values()


def found(inputs: Path, *names: str) -> Found:
    for name in names:
        path = inputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir()
        else:
            path.touch()
    return find(inputs, TABLES)


def only(found: Found) -> Violation:
    assert len(found.violations) == 1
    return found.violations[0]


@pytest.mark.parametrize(
    "names",
    [
        ["consignment.parquet"],
        ["consignment.csv"],
        ["consignment.csv.gz"],
        ["consignment/a.parquet", "consignment/2024/b.parquet", "consignment/month=1/c.parquet"],
    ],
)
def test_each_form_of_a_data_set_is_found(tmp_path: Path, names: list[str]) -> None:
    seen = found(tmp_path, *names)
    assert sorted(file.name for file in seen.files["consignment"]) == sorted(names)
    assert seen.violations == []


def test_names_that_begin_with_an_underscore_or_a_dot_are_passed_over_at_every_level(tmp_path: Path) -> None:
    names = ["_old.parquet", ".git/x", "_quarantine/a.parquet", "leg/_SUCCESS", "leg/.x.crc", "leg/_t/a.parquet"]
    seen = found(tmp_path, *names, "leg/a.parquet")
    assert [file.name for file in seen.files["leg"]] == ["leg/a.parquet"]
    assert seen.violations == []


def test_a_table_that_is_not_named_is_a_warning_and_the_nearest_is_told(tmp_path: Path) -> None:
    violation = only(found(tmp_path, "consignments.parquet"))
    assert (violation.severity, violation.rule) == ("warning", "unknown table")
    assert "nearest: consignment" in violation.message
    assert "begin its name with _" in violation.message


@pytest.mark.parametrize(
    "names",
    [
        ["leg.parquet", "leg.csv"],
        ["leg.csv", "leg.csv.gz"],
        ["leg.parquet", "leg/a.parquet"],
    ],
)
def test_two_forms_of_one_table_refuse_it(tmp_path: Path, names: list[str]) -> None:
    seen = found(tmp_path, *names)
    assert only(seen).message.startswith("leg: needed one form of a table, found 2 in ")
    assert only(seen).severity == "refuse"
    assert "leg" not in seen.files


def test_a_table_in_another_form_is_refused_and_not_taken_for_absent(tmp_path: Path) -> None:
    assert "needed a file leg.parquet, leg.csv or leg.csv.gz" in only(found(tmp_path, "leg.json")).message


def test_an_unexpected_file_in_the_folder_of_a_table_refuses_it(tmp_path: Path) -> None:
    violation = only(found(tmp_path, "leg/a.parquet", "leg/deep/b.csv"))
    assert violation.severity == "refuse"
    assert "found other files in leg/deep/b.csv; move them away" in violation.message


def test_an_empty_folder_of_a_table_refuses_it(tmp_path: Path) -> None:
    (tmp_path / "leg" / "deep").mkdir(parents=True)
    assert "at least one .parquet file" in only(find(tmp_path, TABLES)).message


def test_partitions_are_read_from_the_names_of_folders(tmp_path: Path) -> None:
    seen = found(
        tmp_path, "position/source=a%2Fb/month=2024-01/x.parquet", "leg/mode=__HIVE_DEFAULT_PARTITION__/x.parquet"
    )
    assert seen.files["position"][0].partitions == {"source": "a/b", "month": "2024-01"}
    assert seen.files["leg"][0].partitions == {"mode": None}


def test_a_delivery_that_is_being_moved_into_place_refuses_the_run(tmp_path: Path) -> None:
    valid("consignment").write_parquet(tmp_path / "consignment.parquet")
    (tmp_path / "_staging" / "korea-1").mkdir(parents=True)
    assert survey(tmp_path, None, None).refusals == []
    (tmp_path / "_staging" / "korea-1" / "COMMIT").touch()
    with pytest.raises(InputsRefused, match="run `tidewaiter ingest` again to finish it"):
        read_inputs(tmp_path, None, None)


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"needed a folder of tables, found none at .*give it with --inputs"):
        find(tmp_path / "nothing", TABLES)
