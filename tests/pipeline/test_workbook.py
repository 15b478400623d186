"""The workbook: what it holds, that nothing in it can act, and that equal lists give equal bytes."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest
from nights import AS_OF, HOSTILE, SETTINGS, night, reason

from pipeline import workbook


def opened(ranked: pl.DataFrame, folder: Path) -> openpyxl.Workbook:
    path = folder / "ranked.xlsx"
    workbook.write(ranked, SETTINGS, AS_OF, path)
    return openpyxl.load_workbook(path)


def test_an_office_has_a_sheet_with_its_rows_filters_and_a_frozen_head(tmp_path: Path) -> None:
    chosen = {"selected": True, "selected_by": "model", "reasons": [reason("Far below."), reason("New firm.", "Ask.")]}
    book = opened(night([chosen, {"referrals": ["container-number-invalid"]}, {"office": "RUVVO"}]), tmp_path)
    assert book.sheetnames == ["Overview", "JPWKJ", "RUVVO", "Columns", "Findings"]
    sheet = book["JPWKJ"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:M3"
    head = [cell.value for cell in sheet[1]]
    row = dict(zip(head, [cell.value for cell in sheet[2]], strict=True))
    assert row["Consignment"] == "C1"
    assert row["Marine-resource smuggling"] == 0.25
    assert row["Brand diversion"] is None
    assert row["Why"] == "Far below.\nNew firm."
    assert row["Check first"] == "Weigh it.\nAsk."
    assert sheet["D3"].value == "A container number fails its check digit."
    assert sheet["A2"].fill.start_color.rgb != sheet["A3"].fill.start_color.rgb


def test_each_column_is_explained(tmp_path: Path) -> None:
    book = opened(night([{}]), tmp_path)
    told = {row[0].value: row[1].value for row in book["Columns"].iter_rows(min_row=2)}
    heads = [cell.value for name in ("JPWKJ", "Findings") for cell in book[name][1]]
    assert all(told[head] for head in heads)


def test_the_findings_sheet_is_prepared_for_what_is_to_be_opened(tmp_path: Path) -> None:
    book = opened(night([{"selected": True, "selected_by": "random", "reasons": [reason("Far below.")]}, {}]), tmp_path)
    sheet = book["Findings"]
    head = [cell.value for cell in sheet[1]]
    assert head == list(workbook.FINDINGS)
    rows = [dict(zip(head, [cell.value for cell in row], strict=True)) for row in sheet.iter_rows(min_row=2)]
    assert [row["consignment_id"] for row in rows] == ["C1"]
    assert rows[0]["selected_by"] == "random"
    assert rows[0]["reason_1"] == "Far below."
    assert rows[0]["as_of"] == "2024-06-01T20:00:00Z"
    choices = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
    assert choices["F2"] == '"confirmed,unfounded,inconclusive"'
    assert '"yes,no,not looked at"' in choices.values()


def test_no_text_from_data_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    rows = [
        {"consignment_id": text, "abstained": text, "selected": True, "reasons": [reason(text, text)]}
        for text in HOSTILE
    ]
    book = opened(night(rows), tmp_path)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.value
                assert cell.hyperlink is None
    values = [cell.value for cell in book["JPWKJ"]["B"]][1:]
    assert values[:8] == HOSTILE[:8]
    assert values[8:] == ["\\tx", "a\\x00b"]


def test_equal_lists_give_equal_bytes_in_any_order_of_rows(tmp_path: Path) -> None:
    ranked = night([{"reasons": [reason("a")]}, {}, {"office": "RUVVO"}, {"selected": True}])
    places = [tmp_path / name for name in ("one.xlsx", "two.xlsx")]
    workbook.write(ranked, SETTINGS, AS_OF, places[0])
    workbook.write(ranked.reverse(), SETTINGS, AS_OF, places[1])
    assert places[0].read_bytes() == places[1].read_bytes()


def test_a_night_without_consignments_has_its_sheets(tmp_path: Path) -> None:
    book = opened(night([]), tmp_path)
    assert book.sheetnames == ["Overview", "Columns", "Findings"]
    assert book["Findings"].max_row == 1


def test_rows_beyond_what_a_sheet_shows_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    monkeypatch.setattr(workbook, "MOST_FINDINGS", 1)
    book = opened(night([{"selected": True}] * 5), tmp_path)
    assert book["JPWKJ"]["B4"].value == "3 more rows of this office stand in ranked.csv"
    assert book["Findings"]["C3"].value == "4 more were to be opened: see ranked.csv"


def test_names_of_sheets_are_those_that_excel_allows() -> None:
    names = workbook.sheet_names(["A/B", "a_b", "History", "x" * 40, "x" * 41, "", "'q'"])
    assert names == ["A_B", "a_b (2)", "History (2)", "x" * 31, f"{'x' * 27} (2)", "_", "q"]


def test_a_text_longer_than_a_cell_is_cut_with_a_mark() -> None:
    cut = workbook.harmless("x" * 40_000)
    assert len(cut) == workbook.MOST_TEXT
    assert cut.endswith("…")
