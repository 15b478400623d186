"""The contract as data: well formed, and every sentence of its head held by a test that is named here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_tables import day

from features.contract import INSTANT, TYPES, Column, Table, load_contract, parse_contract
from features.tables import Tables

CONTRACT = load_contract()
TESTS = Path(__file__).parents[1]
SOURCE = Path(__file__).parents[2] / "features" / "tables.yaml"
COLUMNS = [(table, column) for table in CONTRACT.tables.values() for column in table.columns.values()]

SENTENCES = {
    "The input contract: the tables that this product reads": [
        "features/test_contract.py::test_there_are_tables_to_read"
    ],
    "One data set per table, named after it": ["pipeline/test_files.py::test_each_form_of_a_data_set_is_found"],
    "<inputs>/<table>.parquet": [
        "pipeline/test_files.py::test_each_form_of_a_data_set_is_found",
        "pipeline/test_files.py::test_partitions_are_read_from_the_names_of_folders",
        "pipeline/test_reading.py::test_a_compressed_csv_is_read",
        "pipeline/test_reading.py::test_a_partition_is_a_column_in_its_contract_type",
    ],
    "Names that begin with": [
        "pipeline/test_files.py::test_names_that_begin_with_an_underscore_or_a_dot_are_passed_over_at_every_level",
        "pipeline/test_files.py::test_a_table_that_is_not_named_is_a_warning_and_the_nearest_is_told",
    ],
    "Two forms of one table": [
        "pipeline/test_files.py::test_two_forms_of_one_table_refuse_it",
        "pipeline/test_files.py::test_a_table_in_another_form_is_refused_and_not_taken_for_absent",
        "pipeline/test_hostile_input.py::test_a_truncated_parquet_file_is_refused",
    ],
    "Only `consignment` and `goods_item` must exist": [
        "pipeline/test_inputs.py::test_consignments_and_goods_are_needed_to_rank_and_inspections_to_train",
    ],
    "A required table without rows": [
        "pipeline/test_inputs.py::test_a_required_table_without_rows_is_a_failed_delivery",
        "pipeline/test_inputs.py::test_consignments_and_goods_are_needed_to_rank_and_inspections_to_train",
    ],
    "Every other table is optional": [
        "pipeline/test_inputs.py::test_tables_that_are_absent_and_expected_are_named",
        "features/test_contract.py::test_a_table_that_was_not_delivered_has_no_rows_and_says_so",
    ],
    "UTF-8 (a byte-order mark": [
        "pipeline/test_reading.py::test_harmless_differences_of_csv_are_harmless",
        "pipeline/test_reading.py::test_a_csv_is_read_with_lists_booleans_and_instants_with_offset",
        "pipeline/test_reading.py::test_an_empty_cell_is_null_quoted_or_not",
        "pipeline/test_text_values.py::test_instants_are_iso_8601_with_offset",
        "pipeline/test_hostile_input.py::test_text_in_iso_8859_1_is_refused_with_its_place_and_the_way_to_convert_it",
    ],
    "Casts that lose nothing are accepted": [
        "features/test_conform.py::test_casts_that_lose_nothing_are_accepted",
        "features/test_conform.py::test_instants_in_another_zone_and_unit_are_accepted",
        "features/test_conform.py::test_what_would_be_a_guess_refuses_the_table",
    ],
    "A column that may be empty may also be missing": [
        "features/test_conform.py::test_a_column_that_may_be_empty_may_be_missing",
    ],
    "An unknown column is a warning": [
        "features/test_conform.py::test_an_unknown_column_is_a_warning_and_is_not_read",
        "features/test_conform.py::test_a_column_that_stands_twice_is_refused",
        "pipeline/test_reading.py::test_a_column_that_stands_twice_in_parquet_refuses_the_table",
    ],
    "A later contract version": ["pipeline/test_reading.py::test_a_later_contract_version_refuses_the_table"],
    "All instants are UTC": ["features/test_conform.py::test_instants_in_another_zone_and_unit_are_accepted"],
    "Every table has `known_at`": ["features/test_contract.py::test_every_table_carries_the_common_columns"],
    "A row is visible at time t": ["pipeline/test_inputs.py::test_a_row_is_visible_from_its_known_at_on"],
    "Tables are append-only": ["pipeline/test_inputs.py::test_all_versions_are_kept_in_order"],
    "Key columns may be empty": ["features/test_sift.py::test_empty_keys_equal_each_other"],
    "`withdrawn: true`": ["pipeline/test_inputs.py::test_all_versions_are_kept_in_order"],
    "`withdrawn`, `use`, `source` may be missing": [
        "features/test_conform.py::test_withdrawn_use_and_source_may_be_missing_without_a_word",
    ],
    "`event` names the column": ["features/test_contract.py::test_an_event_is_a_time_and_is_not_known_at"],
    "An equal row": [
        "features/test_sift.py::test_equal_rows_count_once",
        "pipeline/test_inputs.py::test_equal_rows_of_several_files_count_once",
    ],
    "Rows of the same key and known_at": [
        "features/test_sift.py::test_rows_of_one_key_and_known_at_with_different_content_are_all_quarantined",
        "features/test_sift.py::test_positions_of_one_key_and_known_at_are_both_kept",
    ],
    "`ref` to consignment or document": [
        "pipeline/test_inputs.py::test_an_orphan_waits_in_quarantine_until_its_parent_is_visible",
        "pipeline/test_inputs.py::test_an_orphan_document_keeps_its_lines_waiting",
    ],
    "`ref` to another table": [
        "pipeline/test_inputs.py::test_a_reference_to_another_table_is_kept_with_a_warning",
        "pipeline/test_inputs.py::test_a_reference_to_a_table_that_is_not_there_is_not_checked",
    ],
    "Mass kg, money USD": ["features/test_contract.py::test_a_unit_in_a_name_means_a_number"],
    "Types. text, text_list": ["features/test_contract.py::test_every_type_is_one_of_seven"],
    "Country ISO 3166-1 alpha-2": ["features/test_contract.py::test_codes_have_their_form"],
    "A column marked `empty: ok`": [
        "features/test_sift.py::test_an_empty_value_where_none_may_be_sends_the_row_to_quarantine",
    ],
    "Any other empty value": [
        "features/test_sift.py::test_an_empty_value_where_none_may_be_sends_the_row_to_quarantine",
        "features/test_sift.py::test_a_value_outside_of_its_rule_sends_the_row_to_quarantine",
        "features/test_sift.py::test_an_inspection_known_before_it_happened_is_quarantined",
        "pipeline/test_inputs.py::test_an_unknown_use_sends_the_row_to_quarantine_until_it_is_known",
    ],
    "An inspection of a scheme": [
        "pipeline/test_inputs.py::test_an_inspection_of_a_scheme_that_is_not_configured_is_ignored_and_counted",
    ],
    "A failed check digit": ["features/test_sift.py::test_failed_check_digits_and_short_mmsi_are_kept"],
    "`use` (optional on every table)": ["features/test_contract.py::test_every_table_carries_the_common_columns"],
    "Every table may also carry `source`": ["features/test_contract.py::test_every_table_carries_the_common_columns"],
}


def place(table: Table, column: Column) -> str:
    return f"{table.name}.{column.name}"


def sentences_of_the_head() -> list[str]:
    lines = []
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    text = re.sub(r"\s+", " ", " ".join(lines))
    parts = re.split(r"(?<=[.:]) (?=[A-Z`<])", text)
    return [part for part in parts if " " in part]


@pytest.mark.parametrize("sentence", sentences_of_the_head(), ids=lambda sentence: sentence[:40])
def test_every_sentence_of_the_head_has_a_test(sentence: str) -> None:
    named = [tests for start, tests in SENTENCES.items() if sentence.startswith(start)]
    assert len(named) == 1, f"needed tests for the sentence {sentence!r}; name them in SENTENCES"
    for test in named[0]:
        file, _, function = test.partition("::")
        assert f"def {function}(" in (TESTS / file).read_text(encoding="utf-8"), f"no test {test}"


def test_there_are_tables_to_read() -> None:
    assert len(CONTRACT.tables) == 24
    assert all(table.about for table in CONTRACT.tables.values())


@pytest.mark.parametrize("table", CONTRACT.tables.values(), ids=lambda table: table.name)
def test_keys_are_columns_that_are_there(table: Table) -> None:
    assert set(table.key) <= set(table.columns)
    assert not table.name.startswith(("_", "."))


@pytest.mark.parametrize("table", CONTRACT.tables.values(), ids=lambda table: table.name)
def test_every_table_carries_the_common_columns(table: Table) -> None:
    assert {"known_at", "withdrawn", "use", "source"} <= set(table.columns)
    assert table.columns["known_at"].dtype == INSTANT
    assert not table.columns["known_at"].empty
    if table.name != "use_restriction":
        assert table.columns["use"].ref == "use_restriction"


@pytest.mark.parametrize("table", CONTRACT.tables.values(), ids=lambda table: table.name)
def test_an_event_is_a_time_and_is_not_known_at(table: Table) -> None:
    if table.event is not None:
        assert table.event != "known_at"
        assert table.columns[table.event].type in ("timestamp", "date")


def test_every_type_is_one_of_seven() -> None:
    assert len(TYPES) == 7
    assert [place(*one) for one in COLUMNS if one[1].type not in TYPES] == []


def test_a_unit_in_a_name_means_a_number() -> None:
    measured = re.compile(r"_(kg|usd|m|m3|kn|deg|t|hours|cps|bq)$")
    assert [place(*one) for one in COLUMNS if measured.search(one[1].name) and one[1].type != "number"] == []


def test_a_reference_names_a_table_that_is_there() -> None:
    referring = [(table, column, CONTRACT[column.ref]) for table, column in COLUMNS if column.ref]
    assert [
        place(table, column) for table, column, parent in referring if parent.columns[parent.key[0]].type != column.type
    ] == []


@pytest.mark.parametrize(
    ("table", "column", "good", "bad"),
    [
        ("consignment", "dispatch_country", "KR", "KOR"),
        ("consignment", "loading_port", "KRPUS", "KR PUS"),
        ("goods_item", "hs6", "030614", "30614"),
        ("goods_item", "species", "KCD", "kcd"),
        ("document_line", "gear", "OTB", "otb"),
        ("goods_item", "catch_area", "61", "6"),
        ("vessel", "imo", "9074729", "IMO9074729"),
        ("position", "mmsi", "440123456", "44O123456"),
        ("consignment", "containers", "CSQU3054383", "CSQU 305438-3"),
    ],
)
def test_codes_have_their_form(table: str, column: str, good: str, bad: str) -> None:
    pattern = CONTRACT[table].columns[column].pattern
    assert pattern is not None
    assert re.fullmatch(pattern, good)
    assert not re.fullmatch(pattern, bad)


def test_a_column_named_for_a_code_has_its_form() -> None:
    coded = re.compile(r".*country|.*_port|port|species|gears?|imo|mmsi|flag|hs6|containers|territory")
    assert [place(*one) for one in COLUMNS if coded.fullmatch(one[1].name) and not one[1].pattern] == []


def test_what_is_required_and_waited_for_are_tables() -> None:
    assert CONTRACT.required == {"rank": ("consignment", "goods_item"), "train": ("inspection",)}
    assert CONTRACT.waits_for == {"consignment", "document"}


def test_a_table_that_was_not_delivered_has_no_rows_and_says_so() -> None:
    tables = Tables({})
    assert tables["vessel"].is_empty()
    assert tables["vessel"].schema == CONTRACT["vessel"].empty_frame().schema
    assert not tables.is_delivered("vessel", day(9))


def test_an_unknown_table_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match=r"needed tables of the contract, found \['vesel'\]"):
        Tables({"vesel": CONTRACT["vessel"].empty_frame()})


def test_a_malformed_contract_raises() -> None:
    raw: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    del raw["leg"]["key"]
    with pytest.raises(KeyError, match="key"):
        parse_contract(raw)
