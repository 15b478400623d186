"""What is usually caught with a gear, in an area and month, against filtering and counting, and by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pytest
from catch_reference import Rows, lines_at, plain
from histories import DAY, START, random_questions, random_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible
from test_ledger import certificate, landing, tables_of

from features import species_mix
from features.asked import Asked
from features.document_reference import DOCUMENT_RULES
from features.options import Options

RULES = pl.DataFrame(
    [{**dict.fromkeys(DOCUMENT_RULES), "kind": "catch_certificate", "species": ["KCD"]}], schema=DOCUMENT_RULES
)
OPTIONS = Options(schemes={}, document_rules=RULES)
COLUMNS = ("species_share_of_catch", "rare_peers", "regulated_species_share", "free_peers")
LEAST = 3


def catches_at(rows: Rows, cutoff: datetime) -> set[tuple[Any, ...]]:
    """Consignment, gear, area, month and species, each once."""
    return {
        (line["document_consignment_id"], line["gear"], line["catch_area"], line["catch_from"].month, line["species"])
        for line in lines_at(rows, cutoff)
        if None not in (line["gear"], line["catch_area"], line["catch_from"], line["species"])
    }


def expected(rows: Rows, name: str, cutoff: datetime) -> tuple[Any, ...]:
    catches = catches_at(rows, cutoff)
    own = {row[1:] for row in catches if row[0] == name}
    rare, free = [], []
    items = visible(rows["goods_item"], ["consignment_id", "item_no"], cutoff)
    for species in sorted({row["species"] for row in items if row["consignment_id"] == name and row["species"]}):
        named = {row[:3] for row in own if row[3] == species} or {row[:3] for row in own}
        for catch in sorted(named):
            others = [row[4] for row in catches if row[1:4] == catch and row[0] != name]
            if len(others) >= LEAST:
                regulated = others.count("KCD") / len(others) if species != "KCD" else 0.0
                rare.append((others.count(species) / len(others), species, catch, len(others)))
                free.append((-regulated, species, catch, len(others)))
    if not rare:
        return (None,) * 4
    return min(rare)[0], min(rare)[-1], -min(free)[0], min(free)[-1]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_equals_the_plain_reference(seed: int) -> None:
    tables = random_tables(seed, 30)
    questions = random_questions(seed, tables)
    rows = plain(tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(species_mix, "LEAST_PEERS", LEAST)
        found = species_mix.species_mix(Asked(tables, questions), OPTIONS).select(COLUMNS).rows()
    assert found == [expected(rows, name, cutoff) for name, cutoff in questions.rows()]


def told(declared: str, others: list[str], options: Options = OPTIONS) -> tuple[Any, ...]:
    catch: dict[str, Any] = {"gear": "FPO", "catch_area": "61", "catch_from": START - 5 * DAY}
    parts = [certificate(f"B{number}", 0, species=species, **catch) for number, species in enumerate(others)]
    own = landing("A", 0, 1.0)
    own["goods_item"]["species"] = declared
    question = pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY]})
    asked = Asked(tables_of(own, certificate("A", 0, species=declared, **catch), *parts), question)
    found: tuple[Any, ...] = species_mix.species_mix(asked, options).row(0)
    return found


def test_a_free_code_where_regulated_crab_is_caught() -> None:
    row = told("ALK", ["KCD"] * 18 + ["ALK"] * 2)
    assert row == (0.1, "ALK", "gear FPO, area 61, month 12", 20, 0.9, "ALK", "gear FPO, area 61, month 12", 20)
    assert told("KCD", ["KCD"] * 18 + ["ALK"] * 2)[0::4] == (0.9, 0.0)


def test_too_few_others_and_no_rules_say_nothing() -> None:
    assert told("ALK", ["KCD"] * 19) == (None,) * 8
    assert told("ALK", ["KCD"] * 20, Options(schemes={}))[4] is None
