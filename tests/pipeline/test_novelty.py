"""What rows are known by is what was visible of them at their own cut-offs."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from histories import START, random_questions, random_tables, table

from features.asked import Asked
from features.contract import load_contract
from features.tables import Tables
from models.selection import SelectionPolicy
from pipeline.novelty import KEYS, OF_THE_CONSIGNMENT, OF_THE_MAIN_ITEM, beside

POLICY = SelectionPolicy(seed=1)


def asked(*days: int) -> Asked:
    consignment = [
        {"consignment_id": "C1", "importer_id": "I1", "office": "JPNEM", "known_at": START},
        {"consignment_id": "C1", "importer_id": "I2", "office": None, "known_at": START + timedelta(days=5)},
    ]
    items = [
        {"consignment_id": "C1", "item_no": 1, "hs6": "030614", "value_usd": 10.0, "known_at": START},
        {"consignment_id": "C1", "item_no": 2, "hs6": "870323", "value_usd": 20.0, "known_at": START},
    ]
    questions = pl.DataFrame(
        {"consignment_id": ["C1"] * len(days), "cutoff": [START + timedelta(days=day) for day in days]},
        schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")},
    )
    return Asked(
        Tables({"consignment": table("consignment", consignment), "goods_item": table("goods_item", items)}), questions
    )


def test_each_row_is_known_by_its_main_line_as_it_was_then() -> None:
    found = beside(asked(0, 6), POLICY)
    assert found.identity["hs6"].tolist() == ["870323", "870323"]
    assert found.identity["importer_id"].tolist() == ["I1", "I2"]
    assert found.offices.tolist() == ["JPNEM", ""]
    assert found.policy is POLICY


def test_what_is_never_filled_is_left_out_unless_a_key_names_it() -> None:
    columns = set(beside(asked(0), POLICY).identity.columns)
    assert {name for named in KEYS.values() for name in named} <= columns
    assert not columns & {"species", "vessel_id", "packages"}


def test_all_that_is_looked_at_stands_in_the_contract() -> None:
    contract = load_contract()
    assert set(OF_THE_MAIN_ITEM) <= set(contract["goods_item"].columns)
    assert set(OF_THE_CONSIGNMENT) <= set(contract["consignment"].columns)


@pytest.mark.parametrize("seed", range(5))
def test_one_row_per_question_in_their_order(seed: int) -> None:
    tables = random_tables(seed)
    questions = random_questions(seed, tables)
    whole = beside(Asked(tables, questions), POLICY)
    turned = beside(Asked(tables, questions.reverse()), POLICY)
    assert whole.offices.tolist() == turned.offices.tolist()[::-1]
    back = turned.identity.iloc[::-1].reset_index(drop=True)
    assert whole.identity.equals(back)
