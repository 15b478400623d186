"""The verb `check`: exit codes, what is printed, and the account of rows."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console
from small_tables import valid

from features.contract import load_contract
from pipeline.check import CheckReport, check


def bare(table: str, rows: int = 1, /, **columns: object) -> pl.DataFrame:
    optional = {name: None for name, column in load_contract()[table].columns.items() if column.ref and column.empty}
    return valid(table, rows, **{**optional, **columns})


def checked(inputs: Path, **tables: pl.DataFrame) -> CheckReport:
    for name, frame in {"consignment": bare("consignment"), "goods_item": bare("goods_item"), **tables}.items():
        frame.write_parquet(inputs / f"{name}.parquet")
    return check(inputs, ["fraud"])


def printed(report: CheckReport, terminal: bool = False) -> str:
    out = io.StringIO()
    report.show(Console(file=out, force_terminal=terminal, width=120, soft_wrap=True))
    return out.getvalue()


def test_clean_inputs_exit_0_with_an_account_of_every_row(tmp_path: Path) -> None:
    report = checked(tmp_path)
    assert report.exit_code == 0
    told = printed(report)
    assert "rows of goods_item: 1 in = 1 used + 0 quarantined + 0 duplicates + 0 ignored" in told
    assert told.endswith("clean\n")
    assert "not there: leg, " in told


@pytest.mark.parametrize(
    ("tables", "exit_code", "line"),
    [
        (
            {"consignment": bare("consignment", regime="Import")},
            1,
            "quarantine [in] consignment.regime: needed one of import, export, transit in regime, found Import",
        ),
        ({"party": bare("party").with_columns(x=1)}, 1, "warning [unknown column] party.x: needed columns of the"),
        ({"goods_item": bare("goods_item").drop("model")}, 1, "warning [missing column] goods_item.model: "),
        ({"goods_item": bare("goods_item").drop("hs6")}, 3, "refuse [missing column] goods_item.hs6: needed"),
        (
            {"goods_item": bare("goods_item", 0)},
            3,
            "refuse [no rows] goods_item: needed rows in goods_item, found none",
        ),
    ],
)
def test_exit_codes(tmp_path: Path, tables: dict[str, pl.DataFrame], exit_code: int, line: str) -> None:
    report = checked(tmp_path, **tables)
    assert report.exit_code == exit_code
    assert line in printed(report)


def test_every_violation_at_once_by_table_column_and_rule_with_counts_and_five_examples(tmp_path: Path) -> None:
    goods = bare("goods_item", 7, consignment_id="consignment-0", hs6="x", net_kg=-1.0)
    report = checked(tmp_path, consignment=bare("consignment", office="kr"), goods_item=goods)
    told = [(v.table, v.column, v.rule, v.count, len(v.examples)) for v in report.violations]
    assert told == [
        ("consignment", "office", "pattern", 1, 1),
        ("goods_item", "hs6", "pattern", 7, 5),
        ("goods_item", "net_kg", "min", 7, 5),
    ]
    assert "7 rows (consignment-0/1, consignment-0/2, consignment-0/3, consignment-0/4, consignment-0/5)" in printed(
        report
    )
    assert "readable: 8 rows would be quarantined" in printed(report)


def test_many_missing_columns_of_a_table_are_one_line(tmp_path: Path) -> None:
    told = printed(checked(tmp_path, goods_item=bare("goods_item").drop("model", "unit")))
    assert "warning [missing column] goods_item: needed the optional columns model, unit, found none of these" in told


def test_the_report_is_ready_for_json(tmp_path: Path) -> None:
    report = json.loads(json.dumps(checked(tmp_path, consignment=bare("consignment", office="kr")).as_dict()))
    assert report["exit_code"] == 1
    assert report["violations"][0]["examples"] == ["consignment-0"]
    assert report["rows"]["consignment"] == {"in": 1, "used": 0, "quarantined": 1, "duplicates": 0, "ignored": 0}


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_in_the_data_can_steer_the_terminal(tmp_path: Path, terminal: bool) -> None:
    hostile = "C\x1b[2J\u202e\r[bold red]x[/]"
    told = printed(checked(tmp_path, consignment=bare("consignment", consignment_id=hostile, regime=hostile)), terminal)
    assert r"C\x1b[2J\u202e\r[bold red]x[/]" in told
    assert not [part for part in ("\x1b[2J", "\u202e", "\r") if part in told]


def test_a_terminal_gets_a_grid(tmp_path: Path) -> None:
    assert "not yet visible" in printed(checked(tmp_path), terminal=True)
