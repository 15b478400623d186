"""The page of a reconciliation: every finding with its pictures, and every figure with the rows that it counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.reconciliation import FINDINGS, Reconciled
from pipeline.page.strings import LANGUAGE, strings
from pipeline.page.write import environment, file, source_hash
from pipeline.terminal import printable

Names = Mapping[str, Mapping[str, str]]

MOST_ROWS = 500  # of one finding on the page; all of them stand in the table's files
MOST_VALUES = 12  # bars of one picture; the rest stands in totals.csv
MOST_NAMED = 60  # rows that one figure names
_BY = ("port", "month", "species", "exporter")
# Columns that every table has and that the page tells elsewhere.
_UNTOLD = ("state", "month", "use", "issuer_country", "number")
_LOOKS = {
    "wide": ("why",),
    "id": ("row", "lot", "vessel_id", "over_from", "call", "notice"),
    "id ids": ("entry_numbers", "possible_entries", "landings", "possible_landings", "call_ids"),
}


def write(made: Reconciled, restrictions: pl.DataFrame, run: dict[str, Any], names: Names, path: Path) -> None:
    """Writes the page; no script is on it."""
    path.write_text(page(made, restrictions, run, names), encoding="utf-8")


def page(made: Reconciled, restrictions: pl.DataFrame, run: dict[str, Any], names: Names) -> str:
    """The page; equal reports give equal pages. `names`: by column (port, species) what its codes are called."""
    word, style = _words(), file("list.css") + file("reconciliation.css")
    held = made.tables
    night = datetime.fromisoformat(run["as_of"])
    return str(
        environment()
        .get_template("reconciliation.html")
        .render(
            word=word,
            language=LANGUAGE,
            title=word["title"].format(night=f"{night:%Y-%m-%d %H:%M}", days=run["days"]),
            policy=f"default-src 'none'; style-src {source_hash(style)}; base-uri 'none'; form-action 'none'",
            style=style,
            missing=[f"{word[f'{name}']}: {why}" for name, why in made.missing.items()],
            overview=[_overview(held["totals"], table) for table in FINDINGS if table not in made.missing],
            sections=[
                _section(made, table, state, names)
                for table in FINDINGS
                for state in FINDINGS[table]
                if table not in made.missing
            ],
            waits=[tuple(_cell(value) for value in row) for row in held["waits"].iter_rows()],
            restrictions=[tuple(_cell(value) for value in row) for row in restrictions.iter_rows()],
        )
    )


def _overview(totals: pl.DataFrame, table: str) -> dict[str, Any]:
    """A table of the report: its findings, those of which there are none too, then its other states, and their sum."""
    whole = totals.filter(table=table, by="all")
    counts = {row["state"]: row for row in whole.iter_rows(named=True)}
    nothing = {"rows": 0, "kg": None}
    states = [*FINDINGS[table], *sorted(counts.keys() - set(FINDINGS[table]))]
    every = sum(whole["rows"].to_list())
    judges = len(states) > len(FINDINGS[table])  # findings alone have nothing to be a share of
    return {
        "name": _words()[table],
        "file": f"{table}.csv",
        "rows": f"{every:,}",
        "tonnes": _tonnes(None if whole["kg"].null_count() else math.fsum(whole["kg"])),
        "lines": [
            {
                "state": state,
                "rows": f"{row['rows']:,}",
                "share": _share(row["rows"], every) if judges else "",
                "tonnes": _tonnes(row["kg"]),
                "anchor": _anchor(table, state) if state in FINDINGS[table] else "",
            }
            for state in states
            for row in [counts.get(state, nothing)]
        ],
    }


def _section(made: Reconciled, table: str, state: str, names: Names) -> dict[str, Any]:
    """A finding: the heaviest rows come first, since the page does not show them all."""
    rows = made.tables[table].filter(pl.col("state") == state)
    rows = rows.sort("kg", "row", descending=[True, False], nulls_last=True)
    shown = rows.head(MOST_ROWS)
    totals = made.tables["totals"].filter(pl.col("table") == table)
    columns = [name for name in rows.columns if name not in _UNTOLD and not _is_empty(shown[name])]
    word, anchor = _words(), _anchor(table, state)
    beyond = rows.height - MOST_ROWS
    return {
        "anchor": anchor,
        "title": f"{word[table]}: {state}",
        "count": f"{rows.height:,}",
        "means": word[f"means_{anchor.replace('-', '_')}"],
        "pictures": [
            {"title": word[f"by_{by}"], **_picture(rows.with_row_index("line"), totals, anchor, by, names)}
            for by in _BY
            if rows.height and totals.filter(pl.col("by") == by)["value"].drop_nulls().len()
        ],
        "columns": [(_look(name, shown[name].dtype), name.replace("_", " ")) for name in columns],
        "rows": [
            (
                f"{anchor}-{number}",
                # Names of species would make the rows too tall; they stand beside the bars.
                [
                    (_look(name, shown[name].dtype), _named(row[name], name, names if name == "port" else {}))
                    for name in columns
                ],
            )
            for number, row in enumerate(shown.iter_rows(named=True))
        ],
        "beyond": word["beyond"].format(count=f"{beyond:,}", file=f"{table}.csv") if beyond > 0 else "",
    }


def _picture(numbered: pl.DataFrame, totals: pl.DataFrame, anchor: str, by: str, names: Names) -> dict[str, Any]:
    """Bars of one picture: months in order, all else by rows; each with the rows that it counts, and how many rows of
    the table have that value in any state. `rest` tells of the values that have no bar."""
    state = numbered["state"][0]
    every = dict(totals.filter(pl.col("by") == by).group_by("value").agg(pl.col("rows").sum()).iter_rows())
    found = totals.filter(pl.col("by") == by, pl.col("state") == state)
    ordered = found.sort("value") if by == "month" else found.sort("rows", "value", descending=[True, False])
    shown = ordered.tail(MOST_VALUES) if by == "month" else ordered.head(MOST_VALUES)
    most = max(shown["rows"].to_list(), default=1)
    lines = _lines(numbered, by)
    table = anchor.rsplit("-", 1)[0]
    beyond, left = ordered.height - shown.height, sum(ordered["rows"]) - sum(shown["rows"])
    return {
        "bars": [
            {
                "label": _named(row["value"], by, names) or _words()["not_stated"],
                "width": round(row["rows"] / most * 100, 2),
                "rows": f"{row['rows']:,}",
                "of": _words()["of"].format(
                    every=f"{every[row['value']]:,}", share=_share(row["rows"], every[row["value"]])
                ),
                "tonnes": _tonnes(row["kg"]),
                **_rows_of(lines.get(row["value"], []), numbered["row"], anchor, f"{table}.csv", by),
            }
            for row in shown.iter_rows(named=True)
        ],
        "rest": _words()["rest"].format(values=beyond, rows=left) if beyond else "",
    }


def _lines(numbered: pl.DataFrame, by: str) -> dict[str | None, list[int]]:
    """By value of a column the places of the rows that have it."""
    each = numbered.explode(by, empty_as_null=True) if numbered.schema[by] == pl.List else numbered
    return {
        value: part["line"].to_list() for (value,), part in each.select(by, "line").group_by(by, maintain_order=True)
    }


def _rows_of(places: list[int], ids: pl.Series, anchor: str, table_file: str, by: str) -> dict[str, Any]:
    more = len(places) - MOST_NAMED
    return {
        "ids": [
            (f"{anchor}-{place}" if place < MOST_ROWS else "", printable(ids[place])) for place in places[:MOST_NAMED]
        ],
        "more": _words()["more"].format(count=more, file=table_file, by=by) if more > 0 else "",
    }


def _words() -> dict[str, str]:
    return strings(f"reconciliation_{LANGUAGE}")


def _anchor(table: str, state: str) -> str:
    """A finding's place on the page: its table and its place among the findings of that table."""
    return f"{table}-{FINDINGS[table].index(state) + 1}"


def _is_empty(column: pl.Series) -> bool:
    return column.null_count() == column.len()


def _look(name: str, dtype: pl.DataType) -> str:
    """The class of a column's cells."""
    if isinstance(dtype, pl.Datetime):
        return "when"
    if dtype == pl.Float64:
        return "num"
    return next((look for look, columns in _LOOKS.items() if name in columns), "")


def _share(part: int, whole: int) -> str:
    """Whole percent; less than one is not told as none."""
    if not part or not whole:
        return ""
    return "<1 %" if part * 100 < whole else f"{part / whole:.0%}".replace("%", " %")


def _tonnes(kilograms: float | None) -> str:
    return "" if kilograms is None else f"{kilograms / 1000:,.1f}"


def _named(value: Any, column: str, names: Names) -> str:
    """A cell, with what its code is called beside it."""
    known = names.get(column, {})
    if isinstance(value, list):
        return ", ".join(_named(each, column, names) for each in value)
    told = known.get(value) if isinstance(value, str) else None
    return f"{_cell(value)} {printable(told)}" if told else _cell(value)


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
