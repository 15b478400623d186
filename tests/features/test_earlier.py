"""What was declared earlier: the histories against plain filtering, the evidence by hand."""

from __future__ import annotations

import polars as pl
from histories import DAY, START, random_questions, random_rows, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import joined_state, state_of

from features.asked import Asked
from features.asof import newest
from features.earlier import LARGEST_VALUE_USD, earlier_consignments, earlier_lines, own_and_earlier
from features.options import Options
from features.tables import Tables


@given(seed=st.integers(0, 100_000))
@settings(max_examples=25, deadline=None)
def test_lines_say_at_every_cut_off_what_both_tables_say(seed: int) -> None:
    rows = random_rows(seed)
    spans = earlier_lines(Tables(rows))
    plain = joined_state(
        state_of(rows["goods_item"].to_dicts(), ["consignment_id", "item_no"], "consignment_id"),
        state_of(rows["consignment"].to_dicts(), ["consignment_id"], "consignment_id"),
        on=["unit"],
    )
    for cutoff in random_questions(seed, Tables(rows), count=5)["cutoff"]:
        standing = spans.filter(
            ~pl.col("withdrawn"), pl.col("known_at") <= cutoff, (pl.col("until") > cutoff).fill_null(True)
        )
        found = standing.select("unit", "item_no", "first_known_at", "hs4", "value_usd", "importer_id").rows()
        expected = [
            (row["unit"], row["item_no"], row["first_known_at"], row["hs6"][:4], row["value_usd"], row["importer_id"])
            for row in plain(cutoff)
        ]
        assert sorted(found, key=str) == sorted(expected, key=str)


@given(seed=st.integers(0, 100_000))
@settings(max_examples=25, deadline=None)
def test_evidence_is_the_newest_five_of_the_same_key(seed: int) -> None:
    tables = random_tables(seed)
    questions = random_questions(seed, tables)
    found = own_and_earlier("importer_id")(Asked(tables, questions), Options(schemes={}))
    first = dict(earlier_consignments(tables).select("unit", "first_known_at").iter_rows())
    for number, (name, cutoff) in enumerate(questions.iter_rows()):
        held = newest(tables["consignment"], ["consignment_id"], cutoff).to_dicts()
        own = next((row["importer_id"] for row in held if row["consignment_id"] == name), None)
        others = [row["consignment_id"] for row in held if row["importer_id"] == own and row["consignment_id"] != name]
        others = sorted(others, key=lambda other: (-first[other].timestamp(), other))[:5] if own else []
        keys = found.filter(pl.col("question") == number)["evidence"]
        shown = [key for key in keys if key.startswith("consignment:")]
        assert shown == [f"consignment:{other}" for other in [name, *others]]


def test_a_value_beyond_reason_is_empty() -> None:
    heads = [{"consignment_id": name, "known_at": START} for name in ("A", "B")]
    values = {"A": LARGEST_VALUE_USD, "B": LARGEST_VALUE_USD * 1.01}
    items = [
        {"consignment_id": name, "item_no": 1, "hs6": "030614", "value_usd": value, "known_at": START}
        for name, value in values.items()
    ]
    tables = Tables({"consignment": table("consignment", heads), "goods_item": table("goods_item", items)})
    assert earlier_lines(tables)["value_usd"].to_list() == [LARGEST_VALUE_USD, None]


def test_evidence_carries_the_use_of_the_version_that_counts() -> None:
    rows = [
        {"consignment_id": "A", "importer_id": "P1", "known_at": START},
        {"consignment_id": "B", "importer_id": "P1", "known_at": START, "use": "open"},
        {"consignment_id": "B", "importer_id": "P1", "known_at": START + DAY, "use": "secret"},
        {"consignment_id": "B", "importer_id": "P2", "known_at": START + 3 * DAY},
    ]
    asked = Asked(
        Tables({"consignment": table("consignment", rows)}),
        pl.DataFrame({"consignment_id": ["A"] * 3, "cutoff": [START, START + 2 * DAY, START + 4 * DAY]}),
    )
    found = own_and_earlier("importer_id")(asked, Options(schemes={}))
    assert found.filter(pl.col("evidence") == "consignment:B").select("question", "use").rows() == [
        (0, "open"),
        (1, "secret"),
    ]
