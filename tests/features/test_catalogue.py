from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from histories import START, random_questions, random_tables, table

from features.asked import Asked
from features.catalogue import Catalogue, Family, Indicator
from features.evidence import the_consignment
from features.options import Options, SchemeOption
from features.tables import Tables

OPTIONS = Options(schemes={"a": SchemeOption("true", "a"), "b": SchemeOption("true", "b")})


def indicator(**changes: Any) -> Indicator:
    told: dict[str, Any] = {
        "name": "declared_kg",
        "meaning": "Mass.",
        "unit": "kg",
        "officer": "{value} kg",
        "check": "Weigh.",
        "reads": ("consignment",),
        "evidence": the_consignment,
    }
    return Indicator(**{**told, **changes})


def family(frame: Any, *indicators: Indicator) -> Family:
    return Family("f", "about", lambda asked, options: frame(asked), lambda options: indicators)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"meaning": ""}, "meaning is empty"),
        ({"officer": ""}, "officer is empty"),
        ({"check": ""}, "check is empty"),
        ({"name": "Bad-Name"}, "not snake_case"),
        ({"kind": "colour"}, "kind 'colour' is not one of"),
        ({"direction": 2}, "direction 2"),
        ({"reads": ()}, "reads no table"),
        ({"officer": "{value} of {total}"}, r"names \['total'\], which are not compared"),
    ],
)
def test_an_indicator_that_lacks_something_cannot_be_registered(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        indicator(**change)


def test_two_indicators_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"found twice: \['declared_kg'\]"):
        Catalogue([family(None, indicator(), indicator())], OPTIONS)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "declared_kg is missing"),
        ({"declared_kg": 1.0, "more": 2.0}, "more is not declared"),
        ({"declared_kg": float("nan")}, "NaN or infinity"),
        ({"declared_kg": float("inf")}, "NaN or infinity"),
    ],
)
def test_a_family_that_breaks_its_declaration_is_refused(columns: dict[str, float], message: str) -> None:
    tables = random_tables(1)
    broken = family(
        lambda asked: asked.questions.with_columns(**{name: pl.lit(v) for name, v in columns.items()}).select(
            list(columns)
        ),
        indicator(),
    )
    with pytest.raises(ValueError, match=message):
        Catalogue([broken], OPTIONS).build(tables, random_questions(1, tables))


def test_a_family_with_another_number_of_rows_is_refused() -> None:
    tables = random_tables(1)
    short = family(lambda asked: pl.DataFrame({"declared_kg": [1.0]}), indicator())
    with pytest.raises(ValueError, match="1 rows for"):
        Catalogue([short], OPTIONS).build(tables, random_questions(1, tables))


def test_null_before_the_first_row_of_a_table_that_it_reads() -> None:
    consignment = [{"consignment_id": "C1", "known_at": START}]
    inspection = [{"inspection_id": "I1", "scheme": "a", "known_at": START + timedelta(days=5)}]
    tables = Tables({"consignment": table("consignment", consignment), "inspection": table("inspection", inspection)})
    questions = pl.DataFrame(
        {"consignment_id": ["C1", "C1"], "cutoff": [START + timedelta(days=4), START + timedelta(days=5)]},
        schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")},
    )
    ones = family(
        lambda asked: pl.DataFrame({"declared_kg": [1.0] * asked.questions.height}),
        indicator(reads=("consignment", "inspection")),
    )
    catalogue = Catalogue([ones], OPTIONS)
    assert catalogue.build(tables, questions)["declared_kg"].to_list() == [None, 1.0]
    assert catalogue.not_assessable(tables, START) == {"f": "1 of 1 indicators: no row of inspection is visible"}
    assert catalogue.not_assessable(tables, START + timedelta(days=5)) == {}


def test_scope_of_a_scheme() -> None:
    shared, own = indicator(), indicator(name="only_b", schemes=("b",))
    catalogue = Catalogue([family(None, shared, own)], OPTIONS)
    assert catalogue.of("a") == (shared,)
    assert catalogue.of("b") == (shared, own)


def test_the_fingerprint_follows_the_meaning() -> None:
    one, other = (Catalogue([family(None, i)], OPTIONS) for i in (indicator(), indicator(meaning="Weight.")))
    assert one.fingerprint == Catalogue([family(None, indicator())], OPTIONS).fingerprint
    assert one.fingerprint != other.fingerprint


def test_lines_without_items_are_not_invented() -> None:
    tables = Tables({"consignment": table("consignment", [{"consignment_id": "C1", "known_at": START}])})
    questions = pl.DataFrame(
        {"consignment_id": ["C1"], "cutoff": [START]},
        schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")},
    )
    asked = Asked(tables, questions)
    assert asked.items.is_empty()
    assert asked.main_item["hs6"].to_list() == [None]
