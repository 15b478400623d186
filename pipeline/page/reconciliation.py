"""The page of a reconciliation: every finding with its pictures, and every figure with the rows that it counts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.reconciliation import FINDINGS, Reconciled
from pipeline.page.strings import LANGUAGE, strings
from pipeline.page.write import environment, file, source_hash
from pipeline.terminal import printable

MOST_ROWS = 500  # of one finding on the page; all of them stand in the table's files
MOST_VALUES = 12  # bars of one picture; the rest stands in totals.csv
MOST_NAMED = 60  # rows that one figure names
_BY = ("port", "month", "species", "exporter")
# Columns that every table has and that the page tells elsewhere.
_UNTOLD = ("state", "month", "use", "issuer_country", "number")


def write(made: Reconciled, restrictions: pl.DataFrame, run: dict[str, Any], path: Path) -> None:
    """Writes the page; no script is on it."""
    path.write_text(page(made, restrictions, run), encoding="utf-8")


def page(made: Reconciled, restrictions: pl.DataFrame, run: dict[str, Any]) -> str:
    """The page; equal reports give equal pages."""
    word, style = _words(), file("list.css") + file("reconciliation.css")
    held = made.tables
    whole = held["totals"].filter(pl.col("by") == "all")
    return str(
        environment()
        .get_template("reconciliation.html")
        .render(
            word=word,
            language=LANGUAGE,
            title=word["title"].format(night=run["as_of"], days=run["days"]),
            policy=f"default-src 'none'; style-src {source_hash(style)}; base-uri 'none'; form-action 'none'",
            style=style,
            missing=[f"{word[f'{name}']}: {why}" for name, why in made.missing.items()],
            overview=[_line(row) for table in FINDINGS for row in whole.filter(table=table).iter_rows(named=True)],
            sections=[
                _section(made, table, state)
                for table in FINDINGS
                for state in FINDINGS[table]
                if table not in made.missing
            ],
            waits=[tuple(_cell(value) for value in row) for row in held["waits"].iter_rows()],
            restrictions=[tuple(_cell(value) for value in row) for row in restrictions.iter_rows()],
        )
    )


def _line(row: dict[str, Any]) -> dict[str, Any]:
    is_finding = row["state"] in FINDINGS[row["table"]]
    return {
        "table": _words()[f"{row['table']}"],
        "file": f"{row['table']}.csv",
        "state": row["state"],
        "rows": f"{row['rows']:,}",
        "tonnes": _tonnes(row["kg"]),
        "anchor": _anchor(row["table"], row["state"]) if is_finding else "",
    }


def _section(made: Reconciled, table: str, state: str) -> dict[str, Any]:
    held = made.tables
    rows = held[table].filter(pl.col("state") == state)
    shown = rows.head(MOST_ROWS)
    numbered = rows.with_row_index("line")
    totals = held["totals"].filter(pl.col("table") == table, pl.col("state") == state)
    columns = [name for name in rows.columns if name not in _UNTOLD and not _is_empty(shown[name])]
    word = _words()
    return {
        "anchor": _anchor(table, state),
        "title": state,
        "count": rows.height,
        "means": word[f"means_{_anchor(table, state).replace('-', '_')}"],
        "pictures": [
            {"title": word[f"by_{by}"], "bars": _bars(numbered, totals, table, by)}
            for by in _BY
            if totals.filter(pl.col("by") == by)["value"].drop_nulls().len()
        ],
        "columns": [name.replace("_", " ") for name in columns],
        "rows": [
            (f"{_anchor(table, state)}-{number}", [(_look(value), _cell(value)) for value in row])
            for number, row in enumerate(shown.select(columns).iter_rows())
        ],
        "beyond": word["beyond"].format(count=rows.height - MOST_ROWS, file=f"{table}.csv")
        if rows.height > MOST_ROWS
        else "",
    }


def _bars(numbered: pl.DataFrame, totals: pl.DataFrame, table: str, by: str) -> list[dict[str, Any]]:
    """Bars of one picture: months in order, all else by rows; each with the rows that it counts."""
    found = totals.filter(pl.col("by") == by)
    ordered = found.sort("value") if by == "month" else found.sort("rows", "value", descending=[True, False])
    shown = ordered.tail(MOST_VALUES) if by == "month" else ordered.head(MOST_VALUES)
    most = max(shown["rows"].to_list(), default=1)
    each = numbered.explode(by, empty_as_null=True) if numbered.schema[by] == pl.List else numbered
    named = {
        value: part["line"].to_list() for (value,), part in each.select(by, "line").group_by(by, maintain_order=True)
    }
    ids = numbered["row"]
    bars = []
    for row in shown.iter_rows(named=True):
        numbers = named.get(row["value"], [])
        more = len(numbers) - MOST_NAMED
        bars.append(
            {
                "label": printable(row["value"]) if row["value"] is not None else _words()["not_stated"],
                "width": round(row["rows"] / most * 100, 2),
                "rows": row["rows"],
                "tonnes": _tonnes(row["kg"]),
                "ids": [
                    (f"{_anchor(table, row['state'])}-{number}" if number < MOST_ROWS else "", printable(ids[number]))
                    for number in numbers[:MOST_NAMED]
                ],
                "more": _words()["more"].format(count=more, file=f"{table}.csv", by=by) if more > 0 else "",
            }
        )
    return bars


def _words() -> dict[str, str]:
    return strings(f"reconciliation_{LANGUAGE}")


def _anchor(table: str, state: str) -> str:
    """A finding's place on the page: its table and its place among the findings of that table."""
    return f"{table}-{FINDINGS[table].index(state) + 1}"


def _is_empty(column: pl.Series) -> bool:
    return column.null_count() == column.len()


def _look(value: Any) -> str:
    """The class of a cell."""
    return "when" if isinstance(value, datetime) else "num" if isinstance(value, float) else ""


def _tonnes(kilograms: float | None) -> str:
    return "" if kilograms is None else f"{kilograms / 1000:,.1f}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, list):
        return printable(", ".join(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    return printable(str(value))
