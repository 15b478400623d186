"""The lag of partner rows as of a cut-off, and who tells of what since when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
from histories import DAY, START, table

from features.tables import Tables
from features.transmission import ENOUGH, registers_from, told_from, usual_lag

HOUR = timedelta(hours=1)


def record(number: int, known_hours: float, /, **columns: Any) -> dict[str, Any]:
    row = {"issuer_country": "RU", "number": f"N-{number:02d}", "line_no": 1, "cleared_at": START, "hs6": "030614"}
    return {**row, "known_at": START + HOUR * known_hours, **columns}


def lag(rows: list[dict[str, Any]], day: float) -> float | None:
    questions = pl.DataFrame({"issuer_country": ["RU", "RU"], "cutoff": [START + DAY * day] * 2})
    found = usual_lag(Tables({"partner_export": table("partner_export", rows)}), questions).to_list()
    assert found[0] == found[1]
    value: float | None = found[0]
    return value


def test_the_lag_is_learned_from_what_was_visible() -> None:
    rows = [record(number, number + 1) for number in range(20)] + [record(20, 90)]
    assert lag(rows, 1) == 19
    assert lag(rows, 4) == 20  # with the one that came late, the twentieth of 21
    assert lag(rows[:19], 1) is None


def test_corrections_do_not_lengthen_it_and_withdrawn_rows_are_out() -> None:
    rows = [record(number, number + 1) for number in range(20)]
    corrected = [*rows, record(18, 70, net_kg=5.0)]
    assert lag(corrected, 4) == 19
    withdrawn = [*rows, record(19, 70, withdrawn=True)]
    assert lag(withdrawn, 2) == 19
    assert lag(withdrawn, 4) is None


def test_a_row_known_before_it_was_cleared_has_no_lag_and_part_of_an_hour_is_one() -> None:
    assert lag([record(number, -3) for number in range(20)], 1) == 0
    assert lag([record(number, 0.01) for number in range(20)], 1) == 1


def test_an_issuer_tells_of_a_chapter_from_its_twentieth_row_on() -> None:
    rows = [record(number, number, hs6="030614" if number < 25 else "440321") for number in range(30)]
    found = told_from(Tables({"partner_export": table("partner_export", rows)}))
    assert found.rows() == [("RU", "03", START + HOUR * (ENOUGH - 1))]


def test_a_register_is_one_once_enough_of_its_papers_were_found() -> None:
    rows = [record(number, 2) for number in range(20)]
    documents = [
        {"document_id": f"D{number}", "consignment_id": "A", "kind": "origin_certificate", "form": "original",
         "number": f"n{number:02d}", "issuer_country": "RU", "known_at": START + HOUR * number}
        for number in range(25)
    ]  # fmt: skip
    tables = Tables({"partner_export": table("partner_export", rows), "document": table("document", documents)})
    assert registers_from(tables, "origin_certificate").rows() == [("RU", START + HOUR * 19)]
    assert registers_from(tables, "licence").height == 0
