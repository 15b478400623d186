"""The vessels of a question, and how the worst of them speaks for it."""

from __future__ import annotations

import polars as pl
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_vessels import as_dicts, vessels

from features.asked import Asked
from features.tables import Tables
from features.vessels import AskedVessels, identities, identity_pointers, identity_rows, vessels_of

TWO = AskedVessels(
    named=pl.DataFrame(
        {"question": [0, 0, 2], "vessel_id": ["A", "B", "B"], "pair": [0, 1, 1]},
        schema_overrides={"question": pl.UInt32},
    ),
    pairs=pl.DataFrame({"vessel_id": ["A", "B"], "cutoff": [START, START]}),
    questions=3,
)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_vessels_are_those_of_the_consignment_its_legs_and_its_papers(seed: int) -> None:
    rows = random_rows(seed)
    questions = random_questions(seed, Tables(rows))
    found, tables = vessels_of(Asked(Tables(rows), questions)), as_dicts(rows)
    for number, question in enumerate(questions.iter_rows(named=True)):
        own = found.named.filter(pl.col("question") == number)
        assert own["vessel_id"].to_list() == vessels(tables, question)
        assert found.pairs[own["pair"]]["cutoff"].unique().to_list() in ([], [question["cutoff"]])


def test_the_highest_value_speaks_and_of_equal_ones_the_first_vessel() -> None:
    worst = TWO.worst(pl.DataFrame({"value": [1.0, 3.0]}), "value")
    assert worst.rows() == [("B", 3.0), (None, None), ("B", 3.0)]
    assert TWO.worst(pl.DataFrame({"value": [3.0, 3.0]}), "value")["vessel_id"].to_list() == ["A", None, "B"]


def test_a_vessel_without_a_value_leaves_the_word_to_the_others() -> None:
    worst = TWO.worst(pl.DataFrame({"value": [1.0, None]}), "value")
    assert worst.rows() == [("A", 1.0), (None, None), (None, None)]


def test_shares_are_over_the_vessels_of_a_question() -> None:
    assert TWO.share(pl.Series([True, False])).to_list() == [0.5, None, 0.0]


def test_an_identity_holds_from_its_date_with_the_values_known_by_then() -> None:
    early, late = START - 20 * DAY, START + 20 * DAY
    rows = [
        {"vessel_id": "A", "valid_from": early, "flag": "RU", "known_at": early},
        {"vessel_id": "A", "valid_from": early, "flag": "JP", "known_at": START + DAY},
        {"vessel_id": "A", "valid_from": late, "flag": "KH", "known_at": START},
        {"vessel_id": "A", "valid_from": START, "flag": "SL", "known_at": START, "withdrawn": True},
    ]
    asked = Asked(
        Tables({"vessel": table("vessel", rows)}),
        pl.DataFrame(schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")}),
    )
    cutoffs = [early - DAY, START, START + DAY, late]
    pairs = pl.DataFrame(
        {"vessel_id": ["A"] * 4, "cutoff": cutoffs}, schema_overrides={"cutoff": pl.Datetime("us", "UTC")}
    )
    assert identities(identity_rows(asked, pairs), pairs)["flag"].to_list() == [None, "RU", "JP", "KH"]
    assert identity_pointers(asked, pairs)["pair"].to_list() == [1, 2, 3, 3]
