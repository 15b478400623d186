"""The list of a night as a workbook: an overview, a sheet per office, what the columns mean, and findings to fill in.

Every text from data is written as a string, never as a formula, a link or markup. Equal lists give equal bytes: the
time in the file is the cut-off of the night, and no clock is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipeline.settings import Settings
from pipeline.terminal import printable

MOST_ROWS = 100_000  # of one office on its sheet; Excel itself ends at 1,048,576, and people well before
MOST_FINDINGS = 20_000  # rows prepared for findings; the rest is said on the sheet
MOST_TEXT = 32_767  # characters of a cell, by Excel
REASONS = 3
RESULTS = ("confirmed", "unfounded", "inconclusive")
RIGHT = ("yes", "no", "not looked at")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31
_LONGEST_LIST = 255  # characters of a list of choices, by Excel; a longer one is not offered


@dataclass(frozen=True)
class Column:
    """A column of an office's sheet: head, what it means, width in characters, how its cells look."""

    head: str
    meaning: str
    width: float
    look: str = "text"


def columns_of(settings: Settings) -> list[Column]:
    """The columns of an office's sheet, in order."""
    schemes = [
        Column(
            scheme.title or name,
            f"Likelihood that this consignment would be confirmed for {scheme.title or name}. Empty: the scheme does "
            "not apply, or nothing could be scored.",
            12,
            "percent",
        )
        for name, scheme in settings.schemes.items()
    ]
    return [
        Column("Rank", "Place on the list of this office and night; 1 is to be looked at first.", 7, "number"),
        Column("Consignment", "Identifier of the consignment.", 20),
        Column("Open", "Why it is to be opened tonight: by rule, by rank (model), or drawn at random.", 12),
        Column("Referred because", "Rules that refer it whatever its rank is.", 30, "wrapped"),
        Column("Likelihood", "What the rank sorts by: the likelihood of any scheme (or the expected harm).", 11, "any"),
        Column("Scheme", "The scheme that adds most.", 22),
        *schemes,
        Column(
            "Why", f"The strongest reasons, at most {REASONS}; all of them are on the page of the night.", 70, "wrapped"
        ),
        Column("Check first", "What to look at first.", 40, "wrapped"),
        Column("Assessed", "Share of the indicators that could be assessed.", 10, "percent"),
        Column("Not scored because", "Why no model gave a likelihood.", 24, "wrapped"),
    ]


FINDINGS = {
    "as_of": "The night of the list.",
    "office": "The office.",
    "consignment_id": "The consignment.",
    "scheme": "The scheme that was looked for.",
    "selected_by": "How it was chosen.",
    "result": f"To fill in: {', '.join(RESULTS)}.",
    "severity": "To fill in: 0 slight to 3 grave; empty where nothing was found.",
    "recovered_usd": "To fill in: duty recovered or value seized, USD.",
    "officer_hours": "To fill in: hours spent.",
    "looked_at": "To fill in: what was looked at.",
    **{f"reason_{n}": f"Reason {n} of the list." for n in range(1, REASONS + 1)},
    **{f"reason_{n}_right": f"To fill in: was reason {n} right? {', '.join(RIGHT)}." for n in range(1, REASONS + 1)},
}
_FINDING_WIDTHS = {"consignment_id": 20, "scheme": 18, "looked_at": 40, "as_of": 18, "result": 14}


def write(ranked: pl.DataFrame, settings: Settings, as_of: datetime, path: Path) -> None:
    """Writes the workbook of a list (columns as in pipeline.ranked) for a night."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(str(path), {**options, "remove_timezone": True})
    book.set_properties({"title": f"Ranked list {as_of:%Y-%m-%d %H:%M} UTC", "created": as_of.replace(tzinfo=None)})
    _Writer(book, ranked, settings, as_of).write()
    book.close()


class _Writer:
    def __init__(self, book: Workbook, ranked: pl.DataFrame, settings: Settings, as_of: datetime) -> None:
        self._book, self._ranked, self._settings, self._as_of = book, ranked.sort("office", "rank"), settings, as_of
        self._offices = self._ranked["office"].unique(maintain_order=True).to_list()
        self._columns = columns_of(settings)
        self._looks = {
            (look, shade): book.add_format(_PROPERTIES[look] | _SHADES[shade])
            for look in _PROPERTIES
            for shade in _SHADES
        }
        self._head = book.add_format(
            {"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "text_wrap": True, "valign": "top"}
        )

    def write(self) -> None:
        """All sheets; the overview first."""
        names = sheet_names(["Overview", *self._offices, "Columns", "Findings"])
        overview = self._book.add_worksheet(names[0])
        for office, name in zip(self._offices, names[1:-2], strict=True):
            self._office(self._book.add_worksheet(name), self._ranked.filter(pl.col("office") == office))
        self._overview(overview, names[1:-2])
        self._explanations(self._book.add_worksheet(names[-2]))
        self._findings(self._book.add_worksheet(names[-1]))

    def _overview(self, sheet: Worksheet, names: list[str]) -> None:
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 4, 12)
        sheet.write_string(0, 0, f"Ranked list of {self._as_of:%Y-%m-%d %H:%M} UTC", self._looks["bold", "none"])
        self._heads(sheet, 2, ["Office", "Open", "To open", "By rule", "Not scored"])
        for row, (office, name) in enumerate(zip(self._offices, names, strict=True), start=3):
            rows = self._ranked.filter(pl.col("office") == office)
            sheet.write_string(row, 0, name)
            counts = (
                rows.height,
                int(rows["selected"].sum()),
                int((rows["selected_by"] == "rule").sum()),
                int(rows["abstained"].is_not_null().sum()),
            )
            for column, count in enumerate(counts, start=1):
                sheet.write_number(row, column, count)
        sheet.write_string(4 + len(self._offices), 0, "Blue: to be opened. Orange: referred by a rule.")
        sheet.freeze_panes(3, 1)

    def _office(self, sheet: Worksheet, rows: pl.DataFrame) -> None:
        for place, column in enumerate(self._columns):
            sheet.set_column(place, place, column.width)
        self._heads(sheet, 0, [column.head for column in self._columns])
        shown = rows.head(MOST_ROWS)
        for line, row in enumerate(shown.iter_rows(named=True), start=1):
            shade = "referred" if row["referrals"] else "selected" if row["selected"] else "none"
            for place, (column, value) in enumerate(zip(self._columns, self._cells(row), strict=True)):
                self._cell(sheet, line, place, value, self._looks[column.look, shade])
        if rows.height > MOST_ROWS:
            more = f"{rows.height - MOST_ROWS} more rows of this office stand in ranked.csv"
            sheet.write_string(shown.height + 1, 1, more, self._looks["bold", "none"])
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, shown.height, len(self._columns) - 1)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)

    def _cells(self, row: Mapping[str, Any]) -> list[Any]:
        reasons = row["reasons"][:REASONS]
        scheme = self._settings.schemes.get(row["scheme"] or "")
        sentences = [self._settings.rules[name].sentence for name in row["referrals"] if name in self._settings.rules]
        checks = dict.fromkeys(reason["check"] for reason in reasons)
        return [
            row["rank"],
            row["consignment_id"],
            row["selected_by"],
            "\n".join(sentences),
            row["priority"],
            (scheme.title or row["scheme"]) if scheme else row["scheme"],
            *[row[f"p_{name}"] for name in self._settings.schemes],
            "\n".join(reason["text"] for reason in reasons),
            "\n".join(checks),
            row["coverage"],
            row["abstained"],
        ]

    def _explanations(self, sheet: Worksheet) -> None:
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 100)
        self._heads(sheet, 0, ["Column", "What it means"])
        told = [(column.head, column.meaning) for column in self._columns]
        for line, (head, meaning) in enumerate([*told, *FINDINGS.items()], start=1):
            sheet.write_string(line, 0, head, self._looks["wrapped", "none"])
            sheet.write_string(line, 1, meaning, self._looks["wrapped", "none"])
        sheet.freeze_panes(1, 0)

    def _findings(self, sheet: Worksheet) -> None:
        names = list(FINDINGS)
        for place, name in enumerate(names):
            wide = 50 if name.startswith("reason_") and not name.endswith("_right") else 14
            sheet.set_column(place, place, _FINDING_WIDTHS.get(name, wide))
        self._heads(sheet, 0, names)
        chosen = self._ranked.filter("selected")
        wrapped = self._looks["wrapped", "none"]
        for line, row in enumerate(chosen.head(MOST_FINDINGS).iter_rows(named=True), start=1):
            known = {name: row.get(name) for name in ("office", "consignment_id", "scheme", "selected_by")}
            known["as_of"] = f"{self._as_of:%Y-%m-%dT%H:%M:%SZ}"
            known |= {f"reason_{n}": reason["text"] for n, reason in enumerate(row["reasons"][:REASONS], start=1)}
            for place, name in enumerate(names):
                self._cell(sheet, line, place, known.get(name), wrapped)
        last = min(chosen.height, MOST_FINDINGS)
        if chosen.height > MOST_FINDINGS:
            sheet.write_string(last + 1, 2, f"{chosen.height - MOST_FINDINGS} more were to be opened: see ranked.csv")
        self._validate(sheet, names, max(last, 1))
        sheet.freeze_panes(1, 4)
        sheet.autofilter(0, 0, max(last, 1), len(names) - 1)

    def _validate(self, sheet: Worksheet, names: list[str], last: int) -> None:
        lists: dict[str, Iterable[str]] = {"scheme": self._settings.schemes, "result": RESULTS}
        lists |= {name: RIGHT for name in names if name.endswith("_right")}
        for name, allowed in lists.items():
            place, source = names.index(name), list(allowed)
            if len(",".join(source)) <= _LONGEST_LIST:
                sheet.data_validation(1, place, last, place, {"validate": "list", "source": source})
        for name in ("severity", "recovered_usd", "officer_hours"):
            place = names.index(name)
            rule = {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": "A number from 0 on."}
            sheet.data_validation(1, place, last, place, rule)

    def _heads(self, sheet: Worksheet, line: int, heads: Iterable[str]) -> None:
        for place, head in enumerate(heads):
            sheet.write_string(line, place, head, self._head)

    @staticmethod
    def _cell(sheet: Worksheet, line: int, place: int, value: Any, look: Format) -> None:
        if value is None or value == "":
            sheet.write_blank(line, place, None, look)
        elif isinstance(value, int | float):
            sheet.write_number(line, place, value, look)
        else:
            sheet.write_string(line, place, harmless(str(value)), look)


def harmless(text: str) -> str:
    """Text as a cell can hold it: without control characters but line ends, and not longer than Excel allows."""
    lines = "\n".join(printable(line) for line in text.split("\n"))
    return lines if len(lines) <= MOST_TEXT else f"{lines[: MOST_TEXT - 1]}…"


def sheet_names(wanted: Iterable[str]) -> list[str]:
    """A name for each sheet as Excel allows it: 31 characters, none of []:*?/\\, no two alike in any case."""
    names: list[str] = []
    taken = {"history"}  # Excel keeps this one for itself
    for text in wanted:
        plain = _FORBIDDEN.sub("_", printable(text)).strip("' ")[:_LONGEST_NAME].strip("' ") or "_"
        name, number = plain, 2
        while name.lower() in taken:
            end = f" ({number})"
            name, number = plain[: _LONGEST_NAME - len(end)] + end, number + 1
        taken.add(name.lower())
        names.append(name)
    return names


_PROPERTIES: dict[str, dict[str, Any]] = {
    "text": {"valign": "top"},
    "wrapped": {"valign": "top", "text_wrap": True},
    "number": {"valign": "top", "num_format": "0"},
    "percent": {"valign": "top", "num_format": "0.0%"},
    "any": {"valign": "top", "num_format": "0.000"},
    "bold": {"bold": True},
}
# Blue and orange are told apart by everyone; print keeps them apart in grey.
_SHADES: dict[str, dict[str, Any]] = {
    "none": {},
    "selected": {"bg_color": "#DCEBF7"},
    "referred": {"bg_color": "#FCE4C4", "bold": True},
}
