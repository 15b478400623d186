"""The family as a whole: every indicator is told and rests on rows; no question gives no row."""

from __future__ import annotations

import polars as pl
from catch_rows import CLOSURES, FACTORS
from histories import random_questions, random_tables
from test_species_mix import RULES

from features.asked import Asked
from features.catalogue import Catalogue
from features.catch import FAMILY
from features.options import Options
from features.tables import Tables

OPTIONS = Options(schemes={}, conversion_factors=FACTORS, closed_seasons=CLOSURES, document_rules=RULES)
CATALOGUE = Catalogue([FAMILY], OPTIONS)


def test_every_indicator_is_told_and_rests_on_rows() -> None:
    tables = random_tables(3, consignments=150)
    questions = random_questions(3, tables, count=60)
    built = CATALOGUE.build(tables, questions)
    asked = Asked(tables, questions)
    for indicator in CATALOGUE.indicators:
        told = [row for row in built.iter_rows(named=True) if row[indicator.name] is not None]
        assert told, indicator.name
        assert not any("None" in indicator.officer.format(value=row[indicator.name], **row) for row in told)
        rows = indicator.evidence(asked, OPTIONS)
        assert rows.columns == ["question", "evidence", "use"]
        assert {key.split(":")[0] for key in rows["evidence"]} <= {*indicator.reads, "goods_item"}


def test_without_papers_and_factors_nothing_is_assessed() -> None:
    tables = random_tables(3)
    bare = Tables({name: tables[name] for name in ("consignment", "goods_item")})
    built = Catalogue([FAMILY], Options(schemes={})).build(bare, random_questions(3, tables))
    assert built.select(indicator.name for indicator in CATALOGUE.indicators).null_count().row(0) == (
        (built.height,) * len(CATALOGUE.indicators)
    )


def test_no_question_gives_no_row() -> None:
    none = pl.DataFrame(schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")})
    assert CATALOGUE.build(random_tables(1), none).height == 0
