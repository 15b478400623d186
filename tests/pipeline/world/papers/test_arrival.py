"""When papers become known, and what their second versions mend."""

from __future__ import annotations

from functools import cache

import polars as pl
from paper_frames import documents_of, near, of, scenario

from pipeline.world.papers.arrival import arrivals, document_versions, line_versions


@cache
def _arrived() -> pl.DataFrame:
    return arrivals(7, scenario(), 0, documents_of())


def test_a_paper_is_known_after_it_was_issued() -> None:
    assert (_arrived()["known_at"] > _arrived()["issued_at"]).all()


def test_consignments_amend_and_withdraw_one_paper_as_often_as_stated() -> None:
    honest = of(_arrived(), None)
    by_row = honest.group_by("row").agg(pl.col("amended_at", "withdrawn_at").count())
    chances = scenario().symptoms
    assert near(float((by_row["amended_at"] == 1).mean()), chances.amended["honest"], by_row.height)
    assert near(float((by_row["withdrawn_at"] == 1).mean()), chances.withdrawn["honest"], by_row.height)
    assert by_row["amended_at"].max() == 1


def test_a_second_version_mends_the_number_and_the_form() -> None:
    papers = _arrived().filter(pl.col("amended_at").is_not_null() & pl.col("withdrawn_at").is_null())
    versions = document_versions(papers).sort("document_id", "known_at")
    first = versions.unique("document_id", keep="first", maintain_order=True)
    last = versions.unique("document_id", keep="last", maintain_order=True)
    assert versions.height == 2 * papers.height
    assert (first["known_at"] < last["known_at"]).all()
    assert not (last["form"] == "copy").any()
    mended = papers.filter(pl.col("wrong_number")).sort("document_id")
    told = last.filter(pl.col("document_id").is_in(mended["document_id"].implode()))
    assert told["number"].to_list() == mended["recorded_number"].to_list()


def test_a_withdrawn_paper_was_known_before() -> None:
    papers = _arrived().filter(pl.col("withdrawn_at").is_not_null())
    versions = document_versions(papers).sort("document_id", "known_at")
    last = versions.group_by("document_id", maintain_order=True).agg(pl.col("withdrawn"))
    assert all(told[-1] and not any(told[:-1]) for told in last["withdrawn"].to_list())


def test_a_line_is_mended_with_its_document() -> None:
    papers = pl.DataFrame({"document_id": ["A", "B"], "known_at": [1, 2], "amended_at": [5, None]})
    lines = pl.DataFrame(
        {"document_id": ["A", "B"], "line_no": [1, 1], "net_kg": [1000.0, 7.0], "correct_kg": [100.0, 7.0]}
    )
    told = line_versions(papers, lines).sort("document_id", "known_at")
    assert told.rows() == [("A", 1, 1000.0, 1), ("A", 1, 100.0, 5), ("B", 1, 7.0, 2)]
