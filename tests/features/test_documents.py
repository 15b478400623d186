"""Family documents: replay under rules, its sentences, the mandatory rule that rests on it."""

from __future__ import annotations

from datetime import UTC, datetime

import paper_rows
import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_cases import OPTIONS
from polars.testing import assert_frame_equal

from features import documents, serials, transmission
from features.catalogue import Catalogue
from features.rules import Rule, apply_rules
from features.tables import Tables


def build(tables: Tables, questions: pl.DataFrame) -> pl.DataFrame:
    return Catalogue([documents.FAMILY], OPTIONS).build(tables, questions)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_later_rows_and_orders_change_nothing_under_rules(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (serials, transmission):
            patch.setattr(module, "ENOUGH", 5)
        rows = random_rows(seed)
        questions = random_questions(seed, Tables(rows))
        at_once = build(Tables(rows), questions)
        for cutoff in questions["cutoff"].unique().sort()[::4]:
            night = questions.filter(pl.col("cutoff") == cutoff)
            known = {
                name: frame.filter(pl.col("known_at") <= cutoff).sample(fraction=1, shuffle=True, seed=seed)
                for name, frame in rows.items()
            }
            expected = at_once.filter(pl.col("cutoff") == cutoff)
            assert_frame_equal(build(Tables(known), night), expected, check_exact=True)


def landing(day: int) -> Tables:
    """Crab that lands on harbour clearance and a catch certificate on a day of January 2024, counted from 0."""
    consignment = {"consignment_id": "A", "regime": "import", "destination_country": "JP", "known_at": START}
    item = {"consignment_id": "A", "item_no": 1, "hs6": "030614", "species": "KCD", "known_at": START}
    made = {"consignment_id": "A", "form": "original", "issuer_country": "RU", "number": "N", "known_at": START}
    return Tables(
        {
            "consignment": table("consignment", [{**consignment, "arrived_at": START + DAY * day}]),
            "goods_item": table("goods_item", [{**item, "origin_country": "RU", "product_form": "live"}]),
            "document": table(
                "document",
                [
                    {**made, "document_id": "D1", "kind": "harbour_clearance"},
                    {**made, "document_id": "D2", "kind": "catch_certificate"},
                ],
            ),
        }
    )


def test_a_banned_paper_refers_from_the_rules_date_on_and_says_why() -> None:
    cutoff = datetime(2024, 2, 1, tzinfo=UTC)
    questions = pl.DataFrame({"consignment_id": ["A"], "cutoff": [cutoff]})
    rules = {"banned": Rule("banned_kind_presented", 1, mandatory=True)}
    rows = [build(landing(day), questions) for day in (18, 19)]
    assert [apply_rules(row, rules, cutoff)["referrals"].to_list() for row in rows] == [[[]], [["banned"]]]
    told = {
        indicator.name: indicator.officer.format(value=rows[1][indicator.name].item(), **rows[1].row(0, named=True))
        for indicator in documents.declare(OPTIONS)
        if rows[1][indicator.name].item() is not None
    }
    assert told["banned_kind_presented"] == (
        "Presented: harbour_clearance (original), which no longer serves by: since."
    )
    assert told["missing_document_share"] == (
        "Missing of the papers required (catch_certificate, export_entry): export_entry. Basis: since; crab."
    )


def test_no_question_gives_no_row() -> None:
    none = pl.DataFrame(schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")})
    assert build(random_tables(1), none).height == 0


def test_rules_that_papers_are_tested_with_are_as_shipped_ones_are() -> None:
    assert paper_rows.RULES.schema == OPTIONS.document_rules.schema
